/** Large buffers that are used again and again, so that receiving makes no garbage. */

/** Bytes of one. */
export const SLAB_BYTES = 512 * 1024;
/** Kept for later when nobody uses them. */
const MOST_FREE = 8;

export class Slab {
  /** Not from Node's pool, and never moved to another thread. */
  readonly bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #users = 0;

  hold(): this {
    this.#users += 1;
    return this;
  }

  /** The last one to let go gives it back. */
  release(): void {
    this.#users -= 1;
    if (this.#users === 0 && free.length < MOST_FREE) free.push(this);
  }
}

const free: Slab[] = [];

/** A slab with one user. */
export function takeSlab(): Slab {
  return (free.pop() ?? new Slab()).hold();
}
