/** Which orders were placed: noted before and after, so that nothing is ordered twice, whatever ends in between. */
import { createHash } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import path from "node:path";
import { diskError, removeQuietly } from "../disk.js";
import { text } from "../json.js";
import { isGone, isOwn, markOf, ownMark, type ProcessMark } from "../process-mark.js";
import { SmallFile, objectIn, readSmall } from "../small-file.js";
import type { FileRequest, RetrieveLink } from "../requests.js";

export interface OrderNote {
  /** "placing": sent, or about to be; whether it arrived is not known. */
  state: "placing" | "placed";
  /** When, in epoch ms. */
  at: number;
  /** Where the ordered item can be looked at, without a query. */
  poll?: string;
  /** Who was placing it. */
  by?: ProcessMark;
  /** Its file was delivered once. */
  done?: boolean;
}

/** The same order: the same address and body, wherever it was found. Without a body: the same item. */
export function orderKey(request: FileRequest, link: RetrieveLink): string {
  const subject = link.body === undefined ? [request.collection ?? "", request.itemId ?? ""] : sorted(link.body);
  return createHash("sha256")
    .update(JSON.stringify([link.href, subject]))
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, inside]) => [key, sorted(inside)]);
}

/** Without a folder of the node's own: what this process knows. */
const remembered = new Map<string, OrderNote>();
/** Orders being placed in this process. */
const placing = new Set<string>();

export class OrderMemory {
  readonly key: string;
  /** In the node's own folder; lasts. */
  readonly #own: string | undefined;
  /** In the download folder, for others who share it; until the file is there. */
  readonly shared: string;
  #sharedFile: SmallFile | undefined;

  /** @param name what the file will be called, as far as it is known */
  constructor(key: string, memoryFolder: string | undefined, folder: string, name: string) {
    this.key = key;
    this.#own = memoryFolder === undefined ? undefined : path.join(memoryFolder, `order-${key.slice(0, 32)}.json`);
    this.shared = path.join(folder, `${name}.part.order`);
  }

  /** What is known of the order. @throws EoError DISK */
  async read(): Promise<OrderNote | undefined> {
    const known = remembered.get(this.key);
    if (known?.state === "placed") return known;
    try {
      for (const file of [this.#own, this.shared]) {
        const note = file === undefined ? undefined : noteIn(await readSmall(file), this.key);
        if (note) return note;
      }
    } catch (error) {
      throw diskError(error, "reading which orders were placed");
    }
    return known;
  }

  /**
   * Notes that it is about to be placed, if nobody else has.
   * @returns false: somebody has
   * @throws EoError DISK
   */
  async begin(): Promise<boolean> {
    const note: OrderNote = { state: "placing", at: Date.now(), by: ownMark() };
    try {
      this.#sharedFile = await SmallFile.create(this.shared, this.#content(note));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") {
        if (noteIn(await readSmall(this.shared), this.key)) return false;
        // Another order under this name, or a form that is not known.
        await removeQuietly(this.shared);
        return await this.begin();
      }
      throw diskError(error, `creating ${this.shared}`);
    }
    placing.add(this.key);
    await this.#keep(note);
    return true;
  }

  /** Notes where the placed order can be looked at. @throws EoError DISK */
  async placed(poll: string): Promise<void> {
    const url = new URL(poll);
    // A query may hold a secret; an address that needs one is only known until the process ends.
    const lasting = url.search === "" && url.username === "" ? poll : undefined;
    const note: OrderNote = { state: "placed", at: Date.now(), ...(lasting === undefined ? {} : { poll: lasting }) };
    remembered.set(this.key, { ...note, poll });
    placing.delete(this.key);
    await this.#keep(note);
    try {
      await this.#sharedFile?.write(this.#content(note));
    } catch (error) {
      throw diskError(error, `writing ${this.shared}`);
    } finally {
      await this.#letGo();
    }
  }

  /** Nobody is placing it any more, and whether it was placed is not known. */
  async unclear(): Promise<void> {
    placing.delete(this.key);
    await this.#letGo();
  }

  /** It was certainly not placed, or is of no use any more. */
  async forget(): Promise<void> {
    placing.delete(this.key);
    remembered.delete(this.key);
    await this.#letGo();
    for (const file of [this.#own, this.shared]) {
      if (file !== undefined) await removeQuietly(file).catch(() => undefined);
    }
  }

  async #letGo(): Promise<void> {
    await this.#sharedFile?.close().catch(() => undefined);
    this.#sharedFile = undefined;
  }

  /** The file is there: what others had to know can go; what lasts stays. Never throws. */
  async delivered(): Promise<void> {
    try {
      const known = await this.read();
      if (known?.state === "placed") {
        const note: OrderNote = { ...known, done: true };
        if (remembered.has(this.key)) remembered.set(this.key, note);
        const lasting = note.poll !== undefined && new URL(note.poll).search === "";
        await this.#keep(lasting ? note : { state: "placed", at: note.at, done: true });
      }
      if (noteIn(await readSmall(this.shared), this.key)) await removeQuietly(this.shared);
    } catch {
      // It is only remembered less well.
    }
  }

  /** Whether somebody may be waiting for the answer right now. */
  isBeingPlaced(note: OrderNote): boolean {
    if (note.state !== "placing" || !note.by) return false;
    return isOwn(note.by) ? placing.has(this.key) : !isGone(note.by);
  }

  #content(note: OrderNote) {
    return { key: this.key, ...note };
  }

  async #keep(note: OrderNote): Promise<void> {
    if (this.#own === undefined) {
      if (note.poll === undefined && note.state === "placed") return;
      remembered.set(this.key, note);
      return;
    }
    try {
      await mkdir(path.dirname(this.#own), { recursive: true });
      const fresh = `${this.#own}.new`;
      await removeQuietly(fresh);
      await (await SmallFile.create(fresh, this.#content(note))).close();
      await rename(fresh, this.#own);
    } catch (error) {
      throw diskError(error, "noting that an order was placed");
    }
  }
}

function noteIn(content: string | undefined, key: string): OrderNote | undefined {
  const value = objectIn(content);
  if (!value || value["key"] !== key) return undefined;
  const { state, at } = value;
  if ((state !== "placing" && state !== "placed") || typeof at !== "number") return undefined;
  const poll = text(value["poll"]);
  const by = markOf(value["by"]);
  const done = value["done"] === true;
  return {
    state,
    at,
    ...(poll !== undefined && URL.canParse(poll) ? { poll } : {}),
    ...(by ? { by } : {}),
    ...(done ? { done } : {}),
  };
}
