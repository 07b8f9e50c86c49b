import { describe, expect, test } from "vitest";
import type { AgentPlace, Problem } from "../api/types";
import { canTransfer, choices, IDLE, transferring, type TransferEvent } from "./transfer";

const PROBLEM: Problem = { type: "", title: "Ivan cannot be rung", status: 409, detail: "", what_to_do: "Choose somebody else." };

function after(...events: TransferEvent[]) {
  return events.reduce(transferring, IDLE);
}

function agent(name: string, state: AgentPlace["state"], free: boolean): AgentPlace {
  return { id: name.toLowerCase(), name, state, free };
}

describe("a transfer", () => {
  test("is under way from the choice until the server has taken it", () => {
    expect(after({ type: "chosen" }).phase).toBe("sending");
    expect(after({ type: "chosen" }, { type: "taken" }).phase).toBe("sent");
  });

  test("is chosen once: a second press changes nothing", () => {
    const sent = after({ type: "chosen" }, { type: "taken" });
    expect(transferring(sent, { type: "chosen" })).toBe(sent);
  });

  test("that is refused says why and can be tried again", () => {
    const refused = after({ type: "chosen" }, { type: "refused", problem: PROBLEM });
    expect(refused).toEqual({ phase: "idle", problem: PROBLEM });
    expect(transferring(refused, { type: "chosen" })).toEqual({ phase: "sending", problem: null });
    expect(transferring(refused, { type: "dismissed" })).toEqual(IDLE);
  });

  test("after which the talk goes on can be tried again", () => {
    expect(after({ type: "chosen" }, { type: "taken" }, { type: "overdue" })).toEqual(IDLE);
    expect(after({ type: "chosen" }, { type: "overdue" }).phase).toBe("sending");
  });

  test("of which nothing is heard says that it may not have been done", () => {
    expect(after({ type: "chosen" }, { type: "refused", problem: null }).problem).toEqual({ title: "", what_to_do: "" });
  });

  test("is offered for calls of our lines only, while they talk", () => {
    const said = (["queue", "direct", "outgoing", "internal"] as const).map((kind) => canTransfer({ kind, phase: "talking" }));
    expect(said).toEqual([true, false, false, false]);
    expect(canTransfer({ kind: "queue", phase: "ringing" })).toBe(false);
  });
});

describe("the choices", () => {
  test("are the lines, then who is at work, the free ones first by name", () => {
    const agents = [agent("Zoe", "ready", true), agent("Ivan", "on_call", false), agent("Anna", "offline", false), agent("Boris", "ready", true)];
    const queues = [{ name: "sales", waiting: 1, ready: 2 }];
    const made = choices({ queues, agents });
    expect(made.queues).toEqual(queues);
    expect(made.agents.map((each) => each.name)).toEqual(["Boris", "Zoe", "Ivan"]);
  });
});
