/** Who may write a file now, among all processes and machines that share its folder; without `flock`, which many shared
 * file systems accept and ignore. */
import { randomBytes } from "node:crypto";
import { link, rename, unlink } from "node:fs/promises";
import { diskError, removeQuietly, standing } from "./disk.js";
import { guards } from "./guards.js";
import { text } from "./json.js";
import { isGone, isOwn, markOf, ownMark } from "./process-mark.js";
import { SmallFile, objectIn, readSmall } from "./small-file.js";
import { timing } from "./timing.js";

/** Owners in this process. */
const living = new Set<string>();

/** Somebody else's lease. */
export interface HeldLease {
  /** As it stands on disk; changes with every sign of life. */
  content: string;
  /** What is being fetched, by identity; undefined when the file cannot be read. */
  key: string | undefined;
  /** Its word; undefined when it is none. */
  owner: string | undefined;
  /** Its process is certainly gone. */
  dead: boolean;
}

const WORD = /^[0-9a-f]{8}$/;

/** A word for helper files of one owner. */
export function newWord(): string {
  return randomBytes(4).toString("hex");
}

export class Lease {
  readonly owner = newWord();
  readonly path: string;
  readonly #key: string;
  readonly #onLost: () => void;
  #file: SmallFile | undefined;
  #counter = 0;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #missing = 0;
  #over = false;

  private constructor(path: string, key: string, onLost: () => void) {
    this.path = path;
    this.#key = key;
    this.#onLost = onLost;
  }

  /**
   * The lease, or whose it is. Undefined: it was just given back; try again.
   * @param path `<name>.part.lease`
   * @param key identity of the product
   * @param onLost called once when somebody else has taken it over
   */
  static async take(path: string, key: string, onLost: () => void): Promise<Lease | HeldLease | undefined> {
    const lease = new Lease(path, key, onLost);
    if (!guards.lease) return lease;
    living.add(lease.owner);
    try {
      lease.#file = await SmallFile.create(path, lease.#content());
    } catch (error) {
      living.delete(lease.owner);
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return await heldLease(path);
      throw diskError(error, `creating ${path}`);
    }
    lease.#timer = setInterval(() => {
      lease.#beating ??= lease.#beat().finally(() => (lease.#beating = undefined));
    }, timing.leaseBeat);
    lease.#timer.unref();
    return lease;
  }

  #content() {
    return { owner: this.owner, key: this.#key, counter: this.#counter, process: ownMark() };
  }

  async #beat(): Promise<void> {
    try {
      const whose = await this.#whose();
      if (this.#over) return;
      // Missing once may be a waiter that put it back at once; missing twice is lost.
      if (whose === "nobody" && this.#missing++ === 0) return;
      if (whose !== "mine") {
        this.#lose();
        return;
      }
      this.#missing = 0;
      this.#counter += 1;
      await this.#file?.write(this.#content());
    } catch {
      // A folder that does not answer now may answer the next time; the check before the rename decides.
    }
  }

  #lose(): void {
    if (this.#over) return;
    clearInterval(this.#timer);
    this.#over = true;
    this.#onLost();
  }

  async #whose(): Promise<"mine" | "theirs" | "nobody"> {
    const content = await readSmall(this.path);
    if (content === undefined) return "nobody";
    return text(objectIn(content)?.["owner"]) === this.owner ? "mine" : "theirs";
  }

  /** Whether it is still ours, read from disk. */
  async isMine(): Promise<boolean> {
    if (!guards.lease) return true;
    try {
      return !this.#over && (await this.#whose()) === "mine";
    } catch (error) {
      throw diskError(error, `reading ${this.path}`);
    }
  }

  /** Gives it back. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#over = true;
    await this.#beating;
    try {
      if (this.#file && (await this.#whose()) === "mine") await unlink(this.path);
    } catch {
      // It goes stale by itself.
    }
    await this.#file?.close().catch(() => undefined);
    living.delete(this.owner);
  }
}

/** The lease that stands there; undefined for none. @param path `<name>.part.lease` @throws EoError DISK */
export async function heldLease(path: string): Promise<HeldLease | undefined> {
  let content: string | undefined;
  try {
    content = await readSmall(path);
  } catch (error) {
    throw diskError(error, `reading ${path}`);
  }
  if (content === undefined) {
    const found = await standing(path);
    if (found === "other") throw diskError(new Error("something that is no file stands there"), `creating ${path}`);
    // A link is no lease; it is removed itself, not what it points to.
    if (found === "link") await removeQuietly(path);
    return undefined;
  }
  const value = objectIn(content);
  const word = text(value?.["owner"]);
  // It becomes part of a path.
  const owner = word !== undefined && WORD.test(word) ? word : undefined;
  const mark = markOf(value?.["process"]);
  const dead = mark !== undefined && (isOwn(mark) ? owner === undefined || !living.has(owner) : isGone(mark));
  return { content, key: text(value?.["key"]), owner, dead };
}

/** Whether anybody may be at work on a file. @param path of its lease */
export async function isLeased(path: string): Promise<boolean> {
  const held = await heldLease(path);
  return held !== undefined && !held.dead;
}

/** Whether a lease has shown no sign of life for long enough, on the clock of this process alone. */
export class LeaseWatch {
  #content: string | undefined;
  #since = 0;

  isStale(held: HeldLease): boolean {
    const now = performance.now();
    if (held.content !== this.#content) {
      this.#content = held.content;
      this.#since = now;
    }
    return held.dead || now - this.#since >= timing.leaseStale;
  }
}

/**
 * Removes a stale lease, so that it can be taken. Of several waiters one succeeds.
 * @param path `<name>.part.lease`
 */
export async function breakLease(path: string, held: HeldLease): Promise<void> {
  const aside = `${path.replace(/lease$/, "")}${newWord()}`;
  try {
    await rename(path, aside);
    // Between the last look and now another waiter may have taken it over: then this is the new one's.
    if ((await readSmall(aside)) !== held.content) await link(aside, path).catch(() => undefined);
    await unlink(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw diskError(error, `taking over ${path}`);
  }
}
