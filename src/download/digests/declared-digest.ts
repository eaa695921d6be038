/** What a declared checksum says: a multihash, a bare hex digest, or a digest whose algorithm is told beside it. */
import { algorithmsOfLength, digestLength, digesterFor } from "./algorithms.js";

/** One reading of a checksum: this algorithm gives this digest, or begins with it. */
export interface Candidate {
  algorithm: string;
  digest: Buffer;
}

/** Readings in the order they are tried; the first is what the checksum says of itself. */
export type Reading = { candidates: [Candidate, ...Candidate[]] } | { unknown: string };

/** https://github.com/multiformats/multicodec/blob/master/table.csv, tag multihash. */
const CODES = new Map<number, string>([
  [0x00, "identity"],
  [0x11, "sha1"],
  [0x12, "sha2-256"],
  [0x13, "sha2-512"],
  [0x14, "sha3-512"],
  [0x15, "sha3-384"],
  [0x16, "sha3-256"],
  [0x17, "sha3-224"],
  [0x1e, "blake3"],
  [0x20, "sha2-384"],
  [0x56, "dbl-sha2-256"],
  [0xd5, "md5"],
  [0x1013, "sha2-224"],
  [0x1014, "sha2-512-224"],
  [0x1015, "sha2-512-256"],
]);
const BLAKE2B = 0xb200;
const BLAKE2S = 0xb240;

/** Fewer bits than this could agree by chance; such a checksum proves nothing. */
const FEWEST_BYTES = 8;

/** Reads `file:checksum`. Values that are no multihash are taken as the bare digest they may be (facts/peers.md, "Corrections"). */
export function readMultihash(value: string): Reading {
  const labelled = /^([a-z][a-z0-9-]*)[:=]([0-9a-f]+)$/i.exec(value);
  if (labelled) return readNamed(labelled[1] ?? "", labelled[2] ?? "");
  // A leading f is the multibase mark of lower-case hex; then the number of digits is odd.
  const hex = value.length % 2 === 1 && /^f/i.test(value) ? value.slice(1) : value;
  if (hex === "" || hex.length % 2 === 1 || !/^[0-9a-f]+$/i.test(hex)) return { unknown: "it is not written in hex" };
  const bytes = Buffer.from(hex, "hex");
  const candidates: Candidate[] = [];
  const parsed = split(bytes);
  let why = "its form is not known";
  if (parsed) {
    const { code, digest } = parsed;
    const algorithm = nameOf(code);
    const length = algorithm === undefined ? undefined : digestLength(algorithm);
    if (algorithm === undefined) why = `its hash function 0x${code.toString(16)} is not known`;
    else if (digest.length < FEWEST_BYTES && algorithm !== "identity") why = "it is too short to prove anything";
    else if (length === undefined || digest.length <= length) candidates.push({ algorithm, digest });
    // The label is wrong where the digest is longer than the function gives: some producers write MD5 on a SHA3-256.
    if (algorithm !== undefined && digest.length >= FEWEST_BYTES)
      candidates.push(...ofLength(digest, sha3First(algorithm, digest)));
    // Agreement with another function would be chance; disagreement says nothing.
    if (algorithm === undefined && algorithmsOfLength(bytes.length).length === 0) return { unknown: why };
  }
  candidates.push(...ofLength(bytes));
  const seen = new Set<string>();
  const unique = candidates.filter(({ algorithm, digest }) => {
    const key = `${algorithm} ${digest.toString("hex")}`;
    return !seen.has(key) && seen.add(key);
  });
  const [first, ...rest] = unique;
  return first ? { candidates: [first, ...rest] } : { unknown: why };
}

function sha3First(algorithm: string | undefined, digest: Buffer): string[] {
  return algorithm === "md5" && digest.length === 32 ? ["sha3-256"] : [];
}

function ofLength(digest: Buffer, first: string[] = []): Candidate[] {
  return [...first, ...algorithmsOfLength(digest.length)].map((algorithm) => ({ algorithm, digest }));
}

/** A digest in hex or base64 whose algorithm is named beside it, as in OData (`{Algorithm, Value}`). */
export function readNamed(name: string, value: string): Reading {
  const algorithm = algorithmOf(name);
  if (algorithm === undefined) return { unknown: `its algorithm ${name.slice(0, 40)} is not known` };
  const length = digestLength(algorithm);
  const digest = /^([0-9a-f]{2})+$/i.test(value) ? Buffer.from(value, "hex") : Buffer.from(value, "base64");
  if (length === undefined || digest.length !== length) return { unknown: `it is no ${name.slice(0, 40)} digest` };
  return { candidates: [{ algorithm, digest }, ...ofLength(digest).filter((one) => one.algorithm !== algorithm)] };
}

/** Our name for an algorithm as people write it: MD5, SHA-256, sha3_512, BLAKE3. */
export function algorithmOf(name: string): string | undefined {
  const bare = name.toLowerCase().replace(/[-_/ ]/g, "");
  const sha2 = /^sha(?:2)?(224|256|384|512)$/.exec(bare);
  const sha3 = /^sha3(224|256|384|512)$/.exec(bare);
  const blake = /^blake2([bs])(\d{3})?$/.exec(bare);
  const known = sha3
    ? `sha3-${sha3[1] ?? ""}`
    : sha2
      ? `sha2-${sha2[1] ?? ""}`
      : blake
        ? `blake2${blake[1] ?? ""}-${blake[2] ?? (blake[1] === "b" ? "512" : "256")}`
        : bare === "sha" || bare === "sha1"
          ? "sha1"
          : bare;
  return known !== "identity" && digestLength(known) !== undefined && digesterFor(known) !== undefined
    ? known
    : undefined;
}

function nameOf(code: number): string | undefined {
  if (code > BLAKE2B && code <= BLAKE2B + 64) return `blake2b-${(code - BLAKE2B) * 8}`;
  if (code > BLAKE2S && code <= BLAKE2S + 32) return `blake2s-${(code - BLAKE2S) * 8}`;
  return CODES.get(code);
}

/** A multihash in its parts; undefined when these bytes are none. */
function split(bytes: Buffer): { code: number; digest: Buffer } | undefined {
  const code = varint(bytes, 0);
  const length = code && varint(bytes, code.end);
  if (!code || !length || length.value === 0 || bytes.length !== length.end + length.value) return undefined;
  return { code: code.value, digest: bytes.subarray(length.end) };
}

/** An unsigned varint in its shortest form, at most nine bytes and 2^53. */
function varint(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = from; at < Math.min(bytes.length, from + 9); at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * 2 ** (7 * (at - from));
    if (byte < 128) {
      const minimal = byte !== 0 || at === from;
      return minimal && Number.isSafeInteger(value) ? { value, end: at + 1 } : undefined;
    }
  }
  return undefined;
}
