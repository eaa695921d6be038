/** A search of the EO DataHub as it was asked, by POST body or query string. */
import type { Exchange } from "../core/exchange.js";
import { GrammarError } from "../hda/search/conditions.js";
import { parseCql2Text } from "../hda/search/cql2-text.js";
import { DatetimeError, readInterval } from "../hda/search/datetime-interval.js";
import { boxesMeet, boxMeetsGeometry } from "../hda/search/geometry.js";
import { cql2Test, queryTests, type Test } from "./conditions.js";
import { badRequest } from "./eodh-error.js";

export interface SortRule {
  /** Raw place in the index. */
  field: string;
  direction: "asc" | "desc";
}

export interface SearchRequest {
  tests: Test[];
  sortby: SortRule[];
  limit: number;
  token: string | undefined;
  include: string[];
  exclude: string[];
  /** The body as it came; undefined for a GET. */
  body: Record<string, unknown> | undefined;
}

const MOST = 10_000;
const DEFAULT_LIMIT = 10;

export function readSearch(exchange: Exchange, collection?: string): SearchRequest {
  const body = exchange.method === "POST" ? bodyOf(exchange) : undefined;
  const asked = body ?? queryOf(exchange.url.searchParams);
  return understood(collection === undefined ? asked : { ...asked, collections: [collection] }, body);
}

function bodyOf(exchange: Exchange): Record<string, unknown> {
  let body: unknown;
  try {
    body = JSON.parse(exchange.body.toString("utf8"));
  } catch {
    throw badRequest([{ type: "json_invalid", loc: ["body", 0], msg: "JSON decode error", input: {} }]);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw badRequest(
      [{ type: "model_attributes_type", loc: ["body"], msg: "Input should be a valid dictionary" }],
      body,
    );
  }
  return body as Record<string, unknown>;
}

/** GET: lists by comma, `filter` as CQL2 text, and the first character of a sort key is its sign, whatever it is. */
function queryOf(params: URLSearchParams): Record<string, unknown> {
  const asked: Record<string, unknown> = {};
  for (const [key, value] of params) {
    if (value === "") continue;
    if (key === "collections" || key === "ids" || key === "q") asked[key] = value.split(",");
    else if (key === "bbox") asked[key] = value.split(",").map(Number);
    else if (key === "intersects" || key === "query") asked[key] = parsed(key, value);
    else if (key === "filter") {
      asked[key] = params.get("filter-lang") === "cql2-json" ? parsed(key, value) : textFilter(value);
    } else if (key === "sortby") {
      asked[key] = value
        .split(",")
        .map((one) => ({ field: one.slice(1), direction: one.startsWith("-") ? "desc" : "asc" }));
    } else if (key === "fields") {
      const all = value.split(",");
      asked[key] = {
        include: all.filter((one) => !one.startsWith("-")).map((one) => one.replace(/^[+ ]/, "")),
        exclude: all.filter((one) => one.startsWith("-")).map((one) => one.slice(1)),
      };
    } else asked[key] = value;
  }
  return asked;
}

function parsed(key: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw badRequest(`${key} is not JSON`);
  }
}

function textFilter(text: string): unknown {
  try {
    return parseCql2Text(text);
  } catch (error) {
    if (error instanceof GrammarError) throw badRequest(`Error with cql2_text filter: ${error.message}`);
    throw badRequest(`Error with cql2_text filter: ${(error as Error).message}`);
  }
}

function understood(asked: Record<string, unknown>, body: Record<string, unknown> | undefined): SearchRequest {
  const tests: Test[] = [];
  const list = (key: string): string[] | undefined => {
    const value = asked[key];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw badRequest(
      [{ type: "list_type", loc: ["body", key], msg: "Input should be a valid list", input: value }],
      body,
    );
  };
  const collections = list("collections");
  if (collections) tests.push((item) => collections.includes(item.collection));
  const ids = list("ids");
  if (ids) tests.push((item) => ids.includes(item.id));
  const { bbox, intersects, datetime, filter } = asked;
  if (bbox !== undefined && bbox !== null && intersects !== undefined && intersects !== null) {
    throw badRequest([
      { type: "value_error", loc: ["body"], msg: "intersects and bbox parameters are mutually exclusive" },
    ]);
  }
  if (Array.isArray(bbox)) {
    if (bbox.length !== 4 && bbox.length !== 6) {
      throw badRequest([{ type: "value_error", loc: ["body", "bbox"], msg: "bbox must have 4 or 6 values" }], body);
    }
    const half = bbox.length / 2;
    const [west = 0, south = 0] = bbox as number[];
    const box: [number, number, number, number] = [west, south, Number(bbox[half]), Number(bbox[half + 1])];
    tests.push((item) => boxesMeet(box, item.bbox));
  }
  if (typeof intersects === "object" && intersects !== null) {
    if (!("coordinates" in intersects)) {
      throw badRequest([{ type: "value_error", loc: ["body", "intersects"], msg: "not a geometry" }], body);
    }
    tests.push((item) => boxMeetsGeometry(item.bbox, intersects));
  }
  if (typeof datetime === "string" && datetime !== "") tests.push(during(datetime, body));
  tests.push(...queryTests(asked["query"]));
  if (typeof filter === "string") {
    throw badRequest([{ type: "dict_type", loc: ["body", "filter"], msg: "Input should be a valid dictionary" }], body);
  }
  if (typeof filter === "object" && filter !== null) tests.push(cql2Test(filter));
  const words = list("q");
  if (words) tests.push((item) => words.some((word) => JSON.stringify(item.properties).includes(word)));
  const limit = Number(asked["limit"] ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 1) {
    throw badRequest([{ type: "greater_than", loc: ["body", "limit"], msg: "Input should be greater than 0" }], body);
  }
  const fields = (asked["fields"] ?? {}) as { include?: string[] | null; exclude?: string[] | null };
  return {
    tests,
    sortby: (asked["sortby"] ?? []) as SortRule[],
    limit: Math.min(limit, MOST),
    token: typeof asked["token"] === "string" ? asked["token"] : undefined,
    include: fields.include ?? [],
    exclude: fields.exclude ?? [],
    body,
  };
}

/** Only `properties.datetime` counts, not the ends of a range. Years of four digits compare as text. */
function during(text: string, body: unknown): Test {
  try {
    const { from, to } = readInterval(text);
    return (item) => {
      const at = Date.parse(String(item.properties["datetime"]));
      return at >= from && at <= to;
    };
  } catch (error) {
    if (!(error instanceof DatetimeError)) throw error;
    throw badRequest([{ type: error.type, loc: ["body", "datetime"], msg: error.message, input: text }], body);
  }
}
