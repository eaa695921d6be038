/** Preview of a search: asks the service for what the dialog says, and shows how much came and what it is. */
import { chosenAccount } from "../common/editor/account-ref.js";
import { ask, mayAsk, type Question } from "../common/editor/ask.js";
import { current, isAccountChosen, shared } from "../common/editor/dialog.js";
import type { EditorNode } from "../common/editor/red.js";
import { action, duration, itemList, line } from "../common/editor/report.js";
import { typedValues } from "../common/editor/typed-value.js";

interface Item {
  id: string;
  datetime?: string;
}

interface Preview {
  seen: number;
  matched?: number;
  complete: boolean;
  newest?: Item;
  oldest?: Item;
  first: Item[];
  datetime?: string;
  collections?: string[];
  pages: number;
  ms: number;
  warning?: string;
}

const TYPED = [
  ...([
    "catalogue",
    "collections",
    "datetime",
    "bbox",
    "intersects",
    "ids",
    "query",
    "filter",
    "sortby",
    "fields",
  ] as const),
];

/** Returns a function to be called after each change. */
export function preparePreview(node: EditorNode): () => void {
  return action<Preview>(node, {
    row: "eo-preview",
    label: node._("eo-stac-search.preview.button"),
    hindrance: () =>
      !mayAsk()
        ? shared("report.readOnly")
        : !isAccountChosen(node)
          ? node._("eo-stac-search.preview.noAccount")
          : undefined,
    ask: () => question(node),
    show: (answer) => lines(node, answer),
  });
}

function question(node: EditorNode): Question<Preview> {
  const sizes: { limit?: string; max?: string } = {};
  for (const name of ["limit", "max"] as const) {
    const value = current(node, name).trim();
    if (value !== "") sizes[name] = value;
  }
  return ask(node, "eo/search/preview", {
    node: node.id,
    account: chosenAccount(current(node, "account")),
    fields: typedValues(node, TYPED).known,
    ...sizes,
  });
}

function lines(node: EditorNode, answer: Preview): JQuery[] {
  const text = (key: string, values?: Record<string, string | number>): string =>
    node._(`eo-stac-search.preview.${key}`, values);
  const time = duration(answer.ms);
  const under: string[] = [];
  if (answer.matched !== undefined && answer.matched !== answer.seen)
    under.push(text("matched", { count: answer.matched }));
  if (!answer.complete) under.push(text("incomplete"));
  for (const name of ["newest", "oldest"] as const) {
    const item = answer[name];
    if (item !== undefined && answer.seen > 1) under.push(text(name, { datetime: item.datetime ?? "?", id: item.id }));
  }
  if (answer.datetime !== undefined) under.push(text("interval", { interval: answer.datetime.replace("/", " / ") }));
  if (answer.collections !== undefined && answer.collections.length > 0) {
    under.push(text("collections", { collections: answer.collections.join(", ") }));
  }
  const key = answer.seen === 0 ? "none" : answer.complete ? "found" : "foundAtLeast";
  const shown = [line(answer.seen === 0 ? "note" : "ok", text(key, { count: answer.seen, time }), under)];
  const left = typedValues(node, TYPED).unknown.map((name) => node._(`eo-stac-search.label.${name}`));
  if (left.length > 0) shown.push(line("note", text("left", { fields: left.join(", ") })));
  if (answer.warning !== undefined && answer.warning !== "") shown.push(line("note", answer.warning));
  if (answer.first.length > 0)
    shown.push($("<div>").text(text("first", { count: answer.first.length })), itemList(answer.first));
  return shown;
}
