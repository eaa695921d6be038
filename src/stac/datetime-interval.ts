/** What `datetime` of a search means: from whatever a person or a message gives to the text a STAC API accepts. */
import { isDate } from "node:util/types";
import { badInput, type EoError } from "../errors.js";
import { compareInstants, daysInMonth, parseInstant } from "./instant.js";

const FORMS =
  'Write an instant with its zone ("2026-04-20T12:00:00Z"), a day, month or year ("2026-04-20", "2026-04", "2026"), ' +
  'an interval of them ("2026-04-01/..") or a time back from now ("P7D", "PT6H").';

const OPEN = "..";
const START_OF_DAY = "T00:00:00Z";
/** As the Data Lake's own notebooks write it. */
const END_OF_DAY = "T23:59:59.999999Z";
const YEAR_0 = -62167219200000;
const YEAR_9999_END = 253402300799999;

const PERIOD = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const LOOKS_LIKE_DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]/;
const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;
/** 13 digits are 2001–2286; fewer or more are rather a date written without dashes. */
const EPOCH_MS_TEXT = /^\d{13}$/;
const DURATION =
  /^P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,7})W)?(?:(\d{1,7})D)?(T(?:(\d{1,9}(?:[.,]\d{1,9})?)H)?(?:(\d{1,9}(?:[.,]\d{1,9})?)M)?(?:(\d{1,12}(?:[.,]\d{1,9})?)S)?)?$/i;

/** One end of time: where it starts and where it ends; the same text for an instant. */
interface Span {
  start: string;
  end: string;
}

/**
 * The `datetime` text for a STAC API: "a/b" with `..` for an open end, or one instant; always full RFC 3339.
 *
 * @param value RFC 3339 text or interval, `2026`, `2026-04`, `2026-04-20` and intervals of them, an ISO 8601 duration
 * back from now, a Date, epoch milliseconds, or an array of two of these
 * @param now the present, for durations
 * @returns undefined when blank
 * @throws EoError BAD_INPUT for anything else, also an interval that runs backwards or is open at both ends
 */
export function datetimeInterval(value: unknown, now: Date): string | undefined {
  if (value === undefined || value === null) {
    throw badInput(`datetime is ${String(value)}. Set it, or leave the field blank to search all times.`);
  }
  if (typeof value === "string") {
    const text = value.trim();
    return text === "" ? undefined : fromText(text, now);
  }
  if (Array.isArray(value)) return fromArray(value);
  if (isDate(value) || typeof value === "number") return instantText(value);
  throw badInput(`datetime is ${describe(value)}, which is not a time. ${FORMS}`);
}

function fromText(text: string, now: Date): string {
  const parts = text.split("/");
  if (parts.length > 2) {
    throw badInput(
      `datetime ${quoted(text)} has ${parts.length - 1} slashes. An interval has one: "2026-04-01/2026-04-20".`,
    );
  }
  const [first, second] = parts;
  if (first !== undefined && second !== undefined) return interval(first.trim(), second.trim(), text);
  if (/^-?p/i.test(text)) return backFromNow(text, now);
  if (text === OPEN) throw openBothEnds(text);
  const { start, end } = span(text, text);
  return start === end ? start : `${start}/${end}`;
}

function fromArray(value: unknown[]): string {
  if (value.length !== 2) {
    throw badInput(
      `datetime is an array of ${value.length}. An interval has two ends: ["2026-04-01", "2026-04-20"]; ".." leaves one open.`,
    );
  }
  const ends = value.map((end, index) => {
    if (typeof end === "string") return end.trim();
    if (isDate(end) || typeof end === "number") return instantText(end);
    throw badInput(
      `datetime[${index}] is ${describe(end)}. Each end is a time, such as "2026-04-20", or ".." for an open end.`,
    );
  });
  const shown = ends.join("/");
  for (const end of ends) {
    if (end.includes("/")) throw badInput(`datetime ${quoted(shown)} holds an interval inside an interval. ${FORMS}`);
  }
  return interval(ends[0] ?? "", ends[1] ?? "", shown);
}

function interval(first: string, second: string, whole: string): string {
  const openStart = first === OPEN || first === "";
  const openEnd = second === OPEN || second === "";
  if (openStart && openEnd) throw openBothEnds(whole);
  const start = openStart ? OPEN : span(first, whole).start;
  const end = openEnd ? OPEN : span(second, whole).end;
  const from = parseInstant(start);
  const to = parseInstant(end);
  if (from && to && compareInstants(from, to) > 0) {
    throw badInput(
      `datetime ${quoted(whole)} runs backwards: its start is later than its end. Write the earlier one first.`,
    );
  }
  return `${start}/${end}`;
}

