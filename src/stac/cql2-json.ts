/** Whether a value is a filter in cql2-json (OGC 21-065r2, its JSON schema), and where it is not. */
import {
  CONDITION,
  functionNameProblem,
  type Kind,
  MOST_LEVELS,
  NAME,
  OPERATORS,
  resultKind,
  SCALAR,
  type Want,
} from "./cql2-operators.js";
import { isDateText } from "./cql2-text.js";
import { readGeometry } from "./geometry.js";
import { parseInstant } from "./instant.js";
import { isRecord } from "./item.js";

/** What is wrong, and at which path of the filter. */
export class Cql2JsonError extends Error {
  constructor(
    readonly path: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super(`found ${found}, expected ${expected}`);
  }
}

/** Objects, arrays and values in all. A value that refers to itself in many places would otherwise take for ever. */
const MOST_PARTS = 100_000;

interface Walk {
  parts: number;
}

/** @throws Cql2JsonError when `filter` is not a condition or a function */
export function checkCql2Json(filter: unknown): void {
  if (!isRecord(filter) || !("op" in filter)) {
    throw new Cql2JsonError("", shownValue(filter), '{"op": …, "args": […]}');
  }
  wanted(kindOf(filter, "", 0, { parts: 0 }), CONDITION, filter, "");
}

function kindOf(value: unknown, path: string, depth: number, walk: Walk): Kind {
  walk.parts += 1;
  if (walk.parts > MOST_PARTS) throw new Cql2JsonError(path, `more than ${MOST_PARTS} parts`, "a smaller filter");
  if (depth > MOST_LEVELS) throw new Cql2JsonError(path, `more than ${MOST_LEVELS} levels`, "a flatter filter");
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "truth";
  if (typeof value === "number" && Number.isFinite(value)) return "number";
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) kindOf(value[index], `${path}[${index}]`, depth + 1, walk);
    return "array";
  }
  if (!isRecord(value)) throw new Cql2JsonError(path, shownValue(value), "a value");
  if ("op" in value) return operation(value, path, depth, walk);
  if ("property" in value) {
    const name = value["property"];
    if (typeof name === "string" && name.trim() !== "") return "property";
    throw new Cql2JsonError(`${path}.property`, shownValue(name), "the name of a property");
  }
  if ("date" in value) {
    const date = value["date"];
    if (typeof date === "string" && isDateText(date)) return "instant";
    throw new Cql2JsonError(`${path}.date`, shownValue(date), 'a date: "2026-04-20"');
  }
  if ("timestamp" in value) {
    if (parseInstant(value["timestamp"])) return "instant";
    throw new Cql2JsonError(`${path}.timestamp`, shownValue(value["timestamp"]), 'a time: "2026-04-20T12:00:00Z"');
  }
  if ("interval" in value) return interval(value["interval"], `${path}.interval`, depth, walk);
  if ("bbox" in value && !("type" in value)) {
    const box = value["bbox"];
    const fits = Array.isArray(box) && (box.length === 4 || box.length === 6) && Array.from(box).every(Number.isFinite);
    if (fits) return "geometry";
    throw new Cql2JsonError(`${path}.bbox`, shownValue(box), "4 or 6 numbers");
  }
  if ("type" in value) {
    const result = readGeometry(value, { latitudes: false });
    if ("geometry" in result) return "geometry";
    throw new Cql2JsonError(path, `a geometry that is not valid (${result.problem})`, "a GeoJSON geometry");
  }
  throw new Cql2JsonError(
    path,
    `an object with ${Object.keys(value).slice(0, 5).map(shownValue).join(", ") || "no keys"}`,
    "one with op, property, date, timestamp, interval, bbox or a GeoJSON geometry",
  );
}

function operation(value: Record<string, unknown>, path: string, depth: number, walk: Walk): Kind {
  const name = value["op"];
  const args = value["args"];
  if (typeof name !== "string" || name === "") {
    throw new Cql2JsonError(`${path}.op`, shownValue(name), "the name of an operator");
  }
  if (!Array.isArray(args)) throw new Cql2JsonError(`${path}.args`, shownValue(args), "an array of arguments");
  const operator = OPERATORS.get(name);
  const kinds = Array.from(args as unknown[], (arg, index) => kindOf(arg, `${path}.args[${index}]`, depth + 1, walk));
  if (!operator) {
    const problem = NAME.test(name)
      ? functionNameProblem(name)
      : "it is neither an operator nor the name of a function";
    if (problem !== undefined) throw new Cql2JsonError(`${path}.op`, shownValue(name), `another name: ${problem}`);
    return "function";
  }
  const least = operator.args.length;
  if (args.length < least || (args.length > least && !operator.repeats)) {
    const number = `${least}${operator.repeats ? " or more" : ""} argument${least === 1 ? "" : "s"} for ${name}`;
    throw new Cql2JsonError(`${path}.args`, `${args.length}`, number);
  }
  kinds.forEach((kind, index) => {
    const want = operator.args[Math.min(index, least - 1)];
    if (want) wanted(kind, want, args[index], `${path}.args[${index}]`);
  });
  if (name === "in") inList(args[1] as unknown[], `${path}.args[1]`, depth + 1, walk);
  return resultKind(name, operator, kinds);
}

function inList(list: unknown[], path: string, depth: number, walk: Walk): void {
  if (list.length === 0) throw new Cql2JsonError(path, "an empty list", "at least one value");
  list.forEach((entry, index) => {
    const where = `${path}[${index}]`;
    wanted(kindOf(entry, where, depth + 1, walk), SCALAR, entry, where);
  });
}

function interval(ends: unknown, path: string, depth: number, walk: Walk): Kind {
  if (!Array.isArray(ends) || ends.length !== 2)
    throw new Cql2JsonError(path, shownValue(ends), "an array of two ends");
  Array.from(ends as unknown[], (end, index) => {
    const where = `${path}[${index}]`;
    const fits =
      typeof end === "string"
        ? end === ".." || isDateText(end) || parseInstant(end) !== undefined
        : ["property", "function"].includes(kindOf(end, where, depth + 1, walk));
    if (!fits) throw new Cql2JsonError(where, shownValue(end), 'a date, a time, "..", a property or a function');
  });
  return "interval";
}

function wanted(kind: Kind, want: Want, value: unknown, path: string): void {
  if (!want.kinds.has(kind)) throw new Cql2JsonError(path, shownValue(value), want.words);
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isRecord(value)) {
    if (typeof value["op"] === "string") return `the operation ${JSON.stringify(value["op"].slice(0, 40))}`;
    return typeof value["property"] === "string"
      ? `the property ${JSON.stringify(value["property"].slice(0, 40))}`
      : "an object";
  }
  return typeof value === "number" || typeof value === "boolean" || value === null
    ? String(value)
    : value === undefined
      ? "nothing"
      : typeof value;
}
