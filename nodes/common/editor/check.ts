/** Whether a value typed into a dialog can be right, and if not, why: pure rules, no page and no server. */

import { compareInstants, daysInMonth, parseInstant, type Instant } from "../../../src/stac/instant.js";

/** A key under `eo-account.check` of the catalogue and its placeholders. Never holds what was typed. */
export interface Problem {
  key: string;
  values?: Record<string, string | number>;
}

export type Check = (value: string) => Problem | undefined;

const problem = (key: string, values?: Record<string, string | number>): Problem =>
  values === undefined ? { key } : { key, values };

/** Node-RED fills these in before the node is made; what comes out is not known here. */
export function isVariable(value: unknown): boolean {
  return typeof value === "string" && /^(\$\{[A-Za-z_]\w*\}|\$\([A-Za-z_]\w*\))$/.test(value);
}

/** A number within bounds, both inclusive; `whole` refuses fractions. */
export function number(bounds: { min: number; max?: number; whole?: boolean }): Check {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text.trim())) return problem("number");
    if (bounds.whole !== false && !Number.isInteger(value)) return problem("whole");
    if (bounds.max !== undefined && (value < bounds.min || value > bounds.max))
      return problem("between", { min: bounds.min, max: bounds.max });
    return value < bounds.min ? problem("atLeast", { min: bounds.min }) : undefined;
  };
}

/** An absolute http(s) address without a user name, a password or a fragment in it. */
export const url: Check = (text) => {
  let parsed: URL;
  try {
    parsed = new URL(text.trim());
  } catch {
    return problem("url");
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") return problem("url");
  if (parsed.hostname === "") return problem("url");
  return parsed.username !== "" || parsed.password !== "" ? problem("urlSecret") : undefined;
};

const HOST = /^(\*\.)?((?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?$/i;

/** `host`, `host:port`, `host:*`, `*.example.org`, separated by commas or line ends. */
export const hosts: Check = (text) =>
  list(text, /[,\n]/).every((entry) => HOST.test(entry)) ? undefined : problem("hosts");

/** Headers that carry something else and would break the request. */
const NOT_FOR_KEYS = new Set([
  "host",
  "content-length",
  "content-type",
  "transfer-encoding",
  "connection",
  "accept",
  "range",
]);

export const headerName: Check = (text) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(text.trim()) && !NOT_FOR_KEYS.has(text.trim().toLowerCase())
    ? undefined
    : problem("headerName");

/** A workspace of the EO DataHub: a DNS label. */
export const workspaceName: Check = (text) =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text.trim()) ? undefined : problem("workspace");

/** Names with slashes between, that cannot lead out of a workspace or prefix; one slash more at the end is a folder. */
export const storePath: Check = (text) => {
  const names = text.replace(/\/$/, "").split("/");
  const wrong = (name: string): boolean => name === "" || /^(\.|%2e)+$/i.test(name) || /%(2f|5c|00)/i.test(name);
  return /\\|:\/\//.test(text) || names.some(wrong) ? problem("storePath") : undefined;
};

/** A calendar date, or an instant with its zone. */
export const day: Check = (text) =>
  parseInstant(text.trim(), { dateOnly: true }) === undefined ? problem("day") : undefined;

/** West, south, east, north, with a height after each corner or without. */
export function bbox(values: readonly unknown[]): Problem | undefined {
  if (values.length !== 4 && values.length !== 6) return problem("bboxCount", { count: values.length });
  const numbers = values.map((value) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value));
  if (!numbers.every((value): value is number => typeof value === "number" && Number.isFinite(value)))
    return problem("bboxNumbers");
  const [west = 0, south = 0, low = 0] = numbers;
  const [east = 0, north = 0, high = 0] = numbers.slice(numbers.length / 2);
  if (Math.abs(west) > 180 || Math.abs(east) > 180) return problem("bboxLongitude");
  if (Math.abs(south) > 90 || Math.abs(north) > 90) return problem("bboxLatitude");
  return south > north || (numbers.length === 6 && low > high) ? problem("bboxOrder") : undefined;
}

/** Numbers with commas between, or a JSON array of them. */
export const bboxText: Check = (text) => (text.trim().startsWith("[") ? bboxJson(text) : bbox(text.split(",")));

/** The forms of a time window that a person may type; `P7D` and the like are relative to the moment of the search. */
export const datetime: Check = (text) => {
  const value = text.trim();
  const parts = value.split("/").map((part) => part.trim());
  if (parts.length > 2) return problem("datetime");
  const ends = parts.map((part) => (parts.length === 2 && (part === ".." || part === "") ? OPEN : span(part)));
  if (ends.includes("duration")) {
    return parts.length === 2 ? problem("durationInside") : isDuration(value) ? undefined : problem("duration");
  }
  if (ends.includes("zone")) return problem("zone");
  const [from, to] = ends;
  if (typeof from !== "object" || (parts.length === 2 && typeof to !== "object")) {
    return value === ".." ? problem("openBoth") : problem("datetime");
  }
  if (typeof to !== "object") return undefined;
  if (from === OPEN && to === OPEN) return problem("openBoth");
  return from !== OPEN && to !== OPEN && compareInstants(from.start, to.end) > 0 ? problem("backwards") : undefined;
};

function isDuration(value: string): boolean {
  return /^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?$/i.test(
    value,
  );
}

interface Span {
  start: Instant;
  end: Instant;
}

const EPOCH: Instant = { seconds: 0, leap: 0, fraction: "" };
const OPEN: Span = { start: EPOCH, end: EPOCH };

/** A year, month, day or instant; "zone" when only the zone is missing. */
function span(text: string): Span | "zone" | "duration" | undefined {
  if (/^-?P/i.test(text)) return "duration";
  const date = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
  if (date !== null) {
    const [, year = "", month, day] = date;
    const lastMonth = month ?? "12";
    const lastDay = day ?? (/^(0[1-9]|1[0-2])$/.test(lastMonth) ? daysInMonth(Number(year), Number(lastMonth)) : 0);
    const start = parseInstant(`${year}-${month ?? "01"}-${day ?? "01"}T00:00:00Z`);
    const end = parseInstant(`${year}-${lastMonth}-${String(lastDay).padStart(2, "0")}T23:59:59.999999Z`);
    return start === undefined || end === undefined ? undefined : { start, end };
  }
  const instant = parseInstant(text);
  if (instant !== undefined) return { start: instant, end: instant };
  if (/^\d{13}$/.test(text)) {
    const seconds = Number(text) / 1000;
    const at: Instant = { seconds, leap: 0, fraction: "" };
    return { start: at, end: at };
  }
  return /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? "zone" : undefined;
}

/** CQL2 text: only what can be seen without a parser; the node parses it before sending. */
export const cql2Text: Check = (text) => {
  let depth = 0;
  let quote = "";
  for (const char of text) {
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === "'" || char === '"') quote = char;
    else if (char === "(") depth++;
    else if (char === ")" && --depth < 0) return problem("brackets");
  }
  return quote !== "" ? problem("quotes") : depth > 0 ? problem("brackets") : undefined;
};

