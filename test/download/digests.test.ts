/** Digests: declared ones in every form seen, headers, and the recorded multihash table, read from where it lies. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { digesterFor } from "../../src/download/digests/algorithms.js";
import { readMultihash, readNamed, type Reading } from "../../src/download/digests/declared-digest.js";
import { digestsInHeaders } from "../../src/download/digests/digest-headers.js";
import { declaredChecks, prove } from "../../src/download/proof.js";
import { Tally } from "../../src/download/tally.js";
import type { DeclaredChecksum } from "../../src/download/requests.js";
import { EoError } from "../../src/errors.js";

function digest(algorithm: string, input: string | Buffer): Buffer {
  const digester = digesterFor(algorithm);
  assert.ok(digester, algorithm);
  const bytes = Buffer.from(input);
  digester.update(bytes.subarray(0, 3));
  digester.soFar();
  digester.update(bytes.subarray(3));
  return digester.soFar();
}

/** What becomes of a file with this content whose declared checksum is `value`. */
async function outcome(value: string, input: Buffer, more: Partial<DeclaredChecksum> = {}): Promise<string> {
  const request = {
    index: 0,
    url: "https://a.example/x",
    several: false,
    checksums: [{ value, proof: "file:checksum" as const, ...more }],
  };
  const { checks, notes } = declaredChecks(request);
  const tally = new Tally();
  tally.add(input);
  const compute = (algorithms: string[]): Promise<Map<string, Buffer>> =>
    Promise.resolve(new Map(algorithms.map((algorithm) => [algorithm, digest(algorithm, input)])));
  try {
    const { verified } = await prove("Download", undefined, checks, tally.digests(), compute);
    return verified.length > 0 ? "proved" : notes.length > 0 ? "said" : "nothing";
  } catch (error) {
    return error instanceof EoError ? error.code : "crash";
  }
}

const file = path.join(__dirname, "../../../shared/recorded/tables/multihash.json");

describe("recorded multihash values", () => {
  if (!existsSync(file)) {
    it.skip("the recorded tables are not here");
    return;
  }
  interface Row {
    algorithm: string;
    input: string;
    bits?: number;
    multihash: string;
  }
  interface Odd {
    multihash: string;
    input?: string;
    valid: boolean | string;
    why: string;
  }
  const table = JSON.parse(readFileSync(file, "utf8")) as {
    rows: Row[];
    odd: Odd[];
    seenInItems: { example: string; kind: string }[];
  };
  for (const row of table.rows) {
    it(`${row.algorithm} ${row.bits ?? ""} ${row.multihash.slice(0, 24)}`, async () => {
      // Rows of the list have their input in hex, the others as text.
      const input = row.bits === undefined ? Buffer.from(row.input) : Buffer.from(row.input, "hex");
      const proved = [await outcome(row.multihash, input), await outcome(row.multihash, Buffer.from(row.input))];
      assert.ok(proved.includes("proved"), proved.join(", "));
      if (row.input !== "")
        assert.equal(await outcome(row.multihash, Buffer.from("something else")), "CHECKSUM_MISMATCH");
    });
  }
  for (const { multihash, input, valid, why } of table.odd) {
    it(`odd: ${why}`, async () => {
      if (valid === false) {
        const found = await outcome(multihash, Buffer.from("foo"));
        assert.ok(multihash === "" ? found !== "CHECKSUM_MISMATCH" : found === "said", found);
      } else assert.equal(await outcome(multihash, Buffer.from(input ?? "")), "proved");
    });
  }
  for (const { example, kind } of table.seenInItems) {
    it(`seen in an item: ${kind} ${example.slice(0, 12)}`, () => {
      const reading = readMultihash(example);
      assert.ok("candidates" in reading);
      const wanted = /SHA3-256/i.test(kind) ? "sha3-256" : kind.split(/[ ,]/)[0];
      assert.equal(reading.candidates[0].algorithm, wanted);
    });
  }
});

