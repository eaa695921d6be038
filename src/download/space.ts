/** Whether a file will fit on the disk, counting what other transfers of this process still need of it. */
import { stat, statfs } from "node:fs/promises";
import { EoError } from "../errors.js";
import { guards } from "./guards.js";
import { sizeWords } from "./size-words.js";

/** Transfers under way, by file system. */
const needs = new Map<string, Set<SpaceNeed>>();

/** Free bytes for this user; undefined where the file system does not say. */
async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize, blocks } = await statfs(folder);
    return blocks === 0 ? undefined : bavail * bsize;
  } catch {
    return undefined;
  }
}

export class SpaceNeed {
  /** Bytes still to be written. */
  left = 0;
  readonly #folder: string;
  readonly #others: Set<SpaceNeed>;

  private constructor(folder: string, others: Set<SpaceNeed>) {
    this.#folder = folder;
    this.#others = others;
    others.add(this);
  }

  static async in(folder: string): Promise<SpaceNeed> {
    const device = await stat(folder).then(
      ({ dev }) => String(dev),
      () => folder,
    );
    const others = needs.get(device) ?? new Set<SpaceNeed>();
    needs.set(device, others);
    return new SpaceNeed(folder, others);
  }

  end(): void {
    this.#others.delete(this);
  }

  /** @throws EoError DISK_FULL, saying how much is missing */
  async check(file: string): Promise<void> {
    if (!guards.freeSpace || this.left <= 0) return;
    const free = await freeBytes(this.#folder);
    if (free === undefined) return;
    let others = 0;
    for (const need of this.#others) if (need !== this) others += Math.max(0, need.left);
    if (this.left + others > free) throw full(this.#folder, file, this.left + others - free, others > 0);
  }

  /** The error for a write that failed for want of space. */
  async error(file: string): Promise<EoError> {
    const free = (await freeBytes(this.#folder)) ?? 0;
    // With a quota there may be free space that is not ours.
    const missing = free < this.left ? this.left - free : this.left;
    return full(this.#folder, file, missing > 0 ? missing : undefined, false);
  }
}

function full(folder: string, file: string, missing: number | undefined, others: boolean): EoError {
  const much =
    missing === undefined
      ? ""
      : ` ${sizeWords(missing)} more are needed${others ? " for all downloads under way" : ""}.`;
  return new EoError(
    "DISK_FULL",
    `The disk is full: there is not enough space in ${folder} for ${file}.${much} Free some space and send the message again.`,
    { code: "ENOSPC", ...(missing === undefined ? {} : { message: `${missing} bytes are missing` }) },
  );
}
