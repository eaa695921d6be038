/** Checks a POST search body the way the service's framework does, and says what it says. */
import type { Detail } from "../hda-error.js";
import { DatetimeError, readInterval } from "./datetime-interval.js";
import { boxMeetsGeometry } from "./geometry.js";

type Body = Record<string, unknown>;
type Check = (value: unknown, body: Body) => Detail[];

const NUMBERS_4 = tuple(4);
const NUMBERS_6 = tuple(6);
const SHAPES = [
  "Point",
  "MultiPoint",
  "LineString",
  "MultiLineString",
  "Polygon",
  "MultiPolygon",
  "GeometryCollection",
];

function tuple(count: number): string {
  return `tuple[${new Array<string>(count).fill("union[float,int]").join(", ")}]`;
}

const CHECKS: Record<string, Check> = {
  collections: (value) => listOfText("collections", value),
  ids: (value) => listOfText("ids", value),
  bbox: boxDetails,
  intersects: geometryDetails,
  datetime: (value) => datetimeDetails(value),
  limit: limitDetails,
  query: queryDetails,
  filter: (value) =>
    isObject(value) ? [] : [at(["filter"], "dict_type", "Input should be a valid dictionary", value)],
  "filter-lang": languageDetails,
  sortby: sortDetails,
  token: (value) =>
    typeof value === "string" ? [] : [at(["token"], "string_type", "Input should be a valid string", value)],
};

/** What is wrong with the values of the body; keys that do not exist are not looked at. */
export function bodyDetails(body: Body): Detail[] {
  const details = Object.entries(CHECKS).flatMap(([key, check]) => {
    const value = body[key];
    return value === undefined || value === null ? [] : check(value, body);
  });
  const both = (body["bbox"] ?? null) !== null && (body["intersects"] ?? null) !== null;
  if (details.length === 0 && both) {
    return [
      at([], "value_error", "Value error, intersects and bbox parameters are mutually exclusive", body, { error: {} }),
    ];
  }
  return details;
}

/** The details of a bad `limit`, in a body or a query string. */
export function limitDetails(value: unknown, _body?: Body, place: "body" | "query" = "body"): Detail[] {
  const loc = [place, "limit"];
  if (typeof value === "number" && !Number.isInteger(value)) {
    const msg = "Input should be a valid integer, got a number with a fractional part";
    return [{ type: "int_from_float", loc, msg, input: value }];
  }
  const limit = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof limit !== "number") {
    const msg = "Input should be a valid integer, unable to parse string as an integer";
    return [{ type: "int_parsing", loc, msg, input: value }];
  }
  if (limit > 0) return [];
  return [{ type: "greater_than", loc, msg: "Input should be greater than 0", input: value, ctx: { gt: 0 } }];
}

function at(loc: (string | number)[], type: string, msg: string, input: unknown, ctx?: object): Detail {
  return { type, loc: ["body", ...loc], msg, input, ...(ctx ? { ctx } : {}) };
}

function isObject(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOfText(key: string, value: unknown): Detail[] {
  if (!Array.isArray(value)) return [at([key], "list_type", "Input should be a valid list", value)];
  return value.flatMap((one, index) =>
    typeof one === "string" ? [] : [at([key, index], "string_type", "Input should be a valid string", one)],
  );
}

function datetimeDetails(value: unknown): Detail[] {
  try {
    readInterval(String(value));
    return [];
  } catch (error) {
    if (!(error instanceof DatetimeError)) throw error;
    const { type, message, part, reason } = error;
    const input = type === "value_error" ? value : part;
    const ctx = type === "value_error" ? { error: {} } : reason === undefined ? undefined : { error: reason };
    return [at(["datetime"], type, message, input, ctx)];
  }
}

function boxDetails(value: unknown): Detail[] {
  if (!Array.isArray(value)) {
    return [NUMBERS_4, NUMBERS_6].map((name) =>
      at(["bbox", name], "tuple_type", "Input should be a valid tuple", value),
    );
  }
  if (value.length === 4 || value.length === 6) {
    const bad = value.flatMap((one, index) =>
      typeof one === "number"
        ? []
        : [
            at(
              ["bbox", index],
              "float_parsing",
              "Input should be a valid number, unable to parse string as a number",
              one,
            ),
          ],
    );
    if (bad.length > 0) return bad;
    const numbers = value as number[];
    const half = numbers.length / 2;
    // The service speaks of longitudes although it compares latitudes.
    const words = "Value error, Maximum longitude must be greater than minimum longitude";
    return (numbers[1] ?? 0) > (numbers[half + 1] ?? 0)
      ? [at(["bbox"], "value_error", words, value, { error: {} })]
      : [];
  }
  return [4, 6].flatMap((count) => {
    const name = count === 4 ? NUMBERS_4 : NUMBERS_6;
    if (value.length > count) {
      const msg = `Tuple should have at most ${count} items after validation, not ${value.length}`;
      const ctx = { field_type: "Tuple", max_length: count, actual_length: value.length };
      return [at(["bbox", name], "too_long", msg, value, ctx)];
    }
    const missing = Array.from({ length: count - value.length }, (_, index) => value.length + index);
    return missing.map((index) => at(["bbox", name, index], "missing", "Field required", value));
  });
}

function geometryDetails(value: unknown): Detail[] {
  try {
    boxMeetsGeometry([0, 0, 0, 0], value);
    return [];
  } catch {
    return SHAPES.flatMap((shape) => {
      const quoted = `'${shape}'`;
      const content = shape === "GeometryCollection" ? "geometries" : "coordinates";
      const given = isObject(value) ? value : {};
      const wrongType = at(
        ["intersects", shape, "type"],
        "literal_error",
        `Input should be ${quoted}`,
        given["type"] ?? null,
        { expected: quoted },
      );
      const missing = at(["intersects", shape, content], "missing", "Field required", value);
      return [...(given["type"] === shape ? [] : [wrongType]), ...(content in given ? [] : [missing])];
    });
  }
}

function queryDetails(value: unknown): Detail[] {
  if (!isObject(value)) return [at(["query"], "dict_type", "Input should be a valid dictionary", value)];
  return Object.entries(value).flatMap(([property, test]) =>
    isObject(test) ? [] : [at(["query", property], "dict_type", "Input should be a valid dictionary", test)],
  );
}

function languageDetails(value: unknown): Detail[] {
  if (value === "cql2-json" || value === "cql-json") return [];
  const expected = "'cql-json' or 'cql2-json'";
  return [at(["filter-lang"], "literal_error", `Input should be ${expected}`, value, { expected })];
}

function sortDetails(value: unknown): Detail[] {
  if (!Array.isArray(value)) return [at(["sortby"], "list_type", "Input should be a valid list", value)];
  return value.flatMap((rule: unknown, index) => {
    if (!isObject(rule))
      return [at(["sortby", index], "model_attributes_type", "Input should be a valid dictionary", rule)];
    return ["field", "direction"].flatMap((key) => {
      const loc = ["sortby", index, key];
      if (!(key in rule)) return [at(loc, "missing", "Field required", rule)];
      if (key === "field" || rule[key] === "asc" || rule[key] === "desc") return [];
      const expected = "'asc' or 'desc'";
      return [at(loc, "enum", `Input should be ${expected}`, rule[key], { expected })];
    });
  });
}
