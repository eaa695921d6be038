/** Dates as the service writes them. */
import type { SearchMode } from "../../core/settings.js";

/** Texts made before: the same few days come again in every family. */
const known = new Map<number, string>();

function isoText(ms: number): string {
  let text = known.get(ms);
  if (text === undefined) {
    if (known.size > 20_000) known.clear();
    text = new Date(ms).toISOString();
    known.set(ms, text);
  }
  return text;
}

/** Milliseconds since 1970 as RFC 3339 text with the fraction the mode asks for. */
export function dateText(ms: number, mode: Pick<SearchMode, "dates" | "form">): string {
  const text = isoText(ms);
  if (mode.dates === "s") return `${text.slice(0, -5)}Z`;
  return mode.dates === "us" || mode.form === "old" ? `${text.slice(0, -1)}000Z` : text;
}

/** `20260425` */
export function compactDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
}

/** `20260425T031500` */
export function compactTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, "");
}
