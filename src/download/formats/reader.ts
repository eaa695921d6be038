/** Reading a file at any place, with a small window so that many little reads cost few calls. */
import type { FileHandle } from "node:fs/promises";

const WINDOW = 64 * 1024;

/** The file ends before the bytes asked for. */
export class EndsTooEarly extends Error {}

export class Reader {
  readonly size: number;
  readonly #file: FileHandle;
  #window = Buffer.alloc(0);
  #at = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Exactly `length` bytes. @throws EndsTooEarly */
  async read(position: number, length: number): Promise<Buffer> {
    if (!(position >= 0) || position + length > this.size) throw new EndsTooEarly();
    if (position < this.#at || position + length > this.#at + this.#window.length) {
      const wanted = Math.min(Math.max(length, WINDOW), this.size - position);
      const buffer = Buffer.allocUnsafe(wanted);
      let got = 0;
      while (got < wanted) {
        const { bytesRead } = await this.#file.read(buffer, got, wanted - got, position + got);
        if (bytesRead === 0) throw new EndsTooEarly();
        got += bytesRead;
      }
      this.#window = buffer;
      this.#at = position;
    }
    return this.#window.subarray(position - this.#at, position - this.#at + length);
  }

  /** At most `length` bytes from `position`, fewer at the end of the file. */
  async some(position: number, length: number): Promise<Buffer> {
    const there = Math.max(0, Math.min(length, this.size - position));
    return there === 0 ? Buffer.alloc(0) : await this.read(position, there);
  }
}
