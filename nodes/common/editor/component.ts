/** The component a dialog names: completed from the service, and read as soon as it is named. */
import { accountInEditor, chosenAccount, type AccountRef } from "./account-ref.js";
import { ask, headline, mayAsk, type Question } from "./ask.js";
import { current, isOpen, onClosed, shared } from "./dialog.js";
import type { Declared } from "./input-check.js";
import { completions } from "./near.js";
import type { EditorNode } from "./red.js";
import { typedValues } from "./typed-value.js";

export interface Component {
  name: string;
  version: string;
  description: string;
  versions: string[];
  inputs: Declared[];
  outputs: Declared[];
}

/** How long what was read counts as live, and how long what could not be read is left alone, in ms. */
const FRESH = 120_000;
const FAILED = 15_000;
/** After the last change, in ms. */
const PAUSE = 400;

const lists = new Map<string, { at: number; list: { id: string; title?: string }[] }>();
const asking = new Map<string, Question<{ components: { id: string; title?: string }[] }>>();

function accountOf(node: EditorNode): { key: string; account: AccountRef } | undefined {
  const id = current(node, "account");
  const account = chosenAccount(id);
  if (account === undefined || !mayAsk()) return undefined;
  const known = RED.nodes.node(id);
  return { key: JSON.stringify([id, known === null ? "" : accountInEditor(known).settings]), account };
}

/** The type of the typed input whose values are completed with the names of components. */
export function completedComponent(node: EditorNode): { value: string } {
  const type = {
    value: "str",
    label: RED._("typedInput.type.str"),
    icon: "red/images/typedInput/az.svg",
    autoComplete: (value: string, done: (options: { value: string; label: JQuery }[]) => void) => {
      void listOf(node).then((list) => {
        done(completions(value, list).map((entry) => ({ value: entry.id, label: label(entry) })));
      });
    },
  };
  return type;
}

function label(entry: { id: string; title?: string }): JQuery {
  const element = $("<div>", { class: "eo-completion" });
  $("<div>").text(entry.id).appendTo(element);
  if (entry.title !== undefined) $("<div>").text(entry.title).appendTo(element);
  return element;
}

async function listOf(node: EditorNode): Promise<{ id: string; title?: string }[]> {
  const wanted = accountOf(node);
  if (wanted === undefined) return [];
  const kept = lists.get(wanted.key);
  if (kept !== undefined && Date.now() - kept.at < (kept.list.length > 0 ? FRESH : FAILED)) return kept.list;
  const question =
    asking.get(wanted.key) ??
    ask<{ components: { id: string; title?: string }[] }>(node, "eo/deltatwin/components", { account: wanted.account });
  asking.set(wanted.key, question);
  const answer = await question.answer;
  asking.delete(wanted.key);
  const list = answer.ok ? answer.components : [];
  lists.set(wanted.key, { at: Date.now(), list });
  return list;
}

/**
 * Reads the component a moment after account, name or version changed, and says below the field what it is, or why it
 * cannot be read. Returns a function to be called after each change.
 * @param found called with the component, or undefined when there is none
 */
export function followComponent(
  node: EditorNode,
  found: (component: Component | undefined, isFirst: boolean) => void,
): () => void {
  const line = $("#eo-component-live");
  let shownFor: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;
  onClosed(node, () => clearTimeout(timer));
  // The editor's completion puts its value in without saying so.
  $("#node-input-component")
    .closest(".form-row")
    .on("focusout", ".red-ui-typedInput-input", (event) => {
      const value = String($(event.target).val() ?? "");
      if (value !== current(node, "component")) $(event.target).trigger("change");
    });

  const read = async (state: string, body: object): Promise<void> => {
    line.text(shared("component.reading"));
    const answer = await ask<Component>(node, "eo/deltatwin/component", body).answer;
    if (state !== shownFor || !isOpen(node)) return;
    line.empty();
    if (answer.ok) {
      line.text(shared("component.read", { version: answer.version, description: answer.description }));
      const newest = answer.versions[0];
      if (newest !== undefined && newest !== answer.version && current(node, "version").trim() !== "") {
        $("<div>")
          .text(shared("component.newer", { version: newest }))
          .appendTo(line);
      }
    } else if (answer.error.code !== "STOPPED") {
      const reason =
        answer.error.code === "NOT_FOUND" ? answer.error.message.replace(/[.\s]+$/, "") : headline(answer.error);
      line.text(shared("component.unread", { reason }));
    }
    found(answer.ok ? answer : undefined, isFirst);
    isFirst = false;
  };

  return () => {
    const wanted = accountOf(node);
    const { known } = typedValues(node, ["component", "version"] as const);
    const body =
      wanted === undefined || known.component === undefined
        ? undefined
        : { node: node.id, account: wanted.account, ...known };
    const state = body === undefined ? "" : JSON.stringify([wanted?.key, known]);
    if (state === shownFor) return;
    // What the dialog opened with changes no rows by itself.
    if (shownFor !== undefined) isFirst = false;
    shownFor = state;
    clearTimeout(timer);
    if (body === undefined) {
      line.empty();
      found(undefined, isFirst);
      return;
    }
    timer = setTimeout(() => void read(state, body), PAUSE);
  };
}
