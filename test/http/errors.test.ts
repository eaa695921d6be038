/** Errors: the code of each answer, the service's own words and ticket, and nothing secret. */
import assert from "node:assert/strict";
import { EoError, type ErrorCode } from "../../src/errors.js";
import { errorOfAnswer, errorOfConnection } from "../../src/http/answer-errors.js";
import { redactor } from "../../src/http/redact.js";
import { serviceWords } from "../../src/http/service-words.js";
import { recordedRows } from "./recorded.js";
import { KEY, allOf, bearerAccount, cleanUp, failure, json, serve, type TestServer } from "./servers.js";

const same = (text: string): string => text;
const URL_ASKED = "https://hda.example.org/stac/v2/search?token=abc#x";

function errorOf(status: number, body: string): EoError {
  return errorOfAnswer("the search", { status, url: URL_ASKED, body: Buffer.from(body), withheld: false }, same);
}

const CODES: Record<number, ErrorCode> = {
  301: "BAD_RESPONSE",
  400: "BAD_INPUT",
  401: "AUTH_FAILED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  422: "BAD_INPUT",
  429: "RATE_LIMITED",
};

describe("errors of answers", () => {
  cleanUp();

  it("say what was tried, where, what came back and what to do", () => {
    const error = errorOf(400, '{"code":"400","ticket":"d3c480e6","description":"1 error(s). page: Extra inputs"}');
    assert.equal(error.code, "BAD_INPUT");
    assert.equal(
      error.message,
      "The search failed: https://hda.example.org/stac/v2/search answered 400: 1 error(s). page: Extra inputs (ticket d3c480e6). " +
        "Correct the request; asking again unchanged will not help.",
    );
    assert.deepEqual(error.cause, {
      status: 400,
      url: "https://hda.example.org/stac/v2/search",
      ticket: "d3c480e6",
      code: "400",
      message: "1 error(s). page: Extra inputs",
    });
  });

  it("carry code and cause as own, enumerable, plain properties: Node-RED passes on no others", () => {
    const error = errorOf(404, "");
    for (const name of ["code", "cause"]) {
      assert.ok(Object.prototype.propertyIsEnumerable.call(error, name), name);
    }
    assert.equal(Object.getPrototypeOf(error.cause), Object.prototype);
    assert.deepEqual(JSON.parse(JSON.stringify(error.cause)), error.cause);
    assert.ok(error instanceof Error);
  });

  const words: [body: string, text: string, code?: string | undefined, ticket?: string][] = [
    ["", ""],
    ["collection is required", "collection is required"],
    ['"just a text"', "just a text"],
    ['{"detail":"Not found"}', "Not found"],
    ['{"detail":[{"loc":["body","bbox",0],"msg":"too long"},{"msg":"and"}]}', "body.bbox.0: too long; and"],
    ['{"title":"Nope","detail":"Because","trace_id":"t1"}', "Nope – Because", undefined, "t1"],
    ['{"error":{"code":"E1","message":"deep"}}', "deep", "E1"],
    ['{"errors":[{"provider":"p","message":"gone"}],"code":404}', "p: gone", "404"],
    ['{"code":400,"description":null,"detail":5}', "5", "400"],
    ["[1,2]", "[1,2]"],
    [
      "<Error><Code>NoSuchKey</Code><Message>Gone.</Message><RequestId>r1</RequestId></Error>",
      "NoSuchKey: Gone.",
      "NoSuchKey",
      "r1",
    ],
    [
      "<html><head><style>a{}</style><script>if (a<b) x()</script></head><body>Bad&nbsp;<b>gateway</b></body></html>",
      "Bad gateway",
    ],
    ["<p>open <b", "open"],
    ["<script>never closed", ""],
    ['\ufeff{"message":"marked"}', "marked"],
  ];
  for (const [body, text, code, ticket] of words) {
    it(`words of ${JSON.stringify(body).slice(0, 70)}`, () => {
      const found = serviceWords(Buffer.from(body));
      assert.deepEqual([found.text, found.code, found.ticket], [text, code, ticket]);
    });
  }

  it("make one line of at most 500 characters", () => {
    const { text } = serviceWords(Buffer.from("a\n\tb ".repeat(1000)));
    assert.ok(text.length <= 501 && !/[\n\t]/.test(text));
  });

  it("hostile bodies cost no time and no stack", () => {
    const size = 64 * 1024;
    const nested = (open: string, close: string, middle: string): string => {
      const depth = Math.floor((size - middle.length) / (open.length + close.length));
      return open.repeat(depth) + middle + close.repeat(depth);
    };
    for (const body of [
      "<".repeat(size),
      "<script".repeat(size / 7),
      `<a ${"<script>".repeat(size / 8)}`,
      "<Code>".repeat(size / 6),
      nested('{"error":', "}", "1"),
      nested("[", "]", ""),
      `{"detail":[{"loc":${nested("[", "]", "1").slice(100, -100)},"msg":"x"}]}`,
      `{"errors":${nested("[", "]", "1")}}`,
    ]) {
      const started = performance.now();
      errorOf(500, body);
      assert.ok(performance.now() - started < 1000, body.slice(0, 20));
    }
  });

  it("of connections hold no secret of the error underneath", () => {
    const thrown = Object.assign(new Error(`bad ${KEY}`), { code: "ECONNRESET", data: KEY });
    const error = errorOfConnection(
      "the search",
      `https://u:${encodeURIComponent(KEY)}@a.org/?k=${KEY}`,
      thrown,
      redactor(() => [KEY]),
    );
    assert.ok(!allOf(error).includes(KEY) && !allOf(error).includes(encodeURIComponent(KEY)));
    assert.equal(error.code, "NETWORK");
    assert.equal(error.cause.url, "https://a.org/");
  });

  it("show no key that a service sends back, in any field, cut or packed", async () => {
    let body = "";
    const server: TestServer = await serve((_q, r) => json(r, 404, body));
    const { door } = bearerAccount(server.url);
    for (const echo of [KEY, encodeURIComponent(KEY), JSON.stringify(KEY).slice(1, -1), KEY.replaceAll("/", "\\/")]) {
      for (const field of ["description", "ticket", "code", "title"]) {
        body = `{"${field}":"${"y".repeat(field === "description" ? 490 : 0)}${echo}"}`;
        const error = await failure(door.json({ url: server.url, what: "search" }), "NOT_FOUND");
        assert.ok(!allOf(error).includes(KEY.slice(0, 8)), allOf(error));
      }
    }
  });

  it("stars a secret that holds another, whole", () => {
    const redact = redactor(() => ["abc", "abcdef", "ab", ""]);
    assert.equal(redact("abcdef abc ab"), "*** *** ab");
  });
});

