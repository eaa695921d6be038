/** An answer's body on its way to the disk: decoded where it must be, counted as sent, looked at before it is used. */
import { pipeline, Readable } from "node:stream";
import { EoError, cancelled } from "../errors.js";
import { decoderFor } from "../http/body.js";
import type { DoorAnswer } from "../http/door.js";
import { safeUrl } from "../http/origins.js";
import { FarBody } from "../thread/far-body.js";
import { STALL } from "../thread/stall-clock.js";
import { enough, LOOK_BYTES } from "./first-bytes.js";

export interface IncomingOptions {
  what: string;
  stallMs: number;
  signal: AbortSignal;
  /** Keep the bytes as sent although a Content-Encoding is named: the file itself is a .gz. */
  keepEncoded?: boolean;
  /** How many bytes are to come, where it is known otherwise than by Content-Length. */
  expected?: number;
}

export class Incoming {
  /** Content-Length: bytes on the wire, undefined when not announced. */
  readonly announced: number | undefined;
  /** The bytes are decoded here, so their number is not the announced one. */
  readonly encoded: boolean;
  /** Bytes on the wire so far. */
  wire = 0;
  readonly #answer: DoorAnswer;
  readonly #body: FarBody;
  readonly #options: IncomingOptions;
  readonly #chunks: AsyncIterator<Buffer>;
  #head: Buffer[] = [];
  #ended = false;

  /** @throws EoError BAD_RESPONSE for an encoding nobody asked for and we do not know */
  constructor(answer: DoorAnswer, options: IncomingOptions) {
    if (!(answer.body instanceof FarBody)) throw new Error("A file came through the main thread.");
    this.#answer = answer;
    this.#body = answer.body;
    this.#options = options;
    const length = answer.headers.get("content-length");
    const chunked = answer.headers.get("transfer-encoding") !== undefined;
    this.announced = length !== undefined && /^\d{1,15}$/.test(length) && !chunked ? Number(length) : options.expected;
    const coding = answer.headers.get("content-encoding");
    const decoder = options.keepEncoded === true ? undefined : decoderFor(coding);
    if (decoder === null) {
      answer.body.destroy();
      throw new EoError(
        "BAD_RESPONSE",
        `${options.what} failed: ${safeUrl(answer.url)} sent the file encoded as ${coding ?? ""}, which was not asked for.`,
        { status: answer.status, url: safeUrl(answer.url) },
      );
    }
    this.encoded = decoder !== undefined;
    const source = this.#counted();
    if (decoder) pipeline(Readable.from(source), decoder, () => undefined);
    this.#chunks = decoder ? (decoder as AsyncIterable<Buffer>)[Symbol.asyncIterator]() : source;
  }

  async *#counted(): AsyncGenerator<Buffer> {
    try {
      for (let chunk = await this.#body.next(); chunk; chunk = await this.#body.next()) {
        this.wire += chunk.length;
        yield chunk;
      }
    } finally {
      this.drop();
    }
  }

  /** The first decoded bytes, enough to tell what they are; they come again when the body is read. */
  async look(): Promise<Buffer> {
    return await this.#readUntil((head) => enough(head));
  }

  /** The whole body, when it is not longer than `limit` bytes. */
  async whole(limit: number = LOOK_BYTES): Promise<Buffer | undefined> {
    const all = await this.#readUntil((head) => head.length > limit);
    return all.length > limit ? undefined : all;
  }

  /** Exactly the first `length` bytes, or all when there are fewer; they do not come again. */
  async take(length: number): Promise<Buffer> {
    const head = await this.#readUntil((read) => read.length >= length);
    this.#head = [head.subarray(length)];
    return head.subarray(0, length);
  }

  async #readUntil(done: (head: Buffer) => boolean): Promise<Buffer> {
    let head = Buffer.concat(this.#head);
    while (!this.#ended && !done(head)) {
      const chunk = await this.#next();
      if (chunk) {
        this.#head.push(chunk);
        head = Buffer.concat(this.#head);
      }
    }
    return head;
  }

  async #next(): Promise<Buffer | undefined> {
    try {
      const next = await this.#chunks.next();
      if (!next.done) return next.value;
      this.#ended = true;
      return undefined;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** What was looked at, and where the rest is: undefined when there is none. Only for a body that is not decoded. */
  handOver(): { head: Buffer; rest: FarBody | undefined } {
    const head = Buffer.concat(this.#head);
    this.#head = [];
    return { head, rest: this.#ended ? undefined : this.#body };
  }

  /** What became of the rest. @throws EoError as reading it here */
  handedBack(wire: number, error: Error | undefined): void {
    this.wire = wire;
    if (error) throw this.#failure(error);
    this.#ended = true;
  }

  /** All of it was received, though not all by this answer. */
  complete(): void {
    this.wire = Math.max(this.wire, this.announced ?? 0);
    this.#ended = true;
  }

  /** Every decoded byte, from the first. @throws EoError NETWORK, STALLED, TRUNCATED, BAD_RESPONSE, CANCELLED */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const head = this.#head;
    this.#head = [];
    try {
      yield* head;
      while (!this.#ended) {
        const chunk = await this.#next();
        if (chunk) yield chunk;
      }
    } finally {
      this.drop();
    }
  }

  /** Ends the connection if the body is not at its end. */
  drop(): void {
    this.#answer.body.destroy();
  }

  /** Fewer bytes than announced: the connection was cut, or the server ended too early. */
  get isShort(): boolean {
    return this.announced !== undefined && this.wire < this.announced;
  }

  short(): EoError {
    const url = safeUrl(this.#answer.url);
    return new EoError(
      "TRUNCATED",
      `${this.#options.what} failed: ${url} announced ${this.announced ?? 0} bytes and sent ${this.wire}. Try again; if it stays so, the server's copy is damaged.`,
      { url, status: this.#answer.status },
    );
  }

  #failure(error: unknown): EoError {
    const { what, signal, stallMs } = this.#options;
    const url = safeUrl(this.#answer.url);
    if (error instanceof EoError) return error;
    if (signal.aborted) return cancelled(what);
    if (error instanceof Error && error.name === STALL) {
      return new EoError(
        "STALLED",
        `${what} stalled: ${url} sent less than 1 KiB in ${stallMs / 1000} s. Try again later, or allow more time.`,
        { url },
      );
    }
    const { code, message } = error as NodeJS.ErrnoException;
    if (this.encoded && (/^(Z_|ERR__ERROR|ERR_BROTLI)/.test(code ?? "") || /unexpected end of file/i.test(message))) {
      if (code === "Z_BUF_ERROR" || /unexpected end of file/i.test(message)) {
        return new EoError("TRUNCATED", `${what} failed: the encoded body from ${url} ends too early. Try again.`, {
          url,
        });
      }
      return new EoError("BAD_RESPONSE", `${what} failed: the encoding of the body from ${url} is broken.`, { url });
    }
    if (this.isShort) return this.short();
    return new EoError(
      "NETWORK",
      `${what} failed: the connection to ${url} broke after ${this.wire} bytes (${code ?? message}). Try again.`,
      {
        url,
        ...(code === undefined ? {} : { code }),
        message,
      },
    );
  }
}
