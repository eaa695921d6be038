/** The `datetime` parameter: an RFC 3339 instant or interval with time and zone, as the service accepts it. */

export interface Interval {
  /** Milliseconds since 1970; ±Infinity where it is open. */
  from: number;
  to: number;
}

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** The interval. Throws a RangeError with the reason when the text is none. */
export function readInterval(text: string): Interval {
  const parts = text.split("/");
  if (parts.length > 2) throw new RangeError("Invalid datetime range. Must match format: {begin_date}/{end_date}");
  const [first = "", second] = parts;
  if (second === undefined) {
    const at = readInstant(first);
    return { from: at, to: at };
  }
  const open = (part: string): boolean => part === "" || part === "..";
  const from = open(first) ? -Infinity : readInstant(first);
  const to = open(second) ? Infinity : readInstant(second);
  if (from > to) throw new RangeError("Invalid datetime range. Begin date after end date");
  return { from, to };
}

/** Milliseconds since 1970, with fractions. Throws a RangeError for anything else than date, time and zone. */
export function readInstant(text: string): number {
  const match = INSTANT.exec(text);
  const whole = match ? Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}${match[8]?.toUpperCase()}`) : NaN;
  if (Number.isNaN(whole)) throw new RangeError(`Invalid RFC3339 datetime: ${text}`);
  return whole + Number(match?.[7] ?? 0) * 1000;
}
