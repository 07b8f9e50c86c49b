/** What the desk shows, made from the server's events alone: pure, so that every story can be tested. */

import type { Agent, AgentState, CallView, GoneReason, QueueView, ServerEvent } from "../api/types";

export interface Notice {
  id: number;
  kind: GoneReason | "problem";
  who: string;
  detail: string;
  what_to_do: string;
}

export interface DeskState {
  /** The number of the last event; null until the first snapshot. */
  n: number | null;
  agent: Agent | null;
  state: AgentState | null;
  calls: CallView[];
  queues: QueueView[];
  /** Server's clock minus ours, so that timers are right on a machine with a wrong clock. */
  offset_ms: number;
  notices: Notice[];
}

export const EMPTY: DeskState = { n: null, agent: null, state: null, calls: [], queues: [], offset_ms: 0, notices: [] };

const MOST_NOTICES = 5;
/** Ends that the agent brought about, or sees anyway. */
const SILENT: ReadonlySet<GoneReason> = new Set(["declined", "ended"]);

export function reduce(desk: DeskState, event: ServerEvent, now_ms: number): DeskState {
  // Problems and pongs answer one browser and carry the number of what came before them.
  if (event.type === "pong") return desk;
  if (event.type === "problem") return notice(desk, { kind: "problem", who: event.title, ...event });
  if (event.type === "snapshot") return fromSnapshot(desk, event, now_ms);
  if (desk.n === null || event.n <= desk.n) return desk;
  const next = { ...desk, n: event.n };
  switch (event.type) {
    case "state":
      return { ...next, state: stateOf(event) };
    case "queues":
      return { ...next, queues: event.queues };
    case "call":
      return { ...next, calls: upsert(desk.calls, event.call) };
    case "call_gone":
      return gone(next, event);
    default:
      return next; // an event of a newer server
  }
}

function fromSnapshot(desk: DeskState, event: ServerEvent & { type: "snapshot" }, now_ms: number): DeskState {
  const { n, agent, state, calls, queues, now } = event;
  return { ...desk, n, agent, state, calls, queues, offset_ms: Date.parse(now) - now_ms };
}

function stateOf({ value, wanted, since, until, reason }: AgentState): AgentState {
  return { value, wanted, since, until, reason };
}

function upsert(calls: CallView[], call: CallView): CallView[] {
  const known = calls.find((each) => each.call_id === call.call_id);
  if (!known) return [...calls, call];
  if (known.pop_id === call.pop_id && known.revision > call.revision) return calls;
  return calls.map((each) => (each === known ? call : each));
}

function gone(desk: DeskState, event: ServerEvent & { type: "call_gone" }): DeskState {
  const call = desk.calls.find((each) => each.call_id === event.call_id);
  // The same call may have come back to us as a new pop; the old pop's end is no news then.
  if (!call || call.pop_id !== event.pop_id) return desk;
  const left = { ...desk, calls: desk.calls.filter((each) => each !== call) };
  if (SILENT.has(event.reason)) return left;
  const who = event.reason === "answered_elsewhere" ? (event.by ?? "") : nameOf(call);
  return notice(left, { kind: event.reason, who, detail: nameOf(call), what_to_do: "" });
}

function notice(desk: DeskState, said: Omit<Notice, "id">): DeskState {
  const id = (desk.notices.at(-1)?.id ?? 0) + 1;
  const { kind, who, detail, what_to_do } = said;
  return { ...desk, notices: [...desk.notices, { id, kind, who, detail, what_to_do }].slice(-MOST_NOTICES) };
}

/** The name to greet a caller by, as far as it is known. */
export function nameOf(call: CallView): string {
  if (call.record) return call.record.customer.name;
  if (call.match.outcome === "one") return call.match.candidates[0]?.name ?? call.caller.shown;
  return call.caller.name || call.caller.shown;
}

const URGENCY = { ringing: 0, talking: 1, wrap_up: 2 } as const;

/** The calls in the order they need the agent: a ringing one first. */
export function byUrgency(calls: CallView[]): CallView[] {
  return [...calls].sort((a, b) => URGENCY[a.phase] - URGENCY[b.phase] || (a.rang_at ?? "").localeCompare(b.rang_at ?? ""));
}
