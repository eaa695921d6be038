/** Typed properties for a preview: the values that are known before a message comes. */
import { current } from "./dialog.js";
import type { EditorNode } from "./red.js";

export interface Typed {
  value: string;
  type: string;
}

const KNOWN = new Set(["str", "num", "bool", "json", "env"]);

/**
 * Values of typed properties, blank ones left out; `unknown` are those that a message, a context or an expression gives.
 */
export function typedValues<P extends string>(
  node: EditorNode,
  properties: readonly P[],
): { known: Partial<Record<P, Typed>>; unknown: P[] } {
  const known: Partial<Record<P, Typed>> = {};
  const unknown: P[] = [];
  for (const property of properties) {
    const value = current(node, property);
    const type = current(node, `${property}Type`) || "str";
    if (value.trim() === "") continue;
    if (KNOWN.has(type)) known[property] = { value, type };
    else unknown.push(property);
  }
  return { known, unknown };
}
