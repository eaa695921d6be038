/** What a dialog marks as wrong is what the node refuses, and nothing else. */
import assert from "node:assert/strict";
import * as check from "../../nodes/common/editor/check.js";
import { hostPatterns } from "../../src/http/origins.js";
import { datetimeInterval } from "../../src/stac/datetime-interval.js";
import { parsePath } from "../../src/stac/item.js";
import { LatestSelection } from "../../src/stac/latest.js";
import { RegexRunner } from "../../src/stac/regex-runner.js";
import {
  bboxNumbers,
  fieldsObject,
  intersectsGeometry,
  positiveInteger,
  queryObject,
  sortbyList,
} from "../../src/stac/search-fields.js";

const NOW = new Date("2026-04-20T12:00:00Z");

function agrees(samples: readonly string[], dialog: check.Check, node: (text: string) => unknown): void {
  for (const text of samples) {
    let refused: unknown;
    try {
      node(text);
    } catch (error) {
      refused = error;
    }
    const marked = dialog(text);
    assert.equal(
      marked !== undefined,
      refused !== undefined,
      `${text}: dialog ${marked?.key}, node ${String(refused)}`,
    );
  }
}

describe("checks of the dialogs", () => {
  it("time: the dialog agrees with the node", () => {
    agrees(
      [
        ...[
          "P7D",
          "p2w",
          "P1Y2M3W4D",
          "PT6H",
          "P1DT12H",
          "PT1.5H",
          "PT0,5S",
          "P",
          "PT",
          "P1DT",
          "-P7D",
          "P7",
          "7D",
          "P1D2M",
        ],
        ...["2026", "2026-04", "2026-13", "2026-00", "2026-04-31", "2024-02-29", "2023-02-29", "26", "20260420"],
        ...[
          "2026-04-20T10:00:00Z",
          "2026-04-20t10:00:00.123456789z",
          "2026-04-20 10:00:00+02:00",
          "2026-04-20T10:00:00",
        ],
        ...["2026-04-20T10:00Z", "2026-04-20T25:00:00Z", "2026-04-20T10:00:00.5", "2016-12-31T23:59:60Z"],
        ...[
          "2026-04-01/2026-04-20",
          "2026-04-20/2026-04-01",
          "2026/2026-01",
          "2026-04/2026",
          "../2026",
          "2026/..",
          "/2026",
        ],
        ...[
          "2026/",
          "../..",
          "/",
          "..",
          "2026/2027/2028",
          "P7D/2026",
          "2026/P7D",
          " 2026 / 2027 ",
          "1767225600000",
          "17672256000000",
        ],
        ...[
          "1767225600000/2026",
          "2026-04-20T00:00:00/2026-04-21T00:00:00",
          "2026-04-20T10:00:00Z/2026-04-20T09:59:59.999Z",
        ],
        ...["yesterday", "2026-4-2", "0000", "2026-04-20T10:00:00+02:00/2026-04-20T08:00:00Z"],
      ],
      check.datetime,
      (text) => datetimeInterval(text, NOW),
    );
  });

  it("bounding box: the dialog agrees with the node", () => {
    const samples = [
      ...[
        "1,2,3,4",
        " 1, 2 ,3, 4 ",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6",
        "1,2,9,4,5,6",
        "170,-10,-170,10",
        "[1,2,3,4]",
      ],
      ...[
        "[1,2,3]",
        "1 2 3 4",
        "a,b,c,d",
        "1,2,3,",
        "-181,0,1,1",
        "0,-91,1,1",
        "0,0,1,91",
        "0,5,1,4",
        "1e1,-.5,+20,3.",
      ],
    ];
    agrees(samples, check.bboxText, (text) => bboxNumbers(text));
  });

  it("geometry, query, sort, fields: what the dialog marks, the node refuses", () => {
    const marks = (samples: readonly string[], dialog: check.Check, node: (text: string) => unknown): void => {
      for (const text of samples) if (dialog(text) !== undefined) assert.throws(() => node(text), Error, text);
    };
    const point = '{"type":"Point","coordinates":[1,2]}';
    const geometries = [
      point,
      `{"type":"Feature","geometry":${point}}`,
      "{}",
      "[]",
      "nonsense",
      '{"type":"FeatureCollection"}',
    ];
    marks(geometries, check.geometry, (text) => intersectsGeometry(text));
    assert.equal(check.geometry(point), undefined);
    assert.equal(check.geometry(`{"type":"Feature","properties":{},"geometry":${point}}`), undefined);
    marks(['{"a":{"lt":1}}', "[]", "x", "1"], check.jsonObject, (text) => queryObject(text));
    marks(["-datetime,+id", "a", "+", "-,a", ","], check.signed, (text) => sortbyList(text));
    marks(["+a,-b", "a", "+", "-,a"], check.signed, (text) => fieldsObject(text));
    assert.deepEqual(check.signed("-"), { key: "signed" });
  });

  it("hosts: the dialog agrees with the account", () => {
    const samples = [
      "a",
      "a.b:443",
      "a.b:*",
      "*.example.org",
      "*.example.org:8443",
      "[::1]:80",
      "a, b\nc",
      "https://a",
      "a/b",
      "*",
      "a b",
      "*.*.org",
    ];
    agrees(samples, check.hosts, (text) => hostPatterns(text));
  });

  it("paths: the dialog agrees with the node", () => {
    const samples = [
      ...[
        "properties.grid:code",
        "id",
        "a.b.c",
        'properties["a.b"].c',
        "properties['x'][0]",
        "a[0]",
        "[0]",
        "a..b",
        "a.",
        ".a",
      ],
      ...[
        "__proto__",
        "properties.constructor.x",
        "a.prototype",
        'a["__proto__"]',
        "a[",
        "a[]",
        "a.[0]",
        'a["b"]c',
        "a b",
      ],
    ];
    agrees(samples, check.path, (text) => parsePath(text));
  });

  it("group by: the dialog agrees with the node", async () => {
    const regex = new RegexRunner();
    const samples = [
      "id:/x(?<group>a)/",
      "id:/x(?<group>a)/i",
      "id:/x(?<group>a)",
      "id:/xa/",
      "properties.a",
      "a..b",
      "id:/(?<group>a)/x",
    ];
    agrees(
      samples,
      check.groupBy,
      (text) => new LatestSelection({ matchMode: "contains", count: 1, groupBy: text, regex }),
    );
    assert.deepEqual(check.groupBy("id:/(?<group>[)/"), { key: "regex" });
    assert.equal(check.regex("/^S2[AB]/i"), undefined);
    assert.deepEqual(check.regex("("), { key: "regex" });
    await regex.close();
  });

  it("whole numbers: the dialog agrees with the node", () => {
    const limit = check.number({ min: 1 });
    agrees(["1", "100", "+5", "0", "-1", "1.5", "abc", " 7 "], limit, (text) =>
      positiveInteger(text, "limit", { min: 1 }),
    );
    assert.deepEqual(check.number({ min: 1, max: 8 })("9"), { key: "between", values: { min: 1, max: 8 } });
    assert.equal(check.number({ min: 1, whole: false })("1.5"), undefined);
  });

  it("addresses, header names, days, variables", () => {
    assert.equal(check.url("https://stac.example.org/v1"), undefined);
    assert.equal(check.url("http://127.0.0.1:8080"), undefined);
    for (const text of ["stac.example.org", "ftp://a", "https://", ""])
      assert.deepEqual(check.url(text), { key: "url" }, text);
    assert.deepEqual(check.url("https://me:pw@a"), { key: "urlSecret" });
    assert.equal(check.headerName("X-API-Key"), undefined);
    for (const text of ["Host", "a b", "ä", "x:y"])
      assert.deepEqual(check.headerName(text), { key: "headerName" }, text);
    for (const text of ["2026-04-20", "2026-04-20T10:00:00Z"]) assert.equal(check.day(text), undefined);
    for (const text of ["2026", "2026-04", "20.4.2026", "2026-02-30"])
      assert.deepEqual(check.day(text), { key: "day" });
    for (const text of ["${A}", "$(A)", "${A_1}"]) assert.ok(check.isVariable(text));
    for (const text of ["a${A}", "${}", "${1A}", "$A"]) assert.ok(!check.isVariable(text));
  });

  it("CQL2 text: quotes and brackets", () => {
    for (const text of ["a = 1", "a = 'it''s (' AND (b < 2)", '"x y" = 1'])
      assert.equal(check.cql2Text(text), undefined);
    assert.deepEqual(check.cql2Text("(a = 1"), { key: "brackets" });
    assert.deepEqual(check.cql2Text("a = 1)"), { key: "brackets" });
    assert.deepEqual(check.cql2Text("a = 'x"), { key: "quotes" });
  });
});
