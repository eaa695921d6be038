/** What the fields of a search mean: from text, JSON or a message's value to what a STAC API takes. */
import { badInput } from "../errors.js";
import { type Geometry, GEOMETRY_TYPES, readGeometry } from "./geometry.js";
import { isItem, isRecord } from "./item.js";

export interface SortField {
  field: string;
  direction: "asc" | "desc";
}

export interface FieldsChoice {
  include?: string[];
  exclude?: string[];
}

/**
 * Ids or names: comma separated text or an array of texts, each kept once, in order.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT when undefined, null, empty or not text
 */
export function idList(value: unknown, name: string): string[] | undefined {
  const given = present(value, name);
  if (given === undefined) return undefined;
  if (typeof given === "string") {
    const ids = unique(given.split(",").map((id) => id.trim()));
    if (ids.length === 0) throw badInput(`${name} ${shown(given)} names nothing. Write ids separated by commas.`);
    return ids;
  }
  if (!Array.isArray(given)) {
    throw badInput(`${name} is ${kind(given)}. It must be text with commas, or an array of texts.`);
  }
  if (given.length === 0) {
    throw badInput(`${name} is an empty array, which would find nothing. Name one, or leave the field blank.`);
  }
  return unique(
    Array.from(given as unknown[], (id, index) => {
      if (typeof id !== "string") throw badInput(`${name}[${index}] is ${kind(id)}. Each entry must be text.`);
      if (id.trim() === "") throw badInput(`${name}[${index}] is blank. Each entry must be text.`);
      return id;
    }),
  );
}

