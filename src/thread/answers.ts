/** Requests and their answers, in the transfer thread. */
import { FileLine } from "../http/direct/file-line.js";
import type { ProxyOptions, TlsOptions } from "../http/dispatcher.js";
import type { Ask, FromThread } from "./messages.js";
import { toPlain } from "./plain-error.js";
import type { Piece, Source } from "./source.js";
import { StallClock } from "./stall-clock.js";

/** Pieces for the main thread are no longer than this. */
const LONGEST = 64 * 1024;

export class Answer {
  readonly #source: Source;
  readonly #clock: StallClock;
  #rest: Piece | undefined;
  /** Bytes of the body that were handed out. */
  wire = 0;

  constructor(source: Source, stallMs: number, since: number) {
    this.#source = source;
    this.#clock = new StallClock(source, stallMs, since);
  }

  /** As the source's `next`, with `most` bytes at most. */
  async next(least?: number, ms?: number, most = Infinity): Promise<Piece | undefined> {
    const piece = this.#rest ?? (await this.#clock.next(least, ms));
    this.#rest = undefined;
    if (!piece || piece.bytes.length <= most) {
      this.wire += piece?.bytes.length ?? 0;
      return piece;
    }
    this.#rest = { bytes: piece.bytes.subarray(most), release: piece.release };
    this.wire += most;
    // A copy: whoever has the rest lets go of what both lie in.
    return { bytes: new Uint8Array(piece.bytes.subarray(0, most)), release: () => undefined };
  }

  /** A copy of the next bytes, `most` at most; undefined at the end. */
  async copy(most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const piece = await this.next(1, Infinity, most);
    if (!piece) return undefined;
    const bytes = new Uint8Array(piece.bytes);
    piece.release();
    return bytes;
  }

  destroy(): void {
    this.#rest?.release();
    this.#rest = undefined;
    this.#source.destroy();
  }

  dump(limit: number, ms: number): void {
    this.#rest?.release();
    this.#rest = undefined;
    this.#source.dump(limit, ms);
  }
}

export class Answers {
  readonly #post: (message: FromThread) => void;
  readonly #lines = new Map<number, FileLine>();
  readonly #waiting = new Map<number, AbortController>();
  readonly #answers = new Map<number, Answer>();

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  addLine(line: number, tls: TlsOptions, proxy: ProxyOptions | undefined): void {
    this.#lines.set(line, new FileLine(tls, proxy));
  }

  async endLine(line: number): Promise<void> {
    const ended = this.#lines.get(line);
    this.#lines.delete(line);
    await ended?.close();
  }

  ask(answer: number, line: number, ask: Ask): void {
    this.#ask(answer, line, ask).catch((error: unknown) => {
      this.#post({ type: "failed", answer, error: toPlain(error) });
    });
  }

  async #ask(answer: number, line: number, ask: Ask): Promise<void> {
    const connections = this.#lines.get(line);
    if (!connections) throw new Error("The account's connections have ended.");
    const controller = new AbortController();
    this.#waiting.set(answer, controller);
    let sentAt = performance.now();
    try {
      const { statusCode, headers, source } = await connections.send({
        url: new URL(ask.url),
        method: ask.method,
        headers: ask.headers,
        body: ask.body,
        signal: controller.signal,
        headTimeout: ask.headTimeout,
        onSent: () => {
          sentAt = performance.now();
          this.#post({ type: "sent", answer });
        },
      });
      this.#answers.set(answer, new Answer(source, ask.stallMs, sentAt));
      this.#post({ type: "head", answer, status: statusCode, headers });
    } finally {
      this.#waiting.delete(answer);
    }
  }

  abort(answer: number): void {
    this.#waiting.get(answer)?.abort();
    this.#answers.get(answer)?.destroy();
    this.#answers.delete(answer);
  }

  dump(answer: number, limit: number, ms: number): void {
    this.#answers.get(answer)?.dump(limit, ms);
    this.#answers.delete(answer);
  }

  /** A copy of the next bytes; undefined at the end. */
  async pull(answer: number): Promise<Uint8Array | undefined> {
    const bytes = await this.get(answer).copy(LONGEST);
    if (!bytes) this.#answers.delete(answer);
    return bytes;
  }

  get(answer: number): Answer {
    const found = this.#answers.get(answer);
    if (!found) throw new Error("The answer has ended.");
    return found;
  }

  /** It was read to its end. */
  forget(answer: number): void {
    this.#answers.delete(answer);
  }
}
