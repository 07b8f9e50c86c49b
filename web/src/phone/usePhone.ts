/** Keeps the browser phone registered while the agent is not offline. */

import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { NO_PHONE, Softphone, type PhoneState } from "./softphone";

const RETRY_MS = 10_000;

export interface Phone extends PhoneState {
  accept(): void;
  hangUp(): void;
  mute(muted: boolean): void;
  hold(held: boolean): void;
  resume(rang_ms: number): void;
  forget(): void;
}

export function usePhone(wanted: boolean): Phone {
  const [state, setState] = useState<PhoneState>(NO_PHONE);
  const phone = useRef<Softphone | null>(null);

  useEffect(() => {
    if (!wanted) return;
    let over = false;
    let retry: ReturnType<typeof setTimeout>;
    const begin = async () => {
      try {
        const credentials = await api.phone();
        if (over) return;
        phone.current = new Softphone(credentials, (next) => {
          if (!over) setState(next);
        });
        phone.current.start();
      } catch {
        setState({ ...NO_PHONE, registration: "failed" });
        if (!over) retry = setTimeout(() => void begin(), RETRY_MS);
      }
    };
    void begin();
    return () => {
      over = true;
      clearTimeout(retry);
      phone.current?.stop();
      phone.current = null;
      setState(NO_PHONE);
    };
  }, [wanted]);

  return {
    ...state,
    accept: () => phone.current?.accept(),
    hangUp: () => phone.current?.hangUp(),
    mute: (muted) => phone.current?.mute(muted),
    hold: (held) => phone.current?.hold(held),
    resume: (rang_ms) => phone.current?.resume(rang_ms),
    forget: () => phone.current?.forget(),
  };
}

/** Takes up a call that rang here before a reload, for as long as the server says that it rings. */
export function useResumedRing(phone: Phone, rang_ms: number | null): void {
  const { registration, call } = phone;
  const stale = call?.resumed && call.phase === "ringing" && rang_ms === null;
  useEffect(() => {
    if (stale) phone.forget();
    else if (rang_ms !== null && registration === "ready" && !call) phone.resume(rang_ms);
    // The phone's functions are new at each sight and always do the same.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [stale, rang_ms, registration, call === null]);
}
