import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dropRing, keepRing, keptRing, readdressed } from "./keptRing";

const INVITE = "INVITE sip:u7dk2@127.0.0.1:4711;transport=ws SIP/2.0\r\nTo: <sip:u7dk2@abc.invalid>\r\n\r\nv=0";

/** As much of a tab's storage as is used. */
function tab() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

describe("a kept ring", () => {
  beforeEach(() => {
    vi.stubGlobal("sessionStorage", tab());
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test("is found by when it began, a little earlier or later", () => {
    keepRing(INVITE);
    expect(keptRing(999_000)).toBe(INVITE);
    expect(keptRing(1_001_500)).toBe(INVITE);
  });

  test("is not taken for the next ring", () => {
    keepRing(INVITE);
    expect(keptRing(1_010_000)).toBeNull();
  });

  test("is gone when it was dropped, and none is none", () => {
    expect(keptRing(1_000_000)).toBeNull();
    keepRing(INVITE);
    dropRing();
    expect(keptRing(1_000_000)).toBeNull();
  });

  test("is addressed to the new page, and nothing else of it changes", () => {
    expect(readdressed(INVITE, "101")).toBe(INVITE.replace("sip:u7dk2@127", "sip:101@127"));
  });
});
