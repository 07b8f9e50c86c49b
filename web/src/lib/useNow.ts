import { useEffect, useState } from "react";

/** The server's time now, renewed every second. */
export function useNow(offset_ms: number): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now + offset_ms;
}
