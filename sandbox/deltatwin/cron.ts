/** Five-field cron expressions, in UTC: minute, hour, day, month, weekday. */

const RANGES: [number, number][] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
];
const MINUTE = 60_000;
const DAY = 86_400_000;
/** Some days come only every four years. */
const MOST_DAYS = 4 * 366;

/** The next instant after `after` (both in ms). Throws a RangeError for text that is no expression or never comes. */
export function nextCron(text: string, after: number): number {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) throw new RangeError(`a cron expression has five fields, not ${fields.length}`);
  const [minutes, hours, days, months, weekdays] = fields.map((field, index) =>
    valuesOf(field, RANGES[index] ?? [0, 0]),
  );
  if (weekdays?.has(7)) weekdays.add(0);
  const first = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  const start = Math.floor(first / DAY) * DAY;
  for (let day = start; day < start + MOST_DAYS * DAY; day += DAY) {
    const date = new Date(day);
    const fits = days?.has(date.getUTCDate()) && months?.has(date.getUTCMonth() + 1) && weekdays?.has(date.getUTCDay());
    if (!fits) continue;
    for (let at = Math.max(day, first); at < day + DAY; at += MINUTE) {
      const time = new Date(at);
      if (hours?.has(time.getUTCHours()) && minutes?.has(time.getUTCMinutes())) return at;
    }
  }
  throw new RangeError("this never comes");
}

function valuesOf(field: string, [least, most]: [number, number]): Set<number> {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) throw new RangeError(`${part} is no part of a cron expression`);
    const [, from, to, step] = match;
    const start = Number(from ?? least);
    const end = Number(to ?? (from === undefined || step !== undefined ? most : from));
    const by = Number(step ?? 1);
    if (start < least || end > most || start > end || by < 1) throw new RangeError(`${part} is out of range`);
    for (let value = start; value <= end; value += by) values.add(value);
  }
  return values;
}
