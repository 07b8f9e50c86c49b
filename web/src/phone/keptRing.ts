/** Keeps the INVITE of a ringing call over a reload: Asterisk sends it once, and takes the answer from the new page too. */

const KEY = "ringside.ring";
/** The server and the page hear of one ring within this; the next ring at the same phone is farther away. */
const SAME_RING_MS = 5_000;

interface KeptRing {
  invite: string;
  /** When it came, by this machine's clock. */
  at: number;
}

export function keepRing(invite: string): void {
  sessionStorage.setItem(KEY, JSON.stringify({ invite, at: Date.now() } satisfies KeptRing));
}

export function dropRing(): void {
  sessionStorage.removeItem(KEY);
}

/** The INVITE of the ring that began at `rang_ms`, by this machine's clock; null when it is another's or none is kept. */
export function keptRing(rang_ms: number): string | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as KeptRing | null;
    return kept && Math.abs(kept.at - rang_ms) < SAME_RING_MS ? kept.invite : null;
  } catch {
    return null;
  }
}

/** The INVITE as if it had been sent to `user`: it names the address of the page before the reload, which nobody is now. */
export function readdressed(invite: string, user: string): string {
  return invite.replace(/^INVITE (sips?):[^@\s]*@/, `INVITE $1:${user}@`);
}
