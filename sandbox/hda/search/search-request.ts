/** A search as it was asked: read from a POST body or a query string, refused in the service's words. */
import type { Exchange } from "../../core/exchange.js";
import { newTicket } from "../../core/canned-errors.js";
import { detailError, HdaError, hdaError, type Detail } from "../hda-error.js";
import type { Box } from "../items/item-record.js";
import { ConditionError, type Condition } from "./conditions.js";
import { readCql2 } from "./cql2-json.js";
import { parseCql2Text } from "./cql2-text.js";
import { readInterval, type Interval } from "./datetime-interval.js";
import { boxMeetsGeometry } from "./geometry.js";
import { readQuery } from "./query-extension.js";

export interface SortRule {
  field: string;
  direction: "asc" | "desc";
}

export interface SearchRequest {
  collections: string[];
  ids: string[] | null;
  box: Box | null;
  interval: Interval | null;
  conditions: Condition[];
  backend: string | null;
  backendList: boolean;
  sortby: SortRule[];
  limit: number;
  token: string | null;
  /** What was sent: the body, or the query parameters as an object. */
  sent: Record<string, unknown>;
}

const KEYS = new Set([
  "collections",
  "ids",
  "bbox",
  "intersects",
  "datetime",
  "limit",
  "query",
  "filter",
  "filter-lang",
  "filter-crs",
  "sortby",
  "token",
]);
const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 10_000;

/** Reads a POST body. */
export function readPostSearch(exchange: Exchange): SearchRequest {
  const text = exchange.body.toString("utf8");
  if (text.trim() === "") {
    throw detailError([{ type: "missing", loc: ["body"], msg: "Field required", input: null }], null);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const detail = { type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {} };
    throw detailError([{ ...detail, ctx: { error: "Expecting value" } }], text);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const msg = "Input should be a valid dictionary or object to extract fields from";
    throw detailError([{ type: "model_attributes_type", loc: ["body"], msg, input: body }], body);
  }
  const sent = body as Record<string, unknown>;
  const extra = Object.keys(sent).filter((key) => !KEYS.has(key));
  if (extra.length > 0) {
    const list = extra.map((key) => `${key}: Extra inputs are not permitted`).join("; ");
    throw hdaError(400, `${extra.length} error(s). ${list}`);
  }
  return read(sent, "body");
}

/** Reads a query string; parameters it does not know are ignored. */
export function readGetSearch(exchange: Exchange, collection?: string): SearchRequest {
  const params = exchange.url.searchParams;
  const sent: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = params.get(key);
    if (value === null || value === "") continue;
    if (key === "collections" || key === "ids") sent[key] = value.split(",");
    else if (key === "bbox") sent[key] = value.split(",").map(Number);
    else if (key === "query" || key === "intersects") sent[key] = parsed(key, value);
    else if (key === "sortby") sent[key] = value.split(",").map(sortRule);
    else if (key === "filter") sent[key] = textFilter(value, params.get("filter-lang"));
    else if (key !== "filter-lang") sent[key] = value;
  }
  if (collection !== undefined) sent["collections"] = [collection];
  return read(sent, "query");
}

function parsed(key: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw new HdaError(400, { code: "400", ticket: newTicket(), description: `Invalid JSON in parameter ${key}` });
  }
}

function sortRule(text: string): SortRule {
  return { field: text.replace(/^[+\s-]/, ""), direction: text.startsWith("-") ? "desc" : "asc" };
}

function textFilter(value: string, language: string | null): unknown {
  if (/[{}]/.test(value) && language !== "cql2-json") {
    throw hdaError(400, "filter of a GET request must be cql2-text; send cql2-json with POST");
  }
  if (language === "cql2-json") return parsed("filter", value);
  return conditionally(() => parseCql2Text(value));
}