/** One part of the value: an instant, or a day, month or year as the whole UTC period. */
function span(part: string, whole: string): Span {
  const where = part === whole ? "" : ` in ${quoted(whole)}`;
  const period = PERIOD.exec(part);
  if (period) {
    const [, year = "", month, day] = period;
    const firstMonth = month ?? "01";
    const lastMonth = month ?? "12";
    if (Number(lastMonth) < 1 || Number(lastMonth) > 12) {
      throw badInput(`datetime ${quoted(part)}${where} is not a date: there is no month ${lastMonth}. ${FORMS}`);
    }
    const days = daysInMonth(Number(year), Number(lastMonth));
    if (day !== undefined && (Number(day) < 1 || Number(day) > days)) {
      throw badInput(
        `datetime ${quoted(part)}${where} is not a date: ${year}-${lastMonth} has the days 01 to ${days}. ${FORMS}`,
      );
    }
    return {
      start: `${year}-${firstMonth}-${day ?? "01"}${START_OF_DAY}`,
      end: `${year}-${lastMonth}-${day ?? String(days)}${END_OF_DAY}`,
    };
  }
  if (parseInstant(part)) {
    // RFC 3339 lets T and Z be small and T be a space; not every service does.
    const text = `${part.slice(0, 10)}T${part.slice(11)}`.replace(/z$/, "Z");
    return { start: text, end: text };
  }
  if (EPOCH_MS_TEXT.test(part)) {
    const text = instantText(Number(part));
    return { start: text, end: text };
  }
  if (WITHOUT_ZONE.test(part)) {
    throw badInput(
      `datetime ${quoted(part)}${where} has no zone, so it is not one instant. ` +
        `Add Z for UTC ("2026-04-20T12:00:00Z") or an offset ("2026-04-20T12:00:00+02:00").`,
    );
  }
  if (LOOKS_LIKE_DATE_TIME.test(part)) {
    throw badInput(`datetime ${quoted(part)}${where} is not a valid date and time of RFC 3339. ${FORMS}`);
  }
  if (/^-?p/i.test(part)) {
    throw badInput(
      `datetime ${quoted(part)}${where} is a duration inside an interval. A duration stands alone and counts back from ` +
        'now: "P7D".',
    );
  }
  throw badInput(`datetime ${quoted(part)}${where} is not a time. ${FORMS}`);
}

/** Days, weeks, months and years: whole UTC days up to the end of today. With a time part: exactly up to now. */
function backFromNow(text: string, now: Date): string {
  const parts = DURATION.exec(text);
  const numbers = parts ? [1, 2, 3, 4, 6, 7, 8].map((index) => amount(parts[index])) : [];
  const timePart = parts?.[5];
  if (!parts || timePart?.length === 1 || numbers.every((number) => number === undefined)) {
    throw badInput(
      `datetime ${quoted(text)} is not a duration. Write "P7D" (days), "P2W", "P1M", "P1Y", "PT6H" or "P1DT12H".`,
    );
  }
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = numbers;
  const monthIndex = now.getUTCFullYear() * 12 + now.getUTCMonth() - (years * 12 + months);
  const year = Math.floor(monthIndex / 12);
  const month = monthIndex - year * 12;
  if (year < 0) throw tooLongAgo(text);
  const day = Math.min(now.getUTCDate(), daysInMonth(year, month + 1));
  const date = new Date(0);
  date.setUTCFullYear(year, month, day - (weeks * 7 + days));
  if (timePart === undefined) {
    if (!isBetweenYears0And9999(date.getTime())) throw tooLongAgo(text);
    return `${date.toISOString().slice(0, 10)}${START_OF_DAY}/${now.toISOString().slice(0, 10)}${END_OF_DAY}`;
  }
  const timeOfDay = ((now.getTime() % 86400000) + 86400000) % 86400000;
  const start = date.getTime() + timeOfDay - Math.round((hours * 3600 + minutes * 60 + seconds) * 1000);
  if (!isBetweenYears0And9999(start)) throw tooLongAgo(text);
  return `${new Date(start).toISOString()}/${now.toISOString()}`;
}

function amount(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replace(",", "."));
}

function instantText(value: Date | number): string {
  const ms = typeof value === "number" ? value : value.getTime();
  if (!isBetweenYears0And9999(ms)) {
    const shown = typeof value === "number" ? String(value) : "an invalid Date";
    throw badInput(`datetime is ${shown}, which is not a time between the years 0000 and 9999. ${FORMS}`);
  }
  return new Date(ms).toISOString();
}

function isBetweenYears0And9999(ms: number): boolean {
  return ms >= YEAR_0 && ms <= YEAR_9999_END;
}

function openBothEnds(text: string): EoError {
  return badInput(
    `datetime ${quoted(text)} is open at both ends, so it limits nothing. Give one end, or leave it blank.`,
  );
}

function tooLongAgo(text: string): EoError {
  return badInput(`datetime ${quoted(text)} goes back before the year 0000. Write a shorter time, such as "P7D".`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
