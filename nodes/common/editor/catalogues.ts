/** The field of the catalogue: a choice from the live tree, and near the top for a service that is a tree. */
import { ask, mayAsk } from "./ask.js";
import { accountInEditor, chosenAccount } from "./account-ref.js";
import { label } from "./collections.js";
import { current } from "./dialog.js";
import { completions } from "./near.js";
import type { EditorNode } from "./red.js";

interface Catalogue {
  id: string;
  title?: string;
}

/** How long a tree that was read counts as live, in ms. */
const FRESH = 300_000;
const read = new Map<string, { at: number; catalogues: Catalogue[] }>();
/** Services whose catalogues lie in a tree, where one is usually chosen. */
const TREES: readonly unknown[] = ["eodh"];

/** The type of the typed input whose values are completed: everything while nothing is typed. */
export function completedPath(node: EditorNode): { value: string } & Record<string, unknown> {
  return {
    value: "str",
    label: RED._("typedInput.type.str"),
    icon: "red/images/typedInput/az.svg",
    autoComplete: (value: string, done: (options: { value: string; label: JQuery }[]) => void) => {
      void treeOf(node).then((catalogues) => {
        done(completions(value, catalogues).map((entry) => ({ value: entry.id, label: label(entry) })));
      });
    },
  };
}

async function treeOf(node: EditorNode): Promise<Catalogue[]> {
  const id = current(node, "account");
  const account = chosenAccount(id);
  if (account === undefined || !mayAsk()) return [];
  const known = RED.nodes.node(id);
  const key = JSON.stringify([id, known === null ? "" : accountInEditor(known).settings]);
  const kept = read.get(key);
  if (kept !== undefined && Date.now() - kept.at < FRESH) return kept.catalogues;
  const answer = await ask<{ catalogues: Catalogue[] }>(node, "eo/search/catalogues", { account }).answer;
  if (!answer.ok) return [];
  read.set(key, { at: Date.now(), catalogues: answer.catalogues });
  return answer.catalogues;
}

/** Puts the field where the chosen account wants it. Returns a function to be called after each change. */
export function placeCatalogue(node: EditorNode): () => void {
  const row = $("#node-input-catalogue").closest(".form-row");
  const home = row.parent();
  const place = (): void => {
    const account = RED.nodes.node(current(node, "account"));
    const up = TREES.includes(account?.["provider"]);
    if (up === (row.parent()[0] !== home[0])) return;
    if (up) row.insertAfter($("#node-input-account").closest(".form-row"));
    else row.appendTo(home);
  };
  place();
  return place;
}
