/** What a service says in an error body: its own words, code and ticket, out of the many envelopes in use. */

import { oneLine } from "../one-line.js";

export { oneLine };

export interface ServiceWords {
  /** One line of plain text, at most 500 characters; "" when the body says nothing. */
  text: string;
  code?: string;
  ticket?: string;
}

const LONGEST_TEXT = 500;

function plain(value: unknown): string | undefined {
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  if (typeof value === "number") return String(value);
  return undefined;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** FastAPI's `{"detail":[{loc,msg}]}` and HDA's `{"errors":[{provider,message}]}` as text. */
function listText(list: unknown[]): string {
  return list
    .slice(0, 5)
    .map((entry) => {
      const fields = record(entry);
      if (!fields) return plain(entry) ?? "";
      const place = Array.isArray(fields["loc"])
        ? fields["loc"].map((part) => plain(part) ?? "").join(".")
        : plain(fields["provider"]);
      const words =
        plain(fields["msg"]) ?? plain(fields["message"]) ?? plain(fields["detail"]) ?? plain(fields["error"]);
      return [place, words].filter(Boolean).join(": ");
    })
    .filter((text) => text !== "")
    .join("; ");
}

/** Envelopes inside envelopes are read this deep. */
const DEEPEST = 4;

function jsonWords(body: Record<string, unknown>, depth = 0): ServiceWords {
  const parts: string[] = [];
  for (const key of ["error", "title", "description", "error_description", "message", "detail", "reason"]) {
    const value = body[key];
    const nested = depth < DEEPEST ? record(value) : undefined;
    const text = Array.isArray(value) ? listText(value) : nested ? jsonWords(nested, depth + 1).text : plain(value);
    if (text && !parts.includes(text)) parts.push(text);
  }
  if (Array.isArray(body["errors"])) {
    const text = listText(body["errors"]);
    if (text) parts.push(text);
  }
  const code = plain(body["code"]) ?? plain(body["error"]) ?? plain(record(body["error"])?.["code"]);
  const ticket =
    plain(body["ticket"]) ??
    plain(body["trace-id"]) ??
    plain(body["trace_id"]) ??
    plain(body["traceId"]) ??
    plain(body["requestId"]);
  return { text: parts.join(" – "), ...(code ? { code } : {}), ...(ticket ? { ticket } : {}) };
}

function xmlWords(text: string): ServiceWords {
  const element = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]{1,500})</${name}>`, "i").exec(text)?.[1];
  const code = element("Code");
  const message = element("Message");
  const ticket = element("RequestId");
  if (code ?? message) {
    return {
      text: [code, message].filter(Boolean).join(": "),
      ...(code ? { code } : {}),
      ...(ticket ? { ticket } : {}),
    };
  }
  return { text: withoutTags(text).replaceAll("&nbsp;", " ") };
}

/** The text of a page. Walks once over it: a hostile page must not make a regular expression try again and again. */
function withoutTags(page: string): string {
  const lower = page.toLowerCase();
  let text = "";
  let at = 0;
  while (at < page.length) {
    const open = page.indexOf("<", at);
    if (open < 0) return text + page.slice(at);
    text += `${page.slice(at, open)} `;
    const hidden = ["script", "style"].find((name) => lower.startsWith(name, open + 1));
    const end = hidden ? lower.indexOf(`</${hidden}`, open) : open;
    const close = end < 0 ? -1 : page.indexOf(">", end);
    if (close < 0) return text;
    at = close + 1;
  }
  return text;
}

/** Reads any error body. Control characters never come through. */
export function serviceWords(body: Buffer): ServiceWords {
  const text = body.toString("utf8").trim();
  let words: ServiceWords;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const fields = record(parsed);
  if (fields) words = jsonWords(fields);
  else if (typeof parsed === "string") words = { text: parsed };
  else if (text.startsWith("<")) words = xmlWords(text);
  else words = { text };
  return {
    ...words,
    text: withoutQueries(oneLine(words.text, LONGEST_TEXT)),
    ...(words.code ? { code: oneLine(words.code, 100) } : {}),
    ...(words.ticket ? { ticket: oneLine(words.ticket, 100) } : {}),
  };
}

/** Addresses in a service's words without userinfo and query, which may hold a signature. `text` must be short. */
function withoutQueries(text: string): string {
  return text.replace(/\?[^\s"'<>]*=[^\s"'<>]*/g, "").replace(/\/\/[^/\s@]*@/g, "//");
}