function read(sent: Record<string, unknown>, place: "body" | "query"): SearchRequest {
  const details: Detail[] = [];
  const wrong = (key: string, type: string, msg: string, ctx?: object): void => {
    details.push({ type, loc: [place, key], msg, input: sent[key] ?? null, ...(ctx ? { ctx } : {}) });
  };
  const limit = readLimit(sent["limit"], wrong);
  const interval = readDatetime(sent["datetime"], wrong);
  const box = readBox(sent["bbox"], wrong);
  const intersects = sent["intersects"] ?? null;
  if (intersects !== null && (sent["bbox"] ?? null) !== null) {
    wrong("intersects", "value_error", "Value error, intersects and bbox parameters are mutually exclusive");
  }
  const sortby = readSort(sent["sortby"], wrong);
  if (place === "body" && sent["filter-lang"] === "cql2-text") {
    wrong("filter-lang", "literal_error", "Input should be 'cql2-json'", { expected: "'cql2-json'" });
  }
  for (const key of ["collections", "ids"] as const) {
    const value = sent[key] ?? null;
    if (value !== null && !(Array.isArray(value) && value.every((one) => typeof one === "string"))) {
      wrong(key, "list_type", "Input should be a valid list");
    }
  }
  if (intersects !== null) {
    try {
      boxMeetsGeometry([0, 0, 0, 0], intersects);
    } catch {
      wrong("intersects", "union_tag_invalid", "Input should be a valid GeoJSON geometry");
    }
  }
  if (details.length > 0) throw detailError(details, place === "body" ? sent : null);

  const query = sent["query"] ?? null;
  const readable = conditionally(() => readQuery((query ?? {}) as Record<string, unknown>));
  const conditions = [...readable.conditions];
  if (sent["filter"] !== undefined && sent["filter"] !== null) {
    conditions.push(...conditionally(() => readCql2(sent["filter"])));
  }
  if (intersects !== null) conditions.push({ kind: "meets", geometry: intersects });
  return {
    collections: (sent["collections"] as string[] | null | undefined) ?? [],
    ids: (sent["ids"] as string[] | null | undefined) ?? null,
    box,
    interval,
    conditions,
    backend: readable.backend ?? null,
    backendList: readable.backendList,
    sortby,
    limit,
    token: typeof sent["token"] === "string" ? sent["token"] : null,
    sent,
  };
}

type Wrong = (key: string, type: string, msg: string, ctx?: object) => void;

function readLimit(value: unknown, wrong: Wrong): number {
  if (value === undefined || value === null) return DEFAULT_LIMIT;
  const limit = typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  if (typeof limit !== "number" || !Number.isInteger(limit)) {
    wrong("limit", "int_parsing", "Input should be a valid integer, unable to parse string as an integer");
    return DEFAULT_LIMIT;
  }
  if (limit <= 0) wrong("limit", "greater_than", "Input should be greater than 0", { gt: 0 });
  return Math.min(limit, MAX_LIMIT);
}

function readDatetime(value: unknown, wrong: Wrong): Interval | null {
  if (value === undefined || value === null || value === "") return null;
  try {
    return readInterval(String(value));
  } catch (error) {
    wrong("datetime", "value_error", `Value error, ${(error as Error).message}`);
    return null;
  }
}

function readBox(value: unknown, wrong: Wrong): Box | null {
  if (value === undefined || value === null) return null;
  const numbers = Array.isArray(value) ? value.map(Number) : [];
  if ((numbers.length !== 4 && numbers.length !== 6) || numbers.some(Number.isNaN)) {
    wrong("bbox", "value_error", "Value error, BBox must have 4 or 6 values");
    return null;
  }
  const half = numbers.length / 2;
  const box: Box = [numbers[0] ?? 0, numbers[1] ?? 0, numbers[half] ?? 0, numbers[half + 1] ?? 0];
  if (box[1] > box[3]) {
    wrong("bbox", "value_error", "Value error, Maximum latitude must be greater than minimum latitude");
  }
  return box;
}

function readSort(value: unknown, wrong: Wrong): SortRule[] {
  if (value === undefined || value === null) return [];
  const rules = Array.isArray(value) ? (value as Partial<SortRule>[]) : [];
  const good = rules.every(
    (rule) => typeof rule?.field === "string" && (rule.direction === "asc" || rule.direction === "desc"),
  );
  if (!Array.isArray(value) || !good) wrong("sortby", "missing", "Field required");
  return good ? (rules as SortRule[]) : [];
}

function conditionally<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConditionError) throw hdaError(400, error.message);
    throw error;
  }
}
