/** Faults, group 1: a broken transfer goes on only where it is certain that it is the same file. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { KEY, SIGNATURE, item, ranges, type Case, type Played, type Stage } from "./support/play.js";
import {
  BODY,
  OTHER,
  SIZE,
  bytes,
  hex,
  json,
  ranged,
  raw,
  redirect,
  status,
  whole,
  type Ranged,
} from "./support/steps.js";

const A = '"v1"';
const B = '"v2"';
const DAY = 86_400;
const CUT = 200_000;
const FROM = `bytes=${CUT - 65_536}-`;

/** Broken once, after `CUT` bytes. */
const broken = (more: Ranged = {}) => ranged({ etag: A, cut: CUT, ...more });
const good = (more: Ranged = {}) => ranged({ etag: A, ...more });
const other = (more: Ranged = {}) => ranged({ etag: B, body: OTHER, ...more });
const noTag = { etag: undefined } as unknown as Ranged;

/** The requests' ranges. */
const asked =
  (...wanted: string[]) =>
  ({ own }: Played) =>
    assert.deepEqual(ranges(own.seen), wanted);
const resumed = ({ files, own }: Played): void => {
  assert.equal(files.at(-1)?.["resumedFrom"], CUT);
  assert.equal(ranges(own.seen).at(-1), FROM);
};
const startedOver = ({ files }: Played): void => assert.equal(files.at(-1)?.["resumedFrom"], undefined);
const retry = { retries: "1" };
const inFolder = (stage: Stage, name: string): string => path.join(stage.folder, name);
const part = (stage: Stage): string => inFolder(stage, "product.bin.part");
const record = (stage: Stage): string => inFolder(stage, "product.bin.part.record");
const change = (file: string, at: number): void => {
  const content = readFileSync(file);
  content.writeUInt8(content.readUInt8(at) ^ 1, at);
  writeFileSync(file, content);
};
const rewrite = (stage: Stage, changes: object): void =>
  writeFileSync(
    record(stage),
    JSON.stringify({ ...(JSON.parse(readFileSync(record(stage), "utf8")) as object), ...changes }),
  );
const helpersOnly = (stage: Stage): void => {
  assert.ok(existsSync(part(stage)) && readFileSync(part(stage)).equals(BODY.subarray(0, CUT)));
  assert.equal((JSON.parse(readFileSync(record(stage), "utf8")) as { schema: unknown }).schema, 1);
};
const chunkedEnd = { chunked: true, cut: CUT };
const hdf5 = Buffer.concat([
  readFileSync(path.join(__dirname, "../download/formats/superblock-3.h5")).subarray(0, 28),
  Buffer.alloc(20),
]);
const HDF5 = Buffer.concat([hdf5, bytes(SIZE)]).subarray(0, SIZE);
HDF5.writeBigUInt64LE(BigInt(SIZE), 28);

