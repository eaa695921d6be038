/** The files that download would write for the last preview of the search before it. */
import { follow } from "../common/editor/follow.js";
import { current, problemCount } from "../common/editor/dialog.js";
import { filterFields } from "../common/editor/filter-fields.js";
import type { EditorNode } from "../common/editor/red.js";
import { failureLine, line, size } from "../common/editor/report.js";
import { typedValues } from "../common/editor/typed-value.js";
import { sourceOf } from "../common/editor/upstream.js";

interface Files {
  count: number;
  files: { item: string; asset: string; name: string; certain: boolean; bytes?: number; order?: boolean }[];
  folder: string;
  /** What is wrong with some of the files. */
  warning?: string;
}

const TYPED = ["folder", "filename", "assets"] as const;

/** Returns a function to be called after each change. */
export function followPreview(node: EditorNode): () => void {
  const report = $("#eo-files");
  const text = (key: string, values?: Record<string, string | number>): string =>
    node._(`eo-download.preview.${key}`, values);
  const source = sourceOf(node);
  const filter = source?.filter === undefined ? undefined : filterFields(source.filter);
  const unknown = (): boolean =>
    typedValues(node, TYPED).unknown.length > 0 || (source?.filter !== undefined && filter === undefined);

  return follow<Files>(
    node,
    "eo/download/preview",
    () => {
      if (source === undefined || unknown() || problemCount(node) > 0) return undefined;
      const download = {
        ...typedValues(node, TYPED).known,
        ifExists: current(node, "ifExists"),
        order: current(node, "order"),
      };
      const account = current(node, "account");
      return {
        search: source.search.id,
        ...(filter === undefined ? {} : { filter, filterNode: source.filter?.id }),
        node: node.id,
        ...(account === "" || account === "_ADD_" ? {} : { account: { id: account } }),
        download,
      };
    },
    (answer) => {
      report.empty();
      if (answer === undefined) {
        report.append(line("note", text(source === undefined ? "unwired" : unknown() ? "unknown" : "wrong")));
      } else if (!answer.ok) {
        report.append(answer.error.code === "NO_PREVIEW" ? line("note", text("none")) : failureLine(answer.error));
      } else if (answer.count === 0) report.append(line("note", text("nothing")));
      else {
        report.append(line("ok", text("files", { count: answer.count, folder: answer.folder })), fileList(answer));
        if (answer.warning !== undefined) report.append(line("failed", answer.warning));
      }
    },
  );

  function fileList(answer: Files): JQuery {
    const list = $("<ol>", { class: "eo-items" });
    for (const file of answer.files) {
      const row = $("<li>").appendTo(list);
      $("<span>", { class: "eo-id" }).text(file.name).appendTo(row);
      const about = [
        file.bytes === undefined ? "" : size(file.bytes),
        file.order === true ? text("ordered") : "",
        file.certain ? "" : text("uncertain"),
      ].filter((part) => part !== "");
      if (about.length > 0) $("<span>", { class: "eo-when" }).text(about.join(" · ")).appendTo(row);
    }
    return list;
  }
}
