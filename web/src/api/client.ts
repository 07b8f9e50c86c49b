/** Speaks with the server's API; refusals become Refused with the server's own words. */

import type { BrowserPhone, Call, CustomerRecord, Me, Places, Problem, TransferTo } from "./types";

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.title ?? `HTTP ${status}`);
  }
}

const LIMIT_MS = 15_000;

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, parse<Problem>(text));
  return JSON.parse(text) as T;
}

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

const id = encodeURIComponent;

export const api = {
  me: () => ask<Me>("GET", "/me"),
  logIn: (login: string, password: string) => ask<Me>("POST", "/login", { login, password }),
  logOut: () => ask<void>("POST", "/logout"),
  phone: () => ask<BrowserPhone>("GET", "/me/phone"),
  customer: (customerId: string) => ask<CustomerRecord>("GET", `/customers/${id(customerId)}`),
  calls: (before?: string) =>
    ask<{ calls: Call[]; next: string | null }>("GET", `/calls?limit=20${before ? `&before=${id(before)}` : ""}`),
  call: (callId: string) => ask<Call>("GET", `/calls/${id(callId)}`),
  places: (callId: string) => ask<Places>("GET", `/calls/${id(callId)}/places`),
  transfer: (callId: string, to: TransferTo) => ask<void>("POST", `/calls/${id(callId)}/transfer`, to),
  recording: (callId: string, number: number) => `/api/v1/calls/${id(callId)}/recordings/${number}`,
};
