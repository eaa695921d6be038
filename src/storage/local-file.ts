/** A file on disk that is to be put somewhere: opened once, read in order or by parts, and noticed when it changes. */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { Readable } from "node:stream";
import { diskError } from "../download/disk.js";
import { EoError, badInput, cancelled } from "../errors.js";

const STEP = 1024 * 1024;

export interface FileDigests {
  md5: string;
  sha256: string;
}

/** Types by ending, for those who look at the files in a browser; anything else is bytes. */
const TYPES: Record<string, string> = {
  ".json": "application/json",
  ".geojson": "application/geo+json",
  ".nc": "application/x-netcdf",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".txt": "text/plain",
  ".csv": "text/csv",
  ".zip": "application/zip",
};

export class LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** When it was last changed, in ms. */
  readonly changed: number;
  readonly #handle: FileHandle;

  private constructor(file: string, handle: FileHandle, bytes: number, changed: number) {
    this.path = file;
    this.#handle = handle;
    this.bytes = bytes;
    this.changed = changed;
  }

  /** @throws EoError BAD_INPUT for what is no file, NOT_FOUND, DISK */
  static async open(file: string): Promise<LocalFile> {
    let handle: FileHandle;
    try {
      // A pipe would make opening wait for ever.
      handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK | 0));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR")
        throw new EoError("NOT_FOUND", `There is no file ${file}.`, { code });
      throw diskError(error, `opening ${file}`);
    }
    const found = await handle.stat();
    if (!found.isFile()) {
      await handle.close();
      throw badInput(`${file} is not a file. Name one file to be put.`);
    }
    return new LocalFile(file, handle, found.size, found.mtimeMs);
  }

  get type(): string {
    return TYPES[path.extname(this.path).toLowerCase()] ?? "application/octet-stream";
  }

  /** Reads it from end to end. @param onBytes hears of every piece */
  async digests(signal: AbortSignal, onBytes: (count: number) => void = () => undefined): Promise<FileDigests> {
    const md5 = createHash("md5");
    const sha256 = createHash("sha256");
    const buffer = Buffer.allocUnsafe(STEP);
    for (let at = 0; at < this.bytes;) {
      if (signal.aborted) throw cancelled(`Putting ${this.path}`);
      const count = await this.#fill(buffer, at);
      const piece = buffer.subarray(0, count);
      md5.update(piece);
      sha256.update(piece);
      onBytes(count);
      at += count;
    }
    return { md5: md5.digest("hex"), sha256: sha256.digest("hex") };
  }

  /**
   * So many bytes from a place.
   * @param into at least as long; its beginning is what comes back [a new one]
   * @throws EoError CHANGED when there are fewer
   */
  async part(start: number, length: number, into?: Buffer): Promise<Buffer> {
    const buffer = into ? into.subarray(0, length) : Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) at += await this.#fill(buffer.subarray(at), start + at);
    return buffer;
  }

  /** All bytes in order. @param onBytes hears of every piece as it is taken */
  stream(onBytes: (count: number) => void): Readable {
    const chunks = async function* (this: LocalFile): AsyncGenerator<Buffer> {
      for (let at = 0; at < this.bytes;) {
        const piece = await this.part(at, Math.min(256 * 1024, this.bytes - at));
        at += piece.length;
        onBytes(piece.length);
        yield piece;
      }
    };
    return Readable.from(chunks.call(this), { objectMode: false });
  }

  /** @throws EoError CHANGED when it is not what it was when it was opened */
  async check(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size !== this.bytes || mtimeMs !== this.changed) throw this.#changed();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #fill(buffer: Buffer, position: number): Promise<number> {
    const want = Math.min(buffer.length, this.bytes - position);
    let count: number;
    try {
      ({ bytesRead: count } = await this.#handle.read(buffer, 0, want, position));
    } catch (error) {
      throw diskError(error, `reading ${this.path}`);
    }
    if (count === 0) throw this.#changed();
    return count;
  }

  #changed(): EoError {
    return new EoError(
      "CHANGED",
      `${this.path} was changed while it was being put. Send the message again when it is complete.`,
    );
  }
}
