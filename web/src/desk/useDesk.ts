/** The desk's state, kept up by the agents' socket. */

import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { api, Refused } from "../api/client";
import type { ClientMessage, ServerEvent } from "../api/types";
import { Connection, type Link } from "./connection";
import { EMPTY, reduce, type DeskState } from "./reducer";

export interface Desk {
  desk: DeskState;
  link: Link;
  say(message: ClientMessage): boolean;
}

async function stillLoggedIn(): Promise<boolean> {
  try {
    await api.me();
    return true;
  } catch (fault) {
    return !(fault instanceof Refused && fault.status === 401);
  }
}

export function useDesk(loggedOut: () => void): Desk {
  const [desk, heard] = useReducer((state: DeskState, event: ServerEvent) => reduce(state, event, Date.now()), EMPTY);
  const [link, setLink] = useState<Link>("connecting");
  const connection = useRef<Connection | null>(null);
  const out = useRef(loggedOut);
  out.current = loggedOut;

  useEffect(() => {
    const url = `${location.origin.replace(/^http/, "ws")}/ws/agent`;
    const linked = (next: Link) => {
      setLink(next);
      if (next === "logged_out") out.current();
    };
    connection.current = new Connection(url, { heard, linked }, stillLoggedIn);
    connection.current.open();
    return () => connection.current?.close();
  }, []);

  // What is on the screen is acknowledged, once a pop.
  const acknowledged = useRef(new Set<string>());
  useEffect(() => {
    for (const call of desk.calls) {
      if (acknowledged.current.has(call.pop_id)) continue;
      if (connection.current?.say({ type: "ack", pop_id: call.pop_id })) acknowledged.current.add(call.pop_id);
    }
  }, [desk.calls]);

  const say = useCallback((message: ClientMessage) => connection.current?.say(message) ?? false, []);
  return { desk, link, say };
}
