/** Files written and hashed in the transfer thread, through descriptors the main thread opens and closes. */
import { read, writev } from "node:fs";
import { promisify } from "node:util";
import { Tally } from "../download/tally.js";
import { SLAB_BYTES } from "../http/direct/slabs.js";
import type { Answer, Answers } from "./answers.js";
import type { FromThread, PlainDigests, Reached, Received, ToThread } from "./messages.js";
import { DiskFault, toPlain } from "./plain-error.js";
import type { Piece } from "./source.js";

const STEP = 1024 * 1024;
/** Written at once, at least, while bytes come quickly. */
const BATCH_BYTES = 1024 * 1024;
/** Writes under way for one file: more would only fill the memory. */
const MOST_WRITES = 2;
const readAt = promisify(read);

class StoredFile {
  readonly fd: number;
  readonly tally: Tally;
  #batch: Piece[] = [];
  #waiting = 0;
  /** Where the next batch goes. */
  #position = 0;
  readonly #writes = new Set<Promise<void>>();
  #fault: DiskFault | undefined;
  /** performance.now() of the last write. */
  written = 0;

  constructor(fd: number, algorithms: string[]) {
    this.fd = fd;
    this.tally = new Tally(algorithms);
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Hashes bytes that lie in the file already. */
  pass(bytes: Uint8Array): void {
    this.tally.add(bytes);
    this.#position += bytes.length;
  }

  /** Hashes bytes; they are written with the next batch. */
  add(piece: Piece): void {
    this.tally.add(piece.bytes);
    this.#batch.push(piece);
    this.#waiting += piece.bytes.length;
  }

  /** Starts to write what waits; resolves when not too many writes are under way. @throws DiskFault */
  async flush(): Promise<void> {
    this.written = performance.now();
    if (this.#waiting > 0) {
      const batch = this.#batch;
      const at = this.#position;
      this.#position += this.#waiting;
      this.#batch = [];
      this.#waiting = 0;
      const write = writeAll(
        this.fd,
        batch.map((piece) => piece.bytes),
        at,
      )
        .catch((error: unknown) => {
          this.#fault ??= DiskFault.of(error);
        })
        .finally(() => {
          for (const piece of batch) piece.release();
          this.#writes.delete(write);
        });
      this.#writes.add(write);
    }
    while (this.#writes.size >= MOST_WRITES) await Promise.race(this.#writes);
    if (this.#fault) throw this.#fault;
  }

  /** Everything added is written, and how much that is. @throws DiskFault */
  async settle(): Promise<{ bytes: number; sha256: string }> {
    const reached = { bytes: this.tally.bytes, sha256: this.tally.soFar() };
    await this.flush();
    await Promise.all(this.#writes);
    if (this.#fault) throw this.#fault;
    return reached;
  }

  /** No write is under way any more, whatever came of it. */
  async rest(): Promise<void> {
    await Promise.all(this.#writes);
  }
}

/** Files by number, and the work on them. */
export class Files {
  readonly #answers: Answers;
  readonly #post: (message: FromThread) => void;
  readonly #files = new Map<number, StoredFile>();
  readonly #running = new Map<number, { stopped: boolean }>();

  constructor(answers: Answers, post: (message: FromThread) => void) {
    this.#answers = answers;
    this.#post = post;
  }

  open(file: number, fd: number, algorithms: string[]): void {
    this.#files.set(file, new StoredFile(fd, algorithms));
  }

  close(file: number): void {
    this.#files.delete(file);
  }

  stop(job: number): void {
    const running = this.#running.get(job);
    if (running) running.stopped = true;
  }

  #get(file: number): StoredFile {
    const found = this.#files.get(file);
    if (!found) throw new Error("The file is closed.");
    return found;
  }

  async read({ file, job, upto, from }: Extract<ToThread, { type: "read" }>): Promise<Reached> {
    const stored = this.#get(file);
    const running = { stopped: false };
    this.#running.set(job, running);
    try {
      const buffer = Buffer.allocUnsafe(STEP);
      while (stored.tally.bytes < upto) {
        if (running.stopped) throw Object.assign(new Error("Reading was stopped."), { code: "ABORT_ERR" });
        const length = Math.min(STEP, upto - stored.tally.bytes);
        const bytes = await readSome(from ?? stored.fd, buffer, length, stored.tally.bytes);
        if (bytes.length === 0) break;
        if (from === undefined) stored.pass(bytes);
        else {
          stored.add({ bytes, release: () => undefined });
          await stored.settle();
        }
      }
    } finally {
      this.#running.delete(job);
    }
    return { bytes: stored.tally.bytes, sha256: stored.tally.soFar(), wire: 0 };
  }

  async write(file: number, bytes: Uint8Array): Promise<Reached> {
    const stored = this.#get(file);
    stored.add({ bytes, release: () => undefined });
    return { ...(await stored.settle()), wire: 0 };
  }

  async digests(file: number): Promise<PlainDigests> {
    return await Promise.resolve(this.#get(file).tally.digests());
  }

  async receive({ file, job, answer, every, most }: Extract<ToThread, { type: "receive" }>): Promise<Received> {
    const stored = this.#get(file);
    const body = this.#answers.get(answer);
    const timer = setInterval(() => void tell(), Math.max(1, every));
    let told = stored.tally.bytes;
    let telling = false;
    const tell = async (): Promise<void> => {
      const { wire } = body;
      if (telling || stored.tally.bytes === told) return;
      telling = true;
      try {
        const reached = await stored.settle();
        told = reached.bytes;
        this.#post({ type: "progress", job, ...reached, wire });
      } catch {
        body.destroy();
      } finally {
        telling = false;
      }
    };
    let end: Partial<Received>;
    try {
      end = await this.#pump(body, stored, every, most);
    } catch (error) {
      end = { error: toPlain(error) };
    } finally {
      clearInterval(timer);
    }
    if (end.error || end.tooLong !== undefined) body.destroy();
    else this.#answers.forget(answer);
    try {
      return { ...(await stored.settle()), wire: body.wire, ...end };
    } finally {
      await stored.rest();
    }
  }

  async #pump(body: Answer, stored: StoredFile, every: number, most = Infinity): Promise<{ tooLong?: number }> {
    for (;;) {
      const piece = await body.next(SLAB_BYTES, Math.max(1, every));
      if (!piece) return {};
      const reached = stored.tally.bytes + piece.bytes.length;
      if (reached > most) {
        piece.release();
        return { tooLong: reached };
      }
      stored.add(piece);
      if (stored.waiting >= BATCH_BYTES || performance.now() - stored.written >= every) await stored.flush();
    }
  }
}

async function readSome(fd: number, buffer: Buffer, length: number, at: number): Promise<Buffer> {
  try {
    const { bytesRead } = await readAt(fd, buffer, 0, length, at);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw DiskFault.of(error);
  }
}

/** Writes all of it at `position`. */
async function writeAll(fd: number, buffers: Uint8Array[], position: number): Promise<void> {
  let left = buffers;
  let at = position;
  while (left.length > 0) {
    const written = await new Promise<number>((resolve, reject) => {
      writev(fd, left, at, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });
    at += written;
    left = after(left, written);
  }
}

/** What is left of `buffers` behind the first `length` bytes. */
function after(buffers: Uint8Array[], length: number): Uint8Array[] {
  let skip = length;
  return buffers.flatMap((buffer) => {
    const gone = Math.min(skip, buffer.length);
    skip -= gone;
    return gone === buffer.length ? [] : [buffer.subarray(gone)];
  });
}
