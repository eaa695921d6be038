/** The fields of a filter latest as a preview needs them. */
import { current } from "./dialog.js";
import type { EditorNode } from "./red.js";
import { typedValues, type Typed } from "./typed-value.js";

export interface FilterFields {
  match?: Typed;
  matchMode: string;
  groupBy: string;
  count: string;
  dateField: string;
}

/** Undefined when what it keeps is only known once a message comes. */
export function filterFields(filter: EditorNode): FilterFields | undefined {
  const { known, unknown } = typedValues(filter, ["match"]);
  if (unknown.length > 0) return undefined;
  return {
    ...known,
    matchMode: current(filter, "matchMode") || "contains",
    groupBy: current(filter, "groupBy"),
    count: current(filter, "count"),
    dateField: current(filter, "dateField"),
  };
}
