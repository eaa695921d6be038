/** The part of CQL2 JSON that the service takes: =, in, and, s_intersects, t_overlaps, >= and <= on times. */
import { ConditionError, type Condition } from "./conditions.js";
import { readInterval, readInstant, type Interval } from "./datetime-interval.js";

/** Times that stand for the date of an item. */
const TIMES = new Set(["datetime", "start_datetime", "end_datetime"]);

/** Reads an expression. Throws a ConditionError for what is not supported. */
export function readCql2(expression: unknown): Condition[] {
  const { op, args } = (expression ?? {}) as { op?: unknown; args?: unknown };
  if (typeof op !== "string" || !Array.isArray(args)) {
    throw new ConditionError(`Unable to parse expression node ${JSON.stringify(expression)}`);
  }
  const [left, right] = args as unknown[];
  switch (op) {
    case "and":
      return args.flatMap(readCql2);
    case "=":
      return [{ kind: "equal", property: propertyOf(left), value: plain(right) }];
    case "in":
      if (!Array.isArray(right)) throw notEvaluated(op);
      return [{ kind: "one-of", property: propertyOf(left), values: right.map(plain) }];
    case "s_intersects":
      propertyOf(left);
      return [{ kind: "meets", geometry: right }];
    case "t_overlaps":
    case "t_intersects":
    case "anyinteracts":
      timeProperty(op, left);
      return [{ kind: "during", interval: intervalOf(right) }];
    case ">=":
      timeProperty(op, left);
      return [{ kind: "during", interval: { from: instantOf(right), to: Infinity } }];
    case "<=":
      timeProperty(op, left);
      return [{ kind: "during", interval: { from: -Infinity, to: instantOf(right) } }];
    default:
      throw notEvaluated(op);
  }
}

/** Names of operators in the words of the service's filter library. */
const NODES: Record<string, string> = {
  or: "Or",
  not: "Not",
  like: "Like",
  between: "Between",
  isNull: "IsNull",
  in: "In",
  "<": "LessThan",
  ">": "GreaterThan",
  "<>": "NotEqual",
  s_within: "GeometryWithin",
  s_contains: "GeometryContains",
};

/** The refusal of an operator that the service does not evaluate. */
export function notEvaluated(op: string): ConditionError {
  const node = Object.hasOwn(NODES, op) ? NODES[op] : undefined;
  if (node === undefined) return new ConditionError(`Unable to parse expression node {'op': '${op}'}`);
  return new ConditionError(`Failed to evaluate node of type <class 'pygeofilter.ast.${node}'>`);
}

function propertyOf(value: unknown): string {
  const name = (value as { property?: unknown } | null | undefined)?.property;
  if (typeof name !== "string") throw new ConditionError("The first argument of an operator must be a property");
  return name.replace(/^properties\./, "");
}

function timeProperty(op: string, value: unknown): void {
  const name = propertyOf(value);
  if (!TIMES.has(name)) throw new ConditionError(`operator "${op}" is not supported for property "${name}"`);
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const wrapped = value as { timestamp?: unknown; date?: unknown };
  return wrapped.timestamp ?? wrapped.date ?? value;
}

function instantOf(value: unknown): number {
  try {
    return readInstant(String(plain(value)));
  } catch (error) {
    throw new ConditionError((error as Error).message);
  }
}

function intervalOf(value: unknown): Interval {
  const { interval } = (value ?? {}) as { interval?: unknown };
  try {
    if (Array.isArray(interval)) return readInterval(interval.map((end) => String(plain(end))).join("/"));
    return readInterval(String(plain(value)));
  } catch (error) {
    throw new ConditionError((error as Error).message);
  }
}
