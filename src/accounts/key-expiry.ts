/** When a key dies, and whether it is time to say so (contract, eo-account `expires`). */

const DAY_MS = 86_400_000;
const WARN_DAYS = 7;

/** The end of a key's life as epoch ms: a date means the beginning of that day in UTC. Undefined: not a date. */
export function expiryTime(expires: string | undefined): number | undefined {
  const text = (expires ?? "").trim();
  if (!/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text)) return undefined;
  const time = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text);
  return Number.isNaN(time) ? undefined : time;
}

/** What to say about a key that dies within seven days or has died; undefined before that. */
export function keyExpiry(expires: string | undefined, now: Date): { text: string } | undefined {
  const time = expiryTime(expires);
  if (time === undefined) return undefined;
  const left = time - now.getTime();
  if (left > WARN_DAYS * DAY_MS) return undefined;
  const date = new Date(time).toISOString().slice(0, 10);
  if (left <= 0) return { text: `expired on ${date}` };
  const days = Math.ceil(left / DAY_MS);
  return { text: `expires on ${date}, in ${days} ${days === 1 ? "day" : "days"}` };
}