describe("declared digests", () => {
  const first = (reading: Reading): string => ("candidates" in reading ? reading.candidates[0].algorithm : "unknown");
  const md5 = "acbd18db4cc2f85cedef654fccc4a4d8";
  const sha256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
  const sha3 = digest("sha3-256", "foo").toString("hex");
  const cases: [string, string, string][] = [
    ["a bare MD5", md5, "proved"],
    ["a bare SHA-256", sha256, "proved"],
    ["a bare SHA3-256", sha3, "proved"],
    ["upper case", `1220${sha256}`.toUpperCase(), "proved"],
    ["SHA3-256 under the label of SHA2-256", `1220${sha3}`, "proved"],
    ["SHA3-256 under the label of MD5, as CDSE has it", `d50120${sha3}`, "proved"],
    ["SHA-256 under the label of BLAKE2b-256", `a0e40220${sha256}`, "proved"],
    ["a wrong one", `1220${"00".repeat(32)}`, "CHECKSUM_MISMATCH"],
    ["a wrong bare one", "00".repeat(16), "CHECKSUM_MISMATCH"],
    ["an algorithm and hex", `md5:${md5}`, "proved"],
    ["an unknown function", `1b20${sha256}`, "said"],
    ["a word", "unknown", "said"],
    ["hex of no usual length", "abcdef", "said"],
    ["a digest too short to prove anything", "1204abcd1234", "said"],
  ];
  for (const [title, value, wanted] of cases) {
    it(`${title}: ${wanted}`, async () => assert.equal(await outcome(value, Buffer.from("foo")), wanted));
  }
  it("reads OData's algorithms", async () => {
    const blake3 = digest("blake3", "foo").toString("hex");
    assert.equal(first(readNamed("MD5", md5)), "md5");
    assert.equal(first(readNamed("SHA3-256", sha3)), "sha3-256");
    assert.equal(first(readNamed("SHA-256", Buffer.from(sha256, "hex").toString("base64"))), "sha2-256");
    assert.equal(await outcome(blake3, Buffer.from("foo"), { algorithm: "BLAKE3", proof: "odata-checksum" }), "proved");
    assert.equal(await outcome(md5, Buffer.from("bar"), { algorithm: "MD5" }), "CHECKSUM_MISMATCH");
    assert.equal(await outcome(md5, Buffer.from("foo"), { algorithm: "Whirlpool" }), "said");
  });
  it("computes the checksums of object stores", () => {
    assert.equal(digest("crc32", "123456789").toString("hex"), "cbf43926");
    assert.equal(digest("crc32c", "123456789").toString("hex"), "e3069283");
    assert.equal(digest("crc64nvme", "123456789").toString("hex"), "ae8b14860a799888");
  });
});

describe("digest headers", () => {
  const headersOf = (headers: Record<string, string>) => ({
    get: (name: string) => headers[name],
    all: (name: string) => (headers[name] === undefined ? [] : [headers[name]]),
  });
  const found = (headers: Record<string, string>, whole = true): string[] =>
    digestsInHeaders(headersOf(headers), whole).map(({ algorithm, digest: value }) => {
      assert.deepEqual(value, digest(algorithm, "foo"));
      return algorithm;
    });
  const b64 = (algorithm: string): string => digest(algorithm, "foo").toString("base64");
  const cases: [string, Record<string, string>, string[]][] = [
    [
      "Repr-Digest",
      { "repr-digest": `sha-256=:${b64("sha2-256")}:, sha-512=:${b64("sha2-512")}:` },
      ["sha2-256", "sha2-512"],
    ],
    ["Content-Digest", { "content-digest": `sha-256=:${b64("sha2-256")}:` }, ["sha2-256"]],
    ["Digest", { digest: `SHA-256=${b64("sha2-256")},MD5=${b64("md5")}` }, ["sha2-256", "md5"]],
    ["Content-MD5 in base64", { "content-md5": b64("md5") }, ["md5"]],
    ["Content-MD5 in hex", { "content-md5": digest("md5", "foo").toString("hex") }, ["md5"]],
    ["S3's SHA-256", { "x-amz-checksum-sha256": b64("sha2-256") }, ["sha2-256"]],
    ["S3's CRC-32", { "x-amz-checksum-crc32": b64("crc32") }, ["crc32"]],
    ["S3's CRC-32C", { "x-amz-checksum-crc32c": b64("crc32c") }, ["crc32c"]],
    ["S3's CRC-64", { "x-amz-checksum-crc64nvme": b64("crc64nvme") }, ["crc64nvme"]],
    ["a composite of S3", { "x-amz-checksum-sha256": `${b64("sha2-256")}-4` }, []],
    ["Google's", { "x-goog-hash": `crc32c=${b64("crc32c")},md5=${b64("md5")}` }, ["crc32c", "md5"]],
    ["an unknown algorithm", { "repr-digest": "unixsum=:AAA=:" }, []],
    ["a broken one", { "repr-digest": "sha-256=:abc:", "content-md5": "???" }, []],
  ];
  for (const [title, headers, wanted] of cases) it(title, () => assert.deepEqual(found(headers), wanted));
  it("of a part: only those of the whole file", () => {
    const all = {
      "repr-digest": `sha-256=:${b64("sha2-256")}:`,
      "content-md5": "AAAA",
      "content-digest": "sha-256=:AA:",
    };
    assert.deepEqual(found(all, false), ["sha2-256"]);
  });
});
