/** How long a server asks to wait, read from an answer's headers. */
import type { AnswerHeaders } from "./door.js";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The three date forms of RFC 9110 §5.6.7, as epoch ms. */
export function httpDate(text: string, now: number): number | undefined {
  const imf = /^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (imf) return utc(Number(imf[3]), imf[2], imf.slice(1, 2), imf.slice(4, 7));
  const rfc850 = /^\w{6,9}, (\d{2})-(\w{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text);
  if (rfc850) {
    const thisYear = new Date(now).getUTCFullYear();
    let year = Math.floor(thisYear / 100) * 100 + Number(rfc850[3]);
    if (year > thisYear + 50) year -= 100;
    return utc(year, rfc850[2], rfc850.slice(1, 2), rfc850.slice(4, 7));
  }
  const asctime = /^\w{3} (\w{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/.exec(text);
  if (asctime) return utc(Number(asctime[6]), asctime[1], [asctime[2] ?? ""], asctime.slice(3, 6));
  return undefined;
}

function utc(year: number, month: string | undefined, day: string[], time: string[]): number | undefined {
  const index = MONTHS.indexOf((month ?? "").toLowerCase());
  if (index < 0) return undefined;
  const [h = 0, m = 0, s = 0] = time.map(Number);
  return Date.UTC(year, index, Number(day[0]), h, m, s);
}

/**
 * Milliseconds to wait by `Retry-After` (seconds or a date, RFC 9110 §10.2.3; a date is read against the server's
 * own `Date` where it sends one), else by an exhausted `X-RateLimit-Remaining`; undefined when nothing usable is said.
 */
export function waitAsked(headers: AnswerHeaders, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text !== undefined) {
    if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
    const at = httpDate(text, now);
    if (at !== undefined) {
      const serverNow = httpDate(headers.get("date") ?? "", now) ?? now;
      return Math.max(0, at - serverNow);
    }
    return undefined;
  }
  if (headers.get("x-ratelimit-remaining")?.trim() === "0") {
    const reset = headers.get("x-ratelimit-reset")?.trim() ?? "";
    // Envoy sends seconds to go; a large number is somebody's epoch and not worth guessing at.
    if (/^\d{1,5}$/.test(reset)) return Number(reset) * 1000;
  }
  return undefined;
}
