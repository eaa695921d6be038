/** What a search asks of an item, after `query` and `filter` were read. All conditions must hold. */
import type { Interval } from "./datetime-interval.js";

export type Condition =
  | { kind: "equal"; property: string; value: unknown }
  | { kind: "one-of"; property: string; values: unknown[] }
  | { kind: "at-most"; property: string; value: number }
  | { kind: "meets"; geometry: unknown }
  | { kind: "during"; interval: Interval };

/** A filter or query that the service does not take. */
export class ConditionError extends Error {}

/** CQL2 text that does not parse at all; the service stumbles over it. */
export class GrammarError extends Error {}
