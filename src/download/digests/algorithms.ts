/** Every digest a file can be held against, by one name each, computed while its bytes pass. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Crc64, crc32c } from "./crc.js";
import { blake2b, blake2s, blake3 } from "./slow-hashes.js";

export interface Digester {
  update(chunk: Uint8Array): unknown;
  /** Of everything so far; more may follow. */
  soFar(): Buffer;
}

/** Names as in the multihash table, and the checksums of object stores. */
const NATIVE: Record<string, string> = {
  md5: "md5",
  sha1: "sha1",
  "sha2-224": "sha224",
  "sha2-256": "sha256",
  "sha2-384": "sha384",
  "sha2-512": "sha512",
  "sha2-512-224": "sha512-224",
  "sha2-512-256": "sha512-256",
  "sha3-224": "sha3-224",
  "sha3-256": "sha3-256",
  "sha3-384": "sha3-384",
  "sha3-512": "sha3-512",
  "blake2b-512": "blake2b512",
  "blake2s-256": "blake2s256",
};

/** Full length in bytes of every digest with a fixed length; the order is that in which a wrong label is tried. */
const LENGTHS: Record<string, number> = {
  md5: 16,
  sha1: 20,
  "sha2-256": 32,
  "sha3-256": 32,
  "sha2-224": 28,
  "sha3-224": 28,
  "sha2-384": 48,
  "sha3-384": 48,
  "sha2-512": 64,
  "sha3-512": 64,
  "sha2-512-224": 28,
  "sha2-512-256": 32,
  "dbl-sha2-256": 32,
  blake3: 32,
  "blake2b-128": 16,
  "blake2b-160": 20,
  "blake2b-224": 28,
  "blake2b-256": 32,
  "blake2b-384": 48,
  "blake2b-512": 64,
  "blake2s-128": 16,
  "blake2s-160": 20,
  "blake2s-224": 28,
  "blake2s-256": 32,
};

/** Longest content an `identity` digest is compared with. */
const LONGEST_IDENTITY = 1024;

/** Collects the content itself, as far as it could be an identity digest. */
class Identity implements Digester {
  #bytes = Buffer.alloc(0);
  update(chunk: Uint8Array): void {
    if (this.#bytes.length <= LONGEST_IDENTITY) {
      this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, LONGEST_IDENTITY + 1)]);
    }
  }
  soFar(): Buffer {
    return this.#bytes;
  }
}

class Crc implements Digester {
  #crc = 0;
  readonly #step: (chunk: Uint8Array, crc: number) => number;
  constructor(step: (chunk: Uint8Array, crc: number) => number) {
    this.#step = step;
  }
  update(chunk: Uint8Array): void {
    this.#crc = this.#step(chunk, this.#crc);
  }
  soFar(): Buffer {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(this.#crc >>> 0);
    return out;
  }
}

function nativeDigester(name: string): Digester {
  const hash = createHash(name);
  return { update: (chunk) => hash.update(chunk), soFar: () => hash.copy().digest() };
}

interface SlowHash {
  update(chunk: Uint8Array): unknown;
  clone(): SlowHash;
  digest(): Uint8Array;
}

function slowDigester(hash: SlowHash): Digester {
  return { update: (chunk) => hash.update(chunk), soFar: () => Buffer.from(hash.clone().digest()) };
}

/** A digester for an algorithm's name; undefined when it is not known here. */
export function digesterFor(algorithm: string): Digester | undefined {
  const native = Object.hasOwn(NATIVE, algorithm) ? NATIVE[algorithm] : undefined;
  if (native !== undefined) return nativeDigester(native);
  const blake = /^blake2([bs])-(\d+)$/.exec(algorithm);
  if (blake) {
    const bytes = Number(blake[2]) / 8;
    const most = blake[1] === "b" ? 64 : 32;
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > most) return undefined;
    return slowDigester((blake[1] === "b" ? blake2b : blake2s).create({ dkLen: bytes }));
  }
  switch (algorithm) {
    case "blake3":
      return slowDigester(blake3.create({}));
    case "dbl-sha2-256": {
      const inner = nativeDigester("sha256");
      return {
        update: (chunk) => inner.update(chunk),
        soFar: () => createHash("sha256").update(inner.soFar()).digest(),
      };
    }
    case "identity":
      return new Identity();
    case "crc32":
      return new Crc((chunk, crc) => crc32(chunk, crc));
    case "crc32c":
      return new Crc(crc32c);
    case "crc64nvme":
      return new Crc64();
    default:
      return undefined;
  }
}

/** Length in bytes of a whole digest; undefined for unknown names and for those of any length. */
export function digestLength(algorithm: string): number | undefined {
  if (Object.hasOwn(LENGTHS, algorithm)) return LENGTHS[algorithm];
  const blake = /^blake2[bs]-(\d+)$/.exec(algorithm);
  return blake ? Number(blake[1]) / 8 : undefined;
}

/** The usual digests of exactly this length in bytes. */
export function algorithmsOfLength(bytes: number): string[] {
  return Object.keys(LENGTHS).filter((name) => LENGTHS[name] === bytes);
}
