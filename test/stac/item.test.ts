/** Items are recognised and read with tolerance, and paths reach only what an item holds. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { compareInstants, type Instant, parseInstant } from "../../src/stac/instant.js";
import { elementsOf, isItem, type Item, itemId, itemInstant, parsePath, valueAtPath } from "../../src/stac/item.js";
import { skipSuite } from "../support/skip.js";
import { assertBadInput } from "./bad-input.js";

const RECORDED = path.resolve(__dirname, "../../../shared/recorded");

describe("STAC item", () => {
  it("is a Feature, whatever else is missing", () => {
    assert.ok(isItem({ type: "Feature" }));
    for (const value of [undefined, null, "Feature", [], {}, { type: "feature" }, { type: "FeatureCollection" }]) {
      assert.ok(!isItem(value));
    }
  });

  it("has an id that is text or a number", () => {
    assert.equal(itemId({ type: "Feature", id: "a" }), "a");
    assert.equal(itemId({ type: "Feature", id: 5 }), "5");
    for (const id of [undefined, null, "", {}, Number.NaN]) assert.equal(itemId({ type: "Feature", id }), undefined);
  });

  it("comes alone, in an array or in a FeatureCollection", () => {
    const item = { type: "Feature", id: "a" };
    assert.deepEqual(elementsOf(item), [item]);
    assert.deepEqual(elementsOf([item, item]), [item, item]);
    assert.deepEqual(elementsOf([]), []);
    assert.deepEqual(elementsOf({ type: "FeatureCollection", features: [item] }), [item]);
    assert.deepEqual(elementsOf({ type: "FeatureCollection", features: [] }), []);
    assert.deepEqual(elementsOf({ type: "FeatureCollection", features: [null] }), [null]);
    assert.deepEqual(elementsOf([item, null]), [item, null]);
    for (const value of [
      undefined,
      null,
      5,
      "text",
      {},
      { features: [item] },
      { type: "FeatureCollection" },
      { type: "FeatureCollection", features: {} },
      { type: "Collection", id: "a" },
      [1, 2],
    ]) {
      assert.equal(elementsOf(value), undefined, JSON.stringify(value));
    }
  });

  describe("date", () => {
    const dated = (properties: unknown): Instant | undefined => itemInstant({ type: "Feature", properties });
    const day = (text: string): Instant | undefined => parseInstant(`${text}T00:00:00Z`);

    it("is datetime, else end_datetime, else start_datetime", () => {
      const all = {
        datetime: "2026-01-03T00:00:00Z",
        end_datetime: "2026-01-02T00:00:00Z",
        start_datetime: "2026-01-01T00:00:00Z",
      };
      assert.deepEqual(dated(all), day("2026-01-03"));
      assert.deepEqual(dated({ ...all, datetime: null }), day("2026-01-02"));
      assert.deepEqual(dated({ ...all, datetime: null, end_datetime: null }), day("2026-01-01"));
      assert.deepEqual(dated({ start_datetime: "2026-01-01" }), day("2026-01-01"));
    });

    it("is none when what stands there is no date", () => {
      for (const datetime of ["yesterday", "", 5, {}, "2026-01-01T00:00:00", "2026-02-30"]) {
        assert.equal(dated({ datetime, end_datetime: "2026-01-02T00:00:00Z" }), undefined, JSON.stringify(datetime));
      }
      for (const properties of [undefined, null, "x", [], {}, { datetime: null }]) {
        assert.equal(dated(properties), undefined);
      }
    });

    it("is at the date field only, when one is set", () => {
      const item: Item = {
        type: "Feature",
        properties: { datetime: "2026-01-01T00:00:00Z", published: "2026-03-01T00:00:00Z" },
      };
      assert.deepEqual(itemInstant(item, "properties.published"), day("2026-03-01"));
      assert.equal(itemInstant(item, "properties.updated"), undefined);
      assert.deepEqual(itemInstant(item, ""), day("2026-01-01"));
      assertBadInput(() => itemInstant(item, "properties..published"));
    });
  });

  describe("path", () => {
    const item = {
      properties: { "grid:code": "MGRS-35LNC", "a.b": { c: 1 }, list: [{ x: 1 }, { x: 2 }], nothing: null },
      assets: { "browse.jpg": { href: "h" }, "it's": 1 },
    };

    it("reaches objects, arrays and names with dots or colons", () => {
      assert.equal(valueAtPath(item, "properties.grid:code"), "MGRS-35LNC");
      assert.equal(valueAtPath(item, " properties.grid:code "), "MGRS-35LNC");
      assert.equal(valueAtPath(item, 'properties["a.b"].c'), 1);
      assert.equal(valueAtPath(item, "assets['browse.jpg'].href"), "h");
      assert.equal(valueAtPath(item, `assets["it's"]`), 1);
      assert.equal(valueAtPath(item, "properties.list.1.x"), 2);
      assert.equal(valueAtPath(item, "properties.list[0].x"), 1);
      assert.equal(valueAtPath(item, "properties.nothing"), null);
      assert.deepEqual(parsePath("a[0][1].b"), ["a", "0", "1", "b"]);
    });

    it("reaches nothing that the item does not hold itself", () => {
      for (const missing of [
        "properties.toString",
        "properties.list.length",
        "properties.list.-1",
        "properties.list.01",
        "properties.list.map",
        "properties.grid:code.length",
        "properties.grid:code.0",
        "properties.nothing.x",
        "hasOwnProperty",
      ]) {
        assert.equal(valueAtPath(item, missing), undefined, missing);
      }
      assert.equal(valueAtPath(undefined, "a"), undefined);
      assert.equal(valueAtPath(JSON.parse('{"a":{"__proto__":{"b":1}}}'), "a.b"), undefined);
    });

    it("is refused when it is malformed or names what no item holds", () => {
      for (const word of ["__proto__", "constructor", "prototype"]) {
        assertBadInput(() => valueAtPath(item, word), word);
        assertBadInput(() => valueAtPath(item, `properties.${word}.x`), word);
        assertBadInput(() => valueAtPath(item, `properties["${word}"]`), word);
        assertBadInput(() => valueAtPath({}, `missing.${word}`), word);
      }
      for (const bad of ["", " ", ".", "a.", ".a", "a..b", "a[", "a[]", 'a["x]', "a[0]b", "a.[0]", '[""]']) {
        assertBadInput(() => parsePath(bad), "not a path");
      }
    });
  });
});

describe("STAC items of real services", () => {
  before(function () {
    if (!existsSync(RECORDED)) skipSuite(this, "the recorded answers beside the clone");
  });

  it("are all read, and sort by date in any order", () => {
    const items: Item[] = [];
    const visit = (value: unknown): void => {
      if (typeof value === "string" && /^\s*[{[]/.test(value)) {
        let body: unknown;
        try {
          body = JSON.parse(value);
        } catch {
          return;
        }
        visit(body);
      } else if (typeof value === "object" && value !== null) {
        if (isItem(value) && value["stac_version"] !== undefined) items.push(value);
        Object.values(value).forEach(visit);
      }
    };
    for (const folder of ["items", "hda", "eodh", "paging", "odata"]) {
      for (const name of readdirSync(path.join(RECORDED, folder))) {
        if (name.endsWith(".json")) visit(JSON.parse(readFileSync(path.join(RECORDED, folder, name), "utf8")));
      }
    }
    assert.ok(items.length > 100, `only ${items.length} items found`);
    const dated = items.flatMap((item) => {
      const instant = itemInstant(item);
      return instant ? [{ item, instant }] : [];
    });
    const undated = items.filter((item) => !itemInstant(item));
    for (const item of undated) {
      const properties = item.properties as Record<string, unknown> | undefined;
      assert.ok(
        ["datetime", "start_datetime", "end_datetime"].every((name) => (properties?.[name] ?? null) === null),
        `${itemId(item)} has a date that was not read: ${JSON.stringify(properties?.["datetime"])}`,
      );
    }
    assert.ok(undated.length > 0);
    dated.sort((a, b) => compareInstants(b.instant, a.instant));
    assert.ok((dated[0]?.instant.seconds ?? 0) > Date.UTC(2037, 0, 1) / 1000, "dates far ahead come first");
    for (const item of items) assert.ok(itemId(item), "every recorded item has an id");
  });
});
