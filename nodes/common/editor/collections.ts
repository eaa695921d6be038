/** The field of collections: completed from the live catalogue, and what it says to an id it does not know. */
import { ask, headline, mayAsk, type Answer, type Question } from "./ask.js";
import { accountInEditor, chosenAccount, type AccountRef } from "./account-ref.js";
import { current, onClosed, shared } from "./dialog.js";
import { completions, nearest } from "./near.js";
import type { EditorNode } from "./red.js";

interface Collection {
  id: string;
  title?: string;
}

interface Catalogue {
  collections: Collection[];
  /** False: there are more than were read. */
  complete: boolean;
}

/** How long a catalogue that was read counts as live, in ms. */
const FRESH = 300_000;
/** How long a catalogue that could not be read is left alone, in ms. */
const FAILED = 15_000;
const read = new Map<string, { at: number; catalogue: Catalogue }>();

/** As the typed input takes it. */
interface CompletedType {
  value: string;
  label: string;
  icon: string;
  autoComplete: (value: string, done: (options: { value: string; label: JQuery }[]) => void) => void;
}

/** The type of the typed input whose values are completed. */
export function completedText(node: EditorNode): CompletedType {
  return {
    value: "str",
    label: RED._("typedInput.type.str"),
    icon: "red/images/typedInput/az.svg",
    autoComplete: (value: string, done: (options: { value: string; label: JQuery }[]) => void) => {
      void catalogueOf(node).then((catalogue) => {
        const comma = value.lastIndexOf(",");
        const before = comma < 0 ? "" : value.slice(0, comma + 1);
        const found = completions(value.slice(comma + 1), catalogue?.collections ?? []);
        done(found.map((entry) => ({ value: before + entry.id, label: label(entry) })));
      });
    },
  };
}

/** An entry in the list of completions: its id, its title under it. */
export function label(entry: Collection): JQuery {
  const element = $("<div>", { class: "eo-completion" });
  $("<div>").text(entry.id).appendTo(element);
  if (entry.title !== undefined && entry.title !== entry.id) $("<div>").text(entry.title).appendTo(element);
  return element;
}

const asking = new Map<string, Question<Catalogue>>();
const failures = new Map<string, { at: number; reason: string }>();

/** Which catalogue is meant; the key changes with everything about the account that the editor knows. */
function wantedBy(node: EditorNode): { key: string; body: { account: AccountRef; catalogue?: string } } | undefined {
  const id = current(node, "account");
  const account = chosenAccount(id);
  if (account === undefined || !mayAsk()) return undefined;
  const known = RED.nodes.node(id);
  const written = (current(node, "catalogueType") || "str") === "str";
  const catalogue = written ? current(node, "catalogue").trim() : "";
  return {
    key: JSON.stringify([id, known === null ? "" : accountInEditor(known).settings, catalogue]),
    body: { account, ...(catalogue === "" ? {} : { catalogue }) },
  };
}

/** The catalogue of the chosen account; undefined when it cannot be read. */
async function catalogueOf(node: EditorNode): Promise<Catalogue | undefined> {
  const wanted = wantedBy(node);
  if (wanted === undefined) return undefined;
  const kept = read.get(wanted.key);
  if (kept !== undefined && Date.now() - kept.at < FRESH) return kept.catalogue;
  if (Date.now() - (failures.get(wanted.key)?.at ?? 0) < FAILED) return undefined;
  const question = asking.get(wanted.key) ?? ask<Catalogue>(node, "eo/search/collections", wanted.body);
  asking.set(wanted.key, question);
  const answer: Answer<Catalogue> = await question.answer;
  asking.delete(wanted.key);
  failures.delete(wanted.key);
  if (answer.ok) {
    read.set(wanted.key, { at: Date.now(), catalogue: answer });
    return answer;
  }
  if (answer.error.code !== "STOPPED") failures.set(wanted.key, { at: Date.now(), reason: headline(answer.error) });
  return undefined;
}

/**
 * Keeps the line under the field: how many collections there are, the title of the one chosen, or what may have been
 * meant. The catalogue is read when the field is first entered. Returns a function to be called after each change.
 */
export function followCollections(node: EditorNode): () => void {
  const line = $("#eo-collections-live");
  const field = $("#node-input-collections");
  const box = field.closest(".form-row");
  let entered = current(node, "collections") !== "";
  let typing = false;
  let ended = false;
  let shownFor = "";
  onClosed(node, () => {
    ended = true;
  });

  const show = async (): Promise<void> => {
    const written = (current(node, "collectionsType") || "str") === "str";
    const wanted = wantedBy(node);
    const text = current(node, "collections");
    const state = JSON.stringify([wanted?.key, written, text, entered, typing]);
    if (state === shownFor) return;
    shownFor = state;
    if (!written || !entered || wanted === undefined) {
      line.empty();
      return;
    }
    if (!read.has(wanted.key)) line.text(shared("collections.reading"));
    const catalogue = await catalogueOf(node);
    if (ended || shownFor !== state) return;
    line.empty();
    if (catalogue === undefined) {
      const failure = failures.get(wanted.key);
      if (failure !== undefined) line.text(shared("collections.unread", { reason: failure.reason }));
      return;
    }
    const ids = text.split(",").map((id) => id.trim());
    describe(
      line,
      catalogue,
      typing,
      ids.filter((id) => id !== ""),
      (wrong, right) => {
        const mended = ids.map((id) => (id === wrong ? right : id)).join(",");
        field.typedInput("value", mended).trigger("change");
      },
    );
  };

  box.on("focusin", ".red-ui-typedInput-input", () => {
    entered = true;
    typing = true;
    void show();
  });
  // The editor's completion puts its value in without saying so.
  box.on("focusout", ".red-ui-typedInput-input", (event) => {
    const value = String($(event.target).val() ?? "");
    if (value !== current(node, "collections")) $(event.target).trigger("change");
    typing = false;
    void show();
  });
  return () => void show();
}

/** An id that is being typed is not wrong yet. */
function describe(
  line: JQuery,
  catalogue: Catalogue,
  typing: boolean,
  ids: string[],
  mend: (wrong: string, right: string) => void,
): void {
  const known = new Map(catalogue.collections.map((entry) => [entry.id, entry]));
  const wrong = ids.filter((id) => !known.has(id));
  if (ids.length === 0) {
    const key = catalogue.complete ? "collections.count" : "collections.countAtLeast";
    line.text(shared(key, { count: catalogue.collections.length }));
  }
  for (const id of ids) {
    const title = known.get(id)?.title;
    if (title !== undefined && title !== id && wrong.length === 0) $("<div>").text(title).appendTo(line);
  }
  for (const id of typing ? [] : wrong) {
    const row = $("<div>", { class: "eo-doubt" }).appendTo(line);
    $("<i>", { class: "fa fa-exclamation-triangle", "aria-hidden": "true" }).appendTo(row);
    row.append(document.createTextNode(` ${shared("collections.unknown", { id })} `));
    for (const near of nearest(id, [...known.keys()])) {
      $("<button>", { type: "button", class: "eo-near" })
        .text(near)
        .on("click", () => mend(id, near))
        .appendTo(row);
    }
  }
}
