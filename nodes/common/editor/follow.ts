/** A panel that answers by itself: asked anew a moment after the dialog changed, never more than one question at once. */
import { ask, type Answer } from "./ask.js";
import { onClosed } from "./dialog.js";
import type { EditorNode } from "./red.js";

/** After the last change, in ms. */
const PAUSE = 400;

/**
 * Returns a function to be called after each change.
 * @param body what to ask; undefined: nothing now
 * @param show the answer to the last question, or undefined when there is nothing to ask
 */
export function follow<T>(
  node: EditorNode,
  path: string,
  body: () => object | undefined,
  show: (answer: Answer<T> | undefined) => void,
): () => void {
  let asked: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = 0;
  onClosed(node, () => clearTimeout(timer));
  return () => {
    const question = body();
    const text = question === undefined ? "" : JSON.stringify(question);
    if (text === asked) return;
    asked = text;
    clearTimeout(timer);
    const mine = (latest += 1);
    if (question === undefined) {
      show(undefined);
      return;
    }
    timer = setTimeout(() => {
      void ask<T>(node, path, question).answer.then((answer) => {
        if (mine === latest && !(!answer.ok && answer.error.code === "STOPPED")) show(answer);
      });
    }, PAUSE);
  };
}
