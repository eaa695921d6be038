/** Page sequences that real services sent: each item once, every page asked for as its service wants it. */
import assert from "node:assert/strict";
import { Account } from "../../src/accounts/account.js";
import { compareInstants } from "../../src/stac/instant.js";
import { itemInstant, type Item } from "../../src/stac/item.js";
import { nextRequest } from "../../src/stac/next-page.js";
import { StacSearch } from "../../src/stac/search.js";
import { searchRequest, type SearchFields } from "../../src/stac/search-request.js";
import { skipSuite } from "../support/skip.js";
import { bodyOf, exchangesOf, missingRecords, recorded, type Exchange } from "./exchanges.js";
import { canReplay, replay, type Replay } from "./replay.js";

const KEYS = [
  "collections",
  "datetime",
  "bbox",
  "intersects",
  "ids",
  "query",
  "filter",
  "sortby",
  "fields",
  "limit",
] as const;

const isSearch = (exchange: Exchange): boolean =>
  exchange.request.method === "POST" && exchange.request.url.endsWith("/search");

/** The fields of our search node that ask for the same. */
function fieldsOf(body: string | undefined): SearchFields {
  const asked = JSON.parse(body ?? "{}") as Record<string, unknown>;
  return Object.fromEntries(KEYS.filter((key) => key in asked).map((key) => [key, asked[key]]));
}

function itemKey(item: { id?: unknown; collection?: unknown }): string {
  return `${String(item.collection)} ${String(item.id)}`;
}

