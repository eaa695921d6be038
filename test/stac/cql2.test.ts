/** CQL2 text becomes cql2-json, JSON is checked, and what is wrong is refused with its place. */
import assert from "node:assert/strict";
import { cql2Json } from "../../src/stac/cql2.js";
import { assertBadInput } from "./bad-input.js";
import { Cql2Sample } from "./cql2-samples.js";
import { SeededRandom } from "./seeded-random.js";

const p = (property: string): { property: string } => ({ property });
const op = (name: string, ...args: unknown[]): { op: string; args: unknown[] } => ({ op: name, args });
const interval = (start: unknown, end: unknown): object => ({ interval: [start, end] });

/** Text and the JSON that the standard's grammar and schema give for it. */
const CASES: [text: string, json: object][] = [
  // comparisons
  ["eo:cloud_cover < 10", op("<", p("eo:cloud_cover"), 10)],
  ["eo:cloud_cover<=.5", op("<=", p("eo:cloud_cover"), 0.5)],
  ["properties.eo:cloud_cover >= 1e-2", op(">=", p("properties.eo:cloud_cover"), 0.01)],
  ["a > -1.5E+3", op(">", p("a"), -1500)],
  ["a <> +5.", op("<>", p("a"), 5)],
  ["platform='sentinel-3b'", op("=", p("platform"), "sentinel-3b")],
  ["'x' = platform", op("=", "x", p("platform"))],
  ["a = TRUE", op("=", p("a"), true)],
  ["a = false", op("=", p("a"), false)],
  ["a = ''", op("=", p("a"), "")],
  ["a = 'it''s'", op("=", p("a"), "it's")],
  ["a = 'it\\'s'", op("=", p("a"), "it's")],
  ["a = 'C:\\data'", op("=", p("a"), "C:\\data")],
  ["a = 'AND (\"x\"'", op("=", p("a"), 'AND ("x"')],
  ["datetime >= TIMESTAMP('2026-04-20T00:00:00Z')", op(">=", p("datetime"), { timestamp: "2026-04-20T00:00:00Z" })],
  ["updated > date('2026-04-20')", op(">", p("updated"), { date: "2026-04-20" })],
  // names
  ['"my property" = 1', op("=", p("my property"), 1)],
  ['"and" = "a""b"', op("=", p("and"), p('a"b'))],
  ["größe = 1", op("=", p("größe"), 1)],
  ["𐐀x = 1", op("=", p("𐐀x"), 1)],
  [
    "date = 1 AND point = 2 AND bbox = 3",
    op("and", op("=", p("date"), 1), op("=", p("point"), 2), op("=", p("bbox"), 3)),
  ],
  ["casei = 'x'", op("=", p("casei"), "x")],
  ["android = oracle", op("=", p("android"), p("oracle"))],
  // logic
  ["a=1 AND b=2 and c=3", op("and", op("=", p("a"), 1), op("=", p("b"), 2), op("=", p("c"), 3))],
  ["a=1 OR b=2 AND c=3", op("or", op("=", p("a"), 1), op("and", op("=", p("b"), 2), op("=", p("c"), 3)))],
  ["(a=1 OR b=2) AND c=3", op("and", op("or", op("=", p("a"), 1), op("=", p("b"), 2)), op("=", p("c"), 3))],
  ["NOT a=1 OR b=2", op("or", op("not", op("=", p("a"), 1)), op("=", p("b"), 2))],
  ["NOT(a=1 OR b=2)", op("not", op("or", op("=", p("a"), 1), op("=", p("b"), 2)))],
  ["a=1 AND TRUE", op("and", op("=", p("a"), 1), true)],
  ["((((a))) = ((1)))", op("=", p("a"), 1)],
  // predicates
  ["a LIKE 'S3_%'", op("like", p("a"), "S3_%")],
  ["a NOT LIKE '50\\%'", op("not", op("like", p("a"), "50\\%"))],
  ["CASEI(a) LIKE CASEI('x%')", op("like", op("casei", p("a")), op("casei", "x%"))],
  [
    "ACCENTI(CASEI(a)) = ACCENTI(CASEI('É'))",
    op("=", op("accenti", op("casei", p("a"))), op("accenti", op("casei", "É"))),
  ],
  ["a BETWEEN 1 AND 2 AND b = 3", op("and", op("between", p("a"), 1, 2), op("=", p("b"), 3))],
  ["a NOT BETWEEN b+1 AND -2", op("not", op("between", p("a"), op("+", p("b"), 1), -2))],
  ["a IN (1,'x',TRUE,DATE('2026-01-01'))", op("in", p("a"), [1, "x", true, { date: "2026-01-01" }])],
  ["a NOT IN ('x')", op("not", op("in", p("a"), ["x"]))],
  ["NOT a IN (1)", op("not", op("in", p("a"), [1]))],
  ["a IS NULL", op("isNull", p("a"))],
  ["geometry IS NOT NULL", op("not", op("isNull", p("geometry")))],
  ["NOT a IS NULL", op("not", op("isNull", p("a")))],
  // calculation
  ["a = 1 + 2 * 3", op("=", p("a"), op("+", 1, op("*", 2, 3)))],
  ["a = (1 + 2) * 3", op("=", p("a"), op("*", op("+", 1, 2), 3))],
  ["a = 1 - 2 - 3", op("=", p("a"), op("-", op("-", 1, 2), 3))],
  ["a-1.5>0", op(">", op("-", p("a"), 1.5), 0)],
  ["a = -b ^ 2", op("=", p("a"), op("^", op("*", -1, p("b")), 2))],
  ["a = 2 ^ -1", op("=", p("a"), op("^", 2, -1))],
  ["a = b DIV 2 % 3 / 4", op("=", p("a"), op("/", op("%", op("div", p("b"), 2), 3), 4))],
  // functions
  ["isNew()", op("isNew")],
  [
    "a:avg(windSpeed, -1, 'x', (1,2), POINT(1 2)) < 4",
    op("<", op("a:avg", p("windSpeed"), -1, "x", [1, 2], { type: "Point", coordinates: [1, 2] }), 4),
  ],
  ["f(a = 1 OR b = 2)", op("f", op("or", op("=", p("a"), 1), op("=", p("b"), 2)))],
  ["f(()) AND g((('x')))", op("and", op("f", []), op("g", [["x"]]))],
  ["f((1 + a) * 2)", op("f", op("*", op("+", 1, p("a")), 2))],
  // space
  [
    "S_INTERSECTS(geometry, POINT(7.02 49.92))",
    op("s_intersects", p("geometry"), { type: "Point", coordinates: [7.02, 49.92] }),
  ],
  ["s_within(point z (1 2 -3), geometry)", op("s_within", { type: "Point", coordinates: [1, 2, -3] }, p("geometry"))],
  [
    "S_CROSSES(a, LINESTRING(0 0,1 1))",
    op("s_crosses", p("a"), {
      type: "LineString",
      coordinates: [
        [0, 0],
        [1, 1],
      ],
    }),
  ],
  [
    "S_TOUCHES(a, POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0)))",
    op("s_touches", p("a"), {
      type: "Polygon",
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
      ],
    }),
  ],
  [
    "S_EQUALS(a, MULTIPOINT((0 0),(1 1)))",
    op("s_equals", p("a"), {
      type: "MultiPoint",
      coordinates: [
        [0, 0],
        [1, 1],
      ],
    }),
  ],
  [
    "S_EQUALS(a, MULTIPOINT(0 0,1 1))",
    op("s_equals", p("a"), {
      type: "MultiPoint",
      coordinates: [
        [0, 0],
        [1, 1],
      ],
    }),
  ],
  [
    "S_OVERLAPS(a, MULTILINESTRING((0 0,1 1)))",
    op("s_overlaps", p("a"), {
      type: "MultiLineString",
      coordinates: [
        [
          [0, 0],
          [1, 1],
        ],
      ],
    }),
  ],
  [
    "S_DISJOINT(a, MULTIPOLYGON(((0 0,1 0,1 1,0 0))))",
    op("s_disjoint", p("a"), {
      type: "MultiPolygon",
      coordinates: [
        [
          [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 0],
          ],
        ],
      ],
    }),
  ],
  [
    "S_CONTAINS(a, GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1)))",
    op("s_contains", p("a"), {
      type: "GeometryCollection",
      geometries: [
        { type: "Point", coordinates: [0, 0] },
        {
          type: "LineString",
          coordinates: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    }),
  ],
  ["S_INTERSECTS(a, BBOX(170,-10,-170,10))", op("s_intersects", p("a"), { bbox: [170, -10, -170, 10] })],
  ["S_INTERSECTS(a, BBOX(-1,-2,-3,1,2,3))", op("s_intersects", p("a"), { bbox: [-1, -2, -3, 1, 2, 3] })],
  ["S_WITHIN(road, Buffer(geometry, 10, 'm'))", op("s_within", p("road"), op("Buffer", p("geometry"), 10, "m"))],
  // time
  ["T_AFTER(updated, DATE('2026-01-01'))", op("t_after", p("updated"), { date: "2026-01-01" })],
  [
    "t_finishedby(INTERVAL(a, \"b c\"), INTERVAL('2026-01-01','..'))",
    op("t_finishedBy", interval(p("a"), p("b c")), interval("2026-01-01", "..")),
  ],
  [
    "T_DURING(datetime, INTERVAL('2026-01-01T00:00:00.5Z', now()))",
    op("t_during", p("datetime"), interval("2026-01-01T00:00:00.5Z", op("now"))),
  ],
  ...[
    "after",
    "before",
    "contains",
    "disjoint",
    "during",
    "equals",
    "finishes",
    "intersects",
    "meets",
    "metBy",
    "overlappedBy",
    "overlaps",
    "startedBy",
    "starts",
  ].map((name): [string, object] => [`T_${name.toUpperCase()}(a, b)`, op(`t_${name}`, p("a"), p("b"))]),
  // arrays
  ["A_CONTAINS(layer:ids, ('a','b'))", op("a_contains", p("layer:ids"), ["a", "b"])],
  ["A_CONTAINEDBY(a, (1))", op("a_containedBy", p("a"), [1])],
  ["A_EQUALS((), a)", op("a_equals", [], p("a"))],
  [
    "A_OVERLAPS(a, (1, 'x', TRUE, b, (1, 2), c = 1, f(), DATE('2026-01-01'), POINT(0 0)))",
    op("a_overlaps", p("a"), [
      1,
      "x",
      true,
      p("b"),
      [1, 2],
      op("=", p("c"), 1),
      op("f"),
      { date: "2026-01-01" },
      { type: "Point", coordinates: [0, 0] },
    ]),
  ],
  // white space of every kind
  ["\n a\t=\u00a01\u3000AND\r\nb\v=\f2 ", op("and", op("=", p("a"), 1), op("=", p("b"), 2))],
];

/** Text that is refused, the place (counted from 1) and words of the message. */
const WRONG: [text: string, at: number, ...words: string[]][] = [
  ["eo:cloud_cover <", 17, "end of the text"],
  ["a = 1 AND", 10, "end of the text"],
  ["a", 1, '"a"', "a condition"],
  ["'a'", 1, "a condition"],
  ["5", 1, "a condition"],
  ["TRUE", 1, "only TRUE or FALSE"],
  ["a AND b = 1", 1, "compare the property"],
  ["(a = 1", 7, "end of the text"],
  ["a = 1)", 6, '")"'],
  ["()", 2, '")"'],
  ["a == 1", 3, "= for equal"],
  ["a != 1", 3, "<> for not equal"],
  ["a = 1 && b = 2", 7, "AND"],
  ["a = 1 || b = 2", 7, "OR"],
  ["!a", 1, "NOT"],
  ["a = 1;", 6, '";"'],
  ["a = 1 b = 2", 7, "AND, OR"],
  ["a < b < c", 7, '"<"'],
  ["a = 'x", 5, "never ends"],
  ['"a = 1', 1, "never ends"],
  ['"" = 1', 1, "empty property name"],
  ["a = ‘x’", 5, "straight quotes"],
  ["a = 1x", 6, "right after a number"],
  ["a = 1.2.3", 8, "right after a number"],
  ["a = 1e", 6, "right after a number"],
  ["a = 1e999", 5, "too large"],
  ["a = 9007199254740993", 5, "exactly"],
  ["a = --1", 6, '"-"'],
  ["a = -'x'", 6, "after the minus sign"],
  ["a = 2 ^ 3 ^ 4", 11, "second ^"],
  ["a = 'x' + 1", 5, "a number"],
  ["a = ('x')", 6, "inside parentheses"],
  ["a = (1, 2)", 7, '","'],
  ["a LIKE 5", 8, "wildcards"],
  ["a LIKE b", 8, "wildcards"],
  ["1 LIKE 'x'", 1, "a text"],
  ["a BETWEEN 1", 12, "AND and the upper bound"],
  ["a BETWEEN 1 OR 2", 13, '"OR"'],
  ["a IN ()", 7, '")"'],
  ["a IN 1", 6, "a list"],
  ["a IN (1,)", 9, '")"'],
  ["a IN ((1,2))", 9, '","'],
  ["a IS 5", 6, "NULL"],
  ["a IS NOT", 9, "NULL"],
  ["a NOT = 1", 7, "LIKE, BETWEEN or IN"],
  ["and = 1", 1, "double quotes"],
  ["NOT NOT a = 1", 5, '"NOT"'],
  ["like(a, 'x')", 1, '"like"'],
  ["isNull(a)", 1, "isNull"],
  ["S_INTERSECT(a, b)", 1, "s_intersects"],
  ["t_inside(a, b)", 1, "t_during"],
  ["S_INTERSECTS(a)", 15, '")"'],
  ["S_INTERSECTS(a, b, c)", 18, '","'],
  ["S_INTERSECTS(a, 5)", 17, "a geometry"],
  ["S_INTERSECTS(a, POINT(1))", 24, "a number"],
  ["S_INTERSECTS(a, POINT(1 2 3 4))", 29, '"4"'],
  ["S_INTERSECTS(a, POINT(1,2))", 24, "a number"],
  ["S_INTERSECTS(a, POINT EMPTY)", 23, '"EMPTY"'],
  ["S_INTERSECTS(a, POINT Z (1 2))", 26, "2 numbers", "3"],
  ["S_INTERSECTS(a, LINESTRING(0 0, 1 1 1))", 33, "3 numbers"],
  ["S_INTERSECTS(a, LINESTRING(0 0))", 17, "fewer than 2"],
  ["S_INTERSECTS(a, POLYGON((0 0,1 0,1 1,5 5)))", 17, "not closed"],
  ["S_INTERSECTS(a, POLYGON(0 0,1 0,1 1,0 0))", 25, '"0"'],
  ["S_INTERSECTS(a, BBOX(1,2,3))", 17, "3 numbers"],
  ["S_INTERSECTS(a, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(0 0))))", 36, "GEOMETRYCOLLECTION"],
  ["T_AFTER(a, '2026-01-01')", 12, "a date, interval"],
  ["T_AFTER(a, DATE('2026-02-30'))", 17, "a date"],
  ["T_AFTER(a, DATE(b))", 17, "a date"],
  ["a = TIMESTAMP('2026-01-01')", 15, "a time in UTC"],
  ["a = TIMESTAMP('2026-01-01T00:00:00')", 15, "a time in UTC"],
  ["a = INTERVAL('2026-01-01', '..')", 5, "a text, number, date"],
  ["T_DURING(a, INTERVAL('2026-01-01'))", 34, '")"'],
  ["T_DURING(a, INTERVAL('x', b))", 22, "a date"],
  ["A_CONTAINS(a, ['x'])", 15, "array in parentheses"],
  ["A_CONTAINS(a, 'x')", 15, "an array"],
  ["A_CONTAINS(a, (1,))", 18, '")"'],
  ["f(a", 4, "end of the text"],
  ["f(,)", 3, '","'],
  ["a = 1 # comment", 7, '"#"'],
];

const WRONG_JSON: [json: unknown, ...words: string[]][] = [
  [{}, "at the top", "op"],
  [[], "at the top", "array of 0"],
  [5, "at the top", "5"],
  [true, "at the top", "true"],
  [{ filter: op("=", p("a"), 1) }, "at the top"],
  [p("a"), "at the top"],
  [{ op: 5, args: [] }, "at op", "5"],
  [{ op: "=" }, "at args", "nothing"],
  [op("=", p("a")), "at args", "found 1", "2 arguments"],
  [op("=", p("a"), 1, 2), "found 3"],
  [op("and", op("=", p("a"), 1)), "2 or more"],
  [op("=", p("a"), null), "at args[1]", "null"],
  [op("=", p("a"), undefined), "at args[1]", "nothing"],
  [op("=", p("a"), Number.NaN), "NaN"],
  [op("=", p("a"), [1]), "at args[1]", "array of 1"],
  [op("=", p("a"), op("=", 1, 2)), "at args[1]", 'operation "="'],
  [op("+", 1, 2), "a condition"],
  [op("AND", op("=", p("a"), 1), op("=", p("b"), 1)), "at op", '"AND"', "and"],
  [op("S_INTERSECTS", p("a"), p("b")), "s_intersects"],
  [op("s_intersect", p("a"), p("b")), "s_intersects"],
  [op("==", p("a"), 1), '"=="'],
  [op("my function"), '"my function"'],
  [op("not", 5), "at args[0]", "a condition"],
  [op("and", op("=", p("a"), 1), op("or", op("=", p("b"), 1), p("c"))), "at args[1].args[1]"],
  [op("like", p("a"), 5), "wildcards"],
  [op("in", p("a"), 1), "a list"],
  [op("in", p("a"), []), "empty list"],
  [op("in", p("a"), [1, [2]]), "at args[1][1]"],
  [op("in", p("a"), 1, 2, 3), "found 4"],
  [op("between", p("a"), [1, 2]), "found 2"],
  [op("isNull", p("a"), p("b")), "1 argument for isNull"],
  [op("=", { property: "" }, 1), "args[0].property"],
  [op("=", { name: "a" }, 1), "args[0]", '"name"'],
  [op("=", { date: "2026-02-30" }, 1), "args[0].date"],
  [op("=", { date: "2026-02-03T00:00:00Z" }, 1), "args[0].date"],
  [op("=", { timestamp: "2026-02-03" }, 1), "args[0].timestamp"],
  [op("t_after", p("a"), interval("2026-01-01", 5)), "args[1].interval[1]"],
  [op("t_after", p("a"), { interval: ["2026-01-01"] }), "args[1].interval"],
  [op("s_within", p("a"), { bbox: [1, 2, 3] }), "args[1].bbox"],
  [op("s_within", p("a"), { type: "Point", coordinates: [1] }), "args[1]", "position"],
  [op("s_within", p("a"), { type: "Feature", geometry: null }), '"Feature"'],
  ['{"op":', "not JSON"],
  ['{"op":"="}', "at args"],
];

describe("CQL2", () => {
  it("is nothing when blank, and refused when missing", () => {
    assert.equal(cql2Json(""), undefined);
    assert.equal(cql2Json(" \n"), undefined);
    assertBadInput(() => cql2Json(undefined), "filter is undefined");
    assertBadInput(() => cql2Json(null), "filter is null");
  });

  describe("text", () => {
    for (const [text, json] of CASES) {
      it(JSON.stringify(text), () => {
        assert.deepEqual(cql2Json(text), json);
        assert.deepEqual(cql2Json(JSON.stringify(json)), json, "its JSON must pass the check too");
      });
    }
  });

  describe("wrong text", () => {
    for (const [text, at, ...words] of WRONG) {
      it(JSON.stringify(text), () => {
        assertBadInput(() => cql2Json(text), `at character ${at}`, "found", "expected", ...words);
      });
    }
  });

  describe("wrong JSON", () => {
    for (const [json, ...words] of WRONG_JSON) {
      it(typeof json === "string" ? json : JSON.stringify(json), () => {
        assertBadInput(() => cql2Json(json), "filter", ...words);
      });
    }
  });

  it("passes JSON on as it is", () => {
    const filter = op(
      "and",
      op("=", p("a"), 1),
      op("s_within", p("g"), { type: "Point", coordinates: [1, 2], bbox: [] }),
    );
    assert.equal(cql2Json(filter), filter);
    assert.deepEqual(cql2Json(` ${JSON.stringify(filter)}`), filter);
  });

  it("counts places in the text as given, spaces before it included", () => {
    assertBadInput(() => cql2Json("  a = "), "at character 7");
  });

  it("limits nesting, in text and JSON", () => {
    const nested = (levels: number): string => `${"(".repeat(levels)}a = 1${")".repeat(levels)}`;
    assert.deepEqual(cql2Json(nested(200)), op("=", p("a"), 1));
    for (const text of [
      nested(201),
      nested(100_000),
      "(".repeat(100_000),
      `a = ${"1+".repeat(100_000)}1`,
      "f(".repeat(100_000),
      "NOT (".repeat(5000),
      `a = ${"CASEI(".repeat(5000)}`,
      `A_EQUALS(a, ${"(".repeat(5000)}`,
      `S_INTERSECTS(a, ${"GEOMETRYCOLLECTION(".repeat(5000)}`,
    ]) {
      assertBadInput(() => cql2Json(text));
    }
    let deep: object = op("=", p("a"), 1);
    for (let level = 0; level < 250; level += 1) deep = op("not", deep);
    assertBadInput(() => cql2Json(deep), "levels");
    assertBadInput(() => cql2Json(`{"op":"f","args":${"[".repeat(100_000)}`), "not JSON");
    assertBadInput(() => cql2Json(`{"op":"f","args":${"[".repeat(5000)}${"]".repeat(5000)}}`), "levels");
  });

  it("takes a flat filter of any length in time", () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `a = ${index}`).join(" OR ");
    assert.equal((cql2Json(many) as { args: unknown[] }).args.length, 20_000);
    assertBadInput(() => cql2Json(`a = '${"''".repeat(500_000)}`), "never ends");
    assertBadInput(() => cql2Json(`a = ${"1".repeat(500_000)}`));
    assertBadInput(() => cql2Json("a".repeat(500_000)), "a condition");
    assertBadInput(() => cql2Json(`${" ".repeat(500_000)}=`), "at character 500001");
  });

  it("ends on JSON that refers to itself", () => {
    const circular = op("not", undefined);
    circular.args[0] = circular;
    assertBadInput(() => cql2Json(circular), "levels");
    let shared: object = op("=", p("a"), 1);
    for (let level = 0; level < 60; level += 1) shared = op("and", shared, shared);
    assertBadInput(() => cql2Json(shared), "parts");
  });

  it("gives back any filter that is written as text", () => {
    const random = new SeededRandom(6);
    for (let count = 0; count < 3000; count += 1) {
      const sample = new Cql2Sample(random);
      const json = sample.condition(4);
      const text = sample.text(json);
      assert.deepEqual(cql2Json(text), json, text);
      assert.equal(cql2Json(json), json, text);
      assert.deepEqual(cql2Json(JSON.stringify(json)), json, text);
    }
  });

  it("answers any text with a filter or BAD_INPUT", () => {
    const random = new SeededRandom(7);
    const pieces =
      "a eo:b 1 .5 -2 1e5 'x' '' ' \" \"q\" ( ) ( ) , , = <> < > <= >= + - * / ^ % div and or not like between in is null true false f( casei( s_intersects( t_during( a_contains( point( polygon(( bbox( z date( timestamp( interval( '..' '2026-01-01' '2026-01-01T00:00:00Z' \\ ; [ ] { } ! # é 😀 \u0000 \ud800".split(
        " ",
      );
    let accepted = 0;
    const attempt = (text: string): void => {
      let result: unknown;
      try {
        result = cql2Json(text);
      } catch {
        assertBadInput(() => cql2Json(text), "filter");
        return;
      }
      if (result === undefined) return;
      accepted += 1;
      assert.deepEqual(cql2Json(JSON.stringify(result)), result, text);
    };
    for (let count = 0; count < 8000; count += 1) {
      attempt(Array.from({ length: 1 + random.below(12) }, () => random.pick(pieces)).join(random.pick(["", " "])));
    }
    for (let count = 0; count < 5000; count += 1) {
      // A right filter with one piece taken out or put in.
      const sample = new Cql2Sample(random);
      const text = sample.text(sample.condition(2));
      const at = random.below(text.length);
      attempt(text.slice(0, at) + (random.below(2) ? random.pick(pieces) : "") + text.slice(at + random.below(3)));
    }
    assert.ok(accepted > 300, String(accepted));
  });

  it("answers any JSON with the same JSON or BAD_INPUT", () => {
    const random = new SeededRandom(8);
    const junk = [
      null,
      undefined,
      0,
      Number.NaN,
      "",
      "x",
      [],
      {},
      [null],
      { op: "=" },
      { type: "Point" },
      10n,
      Symbol("s"),
    ];
    let accepted = 0;
    const spoil = (value: unknown): unknown => {
      if (random.below(12) === 0) return random.pick(junk);
      if (Array.isArray(value)) return value.filter(() => random.below(30) > 0).map(spoil);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [random.below(30) ? key : "odd", spoil(entry)]),
      );
    };
    for (let count = 0; count < 10_000; count += 1) {
      const filter = spoil(new Cql2Sample(random).condition(3));
      try {
        assert.equal(cql2Json(filter), typeof filter === "string" && filter.trim() === "" ? undefined : filter);
        accepted += 1;
      } catch {
        assertBadInput(() => cql2Json(filter), "filter");
      }
    }
    assert.ok(accepted > 500 && accepted < 9500, String(accepted));
  });
});
