/** `query` and `filter` of the EO DataHub: names are raw places in the index, and a name that is not there matches nothing. */
import { boxMeetsGeometry } from "../hda/search/geometry.js";
import type { EodhItem } from "./catalogue.js";
import { badRequest } from "./eodh-error.js";

export type Test = (item: EodhItem) => boolean;

/** Short names; everything else is written with `properties.` before it. */
const ALIASES: Record<string, string> = {
  datetime: "properties.datetime",
  created: "properties.created",
  updated: "properties.updated",
  cloud_cover: "properties.eo:cloud_cover",
};

/** The value at a place in the index; undefined where nothing is. */
export function indexed(item: EodhItem, name: string): unknown {
  if (name === "id") return item.id;
  if (name === "collection") return item.collection;
  return name.startsWith("properties.") ? item.properties[name.slice(11)] : undefined;
}

/** The extension `query`: the server writes `properties.` before each name itself. */
export function queryTests(query: unknown): Test[] {
  return Object.entries((query ?? {}) as Record<string, Record<string, unknown>>).flatMap(([name, operators]) =>
    Object.entries(operators).map(([op, value]): Test => {
      if (!["eq", "lt", "lte", "gt", "gte"].includes(op)) {
        throw badRequest([{ type: "value_error", loc: ["body", "query", name], msg: `Unsupported operator ${op}` }]);
      }
      return (item) => compared(op, indexed(item, `properties.${name}`), value);
    }),
  );
}

/** A CQL2 JSON expression. Throws 400 for what is not understood at all. */
export function cql2Test(expression: unknown): Test {
  const { op, args } = (expression ?? {}) as { op?: unknown; args?: unknown };
  if (typeof op !== "string" || !Array.isArray(args))
    throw badFilter(`Invalid expression ${JSON.stringify(expression)}`);
  const operands = args as unknown[];
  switch (op.toLowerCase()) {
    case "and": {
      const tests = operands.map(cql2Test);
      return (item) => tests.every((test) => test(item));
    }
    case "or": {
      const tests = operands.map(cql2Test);
      return (item) => tests.some((test) => test(item));
    }
    case "not": {
      const inner = cql2Test(operands[0]);
      return (item) => !inner(item);
    }
    case "=":
      return comparison("eq", operands);
    case "<>": {
      const equal = comparison("eq", operands);
      return (item) => !equal(item);
    }
    case "<":
      return comparison("lt", operands);
    case "<=":
      return comparison("lte", operands);
    case ">":
      return comparison("gt", operands);
    case ">=":
      return comparison("gte", operands);
    case "between": {
      const name = nameOf(operands[0]);
      return (item) =>
        compared("gte", indexed(item, name), literal(operands[1])) &&
        compared("lte", indexed(item, name), literal(operands[2]));
    }
    case "in": {
      const name = nameOf(operands[0]);
      const list = Array.isArray(operands[1]) ? (operands[1] as unknown[]).map(literal) : [];
      return (item) => list.some((value) => compared("eq", indexed(item, name), value));
    }
    case "like": {
      const name = nameOf(operands[0]);
      const source = String(literal(operands[1]))
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replaceAll("%", ".*")
        .replaceAll("_", ".");
      const pattern = new RegExp(`^${source}$`, "is");
      return (item) => pattern.test(shown(indexed(item, name)));
    }
    case "s_intersects":
      if (nameOf(operands[0]) !== "geometry") throw badFilter("s_intersects needs the property geometry");
      return (item) => boxMeetsGeometry(item.bbox, operands[1]);
    default:
      // What is not implemented becomes an empty clause: nothing is filtered.
      return () => true;
  }
}

export function badFilter(words: string): ReturnType<typeof badRequest> {
  return badRequest(`Error with cql2_json filter: ${words}`);
}

function comparison(op: string, operands: unknown[]): Test {
  const name = nameOf(operands[0]);
  const value = literal(operands[1]);
  return (item) => compared(op, indexed(item, name), value);
}

function nameOf(operand: unknown): string {
  const name = (operand as { property?: unknown } | null)?.property;
  if (typeof name !== "string") throw badFilter(`expected a property, not ${JSON.stringify(operand)}`);
  return Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
}

function literal(operand: unknown): unknown {
  if (typeof operand !== "object" || operand === null) return operand;
  const { timestamp, date } = operand as { timestamp?: unknown; date?: unknown };
  return timestamp ?? date ?? operand;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(T.*)?$/;

/** Strings are exact; instants compare as instants; a value that is not there never matches. */
function compared(op: string, left: unknown, right: unknown): boolean {
  if (left === undefined || left === null) return false;
  let [a, b] = [left, right] as [number | string, number | string];
  const [one, two] = [shown(left), shown(right)];
  if (INSTANT.test(one) && INSTANT.test(two)) [a, b] = [Date.parse(one), Date.parse(two)];
  // The index knows the kind of each value and reads what was asked as that.
  else if (typeof left === "number" && one !== "" && !Number.isNaN(Number(two))) b = Number(two);
  else if (typeof left !== typeof right) return op === "eq" && one === two;
  if (op === "eq") return a === b;
  if (op === "lt") return a < b;
  if (op === "lte") return a <= b;
  if (op === "gt") return a > b;
  return a >= b;
}
