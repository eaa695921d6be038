/** Which digests of the whole file an answer's headers hold. */
import type { AnswerHeaders } from "../../http/door.js";
import { digestLength } from "./algorithms.js";
import { algorithmOf, type Candidate } from "./declared-digest.js";

const CRC_LENGTHS: Record<string, number> = { crc32: 4, crc32c: 4, crc64nvme: 8 };

/**
 * Digests of the file that is being sent, in any of the headers in use: Repr-Digest and Content-Digest (RFC 9530),
 * Digest (RFC 3230), Content-MD5 (also in hex, as CMR sends it), x-amz-checksum-*, x-goog-hash, x-ms-blob-content-md5.
 * What cannot be read or is not known is left out.
 * @param whole the body is the whole file, not a part: then the digests of the body count too
 */
export function digestsInHeaders(headers: AnswerHeaders, whole: boolean): Candidate[] {
  const found: Candidate[] = [];
  const add = (algorithm: string | undefined, digest: Buffer | undefined): void => {
    if (algorithm === undefined || digest === undefined) return;
    const length = CRC_LENGTHS[algorithm] ?? digestLength(algorithm);
    if (digest.length === length) found.push({ algorithm, digest });
  };
  for (const name of whole ? ["repr-digest", "content-digest"] : ["repr-digest"]) {
    for (const [key, value] of pairs(headers.all(name))) {
      const bytes = /^:([A-Za-z0-9+/=]*):$/.exec(value)?.[1];
      if (bytes !== undefined) add(rfcAlgorithm(key), Buffer.from(bytes, "base64"));
    }
  }
  for (const [key, value] of pairs(headers.all("digest"))) add(rfcAlgorithm(key), textDigest(value));
  for (const [key, value] of pairs(headers.all("x-goog-hash"))) {
    add(key.toLowerCase() === "crc32c" ? "crc32c" : algorithmOf(key), textDigest(value));
  }
  for (const value of whole ? headers.all("content-md5") : []) add("md5", textDigest(value));
  for (const value of headers.all("x-ms-blob-content-md5")) add("md5", textDigest(value));
  for (const algorithm of whole ? ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"] : []) {
    // A composite checksum is one of the parts of an upload, not of the file: it ends in "-" and their number.
    const value = headers.get(`x-amz-checksum-${algorithm}`);
    const composite = headers.get("x-amz-checksum-type")?.toUpperCase() === "COMPOSITE";
    if (value === undefined || composite || value.includes("-")) continue;
    const name = Object.hasOwn(CRC_LENGTHS, algorithm) ? algorithm : algorithmOf(algorithm);
    add(name, textDigest(value));
  }
  return found;
}

/** Names of the IANA registries; "id-" digests are those of the body before encoding. */
function rfcAlgorithm(key: string): string | undefined {
  const name = key.toLowerCase();
  if (name === "crc32c") return "crc32c";
  return /^(id-)?(sha|sha-256|sha-512|md5)$/.test(name) ? algorithmOf(name.replace(/^id-/, "")) : undefined;
}

/** Base64, or hex where the text is hex of a usual length. */
function textDigest(value: string): Buffer | undefined {
  const text = value.trim().replace(/^"(.*)"$/, "$1");
  if (/^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(text)) return Buffer.from(text, "hex");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

/** `key=value` members of a list; parameters behind a semicolon are left out. */
function pairs(values: string[]): [string, string][] {
  return values
    .flatMap((value) => value.split(","))
    .flatMap((member): [string, string][] => {
      const equals = member.indexOf("=");
      if (equals < 0) return [];
      const value = member.slice(equals + 1).trim();
      return [[member.slice(0, equals).trim(), value.startsWith(":") ? value : (value.split(";")[0] ?? "")]];
    });
}
