/** Makes an agent who looks elsewhere notice a ringing call: title, tone, and a notification where it is allowed. */

import { useEffect } from "react";

const TITLE = "Ringside";
export const RINGTONE_KEY = "ringside.ringtone";

export function ringtoneOn(): boolean {
  return localStorage.getItem(RINGTONE_KEY) !== "off";
}

export function useTitle(text: string | null): void {
  useEffect(() => {
    if (!text) return;
    let lit = false;
    const flash = () => {
      lit = !lit;
      document.title = lit ? text : TITLE;
    };
    flash();
    const timer = setInterval(flash, 900);
    return () => {
      clearInterval(timer);
      document.title = TITLE;
    };
  }, [text]);
}

/** Two soft notes, every two seconds; browsers let it sound once the agent has clicked anything in the page. */
export function useRingtone(ringing: boolean): void {
  useEffect(() => {
    if (!ringing || !ringtoneOn()) return;
    const audio = new AudioContext();
    const note = (frequency: number, start: number) => {
      const tone = audio.createOscillator();
      const gain = audio.createGain();
      tone.frequency.value = frequency;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.12, start + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.5);
    };
    const ring = () => {
      note(660, audio.currentTime);
      note(880, audio.currentTime + 0.22);
    };
    ring();
    const timer = setInterval(ring, 2000);
    return () => {
      clearInterval(timer);
      void audio.close();
    };
  }, [ringing]);
}

export function useDesktopNotice(tag: string | null, title: string, body: string): void {
  useEffect(() => {
    if (!tag || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const shown = new Notification(title, { body, tag, icon: "/icon.svg" });
    shown.onclick = () => {
      window.focus();
      shown.close();
    };
    return () => shown.close();
    // The words of the first sight are enough: a notice that changes is shown anew by some systems.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [tag]);
}
