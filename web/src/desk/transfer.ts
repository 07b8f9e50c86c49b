/** The transfer of a talking caller, as the card shows it: pure, so that every story can be tested. */

import type { AgentPlace, Places, Problem, QueuePlace, TransferTo } from "../api/types";

export interface TransferState {
  /** `sent`: the server has taken it, and the talk ends in a moment. */
  phase: "idle" | "sending" | "sent";
  problem: Pick<Problem, "title" | "what_to_do"> | null;
}

export type TransferEvent =
  | { type: "chosen" }
  | { type: "taken" }
  | { type: "refused"; problem: Problem | null }
  | { type: "dismissed" }
  | { type: "overdue" };

export const IDLE: TransferState = { phase: "idle", problem: null };

export function transferring(state: TransferState, event: TransferEvent): TransferState {
  switch (event.type) {
    case "chosen":
      return state.phase === "idle" ? { phase: "sending", problem: null } : state;
    case "taken":
      return state.phase === "sending" ? { phase: "sent", problem: null } : state;
    case "refused":
      // Without the server's own words it is not known whether the talk ends; the card shows it when it does.
      return { phase: "idle", problem: event.problem ?? { title: "", what_to_do: "" } };
    case "overdue":
      return state.phase === "sent" ? IDLE : state; // the talk goes on after all
    case "dismissed":
      return { ...state, problem: null };
  }
}

export interface Choices {
  queues: QueuePlace[];
  /** Who is at work: the free ones first, by name. */
  agents: AgentPlace[];
}

export function choices(places: Places): Choices {
  const atWork = places.agents.filter((each) => each.state !== "offline");
  const agents = atWork.sort((a, b) => Number(b.free) - Number(a.free) || a.name.localeCompare(b.name));
  return { queues: places.queues, agents };
}

/** Only a call of a line of ours goes on when its agent is out of it. */
export function canTransfer(call: { kind: string; phase: string }): boolean {
  return call.kind === "queue" && call.phase === "talking";
}

export function key(to: TransferTo): string {
  return "queue" in to ? `queue ${to.queue}` : `agent ${to.agent}`;
}
