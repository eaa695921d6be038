/** What instant a date text of a STAC item or a user means, and which of two instants is later, exact to any digit. */

/** A point in time, comparable without loss at any number of fraction digits. */
export interface Instant {
  /** Whole seconds since 1970-01-01T00:00:00Z (without leap seconds); an integer, negative before 1970. */
  readonly seconds: number;
  /** 1 inside a leap second (23:59:60), which lies between `seconds` and `seconds + 1`; else 0. */
  readonly leap: 0 | 1;
  /** Digits after the decimal point, without trailing zeros; "" for a whole second. */
  readonly fraction: string;
}

export interface InstantOptions {
  /** `2026-04-20` counts as its midnight in UTC. [false] */
  dateOnly?: boolean;
  /** A date-time without zone counts as UTC. [false] */
  assumeUtc?: boolean;
}

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:([Zz])|([+-])(\d{2}):(\d{2}))?)?$/;

/** Days in a month (1–12) of the Gregorian calendar, year 0 included. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970-01-01 to a date. `Date.UTC` cannot be used: it reads the years 0–99 as 1900–1999. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Without trailing zeros, so that equal fractions are equal texts. A loop: a regular expression could take n² steps. */
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end -= 1;
  return digits.slice(0, end);
}

/**
 * The instant of an RFC 3339 date-time (section 5.6): years 0000–9999, `T`, `t` or a space, any number of fraction
 * digits, `Z`, `z` or `±hh:mm`, leap seconds at 23:59:60 UTC. Anything else, also a date that does not exist, is
 * undefined; it never throws.
 */
export function parseInstant(text: unknown, options: InstantOptions = {}): Instant | undefined {
  if (typeof text !== "string") return undefined;
  const parts = DATE_TIME.exec(text);
  if (!parts) return undefined;
  const [, y, mo, d, h, mi, s, fraction, zulu, sign, zoneHours, zoneMinutes] = parts;
  const year = Number(y);
  const month = Number(mo);
  const day = Number(d);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const days = daysSinceEpoch(year, month, day);
  if (h === undefined) return options.dateOnly ? { seconds: days * 86400, leap: 0, fraction: "" } : undefined;

  if (zulu === undefined && sign === undefined && !options.assumeUtc) return undefined;
  const hour = Number(h);
  const minute = Number(mi);
  const second = Number(s);
  const offset = sign === undefined ? 0 : Number(zoneHours) * 60 + Number(zoneMinutes);
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  if (sign !== undefined && (Number(zoneHours) > 23 || Number(zoneMinutes) > 59)) return undefined;

  const minutes = days * 1440 + hour * 60 + minute - (sign === "-" ? -offset : offset);
  const leap = second === 60 ? 1 : 0;
  if (leap === 1 && ((minutes % 1440) + 1440) % 1440 !== 1439) return undefined;
  return { seconds: minutes * 60 + second - leap, leap, fraction: trimZeros(fraction ?? "") };
}

/** Negative when `a` is earlier than `b`, 0 when they are the same instant, positive when `a` is later. */
export function compareInstants(a: Instant, b: Instant): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  if (a.leap !== b.leap) return a.leap - b.leap;
  // Digits after the point, trailing zeros gone: their order as text is their order as numbers.
  if (a.fraction === b.fraction) return 0;
  return a.fraction < b.fraction ? -1 : 1;
}