// prettier-ignore
export const resume: Case[] = [
  { name: "cut, strong ETag → the rest is asked for with If-Match, 64 KiB earlier", own: [broken(), good()], node: retry, want: "whole", requests: 2, verified: ["content-length"], check: (p) => { resumed(p); assert.equal(p.own.seen[1]?.headers["if-match"], A); } },
  { name: "cut again and again → goes on each time, the count of repeats starts anew", own: [ranged({ etag: A, cut: 100_000 }), ranged({ etag: A, cut: 100_000 }), ranged({ etag: A, cut: 100_000 }), ranged({ etag: A, cut: 100_000 }), good()], node: retry, want: "whole", requests: 5, check: (p) => assert.ok(p.own.seen.length >= 4) },
  { name: "changed meanwhile, 412 → starts over with the new version", own: [broken(), other(), other()], node: retry, want: "whole", contents: [OTHER], requests: 3, check: (p) => { asked("", FROM, "")(p); startedOver(p); } },
  { name: "changed meanwhile, conditions ignored, 206 of the new version → starts over", own: [broken(), other({ careless: true })], node: retry, want: "whole", contents: [OTHER], requests: 3, check: startedOver },
  { name: "changed meanwhile behind what is compared, only the ETag tells → starts over", own: [broken(), ranged({ etag: B, body: Buffer.concat([BODY.subarray(0, CUT), bytes(SIZE - CUT, 9)]), careless: true })], node: retry, want: "whole", contents: [Buffer.concat([BODY.subarray(0, CUT), bytes(SIZE - CUT, 9)])], requests: 3, check: startedOver },
  { name: "changed meanwhile, If-Range honoured with a 200 → that body is used", own: [broken(), whole({ etag: B, body: OTHER })], node: retry, want: "whole", contents: [OTHER], requests: 2, check: startedOver },
  { name: "206 without an ETag → starts over", own: [broken(), ranged({ ...noTag, careless: true })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "changed under the same ETag, the overlap differs → starts over", own: [broken(), ranged({ etag: A, body: OTHER })], node: retry, want: "whole", contents: [OTHER], requests: 3, check: startedOver },
  { name: "206 that starts later than asked → starts over", own: [broken(), good({ range: (s, e, t) => `bytes ${s + 100}-${e}/${t}`, from: CUT - 65_536 + 100 })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 that starts earlier than asked → starts over", own: [broken(), good({ range: (s, e, t) => `bytes ${s - 100}-${e}/${t}`, from: CUT - 65_536 - 100 })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 that says the right range and sends the file from its start → starts over", own: [broken(), good({ from: 0, headers: { "Content-Length": String(SIZE - CUT + 65_536) } }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 of another total → starts over", own: [broken(), good({ range: (s, e, t) => `bytes ${s}-${e}/${t + 1}` }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 of an unknown total → starts over", own: [broken(), good({ range: (s, e) => `bytes ${s}-${e}/*` }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 without Content-Range → starts over", own: [broken(), good({ range: () => undefined }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 with two Content-Range → starts over", own: [broken(), good({ headers: { "content-range": ["bytes 134464-299999/300000", "bytes 0-1/2"] }, range: () => undefined }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 in a unit that is not bytes → starts over", own: [broken(), good({ range: (s, e, t) => `items ${s}-${e}/${t}` }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 multipart/byteranges → starts over", own: [broken(), good({ range: () => undefined, headers: { "Content-Type": "multipart/byteranges; boundary=x" } }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 encoded with gzip → starts over", own: [broken(), good({ body: BODY, headers: { "Content-Encoding": "gzip" } }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 whose length does not fit its range → starts over", own: [broken(), good({ range: (s, e, t) => `bytes ${s}-${e - 10}/${t}` }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 of less than was asked for → goes on from there", own: [broken(), (r, s) => raw(Buffer.concat([Buffer.from(`HTTP/1.1 206 P\r\nETag: ${A}\r\nContent-Range: bytes ${CUT - 65_536}-249999/${SIZE}\r\nContent-Length: ${250_000 - CUT + 65_536}\r\nConnection: close\r\n\r\n`), BODY.subarray(CUT - 65_536, 250_000)]))(r, s), good()], node: { retries: "2" }, want: "whole", requests: 3, check: (p) => assert.equal(p.files[0]?.["resumedFrom"], 250_000) },
  { name: "206 chunked that ends cleanly too early → goes on", own: [broken(), good({ chunked: true, cut: 90_000 }), good()], node: { retries: "2" }, want: "whole", requests: 3 },
  { name: "416 → starts over", own: [broken(), status(416, "", { "Content-Range": "bytes */10" }), good()], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "Range ignored, 200 of the same version → that body is used, no request more", own: [broken(), whole({ etag: A })], node: retry, want: "whole", requests: 2, check: startedOver },
  { name: "Range ignored once → the host is not asked with Range again", own: { "/a.bin": [broken(), whole({ etag: A })], "/b.bin": [broken(), whole({ etag: A })] }, node: { ...retry, parallel: "1" }, payload: ({ own }) => [`${own.base}/a.bin`, `${own.base}/b.bin`], want: "whole", requests: 4, names: ["a.bin", "b.bin"], check: asked("", FROM, "", "") },
  { name: "Range is known to be ignored → nothing is kept of a failure", own: { "/a.bin": [broken(), whole({ etag: A })], "/b.bin": broken() }, node: { ...retry, parallel: "1" }, payload: ({ own }) => [`${own.base}/a.bin`, `${own.base}/b.bin`], want: "TRUNCATED", names: ["a.bin"], requests: 4 },
  { name: "weak ETag → starts over without Range", own: [broken({ etag: 'W/"v1"' }), good({ etag: 'W/"v1"' })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "unquoted ETag → starts over without Range", own: [broken({ etag: "v1" }), good({ etag: "v1" })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "empty ETag → starts over without Range", own: [broken({ etag: '""' }), good({ etag: '""' })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "no validator → starts over without Range", own: [broken(noTag), ranged(noTag)], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "Last-Modified a day ago → goes on, with If-Range and If-Unmodified-Since", own: [broken({ ...noTag, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } }), ranged({ ...noTag, age: 5, careless: true, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } })], node: retry, want: "whole", requests: 2, check: (p) => { resumed(p); assert.equal(p.own.seen[1]?.headers["if-range"], "Mon, 05 Jan 2026 10:00:00 GMT"); assert.equal(p.own.seen[1]?.headers["if-unmodified-since"], "Mon, 05 Jan 2026 10:00:00 GMT"); } },
  { name: "Last-Modified of this second → weak, starts over", own: [broken({ ...noTag, age: 0 }), ranged({ ...noTag, age: 0 })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "Last-Modified in the future → weak, starts over", own: [broken({ ...noTag, age: -DAY }), ranged({ ...noTag, age: -DAY })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "Last-Modified without Date → weak, starts over", own: [broken({ ...noTag, age: DAY, noDate: true }), ranged({ ...noTag, age: DAY })], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "206 with another Last-Modified → starts over", own: [broken({ ...noTag, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } }), ranged({ ...noTag, careless: true, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:01 GMT" } })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "206 without Last-Modified → starts over", own: [broken({ ...noTag, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } }), ranged({ ...noTag, careless: true })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "the same Last-Modified, another weak ETag → starts over", own: [broken({ etag: 'W/"1"', headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } }), ranged({ etag: 'W/"2"', careless: true, headers: { "Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT" } })], node: retry, want: "whole", requests: 3, check: startedOver },
  { name: "Accept-Ranges: none → not asked with Range, nothing kept", own: broken({ headers: { "Accept-Ranges": "none" } }), node: retry, want: "TRUNCATED", requests: 2, check: asked("", "") },
  { name: "a body packed on the way → cannot be continued", own: [ranged({ etag: A, body: gzipSync(BODY, { level: 0 }), cut: CUT, headers: { "Content-Encoding": "gzip" } }), good()], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "cut inside the first 64 KiB → starts over, no Range", own: [broken({ cut: 60_000 }), good()], node: retry, want: "whole", requests: 2, check: asked("", "") },
  { name: "failed, message again → goes on; only helper files in between", own: [broken(), good()], between: helpersOnly, want: "whole", requests: 2, check: resumed },
  { name: "failed, Node-RED restarted, message again → goes on", own: [broken(), good()], restart: true, want: "whole", requests: 2, check: resumed },
  { name: "changed between the runs → starts over", own: [broken(), other(), other()], restart: true, want: "whole", contents: [OTHER], requests: 3, check: startedOver },
  { name: "a record of an unknown schema → starts over", own: [broken(), good()], between: (s) => rewrite(s, { schema: 2 }), want: "whole", requests: 2, check: asked("", "") },
  { name: "a record without a schema → starts over", own: [broken(), good()], between: (s) => rewrite(s, { schema: undefined }), want: "whole", requests: 2, check: asked("", "") },
  { name: "a broken record → starts over", own: [broken(), good()], between: (s) => writeFileSync(record(s), '{"schema":1,'), want: "whole", requests: 2, check: asked("", "") },
  { name: "an empty record → starts over", own: [broken(), good()], between: (s) => writeFileSync(record(s), ""), want: "whole", requests: 2, check: asked("", "") },
  { name: "no record → starts over", own: [broken(), good()], between: (s) => rmSync(record(s)), want: "whole", requests: 2, check: asked("", "") },
  { name: "no part → starts over", own: [broken(), good()], between: (s) => rmSync(part(s)), want: "whole", requests: 2, check: asked("", "") },
  { name: "a part cut on disk → starts over", own: [broken(), good()], between: (s) => truncateSync(part(s), 150_000), want: "whole", requests: 2, check: asked("", "") },
  { name: "a part with more bytes than were sure → those are fetched again", own: [broken(), good()], between: (s) => writeFileSync(part(s), Buffer.concat([readFileSync(part(s)), Buffer.alloc(5000)])), want: "whole", requests: 2, check: resumed },
  { name: "a byte changed in the middle of the part → starts over", own: [broken(), good()], between: (s) => change(part(s), 5000), want: "whole", requests: 2, check: asked("", "") },
  { name: "a byte changed at the end of the part → starts over", own: [broken(), good()], between: (s) => change(part(s), CUT - 10), want: "whole", requests: 2, check: asked("", "") },
  { name: "a record that names a file elsewhere → that is not touched", own: [broken(), good()], between: (s) => { writeFileSync(path.join(s.userDir, "precious"), BODY); rewrite(s, { data: "../precious" }); }, want: "whole", requests: 2, check: (p) => assert.ok(readFileSync(path.join(p.userDir, "precious")).equals(BODY)) },
  { name: "a part that is a link → what it points to is not touched", own: [broken(), good()], between: (s) => { writeFileSync(path.join(s.userDir, "precious"), BODY.subarray(0, CUT)); rmSync(part(s)); symlinkSync(path.join(s.userDir, "precious"), part(s)); }, want: "whole", requests: 2, check: (p) => assert.equal(readFileSync(path.join(p.userDir, "precious")).length, CUT) },
  { name: "a signed address with another signature → goes on", own: [broken(), good()], payload: ({ own }) => ({ href: `${own.base}/product.bin?sig=${SIGNATURE}${own.seen.length}` }), runs: 2, want: "whole", requests: 2, check: resumed },
  { name: "another item of the same name → does not go on with its bytes", own: [broken(), other()], payload: ({ own }) => item(own.seen.length === 0 ? "first" : "second", { d: { href: `${own.base}/x` } }), node: { filename: "product.bin" }, runs: 2, want: "whole", contents: [OTHER], requests: 2, check: asked("", "") },
  { name: "through a redirect to another host → Range goes along, the key does not", own: redirect((r) => `${r.headers["x-none"] ?? ""}${store}/s`), foreign: [broken(), good()], before: (s) => { store = s.foreign.base; }, node: retry, want: "whole", requests: [2, 2], check: (p) => assert.deepEqual(ranges(p.foreign.seen), ["", FROM]) },
  { name: "behind a pointer → Range is asked there, not of the pointer", own: json(() => ({ href: `${store}/s` })), foreign: [broken(), good()], before: (s) => { store = s.foreign.base; }, node: retry, want: "whole", requests: [2, 2], check: (p) => { assert.deepEqual(ranges(p.own.seen), ["", ""]); assert.deepEqual(ranges(p.foreign.seen), ["", FROM]); } },
  { name: "behind a pointer, next run → Range is asked there", own: json(() => ({ href: `${store}/s` })), foreign: [broken(), good()], before: (s) => { store = s.foreign.base; }, restart: true, want: "whole", requests: [2, 2], check: (p) => { assert.deepEqual(ranges(p.own.seen), ["", ""]); assert.deepEqual(ranges(p.foreign.seen), ["", FROM]); } },
  { name: "a chunked body broken → goes on, the total is learnt from Content-Range", own: [broken({ broken: true }), good()], node: retry, want: "whole", requests: 2, verified: ["content-length"], check: resumed },
  { name: "a chunked body that ends cleanly before file:size → goes on", own: [broken(chunkedEnd), good()], asset: { "file:size": SIZE }, node: retry, want: "whole", requests: 2, verified: ["content-length", "file:size"], check: resumed },
  { name: "a chunked body that ends cleanly before its HDF5 end → goes on", own: [broken({ ...chunkedEnd, body: HDF5 }), good({ body: HDF5 })], node: retry, want: "whole", contents: [HDF5], requests: 2, verified: ["content-length", "hdf5-end"], check: resumed },
  { name: "the server's own copy is too short → found out with one more request, nothing stays", own: ranged({ etag: A, body: BODY.subarray(0, CUT), chunked: true }), asset: { "file:size": SIZE }, node: { retries: "5" }, want: "SIZE_MISMATCH", requests: 2 },
  { name: "whole but unproved → stays, and the next run asks for its end only", own: [good({ chunked: true }), good()], node: { proof: "required" }, runs: 2, want: "whole", requests: 2, check: asked("", `bytes=${SIZE - 65_536}-`) },
  { name: "503 to the Range request → asked again, goes on", own: [broken(), status(503), good()], node: { retries: "3" }, want: "whole", requests: 3, check: resumed },
  { name: "404 to the Range request → NOT_FOUND, the part stays", own: [broken(), status(404)], node: retry, want: "NOT_FOUND", requests: 2, names: ["product.bin.part", "product.bin.part.record"] },
  { name: "an apology in answer to the Range request → NOT_A_PRODUCT, the part stays", own: [broken(), status(200, "<html>Log in</html>", { "Content-Type": "text/html" })], node: retry, want: "NOT_A_PRODUCT", requests: 2, names: ["product.bin.part", "product.bin.part.record"] },
  { name: "stalled half-way → goes on", own: [broken({ hang: true }), good()], node: { ...retry, stallTimeout: "0.4" }, want: "whole", requests: 2, check: resumed },
  { name: "cancelled → what can be continued stays, and is", own: [broken({ hang: true }), good()], runs: 1, during: async (s) => { await s.state("downloading"); await s.runtime.until(() => existsSync(record(s)) && readFileSync(record(s), "utf8").includes(`"hashed":${CUT}`), "the record"); s.runtime.send("dl", { reset: true }); await s.ended(1); s.send(); await s.ended(2); }, want: "whole", requests: 2, check: resumed },
  { name: "cancelled without a validator → nothing stays", own: broken({ ...noTag, hang: true }), during: async (s) => { await s.asked(1); s.runtime.send("dl", { reset: true }); }, want: "CANCELLED", requests: 1 },
  { name: "failed without a validator → nothing stays", own: broken(noTag), want: "TRUNCATED", requests: 1 },
  { name: "the digest of the first answer still counts after a resume → a wrong one is found", own: [broken({ headers: { "Repr-Digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` } }), good(), good({ headers: { "Repr-Digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` } })], node: { retries: "1" }, want: "CHECKSUM_MISMATCH", requests: 3 },
  { name: "a resumed file and its checksum → proved", own: [broken(), good()], asset: { "file:checksum": `d50110${hex("md5")}` }, node: retry, want: "whole", requests: 2, verified: ["content-length", "file:checksum"], check: resumed },
  { name: "the key goes along with the Range request to its own host", own: [broken(), good()], node: retry, want: "whole", requests: 2, check: (p) => assert.ok(p.own.seen.every((one) => one.headers["authorization"]?.includes(KEY))) },
];

/** Where the second server is, for scripts that name it. */
let store = "";
