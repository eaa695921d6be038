/** A search from the first page to the last, against servers that page in every way services do. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Account } from "../../src/accounts/account.js";
import { EoError } from "../../src/errors.js";
import type { Item } from "../../src/stac/item.js";
import { StacSearch } from "../../src/stac/search.js";
import { searchRequest, type SearchFields } from "../../src/stac/search-request.js";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";

const NOW = new Date("2026-04-27T12:00:00Z");

function item(id: string, collection = "c"): Item {
  return { type: "Feature", id, collection, properties: { datetime: "2026-04-20T00:00:00Z" }, assets: {} };
}

function page(ids: string[], next?: object, extra: object = {}): Answer {
  const links = next ? [{ rel: "next", ...next }] : [];
  return { json: { type: "FeatureCollection", features: ids.map((id) => item(id)), links, ...extra } };
}

describe("search", () => {
  const servers: JsonServer[] = [];
  const accounts: Account[] = [];

  afterEach(async () => {
    await Promise.all([...accounts.splice(0).map((a) => a.close()), ...servers.splice(0).map((s) => s.close())]);
  });

  async function serve(answer: (request: SeenRequest, index: number) => Answer): Promise<JsonServer> {
    const server = await jsonServer((request, index) =>
      request.method === "GET" && request.url === "/"
        ? { json: { type: "Catalog", links: [{ rel: "search", href: "/search", method: "POST" }] } }
        : answer(request, index - 1),
    );
    servers.push(server);
    return server;
  }

  function accountFor(url: string, settings: object = {}, secrets: object = {}): Account {
    const account = Account.open({ provider: "stac", url, ...settings }, secrets);
    accounts.push(account);
    return account;
  }

  async function run(account: Account, fields: SearchFields = {}): Promise<{ ids: string[][]; search: StacSearch }> {
    const search = new StacSearch(account, searchRequest(fields, NOW));
    const ids: string[][] = [];
    for await (const items of search.pages()) ids.push(items.map((i) => String(i.id)));
    return { ids, search };
  }

  it("sends the whole body of a POST next link again", async () => {
    const server = await serve((request) => {
      const body = request.json as { token?: string };
      return body.token === undefined
        ? page(["a", "b"], {
            method: "POST",
            href: "/search",
            body: { ...body, token: "2", query: { "federation:backends": { eq: "x" } } },
          })
        : page(["c"]);
    });
    const { ids, search } = await run(accountFor(server.url), { collections: "c", datetime: "2026-04", limit: "2" });
    assert.deepEqual(ids, [["a", "b"], ["c"]]);
    assert.deepEqual(server.seen[1]?.json, {
      collections: ["c"],
      datetime: "2026-04-01T00:00:00Z/2026-04-30T23:59:59.999999Z",
      limit: 2,
    });
    assert.deepEqual(server.seen[2]?.json, {
      collections: ["c"],
      datetime: "2026-04-01T00:00:00Z/2026-04-30T23:59:59.999999Z",
      limit: 2,
      token: "2",
      query: { "federation:backends": { eq: "x" } },
    });
    assert.deepEqual(search.report, {
      url: `${server.url}/search`,
      collections: ["c"],
      datetime: "2026-04-01T00:00:00Z/2026-04-30T23:59:59.999999Z",
      pages: 2,
      items: 3,
      complete: true,
    });
  });

  it("merges a body only where the link says so", async () => {
    const server = await serve((_request, index) => {
      if (index === 0) return page(["a"], { method: "POST", href: "/search", merge: true, body: { next: "n1" } });
      if (index === 1) return page(["b"], { method: "POST", href: "/search", body: { token: "n2" } });
      return page(["c"]);
    });
    await run(accountFor(server.url), { ids: ["a"] });
    assert.deepEqual(server.seen[2]?.json, { ids: ["a"], limit: 100, next: "n1" });
    assert.deepEqual(server.seen[3]?.json, { token: "n2" });
  });

  it("follows GET links, relative ones too", async () => {
    const server = await serve((_request, index) =>
      index === 0 ? page(["a"], { href: "search?page=2&x=%2C" }) : page(["b"]),
    );
    const { ids } = await run(accountFor(server.url));
    assert.deepEqual(ids, [["a"], ["b"]]);
    assert.equal(server.seen[2]?.method, "GET");
    assert.equal(server.seen[2].url, "/search?page=2&x=%2C");
  });

  it("tries POST, then GET, where the search link names no method", async () => {
    const server = await jsonServer((request) => {
      if (request.url === "/") return { json: { links: [{ rel: "search", href: "/find" }] } };
      return request.method === "POST" ? { status: 405, text: "no" } : page(["a"]);
    });
    servers.push(server);
    const { ids } = await run(accountFor(server.url), { collections: "c" });
    assert.deepEqual(ids, [["a"]]);
    assert.deepEqual(
      server.seen.map((r) => `${r.method} ${r.url}`),
      ["GET /", "POST /find", "GET /find?collections=c&limit=100"],
    );
  });

  it("searches below the address where that has no page of its own", async () => {
    const server = await jsonServer((request) =>
      request.url === "/api/search" ? page(["a"]) : { status: 404, json: {} },
    );
    servers.push(server);
    assert.deepEqual((await run(accountFor(`${server.url}/api`))).ids, [["a"]]);
  });

  it("asks by GET where the landing page has no POST", async () => {
    const server = await jsonServer((request) =>
      request.url === "/" ? { json: { links: [{ rel: "search", href: "/find", method: "GET" }] } } : page(["a"]),
    );
    servers.push(server);
    await run(accountFor(server.url), {
      collections: ["c", "d"],
      bbox: "1,2,3,4",
      sortby: "-datetime,+id",
      query: { x: { eq: 1 } },
    });
    const query = new URL(server.seen[1]?.url ?? "", "http://x").searchParams;
    assert.deepEqual(Object.fromEntries(query), {
      collections: "c,d",
      bbox: "1,2,3,4",
      query: '{"x":{"eq":1}}',
      sortby: "-datetime,+id",
      limit: "100",
    });
  });

  it("goes on after an empty page and accepts an empty last one", async () => {
    const server = await serve((_request, index) => {
      if (index === 0) return page(["a"], { href: "/search?page=2" });
      if (index === 1) return page([], { href: "/search?page=3" });
      if (index === 2) return page(["b"], { href: "/search?page=4" });
      return page([]);
    });
    const { ids, search } = await run(accountFor(server.url));
    assert.deepEqual(ids, [["a"], ["b"]]);
    assert.equal(search.report.pages, 4);
    assert.equal(search.report.complete, true);
  });

  it("gives up after many empty pages", async () => {
    const server = await serve((_request, index) => page([], { href: `/search?page=${index + 2}` }));
    const { search } = await run(accountFor(server.url));
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /empty pages/);
    assert.equal(search.report.pages, 50);
  });

  it("sends an item that is on two pages once, by collection and id", async () => {
    const server = await serve((_request, index) =>
      index === 0
        ? page(["a", "b"], { href: "/search?page=2" })
        : { json: { type: "FeatureCollection", features: [item("b"), item("b", "other"), item("c")], links: [] } },
    );
    const { ids, search } = await run(accountFor(server.url));
    assert.deepEqual(ids, [
      ["a", "b"],
      ["b", "c"],
    ]);
    assert.equal(search.report.items, 4);
    assert.equal(search.report.complete, true);
  });

  it("ends, visibly, when a page brings nothing new", async () => {
    const server = await serve((_request, index) =>
      page(["a", "b"], { href: `/search?token=${"1".repeat(index + 1)}` }),
    );
    const { ids, search } = await run(accountFor(server.url));
    assert.deepEqual(ids, [["a", "b"]]);
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /repeat/);
    assert.equal(server.seen.length, 3);
  });

  it("ends, visibly, when next leads back", async () => {
    const server = await serve((_request, index) => page([`i${index}`], { href: `/search?page=${index % 2}` }));
    const { search } = await run(accountFor(server.url));
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /leads back/);
  });

  it("stops at max and says so; exactly max without next is complete", async () => {
    const more = await serve((_request, index) => page([`a${index}`, `b${index}`], { href: `/search?page=${index}` }));
    const cut = await run(accountFor(more.url), { max: 3 });
    assert.deepEqual(cut.ids, [["a0", "b0"], ["a1"]]);
    assert.equal(cut.search.report.complete, false);
    assert.equal((more.seen[1]?.json as { limit: number }).limit, 3);
    const whole = await serve(() => page(["a", "b"]));
    const all = await run(accountFor(whole.url), { max: "2" });
    assert.equal(all.search.report.complete, true);
  });

  it("says that max cut it short where the service names no next page but more items", async () => {
    const server = await serve(() => page(["a", "b"], undefined, { numberMatched: 9 }));
    const { search } = await run(accountFor(server.url), { max: "2" });
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /max = 2/);
    const twice = await serve(() => page(["a", "a", "b"], undefined, { numberMatched: 3 }));
    assert.equal((await run(accountFor(twice.url), { max: "2" })).search.report.complete, true);
  });

  it("asks for no page of 0 items when max is reached before the last collection", async () => {
    for (const rest of [["B-1"], []]) {
      const server = await serve((request) => {
        const { collections, limit } = request.json as { collections: string[]; limit: number };
        if (limit < 1) return { status: 400, json: { code: "BadRequest", description: "limit must be 1 or more" } };
        const [first = ""] = collections;
        return page([], undefined, { features: (first === "A" ? ["A-1"] : rest).map((id) => item(id, first)) });
      });
      const { ids, search } = await run(accountFor(server.url), { collections: "A,B,D", max: 1 });
      assert.deepEqual(ids, [["A-1"]]);
      assert.equal(search.report.complete, rest.length === 0);
    }
  });

  it("ends, visibly, at a next that is no web address", async () => {
    for (const href of ["ftp://example.org/page2", "http://[::bad"]) {
      const server = await serve(() => page(["a"], { href }));
      const { ids, search } = await run(accountFor(server.url));
      assert.deepEqual(ids, [["a"]]);
      assert.equal(search.report.complete, false);
      assert.match(search.report.warning ?? "", /no web address/);
    }
  });

  it("never sends a key to a foreign next, and says that the result is incomplete", async () => {
    const foreign = await jsonServer(() => page(["stolen"]));
    servers.push(foreign);
    const server = await serve(() => page(["a"], { href: `${foreign.url}/search` }));
    const account = accountFor(server.url, { auth: "bearer" }, { apiKey: "s3cret-key" });
    const { ids, search } = await run(account);
    assert.deepEqual(ids, [["a"]]);
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /foreign host/);
    assert.equal(foreign.seen.length, 0);
    assert.equal(server.seen[1]?.headers.authorization, "Bearer s3cret-key");
  });

  it("follows a foreign next without a key, visibly", async () => {
    const foreign = await jsonServer(() => page(["b"]));
    servers.push(foreign);
    const server = await serve(() => page(["a"], { href: `${foreign.url}/search` }));
    const { ids, search } = await run(accountFor(server.url));
    assert.deepEqual(ids, [["a"], ["b"]]);
    assert.match(search.report.warning ?? "", /another host/);
    assert.equal(search.report.complete, true);
  });

  it("asks for one collection at a time where only the first is searched", async () => {
    const server = await jsonServer((request) => {
      if (request.url === "/token") return { json: { access_token: "t", token_type: "Bearer", expires_in: 600 } };
      const body = request.json as { collections: string[] };
      return page(
        body.collections.map((c) => `${c}-1`),
        undefined,
        { numberMatched: 1 },
      );
    });
    servers.push(server);
    const account = Account.open(
      { provider: "dedl", url: server.url, tokenUrl: `${server.url}/token`, rate: 0 },
      { clientId: "9e68b4cd-6041-44d2-83a9-000000000000", clientSecret: "hush-hush" },
    );
    accounts.push(account);
    const { ids, search } = await run(account, { collections: "A,B" });
    assert.deepEqual(ids, [["A-1"], ["B-1"]]);
    assert.equal(search.report.numberMatched, 2);
    assert.deepEqual(
      server.seen.map((r) => r.url),
      ["/token", "/search", "/search"],
    );
  });

  describe("the page ahead", () => {
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    /** Long enough for a request that should not be made. */
    const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
    const start = (account: Account, fields: SearchFields = {}, signal?: AbortSignal) => {
      const search = new StacSearch(account, searchRequest(fields, NOW), signal);
      return { search, pages: search.pages() };
    };

    it("is asked for while the present one is handed over, and none beyond it", async () => {
      const server = await serve((_request, index) =>
        page([`i${index}`], index < 3 ? { href: `/search?page=${index}` } : undefined),
      );
      const { search, pages } = start(accountFor(server.url));
      for (let taken = 1; taken <= 4; taken += 1) {
        assert.deepEqual(
          ((await pages.next()).value as Item[]).map(({ id }) => id),
          [`i${taken - 1}`],
        );
        assert.equal(search.report.pages, taken, "the report is that of the page in hand");
        assert.equal(search.report.items, taken);
        const asked = 1 + Math.min(taken + 1, 4);
        await until(() => server.seen.length >= asked);
        await aWhile();
        assert.equal(server.seen.length, asked);
      }
      assert.equal((await pages.next()).done, true);
    });

    it("is not asked for where max, a page without news or a foreign next ends the search", async () => {
      const more = { href: "/search?page=2" };
      const whole = await serve(() => page(["a", "b"], more));
      await run(accountFor(whole.url), { max: 2 });
      const part = await serve(() => page(["a", "b", "c"], more));
      await run(accountFor(part.url), { max: 2 });
      const foreign = await jsonServer(() => page(["x"]));
      servers.push(foreign);
      const elsewhere = await serve(() => page(["a"], { href: `${foreign.url}/search` }));
      await run(accountFor(elsewhere.url, { auth: "bearer" }, { apiKey: "k" }));
      const again = await serve((_request, index) => page(["a"], { href: `/search?page=${index}` }));
      await run(accountFor(again.url));
      await aWhile();
      const seen = [whole, part, elsewhere, foreign, again].map((server) => server.seen.length);
      assert.deepEqual(seen, [2, 2, 2, 0, 3]);
    });

    it("fails only after the present one was handed over", async () => {
      const server = await serve((_request, index) =>
        index === 0 ? page(["a"], { href: "/search?page=2" }) : { status: 403, json: { description: "no more" } },
      );
      const { search, pages } = start(accountFor(server.url));
      assert.equal(((await pages.next()).value as Item[])[0]?.id, "a");
      await until(() => server.seen.length === 3);
      await aWhile();
      assert.equal(search.report.items, 1);
      await assert.rejects(pages.next(), { code: "FORBIDDEN", message: /no more/ });
    });

    it("is given up when nobody wants it any more", async () => {
      let gone = false;
      const server = createServer((request, response) => {
        request.resume();
        if (request.url === "/search") {
          response.end(JSON.stringify(page(["a"], { href: "/search?page=2" }).json));
        } else if (request.url === "/") {
          response.end(JSON.stringify({ links: [{ rel: "search", href: "/search", method: "POST" }] }));
        } else response.on("close", () => (gone = true));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const { pages } = start(accountFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
        let asked = false;
        server.on("request", (request) => (asked ||= request.url === "/search?page=2"));
        for await (const items of pages) {
          assert.equal(items.length, 1);
          await until(() => asked);
          break;
        }
        await until(() => gone);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });

    it("is not handed over after the search was cancelled", async () => {
      const server = await serve((_request, index) => page([`i${index}`], { href: `/search?page=${index}` }));
      const controller = new AbortController();
      const { pages } = start(accountFor(server.url), {}, controller.signal);
      await pages.next();
      await until(() => server.seen.length === 3);
      await aWhile();
      controller.abort();
      await assert.rejects(pages.next(), { code: "CANCELLED" });
      assert.equal(server.seen.length, 3);
    });
  });

  it("keeps apart what only looks the same, however long or odd an id is", async () => {
    const long = "x".repeat(5000);
    const items = [
      item(`${long}1`),
      item(`${long}2`),
      item(`${long}1`, "d"),
      item("c", "a\u0000b"),
      item("b\u0000c", "a"),
      item("\u0000"),
      item(`\u0000${createHash("sha256").update(`${long}1`).digest("binary")}`),
      item(""),
      { type: "Feature", id: 1 },
      { type: "Feature", id: "1" },
    ];
    const server = await serve((_request, index) => ({
      json: { features: items, links: index === 0 ? [{ rel: "next", href: "/search?page=2" }] : [] },
    }));
    const { ids, search } = await run(accountFor(server.url));
    assert.deepEqual(ids, [items.map(({ id }) => String(id))]);
    assert.equal(search.report.pages, 2);
  });

  describe("a page of several MB", () => {
    const large = {
      ...(page(Array.from({ length: 3000 }, (_, index) => `${index}-${"x".repeat(500)}`)).json as object),
    };

    it("gives the same items", async () => {
      const server = await serve(() => ({ json: large }));
      const search = new StacSearch(accountFor(server.url), searchRequest({ limit: 3000 }, NOW));
      const got: Item[][] = [];
      for await (const items of search.pages()) got.push(items);
      assert.deepEqual(got, [(large as { features: Item[] }).features]);
    });

    it("is BAD_RESPONSE where it ends too early or is no JSON, with its beginning", async () => {
      const text = JSON.stringify(large);
      for (const broken of [text.slice(0, -2000), `${text.slice(0, 2_000_000)}}${text.slice(2_000_000)}`, `${text}]`]) {
        const server = await serve(() => ({ text: broken }));
        await assert.rejects(run(accountFor(server.url)), { code: "BAD_RESPONSE", message: /not JSON \("\{"type"/ });
      }
      const empty = await serve(() => ({ text: " ".repeat(2_000_000) }));
      await assert.rejects(run(accountFor(empty.url)), { code: "BAD_RESPONSE", message: /empty body/ });
    });
  });

  for (const [shape, expected] of [
    [{ numberMatched: 7 }, 7],
    [{ numMatched: 8 }, 8],
    [{ context: { matched: 9 } }, 9],
    [{ numberMatched: null }, undefined],
  ] as const) {
    it(`reads the number matched from ${JSON.stringify(shape)}`, async () => {
      const server = await serve(() => page(["a"], undefined, shape));
      const { search } = await run(accountFor(server.url));
      assert.equal(search.report.numberMatched, expected);
    });
  }

  it("reports what the service rejects in its words, with its ticket", async () => {
    const server = await serve(() => ({
      status: 400,
      json: { code: "400", ticket: "d3c480e6", description: "1 error(s). page: Extra inputs are not permitted" },
    }));
    await assert.rejects(run(accountFor(server.url)), (error: unknown) => {
      assert(error instanceof EoError);
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, /Extra inputs are not permitted/);
      assert.match(error.message, /d3c480e6/);
      assert.equal(error.cause.ticket, "d3c480e6");
      assert.equal(error.cause.status, 400);
      return true;
    });
    assert.equal(server.seen.length, 2);
  });

  for (const [name, body] of [
    ["an object without features", { type: "Catalog", links: [] }],
    ["null", null],
    ["a list", []],
  ] as const) {
    it(`refuses ${name} as a page`, async () => {
      const server = await serve(() => ({ json: body }));
      await assert.rejects(run(accountFor(server.url)), { code: "BAD_RESPONSE" });
    });
  }

  it("refuses a landing page without search", async () => {
    const server = await jsonServer(() => ({ json: { type: "Catalog", links: [{ rel: "self", href: "/" }] } }));
    servers.push(server);
    await assert.rejects(run(accountFor(server.url)), { code: "BAD_RESPONSE", message: /no search link/ });
  });

  it("searches a catalogue inside the service", async () => {
    const server = await jsonServer((request) =>
      request.method === "GET"
        ? { json: { conformsTo: ["https://api.stacspec.org/v1.0.0/item-search"], links: [] } }
        : page(["a"]),
    );
    servers.push(server);
    await run(accountFor(server.url), { catalogue: "public/ceda" });
    assert.equal(server.seen[1]?.url, "/catalogs/public/catalogs/ceda/search");
  });

  it("passes items without assets, dates or id", async () => {
    const server = await serve(() => ({
      json: { features: [{ type: "Feature" }, { type: "Feature", x: 1 }, 7, null], links: 5 },
    }));
    const search = new StacSearch(accountFor(server.url), searchRequest({}, NOW));
    const all: Item[] = [];
    for await (const items of search.pages()) all.push(...items);
    assert.deepEqual(all, [{ type: "Feature" }, { type: "Feature", x: 1 }]);
  });

  describe("services with habits of their own", () => {
    const dated = (id: string, datetime: string, c = "c"): object => ({
      type: "Feature",
      id,
      collection: c,
      properties: { datetime, "eo:cloud_cover": 1 },
      assets: {},
    });
    const of = (features: object[], next?: object): Answer => ({
      json: { type: "FeatureCollection", features, links: next ? [{ rel: "next", ...next }] : [] },
    });

    it("asks each collection in turn when only the first was searched, and remembers that", async () => {
      const server = await serve((request) => {
        const [first = ""] = (request.json as { collections: string[] }).collections;
        return of([dated(`${first}1`, "2026-01-01T00:00:00Z", first)]);
      });
      const account = accountFor(server.url);
      const { ids, search } = await run(account, { collections: "A,B,C" });
      assert.deepEqual(ids, [["A1"], ["B1"], ["C1"]]);
      assert.match(search.report.warning ?? "", /only the first/);
      assert.equal(search.report.complete, true);
      const before = server.seen.length;
      await run(account, { collections: "A,B" });
      assert.deepEqual(
        server.seen.slice(before).map((r) => (r.json as { collections: string[] }).collections),
        [["A"], ["B"]],
      );
    });

    it("does not ask again when another collection came", async () => {
      const server = await serve(() =>
        of([dated("a", "2026-01-01T00:00:00Z", "A"), dated("b", "2026-01-01T00:00:00Z", "B")]),
      );
      const { search } = await run(accountFor(server.url), { collections: "A,B" });
      assert.equal(search.report.pages, 1);
      assert.equal(search.report.warning, undefined);
    });

    it("says when the order asked for is ignored", async () => {
      const rising = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"].map((t, i) => dated(`i${i}`, t));
      const server = await serve(() => of(rising));
      const account = accountFor(server.url);
      assert.match(
        (await run(account, { sortby: "-datetime" })).search.report.warning ?? "",
        /did not sort by datetime/,
      );
      assert.equal((await run(account, { sortby: "+properties.datetime" })).search.report.warning, undefined);
      assert.equal((await run(account, { sortby: "-eo:cloud_cover" })).search.report.warning, undefined);
    });

    it("says when the page is capped, only where a limit was asked for", async () => {
      const server = await serve((request) =>
        request.method === "POST" ? of([dated("a", "2026-01-01T00:00:00Z")], { href: "/search?page=2" }) : of([]),
      );
      const account = accountFor(server.url);
      assert.match((await run(account, { limit: 50 })).search.report.warning ?? "", /at most 1 items a page/);
      assert.equal((await run(account)).search.report.warning, undefined);
    });

    it("says when fields are stripped", async () => {
      const bare = { type: "Feature", id: "a", properties: { datetime: "2026-01-01T00:00:00Z" } };
      const server = await serve(() => of([bare]));
      const account = accountFor(server.url);
      assert.match((await run(account)).search.report.warning ?? "", /fields/);
      assert.equal((await run(account, { fields: "id" })).search.report.warning, undefined);
    });
  });
});
