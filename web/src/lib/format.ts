/** Times and values in the reader's language. */

import type { Money } from "../api/types";

export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

export function ago(at: string, now_ms: number, language: string): string {
  const seconds = (Date.parse(at) - now_ms) / 1000;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.min(0, Math.round(seconds)), "second");
}

/** The reader's own manner of the language, e.g. `en-GB` for `en`: whether noon is 12:00 or 12 PM is not the language's to say. */
function manner(language: string): string {
  return navigator.languages.find((each) => each.split("-")[0] === language) ?? language;
}

export function when(at: string, language: string): string {
  return new Intl.DateTimeFormat(manner(language), { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
}

export function timeOfDay(at: string, language: string): string {
  return new Intl.DateTimeFormat(manner(language), { timeStyle: "medium" }).format(new Date(at));
}

/** An amount of money; a call costs parts of a cent. */
export function money(cost: Money, language: string): string {
  const style = { style: "currency", currency: cost.currency, maximumFractionDigits: 5 } as const;
  return new Intl.NumberFormat(manner(language), style).format(Number(cost.amount));
}

/** A fact's key as words: `open_invoices` is "Open invoices". */
export function words(key: string): string {
  const spaced = key.replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function initials(name: string): string {
  const letters = name.match(/\p{L}+/gu)?.map((word) => word.charAt(0)) ?? [];
  return (letters.length > 1 ? `${letters[0]}${letters.at(-1)}` : (letters[0] ?? "")).toUpperCase();
}
