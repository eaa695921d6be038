/** One file by several requests at once: blocks of it, each asked for by range and only of the version that was begun. */
import { EoError } from "../errors.js";
import { safeUrl } from "../http/origins.js";
import { isCrash } from "../thread/crash.js";
import type { FarBody } from "../thread/far-body.js";
import { openFile, type AskSetup, type Asked, type Product } from "./ask.js";
import { Incoming } from "./incoming.js";
import type { Part } from "./part.js";
import { ignoresRange, noteIgnoresRange } from "./range-memory.js";
import { mayPass } from "./repeats.js";
import { contentRange, isSameVersion, rangeHeaders, type Validator } from "./validator.js";

const MIB = 1024 * 1024;
/** Blocks are neither so small that requests cost more than bytes, nor so large that much is lost when one breaks. */
const LEAST_BLOCK = MIB;
const LARGEST_BLOCK = 32 * MIB;
/** Blocks for each request at a time, so that none is left waiting for a slow one for long. */
const ROUNDS = 4;

/** Another version of the file lies there now. */
export class ChangedMeanwhile extends EoError {}

export interface SegmentsSetup extends Pick<AskSetup, "door" | "what" | "stallMs" | "signal"> {
  asked: Asked;
  validator: Validator;
  total: number;
  /** Requests at once. */
  lanes: number;
  part: Part;
  /** More bytes are on disk; rejects to end it all. */
  moved: (bytes: number) => Promise<void>;
}

/** What the requests of a file need, when the file can and should be split; undefined where one request has to do. */
export function segmentsOf(
  setup: Pick<SegmentsSetup, "door" | "what" | "stallMs" | "signal" | "part" | "moved">,
  product: Product,
  lanes: number,
): SegmentsSetup | undefined {
  const { validator, total } = product.facts;
  const { asked, incoming, answer } = product;
  // Only an entity tag can be asked for by If-Match, which every server that takes ranges seems to know.
  if (lanes < 2 || validator?.etag === undefined || total === undefined || incoming.encoded) return undefined;
  if (total - setup.part.position < 2 * LEAST_BLOCK || ignoresRange(answer.url)) return undefined;
  return { ...setup, asked, validator, total, lanes };
}

interface Block {
  from: number;
  to: number;
}

/** Why a lane cannot go on, while others may. */
type Left = Error;

/** A body, and who knows its answer. */
interface Stream {
  incoming: Incoming;
  body: FarBody;
}

/**
 * Receives what `part` lacks.
 * @param first what is being received; it goes on from the end of the part
 * @returns true when all has come; false when the first one has to bring the rest alone
 * @throws EoError as the download of a file in one piece; ChangedMeanwhile
 */
export async function receiveSegments(setup: SegmentsSetup, first: Stream): Promise<boolean> {
  return await new Segments(setup).run(first);
}

class Segments {
  readonly #setup: SegmentsSetup;
  readonly #ends = new AbortController();
  readonly #signal: AbortSignal;
  /** Not yet begun, in order. */
  #blocks: Block[] = [];
  /** On disk, by where they begin. */
  readonly #placed = new Map<number, number>();
  #ranges = true;
  /** Lanes that are at a block, and those that wait for one. */
  #working = 0;
  readonly #waiting: (() => void)[] = [];
  #failure: Error | undefined;
  #advancing: Promise<void> = Promise.resolve();

  constructor(setup: SegmentsSetup) {
    this.#setup = setup;
    this.#signal = AbortSignal.any([setup.signal, this.#ends.signal]);
    const { part, total, lanes } = setup;
    const fair = Math.ceil((total - part.position) / (lanes * ROUNDS) / MIB) * MIB;
    const size = Math.min(LARGEST_BLOCK, Math.max(LEAST_BLOCK, fair));
    for (let from = part.position; from < total; from += size) {
      this.#blocks.push({ from, to: Math.min(total, from + size) });
    }
  }

