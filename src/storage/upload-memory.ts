/** Multipart uploads that were begun: remembered on disk, so that the next run completes them instead of leaving orphans. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { isRecord } from "../stac/item.js";

const SCHEMA = 1;

export interface DonePart {
  /** From 1. */
  number: number;
  /** As the store named it, without quotes: the part's MD5. */
  etag: string;
}

export interface BegunUpload {
  id: string;
  partSize: number;
  /** Of the local file when it was begun. */
  bytes: number;
  changed: number;
  parts: DonePart[];
}

export class UploadMemory {
  readonly #file: string;

  /** @param target the store, bucket and key, which tell one upload from another */
  constructor(folder: string, target: string) {
    this.#file = path.join(folder, "uploads", `${createHash("sha256").update(target).digest("hex").slice(0, 32)}.json`);
  }

  async read(): Promise<BegunUpload | undefined> {
    try {
      const found: unknown = JSON.parse(await readFile(this.#file, "utf8"));
      if (!isRecord(found) || found["schema"] !== SCHEMA) return undefined;
      const { id, partSize, bytes, changed, parts } = found;
      if (typeof id !== "string" || typeof partSize !== "number" || typeof bytes !== "number") return undefined;
      if (typeof changed !== "number" || !Array.isArray(parts)) return undefined;
      return { id, partSize, bytes, changed, parts: parts.filter(isPart) };
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all; a crash of the machine may lose the last change, and then parts are sent again. */
  async write(upload: BegunUpload): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const fresh = `${this.#file}.${process.pid}.new`;
    await writeFile(fresh, JSON.stringify({ schema: SCHEMA, ...upload }), { mode: 0o600 });
    await rename(fresh, this.#file);
  }

  async forget(): Promise<void> {
    await unlink(this.#file).catch(() => undefined);
  }
}

function isPart(part: unknown): part is DonePart {
  return isRecord(part) && typeof part["number"] === "number" && typeof part["etag"] === "string";
}
