/** The `query` extension: one operator a property; eq, in, and lte for cloud cover only. */
import { ConditionError, type Condition } from "./conditions.js";

export interface ReadQuery {
  conditions: Condition[];
  /** The backend asked for. */
  backend?: string;
  /** The backend was asked for with `in`, which breaks the real server. */
  backendList: boolean;
}

const CLOUD = "eo:cloud_cover";

/** Reads the object. Throws a ConditionError in the service's words. */
export function readQuery(query: Record<string, unknown>): ReadQuery {
  const result: ReadQuery = { conditions: [], backendList: false };
  for (const [property, test] of Object.entries(query)) {
    const entries = typeof test === "object" && test !== null ? Object.entries(test) : [];
    const [operator, value] = entries[0] ?? [];
    if (entries.length !== 1 || operator === undefined) {
      throw new ConditionError("Exactly 1 operator must be specified per property");
    }
    if (property === "federation:backends") {
      if (operator === "in") result.backendList = true;
      else if (operator !== "eq") throw notSupported(operator, property);
      else result.backend = String(Array.isArray(value) ? value[0] : value);
      continue;
    }
    if (property === CLOUD && operator !== "lte") throw notSupported(operator, property);
    if (operator === "eq") {
      if (Array.isArray(value)) result.conditions.push({ kind: "one-of", property, values: value });
      else result.conditions.push({ kind: "equal", property, value });
    } else if (operator === "in") {
      if (!Array.isArray(value)) throw notSupported(operator, property);
      result.conditions.push({ kind: "one-of", property, values: value });
    } else if (operator === "lte" && property === CLOUD) {
      result.conditions.push({ kind: "at-most", property, value: Number(value) });
    } else {
      throw notSupported(operator, property);
    }
  }
  return result;
}

function notSupported(operator: string, property: string): ConditionError {
  return new ConditionError(`operator "${operator}" is not supported for property "${property}"`);
}
