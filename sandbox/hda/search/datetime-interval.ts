/** The `datetime` parameter: an RFC 3339 instant or interval with time and zone, as the service accepts it. */

export interface Interval {
  /** Milliseconds since 1970; ±Infinity where it is open. */
  from: number;
  to: number;
}

/** What is wrong with a datetime, in the words that the framework uses for bodies and for query strings. */
export class DatetimeError extends Error {
  constructor(
    readonly type: "datetime_parsing" | "timezone_aware" | "value_error",
    message: string,
    /** Words for a query string. */
    readonly inQuery: string,
    /** The part that does not parse. */
    readonly part = "",
    readonly reason?: string,
  ) {
    super(message);
  }
}

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt _](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
const BAD_INSTANT = "Invalid RFC3339 datetime.";
const MUST_MATCH = "Must match format: {begin_date}/{end_date}";

/** The interval. Throws a DatetimeError when the text is none. */
export function readInterval(text: string): Interval {
  const parts = text.split("/");
  if (parts.length > 2) {
    const words = `Value error, Invalid datetime range. Too many values. ${MUST_MATCH}`;
    throw new DatetimeError("value_error", words, "Interval string contains more than one forward slash.");
  }
  const open = (part: string): boolean => part === "" || part === "..";
  const [first = "", second] = parts;
  if (second === undefined) {
    if (open(first)) return { from: -Infinity, to: Infinity };
    const at = readInstant(first);
    return { from: at, to: at };
  }
  const from = open(first) ? -Infinity : readInstant(first);
  const to = open(second) ? Infinity : readInstant(second);
  if (from > to) {
    const words = `Value error, Invalid datetime range. Begin date after end date. ${MUST_MATCH}`;
    throw new DatetimeError("value_error", words, "Start datetime cannot be before end datetime.");
  }
  return { from, to };
}

/** Milliseconds since 1970, with fractions. Throws a DatetimeError for anything else than date, time and zone. */
export function readInstant(text: string): number {
  const match = INSTANT.exec(text);
  const whole = match ? Date.parse(`${text.slice(0, 10)}T${text.slice(11, 19)}${match[8]?.toUpperCase()}`) : NaN;
  if (!Number.isNaN(whole)) return whole + Number(match?.[7] ?? 0) * 1000;
  if (!Number.isNaN(Date.parse(`${text.slice(0, 10)}T${text.slice(11)}Z`)) && text.length >= 16) {
    throw new DatetimeError("timezone_aware", "Input should have timezone info", BAD_INSTANT, text);
  }
  const reason = /^\d{4}-\d{2}-\d{2}/.test(text)
    ? "invalid datetime separator, expected `T`, `t`, `_` or space"
    : text.length < 10
      ? "input is too short"
      : "invalid character in year";
  throw new DatetimeError("datetime_parsing", `Input should be a valid datetime, ${reason}`, BAD_INSTANT, text, reason);
}