/**
 * A bounding box: `W,S,E,N` or `W,S,low,E,N,high`, as text or as an array of numbers, in degrees. West may be greater
 * than east: the box then crosses the antimeridian.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function bboxNumbers(value: unknown, name = "bbox"): number[] | undefined {
  const given = present(value, name);
  if (given === undefined) return undefined;
  const form = 'Write west,south,east,north in degrees: "5.8,45.8,10.5,47.8".';
  const list =
    typeof given === "string" ? (given.startsWith("[") ? json(given, name) : given.split(",")) : (given as unknown);
  if (!Array.isArray(list)) throw badInput(`${name} is ${kind(list)}. ${form}`);
  if (list.length !== 4 && list.length !== 6) {
    throw badInput(`${name} has ${list.length} number${list.length === 1 ? "" : "s"}; it needs 4 or 6. ${form}`);
  }
  const box = Array.from(list as unknown[], (entry, index) => {
    const number = numberOf(entry);
    if (number === undefined) throw badInput(`${name}[${index}] is ${shown(entry)}, which is not a number. ${form}`);
    return number;
  });
  const half = box.length / 2;
  const [west = 0, south = 0, low = 0] = box;
  const [east = 0, north = 0, high = 0] = box.slice(half);
  for (const longitude of [west, east]) {
    if (Math.abs(longitude) > 180) throw badInput(`${name} has the longitude ${longitude}, beyond ±180. ${form}`);
  }
  for (const latitude of [south, north]) {
    if (Math.abs(latitude) > 90) throw badInput(`${name} has the latitude ${latitude}, beyond ±90. ${form}`);
  }
  if (south > north) throw badInput(`${name} has its south (${south}) north of its north (${north}). ${form}`);
  if (half === 3 && low > high) throw badInput(`${name} has its lowest height (${low}) above its highest (${high}).`);
  return box;
}

/**
 * A GeoJSON geometry, as an object or as JSON text; a Feature counts as its geometry.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function intersectsGeometry(value: unknown, name = "intersects"): Geometry | undefined {
  const given = jsonOrValue(value, name);
  if (given === undefined) return undefined;
  if (!isRecord(given)) throw badInput(`${name} is ${kind(given)}. It must be a GeoJSON geometry.`);
  if (given["type"] === "FeatureCollection") {
    throw badInput(
      `${name} is a FeatureCollection; a search takes one geometry. Send one Feature, join them into a MultiPolygon, ` +
        "or split the collection and search once for each.",
    );
  }
  const candidate = isItem(given) ? given["geometry"] : given;
  if (candidate === null || candidate === undefined) throw badInput(`${name} is a Feature without a geometry.`);
  const result = readGeometry(candidate);
  if ("geometry" in result) return result.geometry;
  throw badInput(`${name} is not a valid GeoJSON geometry (${GEOMETRY_TYPES.join(", ")}): ${result.problem}.`);
}

/**
 * How to sort: `-datetime,+id`, or JSON: one or an array of `{field, direction}`. Without sign or direction: ascending.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function sortbyList(value: unknown, name = "sortby"): SortField[] | undefined {
  const given = jsonOrValue(value, name, true);
  if (given === undefined) return undefined;
  const form = 'Write "-datetime,+id", or [{"field": "datetime", "direction": "desc"}].';
  const entries: unknown[] =
    typeof given === "string" ? parts(given) : Array.isArray(given) ? Array.from(given as unknown[]) : [given];
  if (entries.length === 0) throw badInput(`${name} names no field. ${form}`);
  const list = entries.map((entry): SortField => {
    if (typeof entry === "string") {
      const { sign, rest } = signed(entry);
      if (rest === "") throw badInput(`${name} ${shown(given)} has a field without a name. ${form}`);
      return { field: rest, direction: sign === "-" ? "desc" : "asc" };
    }
    const field = isRecord(entry) ? entry["field"] : undefined;
    if (typeof field !== "string" || field.trim() === "") {
      throw badInput(`${name} holds ${kind(entry)} that names no field. ${form}`);
    }
    const direction = (entry as Record<string, unknown>)["direction"] ?? "asc";
    const word = typeof direction === "string" ? direction.toLowerCase() : direction;
    if (word !== "asc" && word !== "desc") {
      throw badInput(`${name} has the direction ${shown(direction)} for ${shown(field)}. It is "asc" or "desc".`);
    }
    return { field: field.trim(), direction: word };
  });
  const twice = repeated(list.map((entry) => entry.field));
  if (twice !== undefined) throw badInput(`${name} names ${shown(twice)} twice. Name each field once.`);
  return list;
}

/**
 * Which fields of an item to send: `+a,-b`, or JSON `{include, exclude}`. Without sign: include.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function fieldsObject(value: unknown, name = "fields"): FieldsChoice | undefined {
  const given = jsonOrValue(value, name, true);
  if (given === undefined) return undefined;
  const form = 'Write "+id,+properties.datetime,-links", or {"include": ["id"], "exclude": ["links"]}.';
  const include: string[] = [];
  const exclude: string[] = [];
  if (typeof given === "string" || Array.isArray(given)) {
    for (const entry of typeof given === "string" ? parts(given) : Array.from(given as unknown[])) {
      const { sign, rest } = typeof entry === "string" ? signed(entry) : { sign: "", rest: "" };
      if (rest === "") throw badInput(`${name} ${shown(given)} has a field without a name. ${form}`);
      (sign === "-" ? exclude : include).push(rest);
    }
  } else if (isRecord(given)) {
    for (const key of Object.keys(given)) {
      if (key !== "include" && key !== "exclude") throw badInput(`${name} has the unknown key ${shown(key)}. ${form}`);
      const names = given[key] ?? [];
      if (!Array.isArray(names) || !names.every((field) => typeof field === "string" && field.trim() !== "")) {
        throw badInput(`${name}.${key} is not a list of field names. ${form}`);
      }
      (key === "include" ? include : exclude).push(...(names as string[]).map((field) => field.trim()));
    }
  } else {
    throw badInput(`${name} is ${kind(given)}. ${form}`);
  }
  if (include.length + exclude.length === 0) throw badInput(`${name} names no field. ${form}`);
  const both = include.find((field) => exclude.includes(field));
  if (both !== undefined) throw badInput(`${name} includes and excludes ${shown(both)}. Decide for one.`);
  return {
    ...(include.length > 0 ? { include: unique(include) } : {}),
    ...(exclude.length > 0 ? { exclude: unique(exclude) } : {}),
  };
}

/**
 * A filter of the STAC query extension, as an object or as JSON text: `{"eo:cloud_cover": {"lte": 20}}`.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function queryObject(value: unknown, name = "query"): Record<string, Record<string, unknown>> | undefined {
  const given = jsonOrValue(value, name);
  if (given === undefined) return undefined;
  const form = 'Write {"eo:cloud_cover": {"lte": 20}}.';
  if (!isRecord(given)) throw badInput(`${name} is ${kind(given)}. ${form}`);
  const entries = Object.entries(given);
  if (entries.length === 0) throw badInput(`${name} is an empty object. ${form} Or leave the field blank.`);
  for (const [property, operators] of entries) {
    if (!isRecord(operators) || Object.keys(operators).length === 0) {
      throw badInput(`${name} says ${shown(operators)} for ${shown(property)}, not which comparison. ${form}`);
    }
    for (const [operator, operand] of Object.entries(operators)) {
      if (operand === undefined || operand === null || (typeof operand === "number" && !Number.isFinite(operand))) {
        throw badInput(`${name} compares ${shown(property)} by ${shown(operator)} with ${shown(operand)}. ${form}`);
      }
    }
  }
  return given as Record<string, Record<string, unknown>>;
}

/**
 * A whole number, also when saved as text.
 *
 * @param options.min the least that is allowed [1]
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function positiveInteger(
  value: unknown,
  name: string,
  options: { min?: number; max?: number } = {},
): number | undefined {
  const given = present(value, name);
  if (given === undefined) return undefined;
  const { min = 1, max = Number.MAX_SAFE_INTEGER } = options;
  const number = typeof given === "string" && !/^\+?\d{1,16}$/.test(given) ? undefined : numberOf(given);
  if (number === undefined || !Number.isSafeInteger(number) || number < min || number > max) {
    const limit = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
    throw badInput(`${name} is ${shown(given)}. It must be a whole number, ${limit}.`);
  }
  return number;
}

/**
 * A yes or no, also when saved as text.
 *
 * @returns undefined when blank
 * @throws EoError BAD_INPUT
 */
