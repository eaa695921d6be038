/** What the UK EO DataHub really sent, through our own code: landing page, pages of items, an item, a 404. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Account } from "../../src/accounts/account.js";
import { probe } from "../../src/accounts/probe.js";
import { transfersOf } from "../../src/download/index.js";
import { catalogueList } from "../../src/stac/catalogues.js";
import type { Item } from "../../src/stac/item.js";
import { StacSearch } from "../../src/stac/search.js";
import { searchRequest } from "../../src/stac/search-request.js";
import { openStore } from "../../src/storage/storage.js";
import { skipSuite } from "../support/skip.js";
import { bodyOf, exchangesOf, missingRecords, type Exchange } from "./exchanges.js";
import { canReplay, replay, type Replay } from "./replay.js";

const STAGING = "https://staging.eodatahub.org.uk";

describe("recorded answers of the EO DataHub", () => {
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

  async function replayed(
    exchanges: Exchange[],
    extra?: (method: string, url: string) => object | undefined,
  ): Promise<Account> {
    server = await replay(exchanges, extra);
    account = Account.open(
      { provider: "eodh", url: STAGING, workspace: "oxidian-test" },
      { apiKey: "454f4448000000000000000000000000" },
      { tls: { ca: server.ca }, proxy: { url: server.proxy } },
    );
    return account;
  }

  it("reaches it, and a private catalogue that answers is a good key", async () => {
    const exchanges = exchangesOf("eodh/catalog");
    const opened = await replayed(exchanges, (_method, url) =>
      url.endsWith("/catalogs/user/catalogs/oxidian-test") ? { type: "Catalog" } : undefined,
    );
    const steps = await probe(opened, new AbortController().signal);
    assert.deepEqual(
      steps.map(({ step, state }) => `${step} ${state}`),
      ["reach ok", "key ok", "workspace ok", "expiry skipped"],
    );
    assert.equal(steps[0]?.title, "EO DataHub Catalogue");
  });

  it("reads its list of catalogues as paths", async () => {
    const list = exchangesOf("eodh/catalogs").at(-1);
    assert(list);
    const opened = await replayed([list], (_method, url) =>
      url.includes("/stac/catalogs?") ? bodyOf(list) : undefined,
    );
    assert.deepEqual(await catalogueList(opened), {
      catalogues: [{ id: "public/ceda-stac-catalogue", title: "CEDA STAC API" }],
      complete: true,
    });
  });

  it("follows its pages, whose addresses grow, and counts numMatched", async () => {
    const pages = exchangesOf("eodh/items-two-pages").filter(({ request }) => request.url.includes("/items?"));
    const [first, second] = pages;
    assert(first && second);
    // The recorded client put its own limit behind the address it was given.
    const url = second.request.url.replace(/&limit=10$/, "");
    const opened = await replayed([{ ...second, request: { ...second.request, url } }], (method, address) =>
      method === "POST" && address.endsWith("/search") ? bodyOf(first) : undefined,
    );
    const fields = { catalogue: "public/ceda-stac-catalogue", collections: "cmip6", max: 20 };
    const search = new StacSearch(opened, searchRequest(fields, new Date()));
    const items: Item[] = [];
    for await (const page of search.pages()) items.push(...page);
    const recorded = pages.flatMap((page) => bodyOf(page)["features"] as Item[]);
    assert.deepEqual(items, recorded);
    assert.deepEqual([search.report.pages, search.report.numberMatched], [2, 6215]);
    assert.deepEqual(server?.unknown, []);
  });

  it("offers the files of a recorded item, at hosts that get no key", async () => {
    const item = exchangesOf("eodh/item").at(-1);
    assert(item);
    const opened = await replayed([item]);
    const [cog] = transfersOf(bodyOf(item), { assets: "cog" });
    assert.match(cog?.url ?? "", /^https:\/\/dap\.ceda\.ac\.uk\/.*_stdsref\.tif$/);
    assert.equal(cog?.problem, undefined);
    assert.equal(opened.door.owns(cog?.url ?? ""), false);
  });

  it("reads results of a workflow at the workspace's own host, with the key", async () => {
    const result = exchangesOf("eodh/process-execution").at(-1);
    assert(result);
    const opened = await replayed([result]);
    const answer = await opened.door.json({ url: result.request.url, what: "reading a result" });
    assert.equal(answer.authorized, true);
    assert.deepEqual(answer.value, bodyOf(result));
  });

  it("puts a file as it was put, and takes the MD5 in the answer for its ETag", async () => {
    const [put] = exchangesOf("eodh/upload-put");
    assert(put);
    const base = put.request.url.replace(/\/test\.txt$/, "");
    const opened = await replayed([put, ...exchangesOf("eodh/catalog")], (_method, url) =>
      url.endsWith("/api/workspaces/oxidian-test")
        ? {
            stores: [
              { object: [{ bucket: "workspaces-eodhp-staging", prefix: "oxidian-test/", access_url: `${base}/` }] },
            ],
          }
        : undefined,
    );
    const { signal } = new AbortController();
    const store = await openStore(opened, "https", signal);
    const bytes = Buffer.from(put.request.body ?? "");
    const md5 = createHash("md5").update(bytes).digest("hex");
    const source = {
      length: bytes.length,
      md5,
      sha256: "",
      type: "application/octet-stream",
      open: () => Readable.from([bytes]),
    };
    assert.equal(await store.put("test.txt", source, { absent: true }, signal), md5);
    assert.deepEqual(server?.unknown, []);
  });

  it("puts a 404 of its workflows in its own words", async () => {
    const [absent] = exchangesOf("eodh/process-404").slice(-1);
    assert(absent);
    const opened = await replayed([absent]);
    await assert.rejects(opened.door.json({ url: absent.request.url, what: "looking" }), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, "NOT_FOUND");
      assert.match(error.message, /NoSuchProcess/);
      return true;
    });
  });
});
