/** Which version of a file an answer is of, and whether a later answer is of the same one. */
import type { AnswerHeaders } from "../http/door.js";
import { httpDate } from "../http/retry-after.js";
import { guards } from "./guards.js";

/** Strong in the sense of RFC 9110 §8.8: equal means equal bytes. */
export interface Validator {
  /** A strong entity tag, with its quotes. */
  etag?: string;
  /** A Last-Modified that is strong by §8.8.2.2; only used without `etag`. */
  lastModified?: string;
  /** A weak tag beside it: equal proves nothing, different disproves. */
  weakTag?: string;
}

/**
 * How much older than `Date` a Last-Modified must be to be strong. §8.8.2.2 asks for one second by the same clock, or
 * enough for two clocks; nothing says that the clocks are one.
 */
const STRONG_AGE_MS = 60_000;

/** The strong validator of an answer; undefined where it has none. */
export function validatorOf(headers: AnswerHeaders): Validator | undefined {
  const tags = headers.all("etag");
  const etag = tags.length === 1 ? tags[0]?.trim() : undefined;
  if (etag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]+"$/.test(etag)) return { etag };
  if (etag !== undefined && !guards.strong) return { etag };
  const date = headers.get("date");
  const lastModified = headers.get("last-modified");
  if (date === undefined || lastModified === undefined) return undefined;
  const now = Date.now();
  const sent = httpDate(date.trim(), now);
  const changed = httpDate(lastModified.trim(), now);
  if (sent === undefined || changed === undefined || sent - changed < STRONG_AGE_MS) return undefined;
  return { lastModified: lastModified.trim(), ...(etag === undefined ? {} : { weakTag: etag }) };
}

/** The headers that ask for the bytes from `start`, up to `last` or the end, and only of this version. */
export function rangeHeaders(validator: Validator, start: number, last?: number): Record<string, string> {
  const range = `bytes=${start}-${last ?? ""}`;
  // If-Range alone is not enough: Ceph answers 206 although it does not match, but knows If-Match (facts/peers.md §B2).
  if (validator.etag !== undefined) return { range, "if-match": validator.etag, "if-range": validator.etag };
  const date = validator.lastModified;
  return date === undefined ? { range } : { range, "if-unmodified-since": date, "if-range": date };
}

/** Whether an answer is certainly of this version. */
export function isSameVersion(validator: Validator, headers: AnswerHeaders): boolean {
  if (!guards.validator) return true;
  const etag = headers.get("etag")?.trim();
  if (validator.etag !== undefined) return etag === validator.etag;
  if (validator.weakTag !== undefined && etag !== undefined && etag !== validator.weakTag) return false;
  return validator.lastModified !== undefined && headers.get("last-modified")?.trim() === validator.lastModified;
}

export interface ContentRange {
  first: number;
  last: number;
  total: number;
}

/** A Content-Range with a known total; undefined for anything else. */
export function contentRange(headers: AnswerHeaders): ContentRange | undefined {
  const all = headers.all("content-range");
  const match = all.length === 1 ? /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(all[0]?.trim() ?? "") : null;
  if (!match) return undefined;
  const [first, last, total] = match.slice(1).map(Number) as [number, number, number];
  return first <= last && last < total ? { first, last, total } : undefined;
}
