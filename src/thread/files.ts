/** Files written and hashed in the transfer thread, through descriptors the main thread opens and closes. */
import { fdatasync, read, writev } from "node:fs";
import { promisify } from "node:util";
import { Tally } from "../download/tally.js";
import { SLAB_BYTES } from "../http/direct/slabs.js";
import type { Answer, Answers } from "./answers.js";
import type { FromThread, Placed, PlainDigests, Reached, Received, ToThread } from "./messages.js";
import { DiskFault, toPlain, type PlainError } from "./plain-error.js";
import type { Piece } from "./source.js";

const STEP = 1024 * 1024;
/** Written at once, at least, while bytes come quickly. */
const BATCH_BYTES = SLAB_BYTES;
/** Writes under way for one file: more would only fill the memory. */
const MOST_WRITES = 2;
/** So many bytes are sent on to the disk while others come: else all of them would have to wait for it at the end. */
const SYNC_BYTES = 32 * 1024 * 1024;
/** How long to wait for a full buffer, in ms: what comes slowly is to be written when it is told how far a file is. */
const patience = (every: number): number => Math.max(1, every / 4);
/** The file a sync is under way for: one in the process, as each takes one of the few threads there are for files. */
let syncing: Promise<void> | undefined;
/** A file system that has no such call loses nothing by that. */
const CANNOT_SYNC: ReadonlySet<string> = new Set(["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"]);
const readAt = promisify(read);

/** Writes what is added in batches, one behind the other. */
class Writer {
  readonly #fd: number;
  #batch: Piece[] = [];
  /** Bytes that wait for the next batch. */
  waiting = 0;
  /** Where the next batch goes. */
  position: number;
  readonly #writes = new Set<Promise<void>>();
  #fault: DiskFault | undefined;
  /** performance.now() of the last write. */
  written = 0;
  #unsynced = 0;
  #sync: Promise<void> | undefined;

  constructor(fd: number, position: number) {
    this.#fd = fd;
    this.position = position;
  }

  add(piece: Piece): void {
    this.#batch.push(piece);
    this.waiting += piece.bytes.length;
  }

  /** Starts to write what waits; resolves when not too many writes are under way. @throws DiskFault */
  async flush(): Promise<void> {
    this.written = performance.now();
    if (this.waiting > 0) {
      const batch = this.#batch;
      const at = this.position;
      this.position += this.waiting;
      this.#batch = [];
      this.waiting = 0;
      const bytes = batch.map((piece) => piece.bytes);
      const write = writeAll(this.#fd, bytes, at)
        .catch((error: unknown) => {
          this.#fault ??= DiskFault.of(error);
        })
        .finally(() => {
          for (const piece of batch) piece.release();
          this.#writes.delete(write);
          this.#sendOn();
        });
      this.#unsynced += bytes.reduce((sum, one) => sum + one.length, 0);
      this.#writes.add(write);
    }
    while (this.#writes.size >= MOST_WRITES) await Promise.race(this.#writes);
    if (this.#fault) throw this.#fault;
  }

  /** A batch is full, or the last one was long ago. */
  isDue(every: number): boolean {
    return this.waiting >= BATCH_BYTES || performance.now() - this.written >= every;
  }

  /** Everything added is written. @throws DiskFault */
  async settle(): Promise<void> {
    await this.flush();
    await Promise.all(this.#writes);
    if (this.#fault) throw this.#fault;
  }

  /** Everything added is written, and what was sent on to the disk has arrived. @throws DiskFault */
  async end(): Promise<void> {
    await this.settle();
    await this.#sync;
    if (this.#fault) throw this.#fault;
  }

  /**
   * Only to have less to wait for: the file is synced by whoever gives it its name. But a system tells of bytes that it
   * lost once for a descriptor, so it is not overheard here.
   */
  #sendOn(): void {
    if (syncing || this.#unsynced < SYNC_BYTES) return;
    this.#unsynced = 0;
    this.#sync = syncing = new Promise((resolve) => {
      fdatasync(this.#fd, (error) => {
        syncing = undefined;
        if (error && !CANNOT_SYNC.has(error.code ?? "")) this.#fault ??= DiskFault.of(error);
        resolve();
      });
    });
  }

  /** Nothing is under way for the descriptor any more, whatever came of it. */
  async rest(): Promise<void> {
    await Promise.all(this.#writes);
    await this.#sync;
  }
}

class StoredFile {
  readonly fd: number;
  readonly tally: Tally;
  readonly writer: Writer;

  constructor(fd: number, algorithms: string[]) {
    this.fd = fd;
    this.tally = new Tally(algorithms);
    this.writer = new Writer(fd, 0);
  }

  /** Hashes bytes that lie in the file already. */
  pass(bytes: Uint8Array): void {
    this.tally.add(bytes);
    this.writer.position += bytes.length;
  }

  /** Hashes bytes; they are written with the next batch. */
  add(piece: Piece): void {
    this.tally.add(piece.bytes);
    this.writer.add(piece);
  }

  /** Everything added is written, and how much that is. @throws DiskFault */
  async settle(): Promise<{ bytes: number; sha256: string }> {
    const reached = { bytes: this.tally.bytes, sha256: this.tally.soFar() };
    await this.writer.settle();
    return reached;
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
      const reached = await stored.settle();
      await stored.writer.end();
      return { ...reached, wire: body.wire, ...end };
    } finally {
      await stored.writer.rest();
    }
  }

  async place({ file, job, answer, every, at, length, ends }: Extract<ToThread, { type: "place" }>): Promise<Placed> {
    const writer = new Writer(this.#get(file).fd, at);
    const body = this.#answers.get(answer);
    let got = 0;
    let told = 0;
    let telling = false;
    const tell = async (): Promise<void> => {
      if (telling || got === told) return;
      telling = true;
      try {
        const bytes = got;
        await writer.settle();
        told = bytes;
        this.#post({ type: "placed", job, bytes });
      } catch {
        body.destroy();
      } finally {
        telling = false;
      }
    };
    const timer = setInterval(() => void tell(), Math.max(1, every));
    let error: PlainError | undefined;
    try {
      while (got < length) {
        const piece = await body.next(SLAB_BYTES, patience(every), length - got);
        if (!piece) break;
        got += piece.bytes.length;
        writer.add(piece);
        if (writer.isDue(every)) await writer.flush();
      }
      if (ends && got === length && (await body.next())) throw new Error("More came than was asked for.");
    } catch (thrown) {
      error = toPlain(thrown);
    } finally {
      clearInterval(timer);
    }
    if (error) body.destroy();
    else if (ends || got < length) this.#answers.forget(answer);
    try {
      await writer.end();
      return { bytes: got, ...(error ? { error } : {}) };
    } finally {
      await writer.rest();
    }
  }

  async #pump(body: Answer, stored: StoredFile, every: number, most = Infinity): Promise<{ tooLong?: number }> {
    for (;;) {
      const piece = await body.next(SLAB_BYTES, patience(every));
      if (!piece) return {};
      const reached = stored.tally.bytes + piece.bytes.length;
      if (reached > most) {
        piece.release();
        return { tooLong: reached };
      }
      stored.add(piece);
      if (stored.writer.isDue(every)) await stored.writer.flush();
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
