/** Which search, and which filter after it, a node's messages come from: the nearest along the wires. */
import type { EditorNode } from "./red.js";

export interface Source {
  search: EditorNode;
  /** The filter latest between, when there is one. */
  filter?: EditorNode;
}

/** Undefined when no search lies upstream. */
export function sourceOf(node: EditorNode): Source | undefined {
  const seen = new Set<EditorNode>([node]);
  let at: { node: EditorNode; filter?: EditorNode }[] = [{ node }];
  while (at.length > 0) {
    const next: typeof at = [];
    for (const { node: target, filter } of at) {
      for (const { source } of RED.nodes.filterLinks({ target })) {
        if (seen.has(source)) continue;
        seen.add(source);
        if (source.type === "eo-stac-search")
          return filter === undefined ? { search: source } : { search: source, filter };
        const nearest = filter ?? (source.type === "eo-filter-latest" ? source : undefined);
        next.push(nearest === undefined ? { node: source } : { node: source, filter: nearest });
      }
    }
    at = next;
  }
  return undefined;
}