export function booleanOf(value: unknown, name: string): boolean | undefined {
  const given = present(value, name);
  if (given === undefined || typeof given === "boolean") return given;
  const word = typeof given === "string" ? given.toLowerCase() : undefined;
  if (word === "true") return true;
  if (word === "false") return false;
  throw badInput(`${name} is ${shown(given)}. It must be true or false.`);
}

/** The value, text trimmed; undefined when blank. What is missing is an error, never "no filter". */
function present(value: unknown, name: string): unknown {
  if (value === undefined || value === null) {
    throw badInput(
      `${name} is ${String(value)}. Set it, or leave the field blank; a missing value is never "no filter".`,
    );
  }
  if (typeof value !== "string") return value;
  const text = value.trim();
  return text === "" ? undefined : text;
}

/** As `present`, with JSON text parsed. `orText`: text that does not begin like JSON stays text. */
function jsonOrValue(value: unknown, name: string, orText = false): unknown {
  const given = present(value, name);
  if (typeof given !== "string" || (orText && !/^[[{]/.test(given))) return given;
  return json(given, name);
}

function json(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    // The engine's words may quote the text, line breaks included.
    const words = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, " ").slice(0, 120);
    throw badInput(`${name} ${shown(text)} is not JSON: ${words}.`);
  }
}

function parts(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function signed(text: string): { sign: string; rest: string } {
  const trimmed = text.trim();
  const sign = trimmed.startsWith("-") || trimmed.startsWith("+") ? trimmed.slice(0, 1) : "";
  return { sign, rest: trimmed.slice(sign.length).trim() };
}

/** A finite number, or text that is one in decimal notation. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "string" && /^[-+.\deE]+$/.test(value.trim())) return numberOf(Number(value.trim()));
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function unique(values: string[]): string[] {
  return [...new Set(values)].filter((value) => value !== "");
}

function repeated(values: string[]): string | undefined {
  return values.find((value, index) => values.indexOf(value) !== index);
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  return typeof value === "object" && value !== null ? kind(value) : String(value);
}

function kind(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the text ${shown(value)}`;
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
    case "undefined":
    case "function":
      return value === undefined ? "undefined" : "a function";
    default:
      return `the ${typeof value} ${String(value)}`;
  }
}
