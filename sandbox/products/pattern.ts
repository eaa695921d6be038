/** Filling bytes: no two places of one pattern look alike, and any place can be made at once. */
import { createHash } from "node:crypto";
import type { Content } from "../core/content.js";

const BLOCK = 64 * 1024;
const STAMP = 16;

const bases = new Map<string, Buffer>();

/** One block of noise for a seed, kept for the next time. */
function baseOf(seed: string): Buffer {
  const known = bases.get(seed);
  if (known) return known;
  if (bases.size > 256) bases.clear();
  const base = Buffer.alloc(BLOCK);
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0) | 1;
  for (let at = 0; at < BLOCK; at += 4) {
    // xorshift32: quick, and good enough to be incompressible.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    base.writeInt32LE(state | 0, at);
  }
  bases.set(seed, base);
  return base;
}

/** `size` bytes that depend on the seed; each block of 64 KiB begins with its own number. */
export function patternContent(seed: string, size: number): Content {
  const base = baseOf(seed);
  return {
    size,
    read(offset, length) {
      const out = Buffer.allocUnsafe(length);
      let written = 0;
      while (written < length) {
        const at = offset + written;
        const block = Math.floor(at / BLOCK);
        const inside = at - block * BLOCK;
        const count = Math.min(BLOCK - inside, length - written);
        base.copy(out, written, inside, inside + count);
        if (inside < STAMP) {
          const stamp = Buffer.alloc(STAMP);
          stamp.writeBigUInt64BE(BigInt(block), 0);
          base.copy(stamp, 8, 8, STAMP);
          stamp.copy(out, written, inside, Math.min(STAMP, inside + count));
        }
        written += count;
      }
      return out;
    },
  };
}
