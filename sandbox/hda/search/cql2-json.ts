/** The part of CQL2 JSON that the service takes: =, in, and, s_intersects, t_overlaps, >= and <= on times. */
import { ConditionError, type Condition } from "./conditions.js";
import { readInterval, readInstant, type Interval } from "./datetime-interval.js";

/** Times that stand for the date of an item. */
const TIMES = new Set(["datetime", "start_datetime", "end_datetime"]);

/** Reads an expression. Throws a ConditionError for what is not supported. */
export function readCql2(expression: unknown): Condition[] {
  const { op, args } = (expression ?? {}) as { op?: unknown; args?: unknown };
  if (typeof op !== "string" || !Array.isArray(args)) throw new ConditionError("Invalid cql2-json filter");
  const [left, right] = args as unknown[];
  switch (op) {
    case "and":
      return args.flatMap(readCql2);
    case "=":
      return [{ kind: "equal", property: propertyOf(left), value: plain(right) }];
    case "in":
      if (!Array.isArray(right)) throw new ConditionError("Operator in needs a list");
      return [{ kind: "one-of", property: propertyOf(left), values: right.map(plain) }];
    case "s_intersects":
      propertyOf(left);
      return [{ kind: "meets", geometry: right }];
    case "t_overlaps":
    case "t_intersects":
    case "anyinteracts":
      timeProperty(left);
      return [{ kind: "during", interval: intervalOf(right) }];
    case ">=":
      timeProperty(left);
      return [{ kind: "during", interval: { from: instantOf(right), to: Infinity } }];
    case "<=":
      timeProperty(left);
      return [{ kind: "during", interval: { from: -Infinity, to: instantOf(right) } }];
    default:
      throw new ConditionError(`Unsupported operator: ${op}`);
  }
}

function propertyOf(value: unknown): string {
  const name = (value as { property?: unknown } | null | undefined)?.property;
  if (typeof name !== "string") throw new ConditionError("The first argument of an operator must be a property");
  return name.replace(/^properties\./, "");
}

function timeProperty(value: unknown): void {
  const name = propertyOf(value);
  if (!TIMES.has(name)) throw new ConditionError(`Comparison is only supported on timestamps, not on ${name}`);
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
