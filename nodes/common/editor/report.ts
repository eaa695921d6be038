/** What a dialog shows of an answer: a button with its panel, and the lines in it. Foreign text is only ever text. */
import { details, headline, type Failure, type Question } from "./ask.js";
import { problemCount, shared } from "./dialog.js";
import type { EditorNode } from "./red.js";

export type Mark = "ok" | "failed" | "skipped" | "note" | "busy";

const ICONS: Record<Mark, string> = {
  ok: "fa-check-circle",
  failed: "fa-times-circle",
  skipped: "fa-minus-circle",
  note: "fa-info-circle",
  busy: "fa-spinner fa-spin",
};

/** One finding: a mark, a headline, and lines under it. */
export function line(mark: Mark, head: string, under: readonly string[] = []): JQuery {
  const element = $("<div>", { class: `eo-line eo-${mark}` });
  $("<i>", { class: `fa fa-fw ${ICONS[mark]}`, "aria-hidden": "true" }).appendTo(element);
  const body = $("<div>").appendTo(element);
  $("<div>", { class: "eo-head" }).text(head).appendTo(body);
  for (const text of under) $("<div>").text(text).appendTo(body);
  return element;
}

export function failureLine(error: Failure): JQuery {
  return line("failed", headline(error), details(error));
}

/** Ids with their dates, in a list. */
export function itemList(items: readonly { id: string; datetime?: string; group?: string }[]): JQuery {
  const list = $("<ol>", { class: "eo-items" });
  for (const item of items) {
    const row = $("<li>").appendTo(list);
    $("<span>", { class: "eo-id" }).text(item.id).appendTo(row);
    const about = [item.datetime, item.group].filter((text) => text !== undefined && text !== "").join(" · ");
    if (about !== "") $("<span>", { class: "eo-when" }).text(about).appendTo(row);
  }
  return list;
}

/** 812 ms, 3.4 s. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A size with its unit, as download's status writes it. */
export function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ""}`;
}

export interface Action<T> {
  /** Id of the row: it holds a `button` and a `.eo-report`. */
  row: string;
  /** What stands on the button; the page is translated only after the dialog was prepared. */
  label: string;
  /** Why the button cannot be pressed; undefined when it can. */
  hindrance: () => string | undefined;
  ask: () => Question<T>;
  /** Lines for a good answer. */
  show: (answer: T) => JQuery[];
}

/** Wires a button whose answer stands below it. Pressed again while it works, it stops. Returns a function that looks at `hindrance` anew. */
export function action<T>(node: EditorNode, options: Action<T>): () => void {
  const row = $(`#${options.row}`);
  const button = row.find("button");
  const report = row.find(".eo-report");
  const label = button.find("span");
  let running: Question<T> | undefined;

  const look = (): void => {
    if (running !== undefined) return;
    const hindrance = options.hindrance();
    button.prop("disabled", hindrance !== undefined).toggleClass("disabled", hindrance !== undefined);
    row.find(".eo-hindrance").text(hindrance ?? "");
  };

  const reveal = (): void => report[0]?.scrollIntoView({ block: "nearest" });

  const run = async (): Promise<void> => {
    const problems = problemCount(node);
    if (problems > 0) {
      report.empty().append(line("failed", shared("report.mend", { count: problems })));
      reveal();
      return;
    }
    const question = options.ask();
    running = question;
    label.text(shared("report.stop"));
    report.empty().append(line("busy", shared("report.busy")));
    const answer = await question.answer;
    running = undefined;
    label.text(options.label);
    report.empty();
    if (answer.ok) report.append(...options.show(answer));
    else if (answer.error.code !== "STOPPED") report.append(failureLine(answer.error));
    reveal();
    look();
  };

  button.on("click", (event) => {
    event.preventDefault();
    if (running !== undefined) running.stop();
    else if (options.hindrance() === undefined) void run();
  });
  look();
  return look;
}
