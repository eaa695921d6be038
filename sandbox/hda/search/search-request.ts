/** A search as it was asked: read from a POST body or a query string, refused in the service's words. */
import { newTicket } from "../../core/canned-errors.js";
import type { Exchange } from "../../core/exchange.js";
import { detailError, HdaError, hdaError, hdaErrorInteger } from "../hda-error.js";
import type { Box } from "../items/item-record.js";
import { ConditionError, GrammarError, type Condition } from "./conditions.js";
import { readCql2 } from "./cql2-json.js";
import { parseCql2Text } from "./cql2-text.js";
import { DatetimeError, readInterval, type Interval } from "./datetime-interval.js";
import { readQuery } from "./query-extension.js";
import { bodyDetails, limitDetails } from "./validate-body.js";

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
const JSON_IN_GET =
  'The "filter" parameter provided in a GET request contains a JSON/dictionary object, which is not supported in the query string. Please use a POST request with a JSON body for this type of filter.';

/** Reads a POST body. */
export function readPostSearch(exchange: Exchange): SearchRequest {
  const sent = readBody(exchange.body.toString("utf8"));
  const details = bodyDetails(sent);
  if (details.length > 0) throw detailError(details, sent);
  const extra = Object.keys(sent).filter((key) => !KEYS.has(key));
  if (extra.length > 0) {
    const list = extra.sort().map((key) => `${key}: Extra inputs are not permitted`);
    throw hdaError(400, `${extra.length} error(s). ${list.join("; ")}`);
  }
  return understood(sent);
}

/** Reads a query string; parameters it does not know are ignored. */
export function readGetSearch(exchange: Exchange, collection?: string): SearchRequest {
  const params = exchange.url.searchParams;
  const sent: Record<string, unknown> = {};
  for (const key of KEYS) {
    const value = params.get(key);
    if (value === null || value === "") continue;
    if (key === "collections" || key === "ids") sent[key] = value.split(",");
    else if (key === "bbox") sent[key] = boxOf(value);
    else if (key === "query" || key === "intersects") sent[key] = parsed(value);
    else if (key === "sortby") sent[key] = value.split(",").map(sortRule);
    else if (key === "filter") sent[key] = textFilter(value);
    else if (key === "datetime") sent[key] = checkedDatetime(value);
    else if (key !== "filter-lang") sent[key] = value;
  }
  if (collection !== undefined) sent["collections"] = [collection];
  const limits = sent["limit"] === undefined ? [] : limitDetails(sent["limit"], undefined, "query");
  if (limits.length > 0) throw detailError(limits, null);
  const details = bodyDetails({ ...sent, limit: null });
  if (details.length > 0) throw hdaError(400, `Invalid parameters provided ${details[0]?.msg ?? ""}`);
  return understood(sent);
}

function readBody(text: string): Record<string, unknown> {
  if (text.trim() === "") {
    throw detailError([{ type: "missing", loc: ["body"], msg: "Field required", input: null }], null);
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const words = (error as Error).message;
    const place = Number(/position (\d+)/.exec(words)?.[1] ?? (/end of JSON/.test(words) ? text.length : 0));
    const detail = { type: "json_invalid", loc: ["body", place], msg: "JSON decode error", input: {} };
    throw detailError([{ ...detail, ctx: { error: "Expecting value" } }], text);
  }
  if (Array.isArray(body)) throw hdaErrorInteger(500, "'list' object has no attribute 'get'");
  if (typeof body === "object" && body !== null) return body as Record<string, unknown>;
  const msg = "Input should be a valid dictionary or object to extract fields from";
  throw detailError([{ type: "model_attributes_type", loc: ["body"], msg, input: body }], body);
}

function boxOf(value: string): number[] {
  const numbers = value.split(",").map(Number);
  if (numbers.length !== 4 && numbers.length !== 6) throw hdaError(400, `BBox '${value}' must have 4 or 6 values.`);
  if (numbers.some(Number.isNaN)) throw hdaError(400, `invalid bbox: ${value}`);
  return numbers;
}

function checkedDatetime(value: string): string {
  try {
    readInterval(value);
    return value;
  } catch (error) {
    if (error instanceof DatetimeError) throw hdaError(400, error.inQuery);
    throw error;
  }
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw hdaError(400, `unexpected end of data: line 1 column ${value.length + 1} (char ${value.length})`);
  }
}

function sortRule(text: string): SortRule {
  return { field: text.replace(/^[+\s-]/, ""), direction: text.startsWith("-") ? "desc" : "asc" };
}

function textFilter(value: string): unknown {
  if (/[{}]/.test(value)) throw hdaError(400, JSON_IN_GET);
  return conditionally("filter", () => parseCql2Text(value));
}

function understood(sent: Record<string, unknown>): SearchRequest {
  const query = conditionally("query", () => readQuery((sent["query"] ?? {}) as Record<string, unknown>));
  const conditions = [...query.conditions];
  const filter = sent["filter"] ?? null;
  if (filter !== null) conditions.push(...conditionally("filter", () => readCql2(filter)));
  const intersects = sent["intersects"] ?? null;
  if (intersects !== null) conditions.push({ kind: "meets", geometry: intersects });
  const datetime = sent["datetime"] ?? null;
  const limit = sent["limit"] ?? null;
  return {
    collections: (sent["collections"] as string[] | null | undefined) ?? [],
    ids: (sent["ids"] as string[] | null | undefined) ?? null,
    box: flatBox(sent["bbox"]),
    interval: datetime === null || datetime === "" ? null : readInterval(datetime as string),
    conditions,
    backend: query.backend ?? null,
    backendList: query.backendList,
    sortby: (sent["sortby"] as SortRule[] | null | undefined) ?? [],
    limit: limit === null ? DEFAULT_LIMIT : Math.min(Number(limit), MAX_LIMIT),
    token: typeof sent["token"] === "string" ? sent["token"] : null,
    sent,
  };
}

/** West, south, east and north of a box of four or six numbers. */
function flatBox(value: unknown): Box | null {
  if (!Array.isArray(value)) return null;
  const numbers = value as number[];
  const half = numbers.length / 2;
  return [numbers[0] ?? 0, numbers[1] ?? 0, numbers[half] ?? 0, numbers[half + 1] ?? 0];
}

function conditionally<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof GrammarError) {
      throw new HdaError(500, { code: 500, ticket: newTicket(), description: error.message });
    }
    if (error instanceof ConditionError) throw hdaError(400, `1 error(s). ${key}: ${error.message}`);
    throw error;
  }
}
