/**
 * Keeps the saved property `inputs` apart from what the editor calls so. The editor takes a node's `inputs` for the
 * number of its input ports: it reads a saved list as a number, and would save that. So in the editor the rows are called
 * `rows`, `inputs` stays 1, and whatever is saved, exported or copied has the rows under `inputs` again.
 */
import type { EditorNode } from "../common/editor/red.js";

const TYPE = "eo-deltatwin-inputs";

/** To be called once, before any flow is loaded. */
export function keepRowsApart(): void {
  RED.events.on("nodes:add", (node) => {
    if (node.type === TYPE) keepApart(node);
  });
}

function keepApart(node: EditorNode): void {
  if (!Array.isArray(node["rows"])) {
    // The editor notes every property as it was loaded.
    const loaded = (node["_config"] as Record<string, unknown> | undefined)?.["inputs"];
    node["rows"] = listIn(loaded);
  }
  const config = node["_config"] as Record<string, unknown> | undefined;
  if (config !== undefined) config["rows"] = JSON.stringify(node["rows"]);
  node["inputs"] = 1;
  node["toJSON"] = saved;
}

function listIn(text: unknown): unknown[] {
  try {
    const value: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** What becomes of the copy of a node that the editor makes to save it. */
function saved(this: Record<string, unknown>): Record<string, unknown> {
  const { rows, toJSON: _own, ...others } = this;
  return { ...others, inputs: rows };
}
