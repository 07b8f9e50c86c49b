/** The agents' socket: connects, resumes by number, and comes back with growing, jittered pauses. */

import type { ClientMessage, ServerEvent } from "../api/types";

export type Link = "connecting" | "up" | "down" | "logged_out";

export interface Listener {
  heard(event: ServerEvent): void;
  linked(link: Link): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const PING_MS = 15_000;
const SILENCE_MS = 8_000;
const SESSION_OVER = 4401;

export class Connection {
  private socket: WebSocket | null = null;
  private attempts = 0;
  private last: number | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setInterval> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
    private readonly stillLoggedIn: () => Promise<boolean>,
  ) {}

  open(): void {
    window.addEventListener("online", this.now);
    window.addEventListener("offline", this.lost);
    this.connect();
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.now);
    window.removeEventListener("offline", this.lost);
    this.stopTimers();
    clearTimeout(this.retry);
    this.socket?.close(1000);
  }

  /** Say something; false when there is no connection to say it on. */
  say(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private connect(): void {
    clearTimeout(this.retry);
    const socket = new WebSocket(this.last === null ? this.url : `${this.url}?after=${this.last}`);
    this.socket = socket;
    socket.onopen = () => {
      this.attempts = 0;
      this.listener.linked("up");
      this.ping = setInterval(() => this.askIfAlive(), PING_MS);
    };
    socket.onmessage = (message) => this.read(String(message.data));
    socket.onclose = (event) => {
      if (this.socket === socket) void this.goneWith(event.code);
    };
  }

  private read(text: string): void {
    clearTimeout(this.silence);
    const event = JSON.parse(text) as ServerEvent;
    this.last = event.n;
    this.listener.heard(event);
  }

  /** A laptop that changed networks has a socket that looks open and is dead: ask, and give up after a silence. */
  private askIfAlive(): void {
    if (!this.say({ type: "ping" })) return;
    clearTimeout(this.silence);
    this.silence = setTimeout(this.lost, SILENCE_MS);
  }

  private readonly lost = (): void => {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    void this.goneWith(0);
  };

  private readonly now = (): void => {
    if (this.socket?.readyState === WebSocket.OPEN || this.closed) return;
    this.attempts = 0;
    this.connect();
  };

  private async goneWith(code: number): Promise<void> {
    this.stopTimers();
    if (this.closed) return;
    this.listener.linked("down");
    // A refused upgrade tells the browser nothing: ask whether it was for want of a session.
    if (code === SESSION_OVER || (this.attempts > 0 && !(await this.stillLoggedIn()))) {
      this.closed = true;
      this.listener.linked("logged_out");
      return;
    }
    if (this.closed) return;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.attempts++);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

  private stopTimers(): void {
    clearInterval(this.ping);
    clearTimeout(this.silence);
  }
}
