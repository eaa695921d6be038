/** What a STAC item is, where its parts are, and when it was: plain JSON as services send it, read with tolerance. */
import { badInput } from "../errors.js";
import { type Instant, parseInstant } from "./instant.js";

export interface Asset {
  href?: unknown;
  type?: unknown;
  title?: unknown;
  roles?: unknown;
  [key: string]: unknown;
}

/** A GeoJSON Feature as a service sent it: nothing but `type` is sure to be there. */
export interface Item {
  type: "Feature";
  id?: unknown;
  collection?: unknown;
  properties?: unknown;
  assets?: unknown;
  links?: unknown;
  [key: string]: unknown;
}

export interface FeatureCollection {
  type: "FeatureCollection";
  features: Item[];
  links?: unknown;
  [key: string]: unknown;
}

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** An object that is not an array; its prototype does not matter, as function nodes build objects in a realm of their own. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A GeoJSON Feature. Properties, assets, dates, even the id may be missing. */
export function isItem(value: unknown): value is Item {
  return isRecord(value) && value["type"] === "Feature";
}

/** The item's id as text; undefined when it has none. GeoJSON also allows a number. */
export function itemId(item: Item): string | undefined {
  if (typeof item.id === "string") return item.id === "" ? undefined : item.id;
  return typeof item.id === "number" && Number.isFinite(item.id) ? String(item.id) : undefined;
}

/**
 * What a FeatureCollection, an array with at least one Feature in it, an empty array or one Feature holds; odd elements
 * stay in, for whoever reads them to pass over. Undefined: it is none of these.
 */
export function elementsOf(payload: unknown): unknown[] | undefined {
  if (isItem(payload)) return [payload];
  if (isRecord(payload) && payload["type"] === "FeatureCollection") {
    return Array.isArray(payload["features"]) ? (payload["features"] as unknown[]) : undefined;
  }
  return Array.isArray(payload) && (payload.length === 0 || payload.some(isItem)) ? (payload as unknown[]) : undefined;
}

/**
 * The instant an item counts as: `properties.datetime`, where that is null or missing `end_datetime`, then
 * `start_datetime`. A value that is there but is no date makes the item unreadable; the next field is not tried.
 * A date without time, as the old Data Lake API sends it, is its midnight in UTC.
 *
 * @param dateField path that replaces the three, as text or already parsed
 * @throws EoError BAD_INPUT when `dateField` is no path
 */
export function itemInstant(item: Item, dateField?: string | readonly string[]): Instant | undefined {
  if (dateField !== undefined && dateField !== "") {
    const path = typeof dateField === "string" ? parsePath(dateField) : dateField;
    return parseInstant(valueAt(item, path), { dateOnly: true });
  }
  for (const name of ["datetime", "end_datetime", "start_datetime"]) {
    const value = valueAt(item, ["properties", name]);
    if (value !== undefined && value !== null) return parseInstant(value, { dateOnly: true });
  }
  return undefined;
}

/**
 * The value at a path such as `properties.grid:code`, `bbox.0` or `assets["browse.jpg"].href`; undefined when nothing
 * is there. Only what the item itself holds is reached.
 *
 * @throws EoError BAD_INPUT when the path is malformed or names `__proto__`, `constructor` or `prototype`
 */
export function valueAtPath(item: unknown, path: string): unknown {
  return valueAt(item, parsePath(path));
}

/** As `valueAtPath` with a path from `parsePath`. Never throws. */
export function valueAt(item: unknown, path: readonly string[]): unknown {
  let value = item;
  for (const key of path) {
    if (FORBIDDEN.has(key)) return undefined;
    if (Array.isArray(value)) {
      if (!/^(?:0|[1-9]\d{0,9})$/.test(key)) return undefined;
      value = value[Number(key)];
    } else if (isRecord(value) && Object.hasOwn(value, key)) {
      value = value[key];
    } else {
      return undefined;
    }
  }
  return value;
}

/**
 * A path as its keys. Keys are separated by dots and may hold colons; `[0]` and `["a.b"]` also name one.
 *
 * @throws EoError BAD_INPUT when the path is malformed or names `__proto__`, `constructor` or `prototype`
 */
export function parsePath(path: string): string[] {
  const keys: string[] = [];
  const text = path.trim();
  let at = 0;
  while (at < text.length) {
    if (text[at] === "[") {
      const quote = text[at + 1];
      const isQuoted = quote === '"' || quote === "'";
      const close = text.indexOf(isQuoted ? `${quote}]` : "]", at + (isQuoted ? 2 : 1));
      const key = close < 0 ? "" : text.slice(at + (isQuoted ? 2 : 1), close);
      if (key === "") throw badPath(path, "a bracket is not closed or holds nothing");
      keys.push(key);
      at = close + (isQuoted ? 2 : 1);
      if (at < text.length && text[at] !== "." && text[at] !== "[") throw badPath(path, "a dot is missing after ]");
    } else {
      let end = at;
      while (end < text.length && text[end] !== "." && text[end] !== "[") end += 1;
      if (end === at) throw badPath(path, "a name between two dots is missing");
      keys.push(text.slice(at, end));
      at = end;
    }
    if (text[at] === ".") {
      at += 1;
      if (at === text.length) throw badPath(path, "a name after the last dot is missing");
      if (text[at] === "[") throw badPath(path, "a name between . and [ is missing");
    }
  }
  if (keys.length === 0) throw badPath(path, "it is empty");
  const forbidden = keys.find((key) => FORBIDDEN.has(key));
  if (forbidden !== undefined) throw badPath(path, `${forbidden} is never a part of an item`);
  return keys;
}

function badPath(path: string, why: string): Error {
  const shown = path.length > 80 ? `${path.slice(0, 79)}…` : path;
  return badInput(
    `${JSON.stringify(shown)} is not a path into an item: ${why}. ` +
      'Write it like "properties.grid:code" or "assets[\\"browse.jpg\\"].href".',
  );
}
