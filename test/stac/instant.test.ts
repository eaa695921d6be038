/** Date texts are read and compared as instants, exact to any digit. */
import assert from "node:assert/strict";
import { compareInstants, type Instant, parseInstant } from "../../src/stac/instant.js";
import { SeededRandom } from "./seeded-random.js";

function instant(text: string): Instant {
  const parsed = parseInstant(text);
  assert.ok(parsed, text);
  return parsed;
}

function order(a: string, b: string): number {
  const result = Math.sign(compareInstants(instant(a), instant(b)));
  assert.equal(Math.sign(compareInstants(instant(b), instant(a))) + 0, 0 - result + 0, "order must be symmetric");
  return result;
}

describe("instant", () => {
  it("reads the forms of RFC 3339", () => {
    for (const text of [
      "2026-04-25T00:00:00Z",
      "2026-04-25t00:00:00z",
      "2026-04-25 00:00:00Z",
      "2026-04-25T00:00:00.0Z",
      "2026-04-25T00:00:00.000000000000Z",
      "2026-04-25T00:00:00+00:00",
      "2026-04-25T00:00:00-00:00",
      "2026-04-25T02:00:00+02:00",
      "2026-04-24T18:30:00-05:30",
      "2026-04-25T23:59:00+23:59",
    ]) {
      assert.equal(order(text, "2026-04-25T00:00:00Z"), 0, text);
    }
  });

  it("refuses what is no date-time with a zone", () => {
    for (const text of [
      "",
      "yesterday",
      "2026",
      "2026-04-25",
      "2026-04-25T00:00:00",
      "2026-04-25T00:00Z",
      "2026-04-25T24:00:00Z",
      "2026-04-25T23:60:00Z",
      "2026-04-25T23:59:61Z",
      "2026-04-25T12:00:60Z",
      "2026-04-25T00:00:00.Z",
      "2026-04-25T00:00:00,5Z",
      "2026-04-25T00:00:00+24:00",
      "2026-04-25T00:00:00+00:60",
      "2026-04-25T00:00:00+0200",
      "2026-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "26-04-25T00:00:00Z",
      "12026-04-25T00:00:00Z",
      " 2026-04-25T00:00:00Z",
      "2026-04-25T00:00:00Z\n",
      "2026-04-25T00:00:00ZZ",
      "٢٠٢٦-04-25T00:00:00Z",
    ]) {
      assert.equal(parseInstant(text), undefined, JSON.stringify(text));
    }
    for (const value of [undefined, null, 0, 1777075200000, true, {}, [], new Date()]) {
      assert.equal(parseInstant(value), undefined);
    }
  });

  it("takes dates without time and times without zone only when told to", () => {
    assert.deepEqual(parseInstant("2026-04-25", { dateOnly: true }), instant("2026-04-25T00:00:00Z"));
    assert.equal(parseInstant("2026-04-25T01:00:00", { dateOnly: true }), undefined);
    assert.equal(parseInstant("2026-02-30", { dateOnly: true }), undefined);
    assert.deepEqual(parseInstant("2026-04-25T01:00:00", { assumeUtc: true }), instant("2026-04-25T01:00:00Z"));
    assert.equal(parseInstant("2026-04-25", { assumeUtc: true }), undefined);
  });

  it("compares over offsets, where text order is wrong", () => {
    assert.equal(order("2026-04-25T01:00:00+02:00", "2026-04-25T00:00:00Z"), -1);
    assert.equal(order("2026-04-24T23:30:00-01:00", "2026-04-25T00:00:00Z"), 1);
    assert.equal(order("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"), 0);
  });

  it("compares fractions of any length", () => {
    assert.equal(order("2026-04-25T00:00:00.5Z", "2026-04-25T00:00:00.45Z"), 1);
    assert.equal(order("2026-04-25T00:00:00.9Z", "2026-04-25T00:00:00.123456789Z"), 1);
    assert.equal(order("2026-04-25T00:00:00.1Z", "2026-04-25T00:00:00.100000001Z"), -1);
    assert.equal(order("2026-04-25T00:00:00.1Z", "2026-04-25T00:00:00.100Z"), 0);
    assert.equal(order("2026-04-25T00:00:00Z", "2026-04-25T00:00:00.000000000000000000000000000001Z"), -1);
    assert.equal(order("2026-04-25T00:00:00.99999999999999999999Z", "2026-04-25T00:00:01Z"), -1);
    assert.equal(order("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.1Z"), 1);
    assert.equal(order("1969-12-31T23:59:59.9Z", "1970-01-01T00:00:00Z"), -1);
  });

  it("knows leap seconds, also behind an offset", () => {
    assert.equal(order("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"), 1);
    assert.equal(order("2016-12-31T23:59:60.999Z", "2017-01-01T00:00:00Z"), -1);
    assert.equal(order("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:60.4Z"), 1);
    assert.equal(order("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:60Z"), 0);
  });

  it("spans the years 0000 to 9999", () => {
    assert.equal(order("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"), -1);
    assert.equal(order("0050-06-01T00:00:00Z", "1950-06-01T00:00:00Z"), -1);
    assert.equal(order("0000-02-29T00:00:00Z", "0000-03-01T00:00:00Z"), -1);
    assert.equal(order("4072-12-16T12:00:00Z", "2036-01-01T00:00:00Z"), 1);
    assert.equal(order("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"), 1);
    assert.equal(instant("0000-01-01T00:00:00Z").seconds, -62167219200);
    assert.equal(instant("9999-12-31T23:59:59Z").seconds, 253402300799);
  });

  it("agrees with the engine's own calendar", () => {
    const random = new SeededRandom(1);
    for (let count = 0; count < 5000; count += 1) {
      const ms = -62167219200000 + Math.floor(random.next() * (253402300799999 + 62167219200000));
      const text = new Date(ms).toISOString();
      const parsed = instant(text);
      assert.equal(parsed.seconds, Math.floor(ms / 1000), text);
      assert.equal(Number(`0.${parsed.fraction || "0"}`), Number(text.slice(19, 23)), text);
    }
  });

  it("stays fast on a very long fraction", () => {
    const zeros = "0".repeat(1_000_000);
    assert.equal(order(`2026-04-25T00:00:00.${zeros}1Z`, `2026-04-25T00:00:00.${zeros}Z`), 1);
    assert.equal(parseInstant(`2026-04-25T00:00:00.${zeros}`), undefined);
  });
});
