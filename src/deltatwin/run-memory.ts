/** Which runs a node has started and not yet delivered: noted before and after, so that a restart starts none twice. */
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { diskError } from "../download/disk.js";
import { isRecord } from "../stac/item.js";
import { messageOf, type Inputs } from "./inputs.js";
import { writePrivate } from "./private-file.js";

/** One run that was started, or may have been. */
export interface RunNote {
  id: string;
  key: string;
  /** When it was started, in epoch ms by the service's clock. */
  at: number;
  /** Its id at the service, once that is known. */
  run?: string;
}

const SCHEMA = 1;
/** Runs are evicted by then (facts/deltatwin-sesameo.md §1.5). */
const LONGEST_MS = 30 * 86_400_000;
const MOST = 500;

/** The same work: the same service, component and inputs. Secrets do not count and are not in it. */
export function workKey(service: string, component: string, version: string, inputs: Inputs): string {
  const texts = Object.entries(messageOf(inputs))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, input]) => [
      name,
      JSON.stringify(input, (_name, value: unknown) => (typeof value === "bigint" ? `${value}n` : value)),
    ]);
  return createHash("sha256")
    .update(JSON.stringify([service, component, version, texts]))
    .digest("hex");
}

/** One for each file: a node that was deployed anew goes on with the notes of the one before. */
const memories = new Map<string, RunMemory>();

export class RunMemory {
  readonly #file: string;
  /** Notes somebody is working on. */
  readonly #busy = new Set<string>();
  #notes: RunNote[] | undefined;
  #reading: Promise<RunNote[]> | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
  }

  /**
   * @param folder where it is kept
   * @param owner whose runs these are: a node's id
   */
  static of(folder: string, owner: string): RunMemory {
    const name = createHash("sha256").update(owner).digest("hex").slice(0, 32);
    const file = path.join(folder, `deltatwin-runs-${name}.json`);
    const memory = memories.get(file) ?? new RunMemory(file);
    memories.set(file, memory);
    return memory;
  }

  /** Another note is about this run. */
  async knows(run: string): Promise<boolean> {
    return (await this.#all()).some((note) => note.run === run);
  }

  /** A note about the same work that nobody is working on; it is the caller's until `leave` or `end`. */
  async take(key: string): Promise<RunNote | undefined> {
    const notes = await this.#all();
    const found = notes.find((note) => note.key === key && !this.#busy.has(note.id));
    if (found) this.#busy.add(found.id);
    return found;
  }

  /** Notes that a run is about to be started. @throws EoError DISK, DISK_FULL: nothing may be started then */
  async begin(key: string, at: number): Promise<RunNote> {
    const notes = await this.#all();
    const note: RunNote = { id: randomUUID(), key, at };
    this.#busy.add(note.id);
    notes.push(note);
    await this.#save();
    return note;
  }

  /** @throws EoError DISK, DISK_FULL */
  async started(note: RunNote, run: string): Promise<void> {
    note.run = run;
    await this.#save();
  }

  /** Its end was delivered, or there is no such run. */
  async end(note: RunNote): Promise<void> {
    const notes = await this.#all();
    this.#notes = notes.filter((one) => one.id !== note.id);
    this.#busy.delete(note.id);
    await this.#save();
  }

  /** Nobody works on it any more; when its message comes again, it is taken up. */
  leave(note: RunNote): void {
    this.#busy.delete(note.id);
  }

  async #all(): Promise<RunNote[]> {
    this.#reading ??= this.#read();
    try {
      const read = await this.#reading;
      return (this.#notes ??= read);
    } catch (error) {
      this.#reading = undefined;
      throw error;
    }
  }

  async #read(): Promise<RunNote[]> {
    let text: string;
    try {
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw diskError(error, `reading ${this.#file}`);
    }
    const oldest = Date.now() - LONGEST_MS;
    return notesIn(text).filter(({ at }) => at > oldest);
  }

  /** One write after the other, each with what is true then. */
  #save(): Promise<void> {
    const before = this.#writing.catch(() => undefined);
    this.#writing = before.then(async () => {
      const runs = (this.#notes ?? []).slice(-MOST);
      await writePrivate(this.#file, JSON.stringify({ schema: SCHEMA, runs }));
    });
    return this.#writing;
  }
}

/** An unknown schema starts over. */
function notesIn(text: string): RunNote[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isRecord(value) || value["schema"] !== SCHEMA || !Array.isArray(value["runs"])) return [];
  return (value["runs"] as unknown[]).flatMap((entry): RunNote[] => {
    if (!isRecord(entry)) return [];
    const { id, key, at, run } = entry;
    if (typeof id !== "string" || typeof key !== "string" || typeof at !== "number") return [];
    return [{ id, key, at, ...(typeof run === "string" ? { run } : {}) }];
  });
}
