/** Faults, group 2: what is declared or says of itself how it ends is held against what came. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { digesterFor } from "../../src/download/digests/algorithms.js";
import { item, type Case, type Played } from "./support/play.js";
import { BODY, OTHER, SIZE, hex, raw, ranged, status, whole, type Answer } from "./support/steps.js";

const sample = (name: string): Buffer => readFileSync(path.join(__dirname, "../download/formats", name));
const by = (algorithm: string, body = BODY): Buffer => {
  const digester = digesterFor(algorithm);
  assert.ok(digester);
  digester.update(body);
  return digester.soFar();
};
const b64 = (algorithm: string, body = BODY): string => by(algorithm, body).toString("base64");
const ZERO = Buffer.alloc(64);
const zero = (length: number): string => ZERO.subarray(0, length).toString("hex");

/** A chunked body that ends cleanly, so that only other proofs count. */
const open_ = (what: Answer = {}) => whole({ chunked: true, ...what });
const twice = { retries: "3" };
const warned =
  (pattern: RegExp) =>
  ({ runtime }: Played) =>
    assert.match(runtime.log(), pattern);

/** A declared checksum and what comes of it. */
const checksum = (name: string, value: string, want = "whole", more: Partial<Case> = {}): Case => ({
  name: `file:checksum: ${name} → ${want}`,
  own: open_(),
  asset: { "file:checksum": value },
  node: twice,
  want,
  ...(want === "whole" ? { verified: ["file:checksum"], requests: 1 } : { requests: 2 }),
  ...more,
});

/** A digest header and what comes of it. */
const header = (name: string, headers: Record<string, string>, want = "whole", verified = ["digest-header"]): Case => ({
  name: `${name} → ${want}`,
  own: open_({ headers }),
  node: twice,
  want,
  ...(want === "whole" ? { verified, requests: 1 } : { requests: 2 }),
});

/** A file of a format, whole and ended too early. */
const format = (file: string, proof: string, name = "product.bin"): Case[] => {
  const body = sample(file);
  const asset = { type: "application/octet-stream" };
  return [
    {
      name: `${file} whole → ${proof}`,
      own: open_({ body }),
      asset,
      want: "whole",
      contents: [body],
      verified: [proof],
      requests: 1,
      names: [name],
    },
    {
      name: `${file} ended cleanly too early → TRUNCATED`,
      own: open_({ body: body.subarray(0, body.length - 12) }),
      asset,
      node: twice,
      want: "TRUNCATED",
      contents: [],
      requests: 2,
    },
    {
      name: `${file} too short with a fitting Content-Length → TRUNCATED`,
      own: whole({ body: body.subarray(0, body.length - 12) }),
      asset,
      want: "TRUNCATED",
      contents: [],
      requests: 1,
    },
  ];
};

const fewer = Buffer.from(sample("two.zip"));
fewer.writeUInt16LE(3, fewer.length - 5 - 12);
const version9 = Buffer.from(sample("superblock-3.h5"));
version9.writeUInt8(9, 8);
const twin = (own: object, other: object): Partial<Case> => ({
  payload: (s) =>
    item("product", {
      downloadLink: { href: `${s.own.base}/product.bin`, ...own },
      native: { href: `${s.own.base}/native.bin`, ...other },
    }),
});

