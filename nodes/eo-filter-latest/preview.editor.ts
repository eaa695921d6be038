/** What filter latest would keep of the last preview of the search before it. */
import { follow } from "../common/editor/follow.js";
import { current, problemCount } from "../common/editor/dialog.js";
import type { EditorNode } from "../common/editor/red.js";
import { failureLine, itemList, line } from "../common/editor/report.js";
import { filterFields } from "../common/editor/filter-fields.js";
import { sourceOf } from "../common/editor/upstream.js";

interface Kept {
  in: number;
  kept: number;
  first: { id: string; datetime?: string; group?: string }[];
  reason?: string;
  complete: boolean;
}

/** Returns a function to be called after each change. */
export function followPreview(node: EditorNode): () => void {
  const report = $("#eo-kept");
  const text = (key: string, values?: Record<string, string | number>): string =>
    node._(`eo-filter-latest.preview.${key}`, values);
  const source = sourceOf(node);
  return follow<Kept>(
    node,
    "eo/filter/preview",
    () => {
      const filter = filterFields(node);
      if (source === undefined || filter === undefined || problemCount(node) > 0) return undefined;
      return { search: source.search.id, node: node.id, filter };
    },
    (answer) => {
      report.empty();
      if (answer === undefined) {
        const key = source === undefined ? "unwired" : current(node, "matchType") !== "str" ? "unknown" : "wrong";
        report.append(line("note", text(key)));
      } else if (!answer.ok) {
        report.append(answer.error.code === "NO_PREVIEW" ? line("note", text("none")) : failureLine(answer.error));
      } else if (answer.kept === 0) {
        report.append(
          line("note", text("nothing", { count: answer.in }), answer.reason === undefined ? [] : [answer.reason]),
        );
      } else {
        const under = answer.complete ? [] : [text("incomplete")];
        report.append(line("ok", text("kept", { count: answer.kept, of: answer.in }), under), itemList(answer.first));
      }
    },
  );
}
