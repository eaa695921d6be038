/** The fields of a search are read from text, JSON and values, or refused with a message of their own. */
import assert from "node:assert/strict";
import {
  bboxNumbers,
  booleanOf,
  fieldsObject,
  idList,
  intersectsGeometry,
  positiveInteger,
  queryObject,
  sortbyList,
} from "../../src/stac/search-fields.js";
import { assertBadInput } from "./bad-input.js";

type Reader = (value: unknown) => unknown;

const READERS: Record<string, Reader> = {
  collections: (value) => idList(value, "collections"),
  bbox: (value) => bboxNumbers(value),
  intersects: (value) => intersectsGeometry(value),
  sortby: (value) => sortbyList(value),
  fields: (value) => fieldsObject(value),
  query: (value) => queryObject(value),
  limit: (value) => positiveInteger(value, "limit"),
  wait: (value) => booleanOf(value, "wait"),
};

const POINT = { type: "Point", coordinates: [7, 50] };
const RING = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 0],
];

describe("search fields", () => {
  for (const [name, read] of Object.entries(READERS)) {
    it(`${name}: blank is the default, a missing value an error`, () => {
      assert.equal(read(""), undefined);
      assert.equal(read(" \n"), undefined);
      assertBadInput(() => read(undefined), name, "undefined");
      assertBadInput(() => read(null), name, "null");
    });

    it(`${name}: nothing makes it throw anything but BAD_INPUT`, () => {
      const circular: Record<string, unknown> = { type: "GeometryCollection" };
      circular["geometries"] = [circular];
      const odd = [
        {},
        [],
        [[]],
        [null],
        [undefined],
        circular,
        Symbol("x"),
        10n,
        () => 1,
        Number.NaN,
        -1,
        "{",
        "[",
        "[]",
      ];
      for (const value of [...odd, "{}", "null", "a,,b", ",", "\u0000", "__proto__", Object.create(null)]) {
        try {
          read(value);
        } catch {
          assertBadInput(() => read(value), name);
        }
      }
    });
  }

  it("ids: text with commas or an array, each once", () => {
    assert.deepEqual(idList("a", "ids"), ["a"]);
    assert.deepEqual(idList(" a , b,a,, c,", "ids"), ["a", "b", "c"]);
    assert.deepEqual(idList(["a,b", "c", "a,b"], "ids"), ["a,b", "c"]);
    assertBadInput(() => idList([], "ids"), "ids is an empty array");
    assertBadInput(() => idList(",", "ids"), "names nothing");
    assertBadInput(() => idList(["a", 5], "ids"), "ids[1]", "number 5");
    assertBadInput(() => idList(["a", " "], "ids"), "ids[1] is blank");
    // eslint-disable-next-line no-sparse-arrays -- a hole is what is tested
    assertBadInput(() => idList(["a", , "b"], "ids"), "ids[1] is undefined");
    assertBadInput(() => idList({ 0: "a" }, "ids"), "an object");
  });

  it("bbox: 4 or 6 numbers in text or array, west may be greater than east", () => {
    assert.deepEqual(bboxNumbers("5.8,45.8, 10.5 ,47.8"), [5.8, 45.8, 10.5, 47.8]);
    assert.deepEqual(bboxNumbers("[5.8,45.8,10.5,47.8]"), [5.8, 45.8, 10.5, 47.8]);
    assert.deepEqual(bboxNumbers(["-1e1", "+2", ".5", 3]), [-10, 2, 0.5, 3]);
    assert.deepEqual(bboxNumbers([-180, -90, -10, 180, 90, 9000]), [-180, -90, -10, 180, 90, 9000]);
    assert.deepEqual(bboxNumbers([170, -10, -170, 10]), [170, -10, -170, 10]);
    assert.deepEqual(bboxNumbers([0, 0, 0, 0]), [0, 0, 0, 0]);
  });

  it("bbox: the rest is refused", () => {
    const messages = [
      assertBadInput(() => bboxNumbers("1,2,3"), "bbox has 3 numbers", "4 or 6"),
      assertBadInput(() => bboxNumbers([1, 2, 3, 4, 5]), "bbox has 5 numbers"),
      assertBadInput(() => bboxNumbers("0,-91,1,1"), "latitude -91", "±90"),
      assertBadInput(() => bboxNumbers("0,0,181,1"), "longitude 181", "±180"),
      assertBadInput(() => bboxNumbers("0,10,1,5"), "south (10)", "north (5)"),
      assertBadInput(() => bboxNumbers([0, 0, 9, 1, 1, 5]), "height (9)"),
      assertBadInput(() => bboxNumbers("0,0,1,x"), 'bbox[3] is "x"'),
      assertBadInput(() => bboxNumbers([0, 0, 1, Number.NaN]), "bbox[3] is NaN"),
      assertBadInput(() => bboxNumbers({ west: 1 }), "an object"),
    ];
    assert.equal(new Set(messages).size, messages.length);
    for (const value of [
      "0,0,1,",
      "0,0,1,0x1",
      "0,0,1,1e999",
      "0 0 1 1",
      "0;0;1;1",
      [0, 0, 1, null],
      [0, 0, 1, [1]],
      5,
    ]) {
      assertBadInput(() => bboxNumbers(value), "bbox");
    }
    assertBadInput(() => bboxNumbers(`${"1".repeat(200_000)}x,0,0,0`), "bbox[0]");
  });

  it("intersects: geometries of every type, as object, text or Feature", () => {
    const geometries = [
      POINT,
      { type: "Point", coordinates: [7, 50, 100] },
      { type: "MultiPoint", coordinates: [[7, 50]] },
      { type: "LineString", coordinates: RING },
      { type: "MultiLineString", coordinates: [RING] },
      { type: "Polygon", coordinates: [RING, RING] },
      { type: "MultiPolygon", coordinates: [[RING], [RING]] },
      { type: "GeometryCollection", geometries: [POINT, { type: "GeometryCollection", geometries: [POINT] }] },
    ];
    for (const geometry of geometries) {
      assert.deepEqual(intersectsGeometry(geometry), geometry);
      assert.deepEqual(intersectsGeometry(JSON.stringify(geometry)), geometry);
      assert.deepEqual(intersectsGeometry({ type: "Feature", id: "x", properties: {}, geometry }), geometry);
      assert.deepEqual(intersectsGeometry({ ...geometry, bbox: [0, 0, 1, 1], extra: true }), geometry);
    }
  });

  it("intersects: says what is wrong with a geometry", () => {
    const bad = (value: unknown, ...words: string[]): string =>
      assertBadInput(() => intersectsGeometry(value), "intersects", ...words);
    bad({ type: "FeatureCollection", features: [] }, "FeatureCollection", "split");
    bad({ type: "Feature", geometry: null, properties: {} }, "without a geometry");
    bad({ type: "Circle", coordinates: [1, 2] }, '"Circle"', "Polygon");
    bad({ coordinates: [1, 2] }, "missing");
    bad({ type: "Point", coordinates: [1] }, "position");
    bad({ type: "Point", coordinates: [1, Number.NaN] }, "finite");
    bad({ type: "Point", coordinates: ["1", "2"] }, "finite");
    bad({ type: "Point", coordinates: [50, 97] }, "latitude 97", "longitude first");
    bad({ type: "LineString", coordinates: [[0, 0]] }, "fewer than 2");
    bad({ type: "Polygon", coordinates: [[...RING.slice(0, 3), [5, 5]]] }, "coordinates[0]", "not closed");
    bad({ type: "Polygon", coordinates: [[[0, 0], [1, 1], [0, 0]]] }, "fewer than 4"); // prettier-ignore
    bad({ type: "Polygon", coordinates: [] }, "at least one ring");
    bad({ type: "Polygon", coordinates: RING }, "coordinates[0][0]");
    bad({ type: "MultiPolygon", coordinates: [[RING], [[...RING.slice(0, 3), [9, 9]]]] }, "coordinates[1][0]");
    bad({ type: "GeometryCollection", geometries: [] }, "geometries");
    bad({ type: "GeometryCollection", geometries: [POINT, { type: "X" }] }, "geometries[1]");
    bad("POINT(1 2)", "not JSON");
    bad("[1,2]", "an array");
    bad("5", "number 5");
    bad(new Array(3), "an array");
  });

  it("sortby: signs or JSON", () => {
    const expected = [
      { field: "datetime", direction: "desc" },
      { field: "id", direction: "asc" },
    ];
    assert.deepEqual(sortbyList("-datetime,+id"), expected);
    assert.deepEqual(sortbyList(" - datetime , id "), expected);
    assert.deepEqual(sortbyList(expected), expected);
    assert.deepEqual(sortbyList(JSON.stringify(expected)), expected);
    assert.deepEqual(sortbyList([{ field: "datetime", direction: "DESC" }, { field: "id" }]), expected);
    assert.deepEqual(sortbyList(["-datetime", "id"]), expected);
    assert.deepEqual(sortbyList('{"field":"id"}'), [{ field: "id", direction: "asc" }]);
    assert.deepEqual(sortbyList("-properties.eo:cloud_cover"), [
      { field: "properties.eo:cloud_cover", direction: "desc" },
    ]);
    assertBadInput(() => sortbyList("-"), "without a name");
    assertBadInput(() => sortbyList(","), "names no field");
    assertBadInput(() => sortbyList("a,-a"), '"a" twice');
    assertBadInput(() => sortbyList([{ field: "a", direction: "up" }]), '"up"');
    assertBadInput(() => sortbyList([{ direction: "asc" }]), "names no field");
    assertBadInput(() => sortbyList("[{"), "not JSON");
    assertBadInput(() => sortbyList([]), "names no field");
    assertBadInput(() => sortbyList(5), "sortby");
  });

  it("fields: signs or JSON", () => {
    assert.deepEqual(fieldsObject("+id,properties.datetime,-links,-links"), {
      include: ["id", "properties.datetime"],
      exclude: ["links"],
    });
    assert.deepEqual(fieldsObject("-links"), { exclude: ["links"] });
    assert.deepEqual(fieldsObject('{"include":["id"]}'), { include: ["id"] });
    assert.deepEqual(fieldsObject({ include: [], exclude: ["a"] }), { exclude: ["a"] });
    assert.deepEqual(fieldsObject(["id", "-links"]), { include: ["id"], exclude: ["links"] });
    assertBadInput(() => fieldsObject("+"), "without a name");
    assertBadInput(() => fieldsObject({}), "names no field");
    assertBadInput(() => fieldsObject({ includes: ["a"] }), '"includes"');
    assertBadInput(() => fieldsObject({ include: "id" }), "fields.include");
    assertBadInput(() => fieldsObject("+a,-a"), 'excludes "a"');
    assertBadInput(() => fieldsObject([{}]), "without a name");
  });

  it("query: JSON of comparisons", () => {
    const query = { "eo:cloud_cover": { lte: 20 }, platform: { in: ["a", "b"] } };
    assert.deepEqual(queryObject(query), query);
    assert.deepEqual(queryObject(JSON.stringify(query)), query);
    assertBadInput(() => queryObject({}), "empty object");
    assertBadInput(() => queryObject({ a: 5 }), '"a"', "which comparison");
    assertBadInput(() => queryObject({ a: {} }), "which comparison");
    assertBadInput(() => queryObject({ a: { lt: undefined } }), '"lt" with undefined');
    assertBadInput(() => queryObject("a < 5"), "not JSON");
    assertBadInput(() => queryObject("[]"), "an array");
  });

  it("whole numbers: also saved as text", () => {
    assert.equal(positiveInteger("10", "limit"), 10);
    assert.equal(positiveInteger(" 10 ", "limit"), 10);
    assert.equal(positiveInteger(10, "limit"), 10);
    assert.equal(positiveInteger("0", "max", { min: 0 }), 0);
    assert.equal(positiveInteger(8, "segments", { max: 8 }), 8);
    for (const value of [
      0,
      "0",
      -1,
      "-1",
      1.5,
      "1.5",
      "1e3",
      "0x10",
      "ten",
      true,
      [5],
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      "9".repeat(20),
    ]) {
      assertBadInput(() => positiveInteger(value, "limit"), "limit", "1 or more");
    }
    assertBadInput(() => positiveInteger(9, "segments", { max: 8 }), "from 1 to 8");
  });

  it("booleans: also saved as text", () => {
    assert.equal(booleanOf(true, "wait"), true);
    assert.equal(booleanOf(false, "wait"), false);
    assert.equal(booleanOf("True", "wait"), true);
    assert.equal(booleanOf("false", "wait"), false);
    for (const value of [0, 1, "yes", "1", []]) assertBadInput(() => booleanOf(value, "wait"), "true or false");
  });
});
