/** A file that the transfer thread writes and hashes. The thread uses the descriptor; opening and closing stay here. */
import type { Digests } from "../download/tally.js";
import { crashed } from "./crash.js";
import { fromPlain } from "./plain-error.js";
import type { FarBody } from "./far-body.js";
import type { PlainDigests, Placed, Reached, Received, ToThread } from "./messages.js";
import { Thread, newNumber, type JobOptions } from "./thread.js";

export interface ReceiveOptions {
  /** How often it is told how far it is, in ms. */
  every: number;
  /** The file may not have more bytes. */
  most: number | undefined;
  progress: (reached: Reached) => void;
}

export interface ReceiveResult extends Reached {
  error?: Error;
  /** The body brought more than `most`: that many, at least. */
  tooLong: number | undefined;
}

export class FarFile {
  readonly #thread = Thread.get();
  readonly #number = newNumber();

  /**
   * @param fd stays open until `close`, and no job may be under way then
   * @param algorithms digests to compute besides SHA-256
   */
  constructor(fd: number, algorithms: string[]) {
    this.#thread.use(this);
    this.#thread.post({ type: "open", file: this.#number, fd, algorithms });
  }

  /**
   * Hashes what lies on disk, on from where it is, up to `upto` bytes or the end.
   * @param from descriptor of another file that is copied to this one instead
   * @throws DiskFault; code ABORT_ERR; the crash
   */
  async read(upto: number, signal: AbortSignal, from?: number): Promise<Reached> {
    return await this.#do({ type: "read", file: this.#number, job: newNumber(), upto, from }, { signal });
  }

  /** Hashes the bytes and writes them after those before. */
  async write(bytes: Buffer): Promise<Reached> {
    return await this.#do({ type: "write", file: this.#number, job: newNumber(), bytes });
  }

  /**
   * Hashes and writes the rest of a body. What came before a break is written too.
   * @throws DiskFault; the crash
   */
  async receive(body: FarBody, { every, most, progress }: ReceiveOptions): Promise<ReceiveResult> {
    this.#meet(body);
    const received = await this.#do<Received>(
      { type: "receive", file: this.#number, job: newNumber(), answer: body.answer, every, most },
      { progress },
    );
    const { bytes, sha256, wire, tooLong, error } = received;
    if (!error && tooLong === undefined) body.finished();
    return { bytes, sha256, wire, tooLong, ...(error ? { error: fromPlain(error) } : {}) };
  }

  /**
   * Writes the next `length` bytes of a body from `at` on, not hashed: `read` does that later. What came before a break
   * is written too.
   * @param ends the body has no more than these
   * @param placed told about every `every` ms how many there are
   * @throws DiskFault; the crash
   */
  async place(
    body: FarBody,
    where: { at: number; length: number; ends: boolean },
    every: number,
    placed: (bytes: number) => void,
  ): Promise<{ bytes: number; error?: Error }> {
    this.#meet(body);
    const { bytes, error } = await this.#do<Placed>(
      { type: "place", file: this.#number, job: newNumber(), answer: body.answer, every, ...where },
      { placed },
    );
    if (!error && where.ends) body.finished();
    return { bytes, ...(error ? { error: fromPlain(error) } : {}) };
  }

  /** One that crashed while nothing was asked of it is noticed here: the body is in its successor. */
  #meet(body: FarBody): void {
    if (body.thread !== this.#thread) throw crashed("it ended unnoticed");
  }

  /** Digests of everything so far; more may follow. */
  async digests(): Promise<Digests> {
    const { bytes, sha256, all } = await this.#do<PlainDigests>({
      type: "digests",
      file: this.#number,
      job: newNumber(),
    });
    return { bytes, sha256, all: new Map([...all].map(([algorithm, digest]) => [algorithm, Buffer.from(digest)])) };
  }

  /** The descriptor is used no more. */
  close(): void {
    try {
      this.#thread.post({ type: "close", file: this.#number });
    } catch {
      // It went with the thread.
    }
    this.#thread.leave(this);
  }

  async #do<T>(message: ToThread & { job: number }, options: JobOptions = {}): Promise<T> {
    return await this.#thread.do<T>(message, options);
  }
}