// prettier-ignore
export const proofs: Case[] = [
  { name: "fewer bytes than Content-Length → TRUNCATED, nothing stays", own: whole({ cut: 100_000 }), want: "TRUNCATED", requests: 1 },
  { name: "all bytes of Content-Length → proved", own: whole(), want: "whole", verified: ["content-length"], requests: 1 },
  { name: "a chunked body without its end → NETWORK, nothing stays", own: whole({ broken: true, cut: 100_000 }), want: "NETWORK", requests: 1 },
  { name: "a body until the end of the connection, nothing declared → saved, nothing proved", own: raw(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"), BODY])), want: "whole", verified: [], requests: 1 },
  { name: "an empty 200 → BAD_RESPONSE", own: whole({ body: "" }), node: twice, want: "BAD_RESPONSE", requests: 1 },
  { name: "an empty chunked 200 → BAD_RESPONSE", own: whole({ body: "", chunked: true }), node: twice, want: "BAD_RESPONSE", requests: 1 },
  { name: "a 204 → BAD_RESPONSE", own: status(204), node: twice, want: "BAD_RESPONSE", requests: 1 },
  { name: "a 206 nobody asked for → BAD_RESPONSE", own: status(206, "abc", { "Content-Range": "bytes 0-2/9" }), node: twice, want: "BAD_RESPONSE", requests: 1 },
  { name: "file:size right → proved", own: open_(), asset: { "file:size": SIZE }, want: "whole", verified: ["file:size"], requests: 1 },
  { name: "a clean end before file:size → SIZE_MISMATCH", own: open_({ cut: 100_000 }), asset: { "file:size": SIZE }, want: "SIZE_MISMATCH", requests: 1 },
  { name: "more bytes than file:size → SIZE_MISMATCH, once", own: open_(), asset: { "file:size": 1000 }, node: twice, want: "SIZE_MISMATCH", requests: 1 },
  { name: "Content-Length is not file:size → SIZE_MISMATCH before a byte is written, once", own: whole(), asset: { "file:size": SIZE + 1 }, node: twice, want: "SIZE_MISMATCH", requests: 1 },
  { name: "file:size of native counts for downloadLink → SIZE_MISMATCH", own: open_({ cut: 100_000 }), ...twin({}, { "file:size": SIZE }), want: "SIZE_MISMATCH", requests: 1 },
  { name: "file:size and file:checksum of native count for downloadLink → proved", own: open_(), ...twin({}, { "file:size": SIZE, "file:checksum": `1220${hex("sha256")}` }), want: "whole", verified: ["file:size", "file:checksum"], requests: 1 },
  { name: "file:checksum of native is wrong → CHECKSUM_MISMATCH", own: open_(), ...twin({}, { "file:checksum": `1220${zero(32)}` }), want: "CHECKSUM_MISMATCH", requests: 1 },
  { name: "its own file:size comes before that of native → proved", own: open_(), ...twin({ "file:size": SIZE }, { "file:size": 5 }), want: "whole", verified: ["file:size"], requests: 1 },
  { name: "another asset at the same address carries the checksum → proved", own: open_(), payload: (s) => item("product", { d: { href: `${s.own.base}/product.bin?a=1`, roles: ["data"] }, e: { href: `${s.own.base}/product.bin`, "file:checksum": `1114${hex("sha1")}` } }), want: "whole", verified: ["file:checksum"], requests: 1 },
  { name: "a thumbnail's file:size does not count for the data → saved", own: open_(), payload: (s) => item("product", { d: { href: `${s.own.base}/product.bin`, roles: ["data"] }, t: { href: `${s.own.base}/t.png`, "file:size": 5, roles: ["thumbnail"] } }), want: "whole", verified: [], requests: 1 },
  checksum("SHA2-256", `1220${hex("sha256")}`),
  checksum("MD5", `d50110${hex("md5")}`),
  checksum("SHA1", `1114${hex("sha1")}`),
  checksum("SHA2-512", `1340${hex("sha512")}`),
  checksum("SHA3-256", `1620${hex("sha3-256")}`),
  checksum("BLAKE2b-256", `a0e40220${by("blake2b-256").toString("hex")}`),
  checksum("BLAKE2b-512", `c0e40240${by("blake2b-512").toString("hex")}`),
  checksum("a bare MD5", hex("md5")),
  checksum("a bare SHA-256 in upper case", hex("sha256").toUpperCase()),
  checksum("SHA3-256 labelled MD5, as CDSE has it", `d50120${hex("sha3-256")}`),
  checksum("SHA3-256 labelled SHA2-256", `1220${hex("sha3-256")}`),
  checksum("wrong SHA2-256", `1220${zero(32)}`, "CHECKSUM_MISMATCH"),
  checksum("wrong MD5", `d50110${zero(16)}`, "CHECKSUM_MISMATCH"),
  checksum("wrong SHA3-512", `1440${zero(64)}`, "CHECKSUM_MISMATCH"),
  checksum("wrong BLAKE2b-256", `a0e40220${zero(32)}`, "CHECKSUM_MISMATCH"),
  checksum("a wrong bare MD5", zero(16), "CHECKSUM_MISMATCH"),
  checksum("of another version", `1220${hex("sha256", OTHER)}`, "CHECKSUM_MISMATCH"),
  checksum("an unknown function", `1b20${zero(32)}`, "whole", { verified: [], check: warned(/0x1b is not known/) }),
  checksum("a form nobody knows", "unknown", "whole", { verified: [], check: warned(/not written in hex/) }),
  checksum("damaged once, right the second time", `1220${hex("sha256")}`, "whole", { own: [open_({ body: OTHER }), open_()], requests: 2 }),
  { name: "OData Checksum and ContentLength right → proved", own: open_(), asset: { ContentLength: SIZE, Checksum: [{ Algorithm: "MD5", Value: hex("md5") }, { Algorithm: "BLAKE3", Value: zero(32) }] }, want: "whole", verified: ["file:size", "odata-checksum"], requests: 1 },
  { name: "OData Checksum is BLAKE3 only → proved", own: open_(), asset: { Checksum: [{ Algorithm: "BLAKE3", Value: by("blake3").toString("hex") }] }, want: "whole", verified: ["odata-checksum"], requests: 1 },
  { name: "OData Checksum wrong → CHECKSUM_MISMATCH", own: open_(), asset: { Checksum: [{ Algorithm: "MD5", Value: zero(16) }] }, want: "CHECKSUM_MISMATCH", requests: 1 },
  { name: "OData ContentLength wrong → SIZE_MISMATCH", own: open_(), asset: { ContentLength: SIZE + 1 }, want: "SIZE_MISMATCH", requests: 1 },
  { name: "OData Checksum of the item counts for its product → CHECKSUM_MISMATCH", own: open_(), payload: (s) => item("product", { downloadLink: { href: `${s.own.base}/product.bin` } }, { Checksum: [{ Algorithm: "MD5", Value: zero(16) }] }), want: "CHECKSUM_MISMATCH", requests: 1 },
  header("Repr-Digest right", { "Repr-Digest": `sha-256=:${b64("sha2-256")}:` }),
  header("Repr-Digest wrong", { "Repr-Digest": `sha-256=:${ZERO.subarray(0, 32).toString("base64")}:` }, "CHECKSUM_MISMATCH"),
  header("Content-Digest wrong", { "Content-Digest": `sha-512=:${ZERO.toString("base64")}:` }, "CHECKSUM_MISMATCH"),
  header("Digest right", { Digest: `SHA-256=${b64("sha2-256")}` }),
  header("Digest wrong", { Digest: `MD5=${ZERO.subarray(0, 16).toString("base64")}` }, "CHECKSUM_MISMATCH"),
  header("Content-MD5 right", { "Content-MD5": b64("md5") }),
  header("Content-MD5 right, in hex as CMR sends it", { "Content-MD5": hex("md5") }),
  header("Content-MD5 wrong", { "Content-MD5": ZERO.subarray(0, 16).toString("base64") }, "CHECKSUM_MISMATCH"),
  header("x-amz-checksum-sha256 right", { "x-amz-checksum-sha256": b64("sha2-256") }),
  header("x-amz-checksum-crc32c right", { "x-amz-checksum-crc32c": b64("crc32c") }),
  header("x-amz-checksum-crc64nvme wrong", { "x-amz-checksum-crc64nvme": ZERO.subarray(0, 8).toString("base64") }, "CHECKSUM_MISMATCH"),
  header("x-amz-checksum-sha256 of an upload's parts", { "x-amz-checksum-sha256": `${b64("sha2-256")}-3` }, "whole", []),
  header("a digest of an algorithm nobody knows", { "Repr-Digest": "unixsum=:AAAA:" }, "whole", []),
  ...format("superblock-3.h5", "hdf5-end"),
  ...format("netcdf-4.netcdf", "hdf5-end"),
  ...format("cdf-2-records.netcdf", "netcdf3-end"),
  ...format("two.zip", "zip-end"),
  ...format("zip64.zip", "zip-end"),
  ...format("edition-1.grib", "grib-end"),
  ...format("edition-2.grib", "grib-end"),
  ...format("strips.tif", "tiff-end"),
  ...format("bigtiff-tiles.tif", "tiff-end"),
  ...format("image.jp2", "jp2-end"),
  ...format("one.gz", "gzip-end"),
  { name: "a zip of fewer entries than it says → TRUNCATED", own: whole({ body: fewer }), want: "TRUNCATED", contents: [], requests: 1 },
  { name: "an HDF5 version nobody knows → proves nothing, saved", own: open_({ body: version9 }), want: "whole", contents: [version9], verified: [], requests: 1 },
  { name: "proof required, nothing declared → UNPROVED, the part stays", own: open_(), node: { ...twice, proof: "required" }, want: "UNPROVED", names: ["product.bin.part"], requests: 1, check: (p) => assert.ok(readFileSync(path.join(p.folder, "product.bin.part")).equals(BODY)) },
  { name: "proof required, Content-Length there → saved", own: whole(), node: { proof: "required" }, want: "whole", verified: ["content-length"], requests: 1 },
  { name: "proof required, an unknown checksum is none → UNPROVED", own: open_(), asset: { "file:checksum": `1b20${zero(32)}` }, node: { proof: "required" }, want: "UNPROVED", names: ["product.bin.part"], requests: 1 },
  { name: "everything proved → named in order", own: ranged({ etag: '"a"', headers: { "Content-MD5": b64("md5") } }), asset: { "file:size": SIZE, "file:checksum": `1220${hex("sha256")}` }, want: "whole", verified: ["content-length", "file:size", "file:checksum", "digest-header"], requests: 1 },
  { name: "packed on the way although not asked for → unpacked, the size is the file's", own: whole({ body: gzipSync(BODY), headers: { "Content-Encoding": "gzip" } }), asset: { "file:size": SIZE }, want: "whole", verified: ["content-length", "file:size"], requests: 1 },
  { name: "packed on the way and cut → TRUNCATED", own: whole({ body: gzipSync(BODY).subarray(0, 9000), headers: { "Content-Encoding": "gzip" } }), want: "TRUNCATED", requests: 1 },
];
