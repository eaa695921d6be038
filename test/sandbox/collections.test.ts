/** The sandbox's landing page, collections and queryables. */
import assert from "node:assert/strict";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, type Answer } from "./ask.js";

interface Collection {
  id: string;
  title: string;
  description: string;
  stac_version: string;
  type: string;
  extent: { temporal: { interval: (string | null)[][] } };
  links: { rel: string; href: string }[];
  summaries: Record<string, string[]>;
}
interface List {
  collections: Collection[];
  links: { rel: string; href: string }[];
  numberMatched: number;
  numberReturned: number;
}
interface Schema {
  properties: Record<
    string,
    { enum?: string[]; const?: string; default?: unknown; items?: { enum?: string[]; const?: string } }
  >;
  required?: string[];
  additionalProperties: boolean;
}

const FCI = "EO.EUM.DAT.MTG.FCI-FDHSI";

describe("sandbox: collections", () => {
  let sandbox: Sandbox;
  let stac: string;
  before(async () => {
    sandbox = await startSandbox({ bytes: 1000 });
    stac = sandbox.ready.hda.stac;
  });
  after(() => sandbox.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => ask(stac + path, { headers });
  const rels = (links: { rel: string }[]): string[] => links.map(({ rel }) => rel);

  it("has a landing page and the conformance of the real server", async () => {
    const landing = (await get("")).json<{
      links: { rel: string; href: string }[];
      conformsTo: string[];
      type: string;
    }>();
    assert.equal(landing.type, "Catalog");
    for (const rel of ["self", "root", "data", "conformance", "search"]) assert.ok(rels(landing.links).includes(rel));
    const { conformsTo } = (await get("/conformance")).json<{ conformsTo: string[] }>();
    assert.deepEqual(landing.conformsTo, conformsTo);
    assert.ok(conformsTo.includes("https://api.stacspec.org/v1.0.0/item-search"));
    for (const absent of ["query", "sort", "fields"]) {
      assert.ok(!conformsTo.some((one) => one.endsWith(`item-search#${absent}`)), absent);
    }
  });

  it("lists ten collections a page, with next, and previous and first later on", async () => {
    const first = (await get("/collections")).json<List>();
    assert.equal(first.numberReturned, 10);
    assert.ok(first.numberMatched > 200);
    assert.deepEqual(rels(first.links), ["root", "self", "next"]);
    const next = first.links.find(({ rel }) => rel === "next")?.href ?? "";
    assert.match(next, /\/collections\?limit=10&offset=10$/);
    const second = (await ask(next)).json<List>();
    assert.deepEqual(rels(second.links), ["root", "self", "next", "previous", "first"]);
    const seen = new Set<string>();
    let href: string | undefined = `${stac}/collections?limit=60`;
    while (href) {
      const page: List = (await ask(href)).json<List>();
      for (const one of page.collections) {
        assert.ok(!seen.has(one.id));
        seen.add(one.id);
        assert.equal(one.stac_version, "1.1.0");
        assert.ok(one.title && one.description && (one.summaries["federation:backends"]?.length ?? 0) > 0);
      }
      href = page.links.find(({ rel }) => rel === "next")?.href;
    }
    assert.equal(seen.size, first.numberMatched);
    assert.ok(seen.has("EO.ECMWF.DAT.D1.DT_CLIMATE.G2.PROJECTIONS_SSP3-7.0_IFS-NEMO.R1"));
  });

  it("lists one collection only to those who have a token", async () => {
    const count = async (headers: Record<string, string> = {}): Promise<number> =>
      (await get("/collections?limit=1", headers)).json<List>().numberMatched;
    const bare = await count();
    const authorization = `Bearer ${sandbox.tokens.issue()}`;
    assert.equal(await count({ authorization }), bare + 1);
    const found = async (headers: Record<string, string> = {}): Promise<string[]> =>
      (await get(`/collections?q=${FCI}`, headers)).json<List>().collections.map(({ id }) => id);
    assert.deepEqual(await found(), []);
    assert.deepEqual(await found({ authorization }), [FCI]);
  });

  it("finds by text (a comma is or, AND is and), by backend and by time", async () => {
    const matched = async (query: string): Promise<string[]> =>
      (await get(`/collections?limit=500&${query}`)).json<List>().collections.map(({ id }) => id);
    const either = await matched(`q=${encodeURIComponent("algal pigment,methane")}`);
    assert.ok(either.includes("EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101"));
    assert.ok(either.includes("EO.ECMWF.DAT.METHANE_DATA_SATELLITE_SENSORS_2002_PRESENT"));
    const words = '"Climate Change Adaptation Digital Twin" AND Generation-2 AND IFS-NEMO';
    const both = await matched(`q=${encodeURIComponent(words)}`);
    assert.ok(both.length >= 3 && both.every((id) => /G2\..*IFS-NEMO/.test(id)));
    const query = encodeURIComponent(JSON.stringify({ "federation:backends": { eq: "cop_marine" } }));
    assert.ok((await matched(`query=${query}`)).every((id) => id.startsWith("EO.MO.DAT.")));
    const early = await matched("datetime=1960-01-01T00:00:00Z");
    assert.ok(early.length > 0 && !early.includes("EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101"));
    assert.equal((await get("/collections?limit=0")).status, 400);
    assert.equal((await get("/collections?offset=-1")).status, 400);
  });

  it("serves one collection, and says 404 with an integer for others", async () => {
    const one = (await get("/collections/EO.ECMWF.DAT.DT_EXTREMES")).json<Collection>();
    assert.ok(rels(one.links).includes("retrieve"));
    const none = await get("/collections/NOPE");
    assert.equal(none.status, 404);
    const { code, description } = none.json<{ code: number; description: string }>();
    assert.deepEqual([code, description], [404, "Collection NOPE does not exist."]);
    const nowhere = await ask(`${sandbox.url("hda")}/nowhere`);
    assert.deepEqual([nowhere.status, nowhere.json()["description"]], [404, "Not Found"]);
    assert.equal((await ask(`${stac}/collections`, { method: "DELETE" })).status, 405);
  });

  it("narrows queryables by what was chosen, and then requires less", async () => {
    const schema = async (query: string): Promise<Schema> =>
      (await get(`/collections/EO.ECMWF.DAT.DT_EXTREMES/queryables${query}`)).json<Schema>();
    const whole = await schema("");
    assert.equal(whole.additionalProperties, false);
    assert.deepEqual(whole.required, ["ecmwf:stream", "ecmwf:levtype", "ecmwf:param", "ecmwf:step"]);
    assert.equal(whole.properties["ecmwf:class"]?.const, "d1");
    assert.equal(whole.properties["ecmwf:param"]?.items?.enum?.length, 10);
    const narrow = await schema("?ecmwf:param=228029");
    assert.equal(narrow.properties["ecmwf:levtype"]?.const, "sfc");
    assert.equal(narrow.properties["ecmwf:stream"]?.const, "oper");
    assert.deepEqual(narrow.properties["ecmwf:param"]?.default, ["228029"]);
    assert.deepEqual(narrow.required, ["ecmwf:step"]);
    const several = (
      await get(
        "/collections/EO.ECMWF.DAT.CAMS_GLOBAL_EMISSION_INVENTORIES/queryables?ecmwf:variable=ammonia&ecmwf:variable=methane",
      )
    ).json<Schema>();
    assert.deepEqual(several.properties["ecmwf:variable"]?.default, ["ammonia", "methane"]);
    assert.deepEqual(several.properties["ecmwf:source"]?.items?.enum, ["anthropogenic", "oceanic"]);
    assert.ok((await get("/queryables")).json<Schema>().properties["datetime"]);
    assert.equal((await get("/collections/EO.ECMWF.DAT.DT_EXTREMES/queryables?datetime=yesterday")).status, 400);
  });

  it("lists the services of the lake", async () => {
    const services = (await ask(`${sandbox.url("hda")}/services`)).json<{ features: { id: string }[] }>();
    assert.ok(services.features.some(({ id }) => id === "dedl-hook"));
    const none = await ask(`${sandbox.url("hda")}/services/NOPE`);
    assert.equal(none.json()["code"], "NotFoundError");
  });
});
