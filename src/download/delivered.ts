/** Which item a finished file belongs to: remembered outside the download folder, so that no file is taken for another's. */
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { isObject } from "./json.js";

export interface DeliveredFile {
  /** File name in its folder. */
  name: string;
  /** Hash of the product's identity, see identity.ts. */
  key: string;
  /** Hash of what of it lasts between runs; absent in older lines. */
  lasting?: string;
  bytes: number;
  sha256: string;
  verified: string[];
  /** The template its name was made from; "" = the server's name. */
  template: string;
  type?: string;
  /** When the item said it was last changed. */
  version?: string;
}

const COMPACT_ABOVE = 5000;

/** The memory of one folder: a line of JSON per finished file, the last one for a name counts. */
class FolderMemory {
  readonly #file: string | undefined;
  #byName = new Map<string, DeliveredFile>();
  #size = -1;
  #lines = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(file: string | undefined) {
    this.#file = file;
  }

  /** One after another, so that no reader sees half of a change. */
  #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #load(): Promise<void> {
    if (this.#file === undefined) return;
    const size = await stat(this.#file).then(
      (found) => found.size,
      () => 0,
    );
    // Another process on the same memory may have added lines.
    if (size === this.#size) return;
    const content = size === 0 ? "" : await readFile(this.#file, "utf8");
    this.#byName = new Map();
    const lines = content.split("\n");
    for (const line of lines) {
      const entry = entryOf(line);
      if (entry) this.#byName.set(entry.name, entry);
    }
    this.#lines = lines.length;
    this.#size = size;
  }

  byName(name: string): Promise<DeliveredFile | undefined> {
    return this.#inTurn(async () => {
      await this.#load();
      return this.#byName.get(name);
    });
  }

  /** The files of one product in this folder, newest last. */
  byKey(key: string): Promise<DeliveredFile[]> {
    return this.#inTurn(async () => {
      await this.#load();
      return [...this.#byName.values()].filter((entry) => entry.key === key);
    });
  }

  add(entry: DeliveredFile, stillThere: (name: string) => Promise<boolean>): Promise<void> {
    return this.#inTurn(async () => {
      await this.#load();
      this.#byName.delete(entry.name);
      this.#byName.set(entry.name, entry);
      if (this.#file === undefined) return;
      await mkdir(path.dirname(this.#file), { recursive: true });
      if (this.#lines > COMPACT_ABOVE && this.#lines > 2 * this.#byName.size) await this.#compact(stillThere);
      else {
        const line = `${JSON.stringify({ schema: 1, ...entry })}\n`;
        await appendFile(this.#file, line);
        this.#lines += 1;
      }
      this.#size = (await stat(this.#file)).size;
    });
  }

  async #compact(stillThere: (name: string) => Promise<boolean>): Promise<void> {
    if (this.#file === undefined) return;
    for (const name of [...this.#byName.keys()]) if (!(await stillThere(name))) this.#byName.delete(name);
    const lines = [...this.#byName.values()].map((entry) => `${JSON.stringify({ schema: 1, ...entry })}\n`);
    await writeFile(`${this.#file}.new`, lines.join(""));
    await rename(`${this.#file}.new`, this.#file);
    this.#lines = lines.length;
  }
}

function entryOf(line: string): DeliveredFile | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value) || value["schema"] !== 1) return undefined;
    const { name, key, lasting, bytes, sha256, verified, template, type, version } = value;
    if (typeof name !== "string" || typeof key !== "string" || typeof bytes !== "number" || typeof sha256 !== "string")
      return undefined;
    return {
      name,
      key,
      ...(typeof lasting === "string" ? { lasting } : {}),
      bytes,
      sha256,
      template: typeof template === "string" ? template : "",
      verified: Array.isArray(verified) ? verified.filter((one): one is string => typeof one === "string") : [],
      ...(typeof type === "string" ? { type } : {}),
      ...(typeof version === "string" ? { version } : {}),
    };
  } catch {
    return undefined;
  }
}

const memories = new Map<string, FolderMemory>();

/** The memory of a download folder, one for the whole process. @param memoryFolder where it is kept; absent: in memory only */
export function deliveredTo(folder: string, memoryFolder: string | undefined): FolderMemory {
  const file =
    memoryFolder === undefined
      ? undefined
      : path.join(memoryFolder, `files-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}.jsonl`);
  const key = file ?? `\0${folder}`;
  let memory = memories.get(key);
  if (!memory) {
    memory = new FolderMemory(file);
    memories.set(key, memory);
  }
  return memory;
}