describe("recorded page sequences", function () {
  let server: Replay | undefined;
  let account: Account | undefined;

  before(function () {
    const why = missingRecords() ?? (canReplay() ? undefined : "openssl is not installed");
    if (why) skipSuite(this, why);
  });

  afterEach(async () => {
    await account?.close();
    await server?.close();
  });

  async function run(
    name: string,
    provider: "stac" | "dedl" = "stac",
  ): Promise<{ items: Item[]; search: StacSearch; failed: unknown }> {
    const searches = exchangesOf(name).filter(isSearch);
    const [first] = searches;
    assert(first);
    const base = first.request.url.replace(/\/search$/, "");
    server = await replay(searches, (method, url) => {
      if (url.endsWith("/token")) return { access_token: "recorded-token", token_type: "Bearer", expires_in: 600 };
      return method === "GET" && url.replace(/\/$/, "") === base
        ? { links: [{ rel: "search", method: "POST", href: `${base}/search` }] }
        : undefined;
    });
    account = Account.open(
      { provider, url: base, tokenUrl: provider === "dedl" ? `${base}/token` : "", rate: 0 },
      provider === "dedl" ? { clientId: "9e68b4cd-6041-44d2-83a9-000000000000", clientSecret: "hush-hush" } : {},
      { tls: { ca: server.ca }, proxy: { url: server.proxy } },
    );
    const search = new StacSearch(account, searchRequest(fieldsOf(first.request.body), new Date()));
    const items: Item[] = [];
    let failed: unknown;
    try {
      for await (const page of search.pages()) items.push(...page);
    } catch (error) {
      failed = error;
    }
    return { items, search, failed };
  }

  const WHOLE: [name: string, pages: number][] = [
    ["paging/earth-search-empty-last-page", 2],
    ["paging/earth-search-three-pages", 3],
    ["paging/astraea-merge-true-http", 2],
    ["paging/cdse-no-items", 1],
    ["paging/cdse-s3-lst-search", 1],
  ];
  for (const [name, pages] of WHOLE) {
    it(`${name}: each item once, complete`, async () => {
      const { items, search, failed } = await run(name);
      assert.equal(failed, undefined);
      const expected = new Set(
        exchangesOf(name)
          .filter(isSearch)
          .flatMap((e) => (bodyOf(e)["features"] as Item[]).map(itemKey)),
      );
      assert.deepEqual(items.map(itemKey).sort(), [...expected].sort());
      assert.equal(search.report.pages, pages);
      assert.equal(search.report.complete, true);
      assert.deepEqual(server?.unknown, []);
    });
  }

  it("says that Astraea's next was plain http, and asks over https", async () => {
    const { search } = await run("paging/astraea-merge-true-http");
    assert.match(search.report.warning ?? "", /plain http/);
    assert(server?.asked.every((line) => line.includes(" https://")));
  });

  /** Where the recording ends before the service did, the search fails at the first page that was not recorded. */
  const OPEN_END: [name: string, provider: "stac" | "dedl", pages: number][] = [
    ["paging/pc-two-pages", "stac", 2],
    ["paging/pc-merge-true-2021", "stac", 3],
    ["paging/eoapi-token-body", "stac", 1],
    ["paging/earth-search-v0", "stac", 1],
    ["hda/search-sl1rbt-token", "dedl", 1],
  ];
  for (const [name, provider, pages] of OPEN_END) {
    it(`${name}: every recorded page, then the service's own next`, async () => {
      const { items, search } = await run(name, provider);
      assert.equal(search.report.pages, pages);
      const searches = exchangesOf(name).filter(isSearch).slice(0, pages);
      const expected = new Set(searches.flatMap((e) => (bodyOf(e)["features"] as Item[]).map(itemKey)));
      assert.deepEqual(items.map(itemKey).sort(), [...expected].sort());
      const last = searches.at(-1);
      assert(last && server);
      const next = nextRequest(
        bodyOf(last),
        {
          method: "POST",
          url: last.request.url,
          body: JSON.parse(last.request.body ?? "{}") as Record<string, unknown>,
        },
        last.request.url,
      );
      if (next) assert.deepEqual(JSON.parse(server.unknown[0]?.split(" ").slice(2).join(" ") ?? "null"), next.body);
      else assert.deepEqual(server.unknown, []);
    });
  }

  it("hda/v1-search-s1: the key does not follow a next to an internal host", async () => {
    const { items, search, failed } = await run("hda/v1-search-s1", "dedl");
    assert.equal(failed, undefined);
    assert.equal(items.length, 10);
    assert.equal(search.report.complete, false);
    assert.match(search.report.warning ?? "", /foreign host eo-catalogue-eodag-server:8080/);
    assert.deepEqual(server?.unknown, []);
  });

  it("sorts every recorded item without failing", async () => {
    const { items } = await run("paging/earth-search-three-pages");
    const instants = items.map((item) => itemInstant(item)).filter((instant) => instant !== undefined);
    assert.equal(instants.length, items.length);
    instants.sort(compareInstants);
  });

  it("reads the next links of pages kept as documents", () => {
    for (const kind of ["search", "items"]) {
      const page = recorded(`paging/rustac-${kind}-page-1`) as {
        links: { rel: string; href: string; method?: string; body?: object }[];
      };
      const link = page.links.find((candidate) => candidate.rel === "next");
      assert(link);
      const last = { method: "GET", url: "https://x.org/", body: undefined } as const;
      const expected = { method: link.method ?? "GET", url: link.href, body: link.body };
      assert.deepEqual(nextRequest(page, last, "https://x.org/"), expected);
    }
  });

  it("refuses an OData page as a page of items", async () => {
    const page = recorded("odata/cdse-odata_page_1") as object;
    const url = "https://catalogue.dataspace.copernicus.eu/odata";
    const exchange = {
      request: { method: "POST", url: `${url}/search`, body: "{}" },
      response: { status: 200, headers: {}, body: JSON.stringify(page) },
    };
    server = await replay([exchange], (method) =>
      method === "GET" ? { links: [{ rel: "search", method: "POST", href: `${url}/search` }] } : undefined,
    );
    account = Account.open({ provider: "stac", url }, {}, { tls: { ca: server.ca }, proxy: { url: server.proxy } });
    const search = new StacSearch(account, searchRequest({}, new Date()));
    await assert.rejects(
      async () => {
        for await (const _page of search.pages());
      },
      { code: "BAD_RESPONSE" },
    );
  });
});
