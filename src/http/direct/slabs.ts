/** Large buffers that are used again and again, so that receiving makes no garbage. */

/** Bytes of one. */
export const SLAB_BYTES = 512 * 1024;
/** Kept while others are in use: new ones made in their place would be garbage quicker than it is collected. */
const MOST_FREE = 64;
/** Kept when none is in use. */
const FREE_AT_REST = 4;

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
    if (this.#users > 0) return;
    inUse -= 1;
    if (free.length < MOST_FREE) free.push(this);
    if (inUse === 0) free.length = Math.min(free.length, FREE_AT_REST);
  }
}

const free: Slab[] = [];
let inUse = 0;

/** A slab with one user. */
export function takeSlab(): Slab {
  inUse += 1;
  return (free.pop() ?? new Slab()).hold();
}
