/** Every form of `datetime` becomes full RFC 3339, or an error that says what is wrong. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { datetimeInterval } from "../../src/stac/datetime-interval.js";
import { compareInstants, parseInstant } from "../../src/stac/instant.js";
import { assertBadInput } from "./bad-input.js";
import { SeededRandom } from "./seeded-random.js";

const NOW = new Date("2026-04-27T10:11:12.345Z");

function becomes(value: unknown, expected: string | undefined, now = NOW): void {
  assert.equal(datetimeInterval(value, now), expected, JSON.stringify(value));
}

describe("datetime of a search", () => {
  it("is nothing when blank", () => {
    becomes("", undefined);
    becomes(" \t\n", undefined);
  });

  it("passes instants as given", () => {
    for (const text of [
      "2026-04-20T00:00:00Z",
      "2026-04-20T00:00:00.123456789Z",
      "2026-04-20T00:00:00+02:00",
      "2016-12-31T23:59:60Z",
      "0000-01-01T00:00:00Z",
    ]) {
      becomes(text, text);
      becomes(` ${text} `, text);
    }
    becomes("2026-04-20 00:00:00z", "2026-04-20T00:00:00Z");
    becomes("2026-04-20t00:00:00.5+02:00", "2026-04-20T00:00:00.5+02:00");
  });

  it("widens days, months and years to whole UTC periods", () => {
    becomes("2026", "2026-01-01T00:00:00Z/2026-12-31T23:59:59.999999Z");
    becomes("2026-04", "2026-04-01T00:00:00Z/2026-04-30T23:59:59.999999Z");
    becomes("2026-02", "2026-02-01T00:00:00Z/2026-02-28T23:59:59.999999Z");
    becomes("2024-02", "2024-02-01T00:00:00Z/2024-02-29T23:59:59.999999Z");
    becomes("2026-04-20", "2026-04-20T00:00:00Z/2026-04-20T23:59:59.999999Z");
    becomes("9999", "9999-01-01T00:00:00Z/9999-12-31T23:59:59.999999Z");
    becomes("0000-02-29", "0000-02-29T00:00:00Z/0000-02-29T23:59:59.999999Z");
  });

  it("widens both ends of an interval, and mixes forms", () => {
    becomes("2026-04-20/2026-04-27", "2026-04-20T00:00:00Z/2026-04-27T23:59:59.999999Z");
    becomes("2025/2026-02", "2025-01-01T00:00:00Z/2026-02-28T23:59:59.999999Z");
    becomes("2026-04/..", "2026-04-01T00:00:00Z/..");
    becomes("../2026-04-20", "../2026-04-20T23:59:59.999999Z");
    becomes("2026-04-20/", "2026-04-20T00:00:00Z/..");
    becomes("/2026-04-20", "../2026-04-20T23:59:59.999999Z");
    becomes("2026-04-20T06:00:00Z/2026-04-20", "2026-04-20T06:00:00Z/2026-04-20T23:59:59.999999Z");
    becomes("2026-04-20T06:00:00Z / 2026-04-21T00:00:00+01:00", "2026-04-20T06:00:00Z/2026-04-21T00:00:00+01:00");
    becomes("2026-04-20T00:00:00Z/2026-04-20T00:00:00Z", "2026-04-20T00:00:00Z/2026-04-20T00:00:00Z");
    becomes("2026/2026", "2026-01-01T00:00:00Z/2026-12-31T23:59:59.999999Z");
  });

  it("counts whole UTC days back from the end of today", () => {
    const today = "2026-04-27T23:59:59.999999Z";
    becomes("P7D", `2026-04-20T00:00:00Z/${today}`);
    becomes("P0D", `2026-04-27T00:00:00Z/${today}`);
    becomes("P2W", `2026-04-13T00:00:00Z/${today}`);
    becomes("P1M", `2026-03-27T00:00:00Z/${today}`);
    becomes("P1Y", `2025-04-27T00:00:00Z/${today}`);
    becomes("p1y2m3w4d", `2025-02-02T00:00:00Z/${today}`);
    becomes("P365D", `2025-04-27T00:00:00Z/${today}`);
    becomes("P2026Y", `0000-04-27T00:00:00Z/${today}`);
  });

  it("clamps months to their last day", () => {
    becomes("P1M", "2026-02-28T00:00:00Z/2026-03-31T23:59:59.999999Z", new Date("2026-03-31T23:59:59.999Z"));
    becomes("P1M", "2024-02-29T00:00:00Z/2024-03-30T23:59:59.999999Z", new Date("2024-03-30T00:00:00Z"));
    becomes("P1Y", "2023-02-28T00:00:00Z/2024-02-29T23:59:59.999999Z", new Date("2024-02-29T12:00:00Z"));
    becomes("P13M", "2024-12-31T00:00:00Z/2026-01-31T23:59:59.999999Z", new Date("2026-01-31T12:00:00Z"));
    becomes("P1M1D", "2026-02-27T00:00:00Z/2026-03-31T23:59:59.999999Z", new Date("2026-03-31T12:00:00Z"));
  });

  it("is exact up to now with a time part", () => {
    const now = "2026-04-27T10:11:12.345Z";
    becomes("PT6H", `2026-04-27T04:11:12.345Z/${now}`);
    becomes("PT90M", `2026-04-27T08:41:12.345Z/${now}`);
    becomes("PT1.5H", `2026-04-27T08:41:12.345Z/${now}`);
    becomes("PT0,5S", `2026-04-27T10:11:11.845Z/${now}`);
    becomes("P1DT12H", `2026-04-25T22:11:12.345Z/${now}`);
    becomes("P1MT1H", `2026-03-27T09:11:12.345Z/${now}`);
    becomes("PT0S", `${now}/${now}`);
    becomes("P1MT0H", "2026-02-28T20:00:00.000Z/2026-03-31T20:00:00.000Z", new Date("2026-03-31T20:00:00Z"));
    becomes("PT1H", "1969-12-31T23:30:00.000Z/1970-01-01T00:30:00.000Z", new Date("1970-01-01T00:30:00Z"));
  });

  it("takes a Date, also of another realm, and epoch milliseconds", () => {
    becomes(new Date("2026-04-20T01:02:03.004Z"), "2026-04-20T01:02:03.004Z");
    becomes(runInNewContext("new Date(1776643323004)"), "2026-04-20T00:02:03.004Z");
    becomes(1776643323004, "2026-04-20T00:02:03.004Z");
    becomes("1776643323004", "2026-04-20T00:02:03.004Z");
    becomes(0, "1970-01-01T00:00:00.000Z");
    becomes(-1, "1969-12-31T23:59:59.999Z");
  });

  it("takes an array of two as an interval", () => {
    becomes(["2026-04-20", "2026-04-27"], "2026-04-20T00:00:00Z/2026-04-27T23:59:59.999999Z");
    becomes(["2026-04-20T00:00:00Z", ".."], "2026-04-20T00:00:00Z/..");
    becomes(runInNewContext('["..", "2026"]'), "../2026-12-31T23:59:59.999999Z");
    becomes([new Date("2026-04-20T00:00:00Z"), 1777284672345], "2026-04-20T00:00:00.000Z/2026-04-27T10:11:12.345Z");
  });

  it("refuses the rest, each with its own words", () => {
    const bad = (value: unknown, ...words: (string | RegExp)[]): string =>
      assertBadInput(() => datetimeInterval(value, NOW), "datetime", ...words);
    const messages = [
      bad(undefined, "undefined"),
      bad(null, "null"),
      bad("yesterday", '"yesterday"', "is not a time", "2026-04-20T12:00:00Z"),
      bad("2026-02-30", '"2026-02-30"', "01 to 28"),
      bad("2026-13", "no month 13"),
      bad("2026-04-20T12:00:00", "no zone", "Add Z"),
      bad("2026-04-20T25:00:00Z", "not a valid date and time"),
      bad("2026-04-27/2026-04-20", "backwards"),
      bad("a/b/c", "2 slashes"),
      bad("../..", "open at both ends"),
      bad("P7X", "not a duration"),
      bad("2026-04-01/P7D", "duration inside an interval"),
      bad("P9999Y", "before the year 0000"),
      bad(Number.NaN, "NaN"),
      bad(new Date(Number.NaN), "invalid Date"),
      bad([], "array of 0"),
      bad(["2026-04-20", null], "datetime[1] is null"),
      bad(["2026/2026", "2027"], "interval inside an interval"),
      bad({}, "an object"),
      bad(true, "true"),
    ];
    assert.equal(new Set(messages).size, messages.length);
    for (const value of [
      "..",
      "/",
      "../",
      "2026-04-20T00:00:00.1Z/2026-04-20T00:00:00Z",
      "2026-04-20T00:00:00Z/2026-04-20T01:00:00+02:00",
      "2026-05/2026-04",
      "2026-04-20T12:00:00/..",
      "2026-04-20T12:00Z",
      "2026-4-1",
      "20260420",
      "20260420T000000Z",
      "26",
      "P",
      "PT",
      "P1DT",
      "-P7D",
      "P-7D",
      "P1.5D",
      "P1D1M",
      "PT1D",
      "P7D/..",
      "7D",
      "now",
      "2026-04-20,2026-04-27",
      "2026-04-20--2026-04-27",
      1e17,
      -1e17,
      Number.POSITIVE_INFINITY,
      ["2026-04-20"],
      ["2026", "2026", "2026"],
      ["..", ".."],
      [undefined, "2026"],
      ["2026", {}],
      10n,
      Symbol("x"),
      () => "2026",
    ]) {
      bad(value);
    }
  });

  it("gives valid RFC 3339 or BAD_INPUT for any text", () => {
    const random = new SeededRandom(2);
    const pieces = "2026 2024 0000 9999 -02 -04 -30 -29 -31 T00:00:00 .5 Z +02:00 / .. P 7 D W M Y T H S , x".split(
      " ",
    );
    let accepted = 0;
    for (let count = 0; count < 20_000; count += 1) {
      const text = Array.from({ length: 1 + random.below(7) }, () => random.pick(pieces)).join("");
      let result: string | undefined;
      try {
        result = datetimeInterval(text, NOW);
      } catch {
        assertBadInput(() => datetimeInterval(text, NOW));
        continue;
      }
      accepted += 1;
      assert.ok(result !== undefined, text);
      const ends = result.split("/").map((end) => (end === ".." ? undefined : parseInstant(end)));
      assert.ok(ends.length <= 2 && ends.some((end) => end !== undefined), `${text} became ${result}`);
      assert.ok(!result.split("/").some((end, index) => end !== ".." && !ends[index]), `${text} became ${result}`);
      const [start, end] = ends;
      if (start && end) assert.ok(compareInstants(start, end) <= 0, `${text} became ${result}`);
    }
    assert.ok(accepted > 500, String(accepted));
  });
});
