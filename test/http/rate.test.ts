/** The account's rate, measured where the requests arrive. */
import assert from "node:assert/strict";
import { RateLimit } from "../../src/http/pace.js";
import { badInputOf } from "./bad-input.js";
import {
  account,
  bearerAccount,
  cleanUp,
  dedlAccount,
  failure,
  json,
  mostInOneSecond,
  serve,
  sleep,
} from "./servers.js";

const times = (count: number, work: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, work));

describe("rate", () => {
  cleanUp();

  it("counts logins, redirects and all callers together", async () => {
    const arrivals: number[] = [];
    const id = await serve((_q, r, seen) => {
      arrivals.push(seen.at);
      json(r, 200, { access_token: "t", expires_in: 3600 });
    });
    const api = await serve((q, r, seen) => {
      arrivals.push(seen.at);
      if (q.url === "/") r.writeHead(302, { location: "/real" }).end();
      else json(r, 200, {});
    });
    const opened = dedlAccount(api.url, id.url, { rate: 4 });
    await times(5, () => opened.door.json({ url: api.url, what: "search" }));
    assert.equal(arrivals.length, 11);
    assert.ok(mostInOneSecond(arrivals) <= 4);
  });

  it("holds when connections are slow and when the event loop was busy", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, { rate: "3" });
    const work = times(8, () => door.json({ url: server.url, what: "search" }));
    await sleep(300);
    // As another node of the same process may do.
    for (const end = performance.now() + 1600; performance.now() < end;);
    await work;
    assert.ok(mostInOneSecond(server.seen.map((seen) => seen.at)) <= 3);
  });

  it("is the Data Lake's four a second when blank", async () => {
    const server = await serve((_q, r) => json(r, 200, { access_token: "t", expires_in: 3600 }));
    const opened = account(
      { provider: "dedl", url: server.url, tokenUrl: server.url, rate: "" },
      { clientId: "a", clientSecret: "abc" },
    );
    await times(6, () => opened.door.json({ url: server.url, what: "search" }));
    assert.ok(mostInOneSecond(server.seen.map((seen) => seen.at)) <= 4);
  });

  it("0 is no limit", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, { rate: 0 });
    await times(40, () => door.json({ url: server.url, what: "search" }));
    assert.ok(mostInOneSecond(server.seen.map((seen) => seen.at)) > 10);
  });

  it("below one is a longer gap", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, { rate: 0.8 });
    await times(3, () => door.json({ url: server.url, what: "search" }));
    const [a = 0, b = 0, c = 0] = server.seen.map((seen) => seen.at);
    assert.ok(b - a >= 1250 && c - b >= 1250);
  });

  it("is not used up by callers who left while they waited", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, { rate: 1 });
    const leave = new AbortController();
    const first = door.json({ url: server.url, what: "search" });
    const left = times(50, () =>
      failure(door.json({ url: server.url, what: "search", signal: leave.signal }), "CANCELLED"),
    );
    await sleep(20);
    leave.abort();
    await left;
    await first;
    await door.json({ url: server.url, what: "search" });
    assert.equal(server.seen.length, 2);
  });

  it("waiting for it is not taken from the time of a search", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url, { rate: 1 });
    await times(3, () => door.json({ url: server.url, what: "search" }, { budget: 500 }));
  });

  it("a token that died while waiting is renewed first, even at one a second", async () => {
    const id = await serve((_q, r, _s, n) => json(r, 200, { access_token: `t${n}`, expires_in: 1.6 }));
    const api = await serve((_q, r) => json(r, 200, {}));
    const opened = dedlAccount(api.url, id.url, { rate: 1 });
    await times(2, () => opened.door.json({ url: api.url, what: "search" }));
    assert.equal(api.seen[0]?.headers.authorization, "Bearer t2");
    assert.ok(id.seen.length >= 2);
  });

  it("a place that was freed goes to the next in turn", async () => {
    const limit = new RateLimit(1);
    const place = await limit.take(undefined, "x");
    const order: number[] = [];
    const waiting = [1, 2].map(async (n) => {
      const mine = await limit.take(undefined, "x");
      order.push(n);
      mine.free();
    });
    place.free();
    place.free();
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2]);
  });

  for (const rate of ["four", "4,5", "-1", "Infinity", "NaN"]) {
    it(`${rate} is refused`, () => {
      assert.match(
        badInputOf(() => account({ provider: "stac", url: "https://a.org", rate })),
        /rate/,
      );
    });
  }
});
