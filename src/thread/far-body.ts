/** The body of an answer the transfer thread has: read here piece by piece, or received there into a file. */
import { Readable } from "node:stream";
import { newNumber, type Thread } from "./thread.js";

export class FarBody extends Readable {
  readonly thread: Thread;
  readonly answer: number;
  #life: AbortSignal | undefined;
  /** Nothing more is expected of it. */
  #over = false;
  /** All of it was read. */
  #ended = false;
  readonly #onEnd = (): void => {
    this.destroy(Object.assign(new Error("The request was cancelled."), { code: "ABORT_ERR" }));
  };

  constructor(thread: Thread, answer: number) {
    super({ highWaterMark: 0 });
    this.thread = thread;
    this.answer = answer;
    // A destroyed body reports itself as broken; whoever reads it gets the error from the read.
    this.on("error", () => undefined);
  }

  /** It ends when `life` fires. */
  endWith(life: AbortSignal): void {
    this.#life = life;
    if (life.aborted) this.#onEnd();
    else life.addEventListener("abort", this.#onEnd, { once: true });
  }

  /** The next bytes; undefined at the end. Not while it is read as a stream. @throws what broke the connection; Stall */
  async next(): Promise<Buffer | undefined> {
    if (this.errored) throw this.errored;
    if (this.#ended) return undefined;
    if (this.#over) throw new Error("The body was given up.");
    try {
      const bytes = await this.thread.do<Uint8Array | undefined>({
        type: "pull",
        answer: this.answer,
        job: newNumber(),
      });
      if (bytes) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.finished();
      return undefined;
    } catch (error) {
      // What ended it says more than what came of that.
      const first = this.errored as Error | null;
      this.fail(error as Error);
      throw first ?? error;
    }
  }

  /** It was read to its end. */
  finished(): void {
    this.#ended = true;
    this.#over = true;
    this.#leave();
  }

  fail(error: Error): void {
    this.#over = true;
    this.#leave();
    this.destroy(error);
  }

  /** Lets a rest of at most `limit` bytes run out within `ms`, so that the connection can serve again. */
  dump(limit: number, ms: number): void {
    if (this.#over || this.destroyed) return;
    this.#over = true;
    this.thread.post({ type: "dump", answer: this.answer, limit, ms });
    this.#leave();
  }

  override _read(): void {
    this.next().then(
      (bytes) => this.push(bytes ?? null),
      () => undefined,
    );
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#over) {
      this.#over = true;
      try {
        this.thread.post({ type: "abort", answer: this.answer });
      } catch {
        // With the thread its connections are gone.
      }
      this.#leave();
    }
    callback(error);
  }

  #leave(): void {
    this.thread.forget(this.answer);
    this.#life?.removeEventListener("abort", this.#onEnd);
  }
}
