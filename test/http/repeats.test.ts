/** Which answers are asked for again, how often, and what Retry-After holds back. */
import assert from "node:assert/strict";
import type { ErrorCode } from "../../src/errors.js";
import { HostHolds } from "../../src/http/pace.js";
import { httpDate, waitAsked } from "../../src/http/retry-after.js";
import { recordedRows } from "./recorded.js";
import { account, bearerAccount, cleanUp, failure, json, serve, sleep, until, type TestServer } from "./servers.js";

const answering = (status: number, headers: Record<string, string> = {}): Promise<TestServer> =>
  serve((_q, r) => json(r, status, { description: "Words of the service.", ticket: "d3c480e6" }, headers));

const search = (server: TestServer, budget = 1000): Promise<unknown> =>
  bearerAccount(server.url).door.json({ url: server.url, what: "the search" }, { budget });

const headersOf = (
  values: Record<string, string>,
): { get(n: string): string | undefined; all(n: string): string[] } => ({
  get: (name) => values[name],
  all: (name) => (values[name] === undefined ? [] : [values[name]]),
});

describe("repeats", () => {
  cleanUp();

  const repeated: [number, ErrorCode][] = [
    [408, "TIMEOUT"],
    [425, "NOT_READY"],
    [429, "RATE_LIMITED"],
    [500, "SERVER_ERROR"],
    [501, "SERVER_ERROR"],
    [502, "SERVER_ERROR"],
    [503, "SERVER_ERROR"],
    [504, "SERVER_ERROR"],
    [599, "SERVER_ERROR"],
  ];
  for (const [status, code] of repeated) {
    it(`${status} is asked for four times`, async () => {
      const server = await answering(status);
      const error = await failure(search(server), code);
      assert.equal(server.seen.length, 4);
      assert.equal(error.cause.status, status);
      assert.equal(error.cause.ticket, "d3c480e6");
      assert.ok(error.message.includes("Words of the service"));
    });
  }

  const once: [number, ErrorCode][] = [
    [400, "BAD_INPUT"],
    [401, "AUTH_FAILED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [405, "BAD_RESPONSE"],
    [409, "BAD_RESPONSE"],
    [410, "NOT_FOUND"],
    [412, "CHANGED"],
    [413, "BAD_INPUT"],
    [422, "BAD_INPUT"],
    [304, "BAD_RESPONSE"],
  ];
  for (const [status, code] of once) {
    it(`${status} is asked for once`, async () => {
      const server = await answering(status);
      await failure(search(server), code);
      assert.equal(server.seen.length, 1);
    });
  }

  it("a broken connection is asked for four times, before the head or in the body", async () => {
    const dead = await serve((q) => q.socket.destroy());
    const cut = await serve((_q, r) => {
      r.writeHead(200, { "content-length": "100" });
      r.write("{", () => r.socket?.destroy());
    });
    await Promise.all([failure(search(dead), "NETWORK"), failure(search(cut), "NETWORK")]);
    assert.equal(dead.seen.length, 4);
    assert.equal(cut.seen.length, 4);
  });

  it("nothing listening there is a NETWORK error with advice", async () => {
    const server = await answering(200);
    server.sockets.clear();
    const gone = { ...server, url: "http://127.0.0.1:1" };
    const error = await failure(search(gone), "NETWORK");
    assert.match(error.message, /http:\/\/127\.0\.0\.1:1\/.*nothing listens there/);
    assert.equal(error.cause.code, "ECONNREFUSED");
  });

  it("a search is sent again whole and succeeds", async () => {
    const server = await serve((_q, r, _s, n) => (n < 4 ? json(r, 500 + n, {}) : json(r, 200, { n })));
    const { door } = bearerAccount(server.url);
    const answer = await door.json(
      { method: "POST", url: server.url, body: '{"a":1}', what: "search" },
      { budget: 1000 },
    );
    assert.deepEqual(answer.value, { n: 4 });
    assert.deepEqual(new Set(server.seen.map((seen) => seen.body)), new Set(['{"a":1}']));
  });

  it("stay within the time allowed, and then tell what the service said", async () => {
    const server = await serve((_q, r) => void setTimeout(() => json(r, 503, { description: "busy" }), 150));
    const error = await failure(search(server, 250), "SERVER_ERROR");
    assert.match(error.message, /busy/);
    assert.ok(server.seen.length < 4);
  });

  it("a server that never answers costs the time allowed and is a TIMEOUT", async () => {
    const server = await serve(() => undefined);
    const error = await failure(search(server, 200), "TIMEOUT");
    assert.equal(error.cause.url, `${server.url}/`);
    await until(() => server.sockets.size === 0);
  });

  it("a body that drips costs the time allowed and is a TIMEOUT", async () => {
    const server = await serve((_q, r) => {
      r.writeHead(200);
      const drip = setInterval(() => r.write(" "), 20);
      r.on("close", () => clearInterval(drip));
    });
    await failure(search(server, 300), "TIMEOUT");
    await until(() => server.sockets.size === 0);
  });

  it("no answer within the time for the head is a TIMEOUT, also while 1xx answers come", async () => {
    const silent = await serve(() => undefined);
    const chatty = await serve((_q, r) => {
      const chat = setInterval(() => r.writeProcessing(), 10);
      r.on("close", () => clearInterval(chat));
    });
    for (const server of [silent, chatty]) {
      const { door } = bearerAccount(server.url);
      await failure(door.open({ url: server.url, what: "download", headTimeout: 150 }), "TIMEOUT");
      await until(() => server.sockets.size === 0);
    }
  });

  it("Retry-After holds every request to that host, of other accounts too, and no other host", async () => {
    const server = await serve((_q, r, _s, n) =>
      n === 1 ? json(r, 429, {}, { "retry-after": "1" }) : json(r, 200, {}),
    );
    const other = await answering(200);
    const first = search(server);
    await until(() => server.seen.length === 1);
    await sleep(50);
    const open = account({ provider: "stac", url: server.url });
    const second = open.door.json({ url: `${server.url}/x`, what: "search" }, { budget: 200 });
    await search(other);
    assert.equal(server.seen.length, 1);
    await Promise.all([first, second]);
    const [held, ...later] = server.seen.map((seen) => seen.at);
    assert.equal(later.length, 2);
    for (const at of later) assert.ok(at - (held ?? 0) >= 980, `${at - (held ?? 0)} ms`);
  });

  it("Retry-After holds what already waits for the account's rate", async () => {
    const server = await serve((_q, r, _s, n) =>
      n === 1 ? json(r, 503, {}, { "retry-after": "2" }) : json(r, 200, {}),
    );
    const { door } = bearerAccount(server.url, { rate: 1 });
    await Promise.all([1, 2].map(() => door.json({ url: server.url, what: "search" })));
    const [first, second] = server.seen.map((seen) => seen.at);
    assert.ok((second ?? 0) - (first ?? 0) >= 1980);
  });

  it("Retry-After on the answer to a download holds the next request", async () => {
    const server = await serve((_q, r, _s, n) =>
      n === 1 ? json(r, 503, {}, { "retry-after": "1" }) : json(r, 200, {}),
    );
    const { door } = bearerAccount(server.url);
    (await door.open({ url: server.url, what: "download" })).body.destroy();
    (await door.open({ url: server.url, what: "download" })).body.destroy();
    const [first, second] = server.seen.map((seen) => seen.at);
    assert.ok((second ?? 0) - (first ?? 0) >= 980);
  });

  for (const status of [429, 503]) {
    it(`${status} with more than 15 minutes is RATE_LIMITED at once, saying when, and so is the next request`, async () => {
      const server = await answering(status, { "retry-after": "3600" });
      const { door } = bearerAccount(server.url);
      const before = Date.now();
      for (let n = 0; n < 2; n += 1) {
        const error = await failure(door.json({ url: server.url, what: "the search" }), "RATE_LIMITED");
        const when = /\d{4}-\d{2}-\d{2}T[\d:.]+Z/.exec(error.message)?.[0] ?? "";
        assert.ok(Math.abs(Date.parse(when) - before - 3_600_000) < 20_000, error.message);
      }
      await failure(door.open({ url: server.url, what: "the download" }), "RATE_LIMITED");
      assert.equal(server.seen.length, 1);
    });
  }

  it("15 minutes sharp are waited for", async () => {
    const holds = new HostHolds();
    holds.hold("a", 15 * 60_000);
    const leave = new AbortController();
    const wait = failure(holds.pass("a", leave.signal, "the search"), "CANCELLED");
    leave.abort();
    await wait;
    holds.hold("a", 15 * 60_000 + 5000);
    await failure(holds.pass("a", undefined, "the search"), "RATE_LIMITED");
    await holds.pass("b", undefined, "the search");
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-10-07T15:43:55Z");

  it("takes seconds and the three forms of a date", () => {
    const at = Date.parse("2026-10-07T15:44:25Z");
    assert.equal(httpDate("Wed, 07 Oct 2026 15:44:25 GMT", now), at);
    assert.equal(httpDate("Wednesday, 07-Oct-26 15:44:25 GMT", now), at);
    assert.equal(httpDate("Wed Oct  7 15:44:25 2026", now), at);
    assert.equal(httpDate("Sunday, 06-Nov-94 08:49:37 GMT", now), Date.parse("1994-11-06T08:49:37Z"));
    for (const text of ["Wed Oct  7 15:44:25 2026", "Wednesday, 07-Oct-26 15:44:25 GMT"]) {
      assert.equal(waitAsked(headersOf({ "retry-after": text }), now), 30_000);
    }
    assert.equal(waitAsked(headersOf({ "retry-after": "120" }), now), 120_000);
  });

  it("measures a date by the server's own clock", () => {
    const headers = { "retry-after": "Wed, 07 Oct 2020 00:00:30 GMT", date: "Wed, 07 Oct 2020 00:00:00 GMT" };
    assert.equal(waitAsked(headersOf(headers), now), 30_000);
  });

  it("a date that has passed means now", () => {
    assert.equal(waitAsked(headersOf({ "retry-after": "Wed, 07 Oct 2020 00:00:30 GMT" }), now), 0);
  });

  for (const bad of ["", "soon", "-5", "1e3", "99999999999", "Wed, 07 Foo 2026 15:44:25 GMT", "2026-10-07T15:44:25Z"]) {
    it(`makes nothing of ${JSON.stringify(bad)}`, () =>
      assert.equal(waitAsked(headersOf({ "retry-after": bad }), now), undefined));
  }
});

describe("Retry-After, recorded", () => {
  interface Row {
    id: string;
    now: string;
    headers: Record<string, string>;
    waitSeconds: number | null;
  }

  it("every row", function () {
    for (const row of recordedRows<Row>(this, "retry-after")) {
      const wait = waitAsked(headersOf(row.headers), Date.parse(row.now));
      // The own backoff is fine where the wait is only in the text.
      if (row.id === "cds-in-the-text") continue;
      assert.equal(wait === undefined ? null : wait / 1000, row.waitSeconds, row.id);
    }
  });
});