  async run(first: Stream): Promise<boolean> {
    const { lanes, part, total } = this.#setup;
    const block = this.#blocks.shift();
    if (!block) return false;
    const left: Left[] = [];
    // The first one counts as working before the others look for blocks.
    const all = [this.#begin(first, block), ...Array.from({ length: lanes - 1 }, () => this.#lane())];
    await Promise.all(
      all.map(async (lane) => {
        try {
          const why = await lane;
          if (why !== undefined) left.push(why);
        } catch (error) {
          this.#fail(error);
        }
      }),
    );
    // What is there in one piece is kept, whatever happened.
    this.#goOn();
    await this.#advancing;
    if (this.#failure) throw this.#failure;
    if (part.position >= total) return true;
    if (!this.#ranges && part.position === block.to) return false;
    throw left[0] ?? this.#broken("the rest could not be had by range");
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#ends.abort();
  }

  /** What is being received brings the first block; then this lane is one like the others. */
  async #begin(first: Stream, block: Block): Promise<Left | undefined> {
    const why = await this.#tried(block, () => this.#place(first, block, false));
    if (why !== undefined) return why;
    if (!this.#ranges) return undefined;
    first.body.destroy();
    return await this.#lane();
  }

  /** One request after the other. @returns why it does no more, undefined when nothing is left */
  async #lane(): Promise<Left | undefined> {
    for (;;) {
      const block = await this.#next();
      if (!block) return undefined;
      const why = await this.#tried(block, async () => {
        const stream = await this.#open(block);
        if (stream) return void (await this.#place(stream, block, true));
        this.#ranges = false;
        this.#giveBack(block);
        return undefined;
      });
      if (why !== undefined) return why;
    }
  }

  /** The next block; while others are at theirs, one may come back. */
  async #next(): Promise<Block | undefined> {
    for (;;) {
      if (!this.#ranges || this.#signal.aborted) return undefined;
      const block = this.#blocks.shift();
      if (block || this.#working === 0) return block;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** One lane less, where that may pass: the others take its block. */
  async #tried(block: Block, work: () => Promise<void>): Promise<Left | undefined> {
    this.#working += 1;
    try {
      await work();
      return undefined;
    } catch (error) {
      this.#giveBack(block);
      if (error instanceof Error && mayPass(error) && !this.#signal.aborted) return error;
      // Before the lanes that wait look again.
      this.#fail(error);
      throw error;
    } finally {
      this.#working -= 1;
      for (const go of this.#waiting.splice(0)) go();
    }
  }

  #giveBack(block: Block): void {
    if (block.from >= block.to) return;
    this.#blocks.push(block);
    this.#blocks.sort((a, b) => a.from - b.from);
  }

  /** The body of exactly this block, of the right version; undefined where the server does not give ranges. */
  async #open({ from, to }: Block): Promise<Stream | undefined> {
    const { door, what, asked, validator, total } = this.#setup;
    const answer = await openFile(
      { ...this.#setup, signal: this.#signal },
      asked,
      rangeHeaders(validator, from, to - 1),
    );
    const url = safeUrl(answer.url);
    if (answer.status === 412) {
      answer.body.destroy();
      throw this.#changed(url, answer.status);
    }
    if (answer.status === 206 || answer.status === 200) {
      const range = contentRange(answer.headers);
      const same = isSameVersion(validator, answer.headers);
      const fits = range?.first === from && range.last === to - 1 && range.total === total;
      if (answer.status === 206 && same && fits) {
        const incoming = new Incoming(answer, { ...this.#setup, expected: to - from });
        const { rest } = incoming.handOver();
        if (!incoming.encoded && rest) return { incoming, body: rest };
      }
      answer.body.destroy();
      if (!same) throw this.#changed(url, answer.status);
      if (answer.status === 200) noteIgnoresRange(answer.url);
      return undefined;
    }
    if (answer.status === 416) {
      answer.body.destroy();
      return undefined;
    }
    throw await door.errorOf(answer, what);
  }

  #changed(url: string, status: number): ChangedMeanwhile {
    return new ChangedMeanwhile(
      "CHANGED",
      `${this.#setup.what} failed: the file at ${url} was replaced while it was fetched. Try again.`,
      { url, status },
    );
  }

  #broken(why: string): EoError {
    const url = safeUrl(this.#setup.asked.url);
    return new EoError("NETWORK", `${this.#setup.what} failed: ${url}: ${why}. Try again.`, { url, message: why });
  }

  /** Writes the block; `block.from` moves to what is still missing of it. */
  async #place({ incoming, body }: Stream, block: Block, ends: boolean): Promise<void> {
    const { part, moved } = this.#setup;
    const { from: at, to } = block;
    let told = 0;
    let failure: unknown;
    const tell = (bytes: number): void => {
      const more = bytes - told;
      told = bytes;
      this.#placed.set(at, at + bytes);
      this.#goOn();
      moved(more).catch((error: unknown) => {
        failure ??= error;
        body.destroy();
      });
    };
    const { bytes, error } = await part.place(body, { at, length: to - at, ends }, tell);
    tell(bytes);
    block.from = at + bytes;
    if (failure instanceof Error) throw failure;
    if (error || bytes < to - at) incoming.handedBack(bytes, error ?? new Error("It ended too early."));
  }

  // ---- the hash, in order ----

  /** Hashes what is there in one piece, while more comes. One after the other: there is one hash. */
  #goOn(): void {
    this.#advancing = this.#advancing.then(async () => {
      const { part, signal } = this.#setup;
      try {
        const upto = this.#front();
        if (!isCrash(this.#failure)) await part.advance(upto, signal);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** Where the first gap is. */
  #front(): number {
    let { position } = this.#setup.part;
    for (const [from, to] of [...this.#placed].sort(([a], [b]) => a - b)) {
      if (from <= position && to > position) position = to;
    }
    return position;
  }
}
