/** The cyclic checksums object stores send, computed as bytes pass: CRC-32C and CRC-64/NVME by table. */

/** Reflected polynomial of CRC-32C (Castagnoli). */
const CRC32C = 0x82f63b78;
/** Reflected polynomial of CRC-64/NVME, high and low half. */
const CRC64_HIGH = 0x9a6c9329;
const CRC64_LOW = 0xac4bc9b5;

let table32: Uint32Array | undefined;

function castagnoli(): Uint32Array {
  if (table32) return table32;
  table32 = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let value = n;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ CRC32C : value >>> 1;
    table32[n] = value >>> 0;
  }
  return table32;
}

/** Continues a CRC-32C. @param crc the value so far, 0 at the start */
export function crc32c(chunk: Uint8Array, crc: number): number {
  const table = castagnoli();
  let value = ~crc;
  for (const byte of chunk) value = (table[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

let table64: { high: Uint32Array; low: Uint32Array } | undefined;

function nvme(): { high: Uint32Array; low: Uint32Array } {
  if (table64) return table64;
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let h = 0;
    let l = n;
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = l & 1;
      l = (l >>> 1) | ((h & 1) << 31);
      h >>>= 1;
      if (odd) {
        h ^= CRC64_HIGH;
        l ^= CRC64_LOW;
      }
    }
    high[n] = h >>> 0;
    low[n] = l >>> 0;
  }
  table64 = { high, low };
  return table64;
}

export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(chunk: Uint8Array): void {
    const { high, low } = nvme();
    let h = this.#high;
    let l = this.#low;
    for (const byte of chunk) {
      const at = (l ^ byte) & 255;
      l = ((l >>> 8) | (h << 24)) ^ (low[at] ?? 0);
      h = (h >>> 8) ^ (high[at] ?? 0);
    }
    this.#high = h;
    this.#low = l;
  }

  /** Eight bytes, the highest first. */
  soFar(): Buffer {
    const out = Buffer.alloc(8);
    out.writeUInt32BE(~this.#high >>> 0, 0);
    out.writeUInt32BE(~this.#low >>> 0, 4);
    return out;
  }
}