/** `+a,-b`: names with an optional sign. */
export const signed: Check = (text) => {
  const names = list(text, /,/).map((entry) => entry.replace(/^[+-]/, "").trim());
  return names.length === 0 || names.includes("") ? problem("signed") : undefined;
};

/** JSON that must be an object. */
export const jsonObject: Check = (text) => {
  const value = json(text);
  if (value instanceof Error) return problem("json");
  return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : problem("jsonObject");
};

const GEOMETRIES = new Set([
  "Point",
  "MultiPoint",
  "LineString",
  "MultiLineString",
  "Polygon",
  "MultiPolygon",
  "GeometryCollection",
]);

/** A GeoJSON geometry, or a Feature that holds one. */
export const geometry: Check = (text) => {
  const wrong = jsonObject(text);
  if (wrong !== undefined) return wrong;
  const value = JSON.parse(text) as { type?: unknown; geometry?: { type?: unknown } | null };
  const type = value.type === "Feature" ? value.geometry?.type : value.type;
  return typeof type === "string" && GEOMETRIES.has(type) ? undefined : problem("geometry");
};

/** JSON of a bbox: an array of 4 or 6 numbers. */
export const bboxJson: Check = (text) => {
  const value = json(text);
  if (value instanceof Error) return problem("json");
  return Array.isArray(value) ? bbox(value) : problem("bboxNumbers");
};

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** A path such as `properties.grid:code` or `properties["a.b"]`. */
export const path: Check = (text) => {
  const keys: string[] = [];
  const shape = /^(?:[^.[]+|\["(?:[^"]|"(?!\]))+"\]|\['(?:[^']|'(?!\]))+'\]|\[[^"'\]][^\]]*\])/;
  let rest = text.trim();
  for (let first = true; rest !== ""; first = false) {
    if (!first && rest.startsWith(".")) {
      rest = rest.slice(1);
      if (rest.startsWith("[")) return problem("path");
    } else if (!first && !rest.startsWith("[")) return problem("path");
    const key = shape.exec(rest)?.[0];
    if (key === undefined) return problem("path");
    keys.push(key.replace(/^\[["']?|["']?\]$/g, ""));
    rest = rest.slice(key.length);
    if (rest === "." || (rest === "" && key === "")) return problem("path");
  }
  return keys.length === 0 || keys.some((key) => FORBIDDEN.has(key)) ? problem("path") : undefined;
};

/** A path, or `id:/regex with (?<group>)/flags`. */
export const groupBy: Check = (text) => {
  const value = text.trim();
  if (!value.startsWith("id:/")) return path(value);
  const pattern = value.slice(3);
  if (expression(pattern) === undefined) return problem("groupSlash");
  return pattern.includes("(?<group>") ? regex(pattern) : problem("groupName");
};

/** The source alone, or `/source/flags`. */
export const regex: Check = (text) => {
  const { source, flags } = expression(text) ?? { source: text, flags: "" };
  try {
    new RegExp(source, flags);
    return undefined;
  } catch {
    return problem("regex");
  }
};

function expression(text: string): { source: string; flags: string } | undefined {
  const match = /^\/(.+)\/([dgimsuvy]*)$/s.exec(text);
  return match === null ? undefined : { source: match[1] ?? "", flags: match[2] ?? "" };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function list(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
