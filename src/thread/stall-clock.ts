/** Ends a body that brings less than 1 KiB in the time allowed. */
import type { Piece, Source } from "./source.js";

const PROGRESS_BYTES = 1024;

/** The name of the error by which a stalled body ends. */
export const STALL = "Stall";

class Stall extends Error {
  override readonly name = STALL;
}

/** Only waiting for the server counts; while the disk is busy, or nobody reads, the clock stands still. */
export class StallClock {
  readonly #source: Source;
  readonly #ms: number;
  #left: number;
  #got = 0;

  /**
   * @param ms time allowed for 1 KiB; 0 = any
   * @param since when the clock started (performance.now()), for the first KiB
   */
  constructor(source: Source, ms: number, since: number) {
    this.#source = source;
    this.#ms = ms;
    this.#left = since + ms - performance.now();
  }

  /** As the source's `next`. */
  async next(least?: number, ms?: number): Promise<Piece | undefined> {
    const asked = performance.now();
    const timer =
      this.#ms > 0 ? setTimeout(() => this.#source.destroy(new Stall()), Math.max(0, this.#left)) : undefined;
    let piece: Piece | undefined;
    try {
      piece = await this.#source.next(least, ms);
    } finally {
      clearTimeout(timer);
    }
    this.#left -= performance.now() - asked;
    this.#got += piece?.bytes.length ?? 0;
    if (this.#got >= PROGRESS_BYTES) {
      this.#got = 0;
      this.#left = this.#ms;
    }
    return piece;
  }
}
