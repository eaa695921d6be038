/** The items of the last previews, for the dialogs of the nodes behind the search. */
import type { Item } from "../../src/stac/item.js";

export interface KeptPreview {
  items: Item[];
  /** Every item of the search is there. */
  complete: boolean;
}

const MOST = 8;
const KEPT_MS = 30 * 60_000;

export class PreviewShelf {
  readonly #kept = new Map<string, { preview: KeptPreview; timer: NodeJS.Timeout }>();

  /** @param node id of the search node */
  keep(node: string, preview: KeptPreview): void {
    this.#forget(node);
    const timer = setTimeout(() => this.#forget(node), KEPT_MS);
    timer.unref();
    this.#kept.set(node, { preview, timer });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MOST && oldest.done !== true) this.#forget(oldest.value);
  }

  find(node: string): KeptPreview | undefined {
    return this.#kept.get(node)?.preview;
  }

  #forget(node: string): void {
    clearTimeout(this.#kept.get(node)?.timer);
    this.#kept.delete(node);
  }
}
