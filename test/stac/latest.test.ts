/** The newest items win, per group, whatever the order, the pages and the oddness of the items. */
import assert from "node:assert/strict";
import { compareInstants } from "../../src/stac/instant.js";
import { type Item, itemId, itemInstant } from "../../src/stac/item.js";
import { type LatestOptions, LatestSelection } from "../../src/stac/latest.js";
import { RegexRunner } from "../../src/stac/regex-runner.js";
import { assertBadInput, assertRejectsBadInput } from "./bad-input.js";
import { SeededRandom } from "./seeded-random.js";

function item(id: unknown, datetime: unknown, more: Record<string, unknown> = {}, collection?: string): Item {
  return { type: "Feature", id, ...(collection ? { collection } : {}), properties: { datetime, ...more }, assets: {} };
}

describe("latest selection", () => {
  const regex = new RegexRunner();
  after(() => regex.close());

  function selection(options: Partial<LatestOptions> = {}): LatestSelection {
    return new LatestSelection({ matchMode: "contains", count: 1, regex, ...options });
  }

  async function newest(items: unknown[], options: Partial<LatestOptions> = {}): Promise<unknown[]> {
    const latest = selection(options);
    await latest.add(items);
    return latest.result().map((winner) => winner.id);
  }

  async function reason(items: unknown[], options: Partial<LatestOptions> = {}): Promise<string> {
    const latest = selection(options);
    await latest.add(items);
    assert.deepEqual(latest.result(), []);
    return latest.reason();
  }

  it("takes the newest instant, over offsets and fractions", async () => {
    assert.deepEqual(
      await newest([
        item("a", "2026-04-25T00:00:00Z"),
        item("b", "2026-04-25T01:30:00+02:00"),
        item("c", "2026-04-24T23:59:59.999999999Z"),
        item("d", "2026-04-24T22:30:00-02:00"),
        item("e", "2026-04-25T00:00:00.1Z"),
      ]),
      ["d"],
    );
    assert.deepEqual(await newest([item("a", "2026-01-01T00:00:00.5Z"), item("b", "2026-01-01T00:00:00.45Z")]), ["a"]);
    assert.deepEqual(await newest([item("a", "4072-12-16T12:00:00Z"), item("b", "2026-01-01T00:00:00Z")]), ["a"]);
  });

  it("gives the item as it came", async () => {
    const latest = selection();
    const given = item("a", "2026-04-25T00:00:00Z");
    await latest.add([given]);
    assert.equal(latest.result()[0], given);
    assert.equal(latest.reason(), "");
  });

  it("breaks ties by updated, then created, then id", async () => {
    const date = "2026-04-25T00:00:00Z";
    const tied = [
      item("z", date),
      item("y", date, { created: "2026-05-01T00:00:00Z" }),
      item("x", date, { created: "2026-05-01T02:00:00+01:00" }),
      item("w", "2026-04-25T02:00:00+02:00", { updated: "2026-05-01T00:00:00.1Z" }),
      item("v", date, { updated: "2026-05-01T00:00:00.12Z", created: "2020-01-01T00:00:00Z" }),
      item("u", date, { updated: "2026-05-01T00:00:00.12Z", created: "2020-01-01T00:00:01Z" }),
      item("t", date, { updated: "never" }),
    ];
    const expected = ["u", "v", "w", "x", "y", "z", "t"];
    const random = new SeededRandom(4);
    for (let round = 0; round < 50; round += 1) {
      assert.deepEqual(await newest(random.shuffle(tied), { count: 7 }), expected);
      assert.deepEqual(await newest(random.shuffle(tied), { count: 2 }), expected.slice(0, 2));
    }
    assert.deepEqual(await newest([item("B", date), item("a", date), item("Z", date)]), ["a"], "by code units");
  });

  it("matches the id by text, glob or regular expression", async () => {
    const items = [
      item("plankton_300m", "2026-04-25T00:00:00Z"),
      item("plankton_4km", "2026-04-26T00:00:00Z"),
      item("optics_300m", "2026-04-27T00:00:00Z"),
    ];
    const cases: [Partial<LatestOptions>, string][] = [
      [{ match: "300m" }, "optics_300m"],
      [{ match: "plankton" }, "plankton_4km"],
      [{ match: "plankton*300m", matchMode: "glob" }, "plankton_300m"],
      [{ match: "^plankton_\\d+m$", matchMode: "regex" }, "plankton_300m"],
      [{ match: "/^PLANK/i", matchMode: "regex" }, "plankton_4km"],
      [{ match: "", matchMode: "regex" }, "optics_300m"],
      [{ match: "", matchMode: "glob" }, "optics_300m"],
      [{ match: undefined }, "optics_300m"],
    ];
    for (const [options, expected] of cases) assert.deepEqual(await newest(items, options), [expected]);
    assert.deepEqual(await newest(items, { match: "Plankton" }), [], "case counts");
    assert.deepEqual(await newest(items, { match: "plankton", matchMode: "glob" }), [], "a glob matches the whole id");
  });

  it("refuses a regular expression that is wrong or slow", async () => {
    const items = [item(`${"a".repeat(60)}!`, "2026-04-25T00:00:00Z")];
    await assertRejectsBadInput(newest(items, { match: "(", matchMode: "regex" }), "regular expression");
    await assertRejectsBadInput(newest(items, { match: "(a+)+$", matchMode: "regex" }), "longer than 100 ms");
  });

  it("groups by a path or by a part of the id, in the order of first appearance", async () => {
    const items = [
      item("T1_a", "2026-04-25T00:00:00Z", { "grid:code": "B" }),
      item("T2_b", "2026-04-26T00:00:00Z", { "grid:code": "A" }),
      item("T1_c", "2026-04-27T00:00:00Z", { "grid:code": "B" }),
      item("T2_d", "2026-04-24T00:00:00Z", { "grid:code": "A" }),
    ];
    assert.deepEqual(await newest(items, { groupBy: "properties.grid:code" }), ["T1_c", "T2_b"]);
    assert.deepEqual(await newest(items, { groupBy: "properties.grid:code", count: 2 }), [
      "T1_c",
      "T1_a",
      "T2_b",
      "T2_d",
    ]);
    assert.deepEqual(await newest(items, { groupBy: "id:/^(?<group>T\\d)_/" }), ["T1_c", "T2_b"]);
    assert.deepEqual(await newest(items, { groupBy: "id:/^(?<group>t\\d)_/i" }), ["T1_c", "T2_b"]);
    assert.deepEqual(await newest(items, { groupBy: " " }), ["T1_c"]);
  });

  it("keeps groups of different types and hostile names apart", async () => {
    const date = "2026-04-25T00:00:00Z";
    const values = ["1", 1, true, "true", "__proto__", "constructor", ["a"], ["a", "b"], '["a"]', "null"];
    const items = values.map((g, index) => item(`i${index}`, date, { g }));
    assert.equal((await newest(items, { groupBy: "properties.g" })).length, values.length);
    assert.deepEqual(({} as Record<string, unknown>)["i4"], undefined);
  });

  it("never lets undated, unreadable or ungrouped items win", async () => {
    const odd = [
      item("undated", null),
      item("text", "yesterday"),
      item("zoneless", "2030-01-01T00:00:00"),
      item("", "2030-01-01T00:00:00Z"),
      item(undefined, "2030-01-01T00:00:00Z"),
      { type: "Feature", id: "bare" },
      { type: "Feature", id: "nulls", properties: null, assets: null },
      { type: "Catalog", id: "catalogue" },
      null,
      undefined,
      5,
      "text",
      [],
    ];
    const good = item("good", "2026-04-25T00:00:00Z");
    const latest = selection({ count: 100 });
    await latest.add([...odd, good]);
    assert.deepEqual(latest.result(), [good]);
    assert.deepEqual([latest.seen, latest.matched, latest.undated, latest.ungrouped], [14, 6, 5, 0]);

    const newer = [undefined, null, "", {}, [], [null], [{}]].map((g, i) =>
      item(`n${i}`, "2030-01-01T00:00:00Z", { g }),
    );
    assert.deepEqual(
      await newest([...newer, item("good", "2026-04-25T00:00:00Z", { g: 0 })], { groupBy: "properties.g" }),
      ["good"],
    );
    assert.deepEqual(
      await newest([item("xx", "2030-01-01T00:00:00Z"), item("a-", "2026-01-01T00:00:00Z")], {
        groupBy: "id:/^(?<group>a)|^x*$/",
      }),
      ["a-"],
    );
  });

  it("says why nothing is left", async () => {
    const date = "2026-04-25T00:00:00Z";
    assert.match(await reason([]), /no items/);
    assert.match(await reason([item("a", date), item("b", date)], { match: "xyz" }), /none of the 2 .*"xyz"/);
    assert.match(await reason([item("a", date)], { match: "xyz" }), /only item .*"xyz"/);
    assert.match(await reason([item("a", null), item("b", "?")]), /all 2 items have no date/);
    assert.match(await reason([item("a", null)]), /the only item has no date/);
    assert.match(await reason([item("a", null), item("b", date)], { match: "a" }), /only matching item has no date/);
    assert.match(await reason([item("a", date)], { dateField: "properties.published" }), /properties\.published/);
    assert.match(await reason([item("a", date)], { groupBy: "properties.g" }), /no value for "properties\.g"/);
    assert.match(
      await reason([item("a", date), item("b", null)], { groupBy: "properties.g" }),
      /of 2 items 1 have no date .* 1 have no value/,
    );
    assert.match(await reason([null]), /no item could be read/);
  });

  it("counts one item once, also when it comes again", async () => {
    const date = "2026-04-25T00:00:00Z";
    const again = item("a", date, { updated: "2026-05-01T00:00:00Z" }, "c");
    const items = [
      item("a", date, {}, "c"),
      again,
      item("a", date, {}, "c"),
      item("b", "2026-04-01T00:00:00Z", {}, "c"),
    ];
    const latest = selection({ count: 3 });
    await latest.add(items);
    assert.deepEqual(latest.result(), [again, items[3]]);
    assert.equal((await newest([item("a", date, {}, "c"), item("a", date, {}, "d")], { count: 3 })).length, 2);
  });

  it("gives the same over pages of any size and in any order, and remembers no more than it must", async () => {
    const random = new SeededRandom(5);
    const items = Array.from({ length: 3000 }, (_, index) => {
      const ms = Date.UTC(2026, 3, 1 + random.below(20));
      const text = new Date(ms).toISOString();
      const offset = random.below(3);
      const shifted = new Date(ms + offset * 3600_000).toISOString().slice(0, 19);
      return item(`i${index}`, offset === 0 ? text : `${shifted}+0${offset}:00`, { tile: `T${random.below(7)}` });
    });
    const expected = new Map<string, string[]>();
    const sorted = [...items].sort((a, b) => {
      const [ia, ib] = [itemInstant(a), itemInstant(b)];
      assert.ok(ia && ib);
      return compareInstants(ib, ia) || ((itemId(a) ?? "") < (itemId(b) ?? "") ? 1 : -1);
    });
    for (const entry of sorted) {
      const tile = (entry.properties as { tile: string }).tile;
      const group = expected.get(tile) ?? [];
      if (group.length < 3) group.push(itemId(entry) ?? "");
      expected.set(tile, group);
    }
    for (const size of [1, 7, 1000, 3000]) {
      const latest = selection({ groupBy: "properties.tile", count: 3 });
      const shuffled = random.shuffle(items);
      const pages: Promise<void>[] = [];
      for (let at = 0; at < shuffled.length; at += size) pages.push(latest.add(shuffled.slice(at, at + size)));
      await Promise.all(pages);
      const found = new Map<string, string[]>();
      for (const winner of latest.result()) {
        const tile = (winner.properties as { tile: string }).tile;
        found.set(tile, [...(found.get(tile) ?? []), itemId(winner) ?? ""]);
      }
      assert.deepEqual(found, new Map([...found.keys()].map((tile) => [tile, expected.get(tile)])));
      assert.equal(found.size, 7);
      assert.equal(latest.seen, 3000);
    }
  });

  it("lets other work go on during a long list", async () => {
    let turns = 0;
    let going = true;
    const turn = (): void => {
      turns += 1;
      if (going) setImmediate(turn);
    };
    setImmediate(turn);
    await selection().add(Array.from({ length: 20_000 }, (_, index) => item(`i${index}`, "2026-04-25T00:00:00Z")));
    going = false;
    assert.ok(turns >= 15, String(turns));
  });

  it("refuses options that make no sense before anything is looked at", () => {
    for (const count of [0, -1, 1.5, Number.NaN]) assertBadInput(() => selection({ count }), "count");
    assertBadInput(() => selection({ groupBy: "properties.__proto__" }), "__proto__");
    assertBadInput(() => selection({ groupBy: "a..b" }), "not a path");
    assertBadInput(() => selection({ dateField: "constructor.name" }), "constructor");
    assertBadInput(() => selection({ groupBy: "id:/T(\\d+)/" }), "(?<group>");
    assertBadInput(() => selection({ groupBy: "id:/T(?<group>\\d+)" }), "not closed");
  });
});
