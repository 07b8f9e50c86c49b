/** The shapes that the server sends: docs/agent_socket.md and /api/v1/openapi.json. */

export type AgentStateValue = "offline" | "ready" | "away" | "ringing" | "on_call" | "wrap_up";

export interface Agent {
  id: string;
  name: string;
  extension: string;
  queues: string[];
}

export interface Me {
  login: string;
  name: string;
  role: "agent" | "supervisor" | "admin";
  agent: Agent | null;
  phone: "browser" | "desk" | null;
}

export interface BrowserPhone {
  ws_url: string;
  uri: string;
  user: string;
  password: string;
  display_name: string;
  ice_servers: string[];
}

export interface Customer {
  id: string;
  name: string;
  language: string | null;
  note: string;
  personal_agent: string | null;
  facts: Record<string, string | number | boolean>;
  identities: { channel: string; value: string }[];
}

export interface Contact {
  entry_id: string;
  channel: string;
  direction: string;
  at: string;
  summary: string;
  outcome: string;
}

export interface CustomerRecord {
  customer: Customer;
  recent: Contact[];
  as_of: string;
}

export interface Candidate {
  customer_id: string;
  name: string;
  reason: string;
}

export interface CallView {
  call_id: string;
  pop_id: string;
  revision: number;
  kind: "queue" | "direct" | "outgoing" | "internal";
  direction: "inbound" | "outbound" | "internal";
  phase: "ringing" | "talking" | "wrap_up";
  caller: { number: string | null; shown: string; name: string };
  called: string;
  queue: string | null;
  why: string;
  waited_s: number | null;
  rang_at: string | null;
  answered_at: string | null;
  ended_at: string | null;
  match: { outcome: "one" | "several" | "none" | "withheld"; candidates: Candidate[] };
  record: CustomerRecord | null;
  record_state: "ready" | "loading" | "late" | "unavailable";
  note: string;
  answers: { node: string; label: string; value: string }[];
}

export interface QueueView {
  name: string;
  waiting: number;
  longest_wait_s: number;
}

export interface AgentState {
  value: AgentStateValue;
  /** The agent's own choice, which holds again after the call. */
  wanted: "ready" | "away" | "offline";
  since: string;
  /** When the wrap-up ends by itself, if it does. */
  until: string | null;
  reason: string | null;
}

export type GoneReason = "answered_elsewhere" | "caller_hung_up" | "not_answered" | "declined" | "ended";

export type ServerEvent = { n: number } & (
  | { type: "snapshot"; agent: Agent; state: AgentState; calls: CallView[]; queues: QueueView[]; now: string }
  | ({ type: "state" } & AgentState)
  | { type: "call"; call: CallView }
  | { type: "call_gone"; call_id: string; pop_id: string; reason: GoneReason; by: string | null }
  | { type: "queues"; queues: QueueView[] }
  | { type: "problem"; title: string; detail: string; what_to_do: string }
  | { type: "pong" }
);

export type ClientMessage =
  | { type: "ack"; pop_id: string }
  | { type: "state"; value: "ready" | "away" | "offline" }
  | { type: "hang_up"; call_id: string }
  | { type: "decline"; call_id: string }
  | { type: "wrap_up"; call_id: string; note: string; done: boolean }
  | { type: "ping" };

export interface Leg {
  leg_id: string;
  channel: string;
  number: string;
  name: string;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  talk_s: number;
}

export interface Step {
  seq: number;
  at: string;
  flow: string;
  node: string;
  kind: string;
  event: string;
  value: string;
  label: string;
}

export interface Money {
  amount: string;
  currency: string;
}

export interface Cost extends Money {
  source: "provider" | "tariff";
  /** By the tariff, in another currency and so not in `amount`. */
  beside: Money | null;
}

export interface Call {
  call_id: string;
  customer_id: string | null;
  customer_name: string;
  direction: "inbound" | "outbound" | "internal";
  caller: string;
  called: string;
  queue: string;
  disposition: string;
  hung_up_by: string | null;
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  wait_s: number;
  talk_s: number;
  agents: string[];
  outcome: string;
  summary: string;
  note: string;
  /** Null for agents, and while it is not known. */
  cost: Cost | null;
  recordings: number[];
  legs: Leg[];
  path: Step[];
}

/** Where a live call may be sent now. */
export interface QueuePlace {
  name: string;
  waiting: number;
  ready: number;
}

export interface AgentPlace {
  id: string;
  name: string;
  state: AgentStateValue;
  /** Can be rung for this caller now. */
  free: boolean;
}

export interface Places {
  queues: QueuePlace[];
  agents: AgentPlace[];
}

export type TransferTo = { queue: string } | { agent: string };

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  what_to_do: string;
}