describe("errors of answers, recorded", () => {
  interface Row {
    id: string;
    status: number | null;
    body: string | null;
  }

  cleanUp();

  it("every row: code, words and ticket", function () {
    const rows = recordedRows<Row>(this, "errors");
    for (const row of rows) {
      if (row.status === null || row.status < 300) continue;
      const error = errorOf(row.status, row.body ?? "");
      assert.equal(error.code, CODES[row.status], row.id);
      assert.ok(error.message.includes(`answered ${row.status}`), row.id);
      assert.equal(error.cause.status, row.status);
      const fields = (row.body?.startsWith("{") ? JSON.parse(row.body) : {}) as Record<string, unknown>;
      for (const name of ["description", "message", "detail", "error_description"]) {
        const said = fields[name];
        if (typeof said !== "string") continue;
        const line = said
          .trim()
          .replace(/\s+/g, " ")
          .replace(/[.…]+$/, "");
        assert.ok(error.message.includes(line), `${row.id}: ${error.message}`);
      }
      if (typeof fields["ticket"] === "string") {
        assert.equal(error.cause.ticket, fields["ticket"], row.id);
        assert.ok(error.message.includes(fields["ticket"]), row.id);
      }
      if (row.body && !row.body.startsWith("{") && !row.body.startsWith("<"))
        assert.ok(error.message.includes(row.body), row.id);
      if (row.id === "rgw-signature") assert.match(error.message, /SignatureDoesNotMatch/);
      if (row.id === "hda-400-order-failed") assert.match(error.message, /dedt_lumi: Requested data is not available/);
    }
    assert.ok(rows.length > 10);
  });
});
