/** The sandbox's EO DataHub: its catalogue tree, its searches and what they leave out. */
import assert from "node:assert/strict";
import { useSandbox } from "../support/sandbox.js";
import { ask, type Answer, type FeatureLike } from "./ask.js";

interface Page {
  features: FeatureLike[];
  links: { rel: string; href: string; method?: string; body?: Record<string, unknown> }[];
  numMatched?: number;
  numReturned?: number;
}

describe("sandbox: EO DataHub catalogue", () => {
  const sandbox = useSandbox();
  const stac = (): string => `${sandbox().ready.eodh.url}/api/catalogue/stac`;
  const key = (): Record<string, string> => ({ authorization: `Bearer ${sandbox().ready.eodh.apiKey}` });
  const search = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Page> =>
    (await ask(`${stac()}${path}/search`, { body, headers })).json<Page>();
  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(stac() + path, { headers });
  const CEDA = "/catalogs/public/catalogs/ceda-stac-catalogue";

  it("lands on three children and lists catalogues below a place, private ones with their key only", async () => {
    const landing = (await get("")).json<Page>();
    const children = landing.links.filter(({ rel }) => rel === "child").map(({ href }) => href.split("/").at(-1));
    assert.deepEqual(children, ["commercial", "public", "user"]);
    const names = async (headers: Record<string, string>): Promise<string[]> =>
      (await get("/catalogs?limit=100", headers)).json<{ catalogs: { id: string }[] }>().catalogs.map(({ id }) => id);
    assert.ok(!(await names({})).includes("my-ws"), "anonymous people see no workspace");
    const own = await names(key());
    assert.ok(
      own.includes("my-ws") && own.includes("saved-data") && !own.includes("other-ws"),
      "the list is recursive",
    );
    const first = (await get("/catalogs?limit=2")).json<{ numMatched: number; links: Page["links"] }>();
    assert.equal(first.links.at(-1)?.href.split("token=")[1], "commercial%2Fairbus");
  });

  it("lists collections below a place; an id may come twice, under two addresses", async () => {
    const list = (await get("/collections?limit=100", key())).json<{
      collections: { id: string; links: Page["links"] }[];
    }>();
    const both = list.collections.filter(({ id }) => id === "sentinel2_ard");
    assert.equal(both.length, 2);
    assert.equal(new Set(both.map(({ links }) => links.find(({ rel }) => rel === "self")?.href)).size, 2);
  });

  it("drops every property but the date in a search, unless asked; items by address are whole", async () => {
    const bare = await search(CEDA, { collections: ["sentinel2_ard"], limit: 1 });
    assert.deepEqual(Object.keys(bare.features[0]?.properties ?? {}), ["datetime"]);
    assert.ok(bare.features[0]?.assets["cog"], "assets are always there");
    const whole = await search(CEDA, { collections: ["sentinel2_ard"], limit: 1, fields: { include: ["properties"] } });
    assert.equal(typeof whole.features[0]?.properties["eo:cloud_cover"], "number");
    const one = await search(CEDA, {
      limit: 1,
      collections: ["sentinel2_ard"],
      fields: { include: ["properties.eo:cloud_cover"] },
    });
    assert.deepEqual(Object.keys(one.features[0]?.properties ?? {}), ["datetime", "eo:cloud_cover"]);
    const self = whole.features[0]?.links.find(({ rel }) => rel === "self")?.href ?? "";
    assert.equal(typeof (await ask(self)).json<FeatureLike>().properties["eo:cloud_cover"], "number");
  });

  it("counts as numMatched and pages by a token in the body of next, or in its address", async () => {
    const seen = new Set<string>();
    let body: Record<string, unknown> | undefined = { collections: ["sentinel2_ard"], limit: 25 };
    const sizes: number[] = [];
    while (body) {
      const page = await search(CEDA, body);
      assert.equal(page.numMatched, 60);
      sizes.push(page.features.length);
      for (const { id } of page.features) seen.add(id);
      body = page.links.find(({ rel }) => rel === "next")?.body;
    }
    assert.deepEqual(sizes, [25, 25, 10]);
    assert.equal(seen.size, 60);
    const items = (await get(`${CEDA}/collections/cmip6/items?limit=5`)).json<Page>();
    const next = items.links.find(({ rel }) => rel === "next")?.href ?? "";
    assert.match(next, /\?limit=5&limit=5&token=/, "the query grows at every hop");
    assert.equal((await ask(next)).json<Page>().features.length, 5);
  });

  it("takes index names: properties.eo:cloud_cover filters, eo:cloud_cover finds nothing", async () => {
    const filter = (property: string): object => ({ op: "<=", args: [{ property }, 20] });
    const right = await search(CEDA, { filter: filter("properties.eo:cloud_cover") });
    assert.ok((right.numMatched ?? 0) > 0);
    assert.equal((await search(CEDA, { filter: filter("eo:cloud_cover") })).numMatched, 0);
    const query = await search(CEDA, { query: { "eo:cloud_cover": { lte: 20 } } });
    assert.equal(query.numMatched, right.numMatched);
    const unknown = await search(CEDA, {
      filter: { op: "t_after", args: [{ property: "datetime" }, { timestamp: "2100-01-01T00:00:00Z" }] },
    });
    assert.equal(unknown.numMatched, 72, "an operator it does not have filters nothing");
    assert.equal((await ask(`${stac()}/search`, { body: { filter: "id = 'x'" } })).status, 400);
  });

  it("leaves private items out of a search without a word, and answers 401 or 403 at their address", async () => {
    assert.equal((await search("/catalogs/user", {}, key())).numMatched, 36);
    assert.equal((await search("/catalogs/user", {})).numMatched, 0);
    const dead = sandbox().eodh.keys.issue("my-ws", "alice", -1).key;
    assert.equal(
      (await search("/catalogs/user/catalogs/my-ws", {}, { authorization: `Bearer ${dead}` })).numMatched,
      0,
    );
    const nobody = await get("/catalogs/user/catalogs/my-ws");
    assert.deepEqual([nobody.status, nobody.json()], [401, { detail: "User is not authenticated" }]);
    const other = await get("/catalogs/user/catalogs/my-ws", { authorization: `Bearer ${sandbox().eodh.other.key}` });
    assert.equal(other.status, 403);
    assert.deepEqual(other.json(), { detail: "User is not authorized to access this catalog" });
    assert.equal((await get("/catalogs/user/catalogs/my-ws", key())).status, 200);
  });

  it("keeps Planet out of the searches above it, ten items a page, with two next links and no counts", async () => {
    const all = await search("", { limit: 1000 });
    assert.ok(!all.features.some(({ collection }) => collection === "PSScene"));
    const planet = await search("/catalogs/commercial/catalogs/planet", { limit: 100 });
    assert.equal(planet.features.length, 10);
    assert.deepEqual(
      planet.links.filter(({ rel }) => rel === "next").map(({ method }) => method),
      ["GET", "POST"],
    );
    assert.equal(planet.numMatched, undefined);
  });

  it("knows no root collection, no unknown catalogue", async () => {
    assert.equal((await get("/collections/cmip6")).status, 404);
    const absent = await get("/catalogs/public/catalogs/nope");
    assert.deepEqual(
      [absent.status, absent.json()],
      [404, { code: "NotFoundError", description: "Catalog nope not found" }],
    );
  });

  it("serves CEDA's files with ranges to anybody", async () => {
    const { features } = await search(CEDA, { collections: ["sentinel2_ard"], limit: 1 });
    const href = features[0]?.assets["cog"]?.href ?? "";
    assert.notEqual(new URL(href).origin, sandbox().ready.eodh.url);
    const part = await ask(href, { headers: { range: "bytes=0-7" } });
    assert.equal(part.status, 206);
    assert.equal(part.body.subarray(0, 2).toString(), "II");
    assert.match(String(part.headers.etag), /^"65d361a0-[0-9a-f]+"$/);
  });
});
