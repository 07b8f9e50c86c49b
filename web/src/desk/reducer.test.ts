import { describe, expect, test } from "vitest";
import type { CallView, ServerEvent } from "../api/types";
import { byUrgency, EMPTY, nameOf, reduce, type DeskState } from "./reducer";

const NOW = Date.parse("2026-11-20T12:00:00Z");

function call(changes: Partial<CallView> = {}): CallView {
  return {
    call_id: "1",
    pop_id: "p1",
    revision: 1,
    kind: "queue",
    direction: "inbound",
    phase: "ringing",
    caller: { number: "+359888123456", shown: "+359 88 812 3456", name: "" },
    called: "+35924000000",
    queue: "sales",
    why: "",
    waited_s: 5,
    rang_at: "2026-11-20T12:00:00Z",
    answered_at: null,
    ended_at: null,
    match: { outcome: "none", candidates: [] },
    record: null,
    record_state: "loading",
    note: "",
    answers: [],
    ...changes,
  };
}

const SNAPSHOT: ServerEvent = {
  n: 10,
  type: "snapshot",
  agent: { id: "maria", name: "Maria", extension: "101", queues: ["sales"] },
  state: { value: "ready", wanted: "ready", since: "2026-11-20T11:00:00Z", until: null, reason: null },
  calls: [],
  queues: [],
  now: "2026-11-20T12:00:03Z",
};

function after(...events: ServerEvent[]): DeskState {
  return events.reduce((desk, event) => reduce(desk, event, NOW), EMPTY);
}

describe("the desk", () => {
  test("knows nothing before the first snapshot", () => {
    expect(after({ n: 3, type: "call", call: call() })).toEqual(EMPTY);
  });

  test("takes the server's clock from the snapshot", () => {
    expect(after(SNAPSHOT).offset_ms).toBe(3000);
  });

  test("shows later facts of the same pop in its place", () => {
    const desk = after(
      SNAPSHOT,
      { n: 11, type: "call", call: call() },
      { n: 12, type: "call", call: call({ revision: 2, record_state: "ready" }) },
    );
    expect(desk.calls.map((each) => each.record_state)).toEqual(["ready"]);
  });

  test("does not fall back to an older revision", () => {
    const desk = after(
      SNAPSHOT,
      { n: 11, type: "call", call: call({ revision: 3, phase: "talking" }) },
      { n: 12, type: "call", call: call({ revision: 2 }) },
    );
    expect(desk.calls[0]?.phase).toBe("talking");
  });

  test("ignores an event it has already seen", () => {
    const gone: ServerEvent = { n: 12, type: "call_gone", call_id: "1", pop_id: "p1", reason: "answered_elsewhere", by: "Ivan" };
    const desk = after(SNAPSHOT, { n: 11, type: "call", call: call() }, gone, gone, { n: 11, type: "call", call: call() });
    expect(desk.calls).toEqual([]);
    expect(desk.notices.map((each) => [each.kind, each.who])).toEqual([["answered_elsewhere", "Ivan"]]);
  });

  test("keeps a call that came back as a new pop when the old pop ends", () => {
    const desk = after(
      SNAPSHOT,
      { n: 11, type: "call", call: call() },
      { n: 12, type: "call", call: call({ pop_id: "p2" }) },
      { n: 13, type: "call_gone", call_id: "1", pop_id: "p1", reason: "not_answered", by: null },
    );
    expect(desk.calls.map((each) => each.pop_id)).toEqual(["p2"]);
    expect(desk.notices).toEqual([]);
  });

  test("does not tell the agent what the agent did", () => {
    for (const reason of ["declined", "ended"] as const) {
      const desk = after(
        SNAPSHOT,
        { n: 11, type: "call", call: call() },
        { n: 12, type: "call_gone", call_id: "1", pop_id: "p1", reason, by: null },
      );
      expect(desk.calls).toEqual([]);
      expect(desk.notices).toEqual([]);
    }
  });

  test("is made new by a snapshot, and keeps what was told", () => {
    const desk = after(
      SNAPSHOT,
      { n: 11, type: "call", call: call() },
      { n: 11, type: "problem", title: "No", detail: "d", what_to_do: "w" },
      { ...SNAPSHOT, n: 4 },
    );
    expect(desk.calls).toEqual([]);
    expect(desk.n).toBe(4);
    expect(desk.notices).toHaveLength(1);
  });

  test("passes over events of a newer server", () => {
    const odd = { n: 11, type: "confetti" } as unknown as ServerEvent;
    expect(after(SNAPSHOT, odd).n).toBe(11);
  });

  test("puts a ringing call before a talk, and a talk before a note", () => {
    const calls = [call({ call_id: "w", phase: "wrap_up" }), call({ call_id: "r" }), call({ call_id: "t", phase: "talking" })];
    expect(byUrgency(calls).map((each) => each.call_id)).toEqual(["r", "t", "w"]);
  });

  test("names a caller by the record, else the match, else what the network says", () => {
    const candidates = [{ customer_id: "c", name: "Elena", reason: "" }];
    expect(nameOf(call({ match: { outcome: "one", candidates } }))).toBe("Elena");
    expect(nameOf(call({ match: { outcome: "several", candidates } }))).toBe("+359 88 812 3456");
    expect(nameOf(call({ caller: { number: null, shown: "withheld", name: "ACME" } }))).toBe("ACME");
  });
});
