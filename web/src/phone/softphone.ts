/** The agent's phone in the browser: registers, rings, and does nothing that the agent did not ask for. */

import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { RTCSessionEvent } from "jssip/lib/UA";
import type { BrowserPhone } from "../api/types";
import { dropRing, keepRing, keptRing, readdressed } from "./keptRing";

export type Registration = "off" | "connecting" | "ready" | "failed";

export interface PhoneCall {
  /** Who the phone network says it is; the desk's call tells more. */
  number: string;
  phase: "ringing" | "talking";
  /** It rang before the page was loaded anew; the network cannot tell this page when it stops. */
  resumed: boolean;
  muted: boolean;
  held: boolean;
}

export interface PhoneState {
  registration: Registration;
  call: PhoneCall | null;
  /** Why the microphone or the line could not be had, as a key of `phone.fault`. */
  fault: "microphone" | "line" | null;
}

export const NO_PHONE: PhoneState = { registration: "off", call: null, fault: null };

const BUSY = 486;
const UNAVAILABLE = 480;
const LINE_BROKE = "Connection Error";
/** Q.850: the channel is not available. Asterisk gives it itself to a talk in which no sound comes any more. */
const CHANNEL_GONE = 'Reason: Q.850;cause=44;text="The page is gone"';

export class Softphone {
  private readonly ua: UA;
  private readonly socket: WebSocketInterface;
  private resuming = false;
  private session: RTCSession | null = null;
  private state: PhoneState = { ...NO_PHONE, registration: "connecting" };
  private readonly speaker = new Audio();

  constructor(
    private readonly credentials: BrowserPhone,
    private readonly changed: (state: PhoneState) => void,
  ) {
    const { ws_url, uri, user, password, display_name } = credentials;
    this.speaker.autoplay = true;
    this.socket = new WebSocketInterface(ws_url);
    this.ua = new UA({
      sockets: [this.socket],
      uri,
      authorization_user: user,
      password,
      display_name,
      register_expires: 120,
      session_timers: false,
      user_agent: "Ringside",
    });
    this.ua.on("registered", () => this.set({ registration: "ready" }));
    this.ua.on("unregistered", () => this.set({ registration: "connecting" }));
    this.ua.on("registrationFailed", () => this.set({ registration: "failed" }));
    this.ua.on("disconnected", () => this.set({ registration: "failed" }));
    this.ua.on("newRTCSession", (event: RTCSessionEvent) => {
      if (event.originator === "remote") this.ring(event.session, event.request.toString());
    });
  }

  start(): void {
    window.addEventListener("pagehide", this.leave);
    this.ua.start();
    this.changed(this.state);
  }

  stop(): void {
    window.removeEventListener("pagehide", this.leave);
    dropRing();
    this.ua.stop();
    this.speaker.srcObject = null;
    this.changed(NO_PHONE);
  }

  /** Ring again with the call that rang here at `rang_ms` before the page was loaded anew, if it is still known. */
  resume(rang_ms: number): void {
    const invite = this.session ? null : keptRing(rang_ms);
    if (!invite) return;
    this.resuming = true;
    this.socket.ondata(readdressed(invite, this.credentials.user));
    this.resuming = false;
  }

  /** Stop ringing: the server says that the resumed call rings no more. */
  forget(): void {
    if (this.state.call?.resumed && this.state.call.phase === "ringing") this.session?.terminate({ status_code: UNAVAILABLE });
  }

  accept(): void {
    this.set({ fault: null });
    this.session?.answer({
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: this.credentials.ice_servers.map((urls) => ({ urls })) },
    });
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) {
      this.session.terminate(this.state.call?.phase === "ringing" ? { status_code: BUSY } : {});
    }
  }

  mute(muted: boolean): void {
    if (muted) this.session?.mute({ audio: true });
    else this.session?.unmute({ audio: true });
  }

  hold(held: boolean): void {
    if (held) this.session?.hold();
    else this.session?.unhold();
  }

  tone(key: string): void {
    this.session?.sendDTMF(key);
  }

  /** A talk ends with its page, and the network must not take that for a goodbye. A ring goes on in the next page. */
  private readonly leave = (): void => {
    if (this.state.call?.phase === "talking") this.session?.terminate({ extraHeaders: [CHANNEL_GONE] });
  };

  private ring(session: RTCSession, invite: string): void {
    this.forget(); // a call that rings now is truer than one of the past
    if (this.session) {
      session.terminate({ status_code: BUSY });
      return;
    }
    this.session = session;
    const resumed = this.resuming;
    if (!resumed) keepRing(invite);
    this.set({
      fault: null,
      call: { number: session.remote_identity.uri.user ?? "", phase: "ringing", resumed, muted: false, held: false },
    });
    session.on("peerconnection", (event: { peerconnection: RTCPeerConnection }) => {
      event.peerconnection.addEventListener("track", (media) => {
        this.speaker.srcObject = media.streams[0] ?? new MediaStream([media.track]);
      });
    });
    session.on("accepted", () => {
      dropRing();
      this.alter({ phase: "talking" });
    });
    session.on("muted", () => this.alter({ muted: true }));
    session.on("unmuted", () => this.alter({ muted: false }));
    session.on("hold", () => this.alter({ held: true }));
    session.on("unhold", () => this.alter({ held: false }));
    session.on("getusermediafailed", () => this.set({ fault: "microphone" }));
    session.on("ended", () => this.over());
    session.on("failed", (event: { originator: string; cause: string }) => {
      // A ring that only the line has lost can be taken up again on the next one.
      if (event.cause !== LINE_BROKE) dropRing();
      // JsSIP tells of a fault of ours, e.g. no microphone, as a failure that we originated before the talk began.
      if (event.originator === "local" && this.state.call?.phase === "talking") this.set({ fault: "line" });
      this.over();
    });
  }

  private over(): void {
    this.session = null;
    this.speaker.srcObject = null;
    this.set({ call: null });
  }

  private alter(change: Partial<PhoneCall>): void {
    if (this.state.call) this.set({ call: { ...this.state.call, ...change } });
  }

  private set(change: Partial<PhoneState>): void {
    this.state = { ...this.state, ...change };
    this.changed(this.state);
  }
}
