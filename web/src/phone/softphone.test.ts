import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Softphone } from "./softphone";

const CREDENTIALS = { ws_url: "", uri: "sip:101@pbx", user: "101", password: "", display_name: "", ice_servers: [] };

type Told = (event: unknown) => void;

/** As much of JsSIP as tells what happens: whoever listens is told by `tell`. */
class Listened {
  private readonly heard = new Map<string, Told>();
  on(name: string, told: Told): void {
    this.heard.set(name, told);
  }
  tell(name: string, event: unknown = {}): void {
    this.heard.get(name)?.(event);
  }
}

class Session extends Listened {
  readonly remote_identity = { uri: { user: "+447700900104" } };
  readonly terminated: unknown[] = [];
  terminate(how: unknown): void {
    this.terminated.push(how);
    this.tell("ended");
  }
}

class Agent extends Listened {
  static last: Agent;
  constructor() {
    super();
    Agent.last = this;
  }
  start(): void {}
  stop(): void {}
}

vi.mock("jssip", () => ({
  UA: class {
    constructor() {
      return new Agent();
    }
  },
  WebSocketInterface: class {},
}));

describe("when its page goes", () => {
  let page: EventTarget;
  let phone: Softphone;
  let session: Session;

  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal("window", page);
    vi.stubGlobal("Audio", class {});
    vi.stubGlobal("sessionStorage", { setItem: () => {}, removeItem: () => {} });
    phone = new Softphone(CREDENTIALS, () => {});
    phone.start();
    session = new Session();
    Agent.last.tell("newRTCSession", { originator: "remote", session, request: "INVITE" });
  });
  afterEach(() => vi.unstubAllGlobals());

  const pageGoes = () => page.dispatchEvent(new Event("pagehide"));

  test("a talk ends, as one whose phone is lost", () => {
    session.tell("accepted");
    pageGoes();
    expect(session.terminated).toEqual([{ extraHeaders: [expect.stringMatching(/^Reason: Q\.850;cause=44;/)] }]);
  });

  test("a ring goes on, for the next page", () => {
    pageGoes();
    expect(session.terminated).toEqual([]);
  });

  test("a talk that has ended is not ended again", () => {
    session.tell("accepted");
    session.tell("ended");
    pageGoes();
    expect(session.terminated).toEqual([]);
  });

  test("a phone that was stopped does nothing any more", () => {
    session.tell("accepted");
    phone.stop();
    pageGoes();
    expect(session.terminated).toEqual([]);
  });
});
