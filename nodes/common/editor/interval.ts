/** The line under a time field: the interval that would be sent now, as the runtime itself works it out. */
import { datetime, isVariable } from "./check.js";
import { current, shared } from "./dialog.js";
import { follow } from "./follow.js";
import type { EditorNode } from "./red.js";

/** Returns a function to be called after each change. */
export function followInterval(node: EditorNode): () => void {
  const line = $("#eo-interval-live");
  return follow<{ interval: string }>(
    node,
    "eo/search/interval",
    () => {
      const value = current(node, "datetime").trim();
      const type = current(node, "datetimeType") || "str";
      const known = (type === "str" && datetime(value) === undefined) || (type === "num" && value !== "");
      return value === "" || isVariable(value) || !known ? undefined : { value, type };
    },
    (answer) => {
      line.text(answer?.ok === true ? shared("interval.sent", { interval: answer.interval.replace("/", " / ") }) : "");
    },
  );
}
