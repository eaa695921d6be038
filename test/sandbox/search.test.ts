/** The sandbox's search: strict bodies, paging as measured, items as they are now and as they were. */
import assert from "node:assert/strict";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, type Answer, type Ask, type FeatureLike, type PageLike } from "./ask.js";

const WANTED = "plankton_nrt_l3-olci-300m_P1D";
const SLSTR = "EO.EUM.DAT.SENTINEL-3.SL_1_RBT___";

describe("sandbox: search", () => {
  let sandbox: Sandbox;
  let collection: string;
  let headers: Record<string, string>;
  before(async () => {
    sandbox = await startSandbox({ seedWeek: true, bytes: 2048 });
    collection = sandbox.ready.hda.collection;
    headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const at = (path: string, options: Ask = {}): Promise<Answer> =>
    ask(`${sandbox.ready.hda.stac}${path}`, { ...options, headers: { ...headers, ...options.headers } });
  const search = (body: object | string, more: Record<string, string> = {}): Promise<Answer> =>
    at("/search", { method: "POST", body, headers: { "content-type": "application/json", ...more } });
  const page = async (body: object): Promise<PageLike> => {
    const answer = await search(body);
    assert.equal(answer.status, 200, answer.text());
    return answer.json<PageLike>();
  };
  const nextOf = (one: PageLike): PageLike["links"][number] | undefined => one.links.find(({ rel }) => rel === "next");
  const allPages = async (body: object, most = 50): Promise<PageLike[]> => {
    const pages = [await page(body)];
    for (;;) {
      const last = pages.at(-1);
      const next = last && nextOf(last);
      if (!next || pages.length >= most) return pages;
      pages.push((await ask(next.href, { headers, body: next.body ?? {} })).json<PageLike>());
    }
  };
  const idsOf = (pages: PageLike[]): string[] => pages.flatMap(({ features }) => features.map(({ id }) => id));
  const described = async (answer: Promise<Answer>, status: number, words: string | RegExp): Promise<void> => {
    const got = await answer;
    assert.equal(got.status, status, got.text());
    const { description, ticket } = got.json<{ description: string; ticket: string }>();
    if (typeof words === "string") assert.equal(description, words);
    else assert.match(description, words);
    assert.match(ticket, /^[0-9a-f]{8}$/);
  };

  it("shows an older wanted product on page one and the newest later", async () => {
    const pages = await allPages({ collections: [collection] });
    assert.deepEqual(
      pages.map(({ features }) => features.length),
      [10, 10, 10, 10, 10, 10, 0],
    );
    const wanted = pages.map(({ features }) => features.filter(({ id }) => id.includes(WANTED)));
    const newest = (list: FeatureLike[]): string =>
      String(
        list
          .map((one) => one.properties["datetime"])
          .sort()
          .at(-1),
      );
    assert.ok((wanted[0]?.length ?? 0) > 0);
    assert.ok(newest(wanted.flat()) > newest(wanted[0] ?? []));
    assert.equal(new Set(idsOf(pages)).size, 60);
    assert.equal(nextOf(pages.at(-1) as PageLike), undefined);
    const week = Date.now() - 7 * 86_400_000;
    for (const { features } of pages) {
      for (const { properties } of features) {
        const time = Date.parse(String(properties["datetime"]));
        assert.ok(time > week && time <= Date.now());
      }
    }
  });

  it("says no more than the real server: next and self, no count, whole body with token and backend", async () => {
    const sent = { collections: [collection], limit: 7 };
    const one = await page(sent);
    assert.equal("numberMatched" in one, false);
    assert.deepEqual(
      one.links.map(({ rel }) => rel),
      ["next", "self"],
    );
    const query = { "federation:backends": { eq: "cop_marine" } };
    assert.deepEqual(nextOf(one)?.body, { ...sent, query, token: "2" });
    assert.equal(nextOf(one)?.method, "POST");
  });

  it("answers page one again to a token without the backend filter, unless paging is lenient", async () => {
    const first = idsOf([await page({ collections: [collection] })]);
    assert.deepEqual(idsOf([await page({ collections: [collection], token: "2" })]), first);
    sandbox.settings.patch({ search: { paging: "lenient" } });
    assert.notDeepEqual(idsOf([await page({ collections: [collection], token: "2" })]), first);
  });

  it("pages by GET with everything in the query string, and ignores parameters it does not know", async () => {
    const one = (await at(`/search?collections=${collection}&limit=25&page=3&colour=blue`)).json<PageLike>();
    const next = nextOf(one);
    assert.equal(next?.method, "GET");
    const params = new URL(next?.href ?? "").searchParams;
    assert.equal(params.get("token"), "2");
    assert.deepEqual(JSON.parse(params.get("query") ?? ""), { "federation:backends": { eq: "cop_marine" } });
    const two = (await ask(next?.href ?? "", { headers })).json<PageLike>();
    const listed = (await at(`/collections/${collection}/items?limit=50`)).json<PageLike>();
    assert.deepEqual(idsOf([listed]), idsOf([one, two]));
  });

  it("refuses what the real server refuses, in its words", async () => {
    const c = { collections: [collection] };
    await described(search({ ...c, page: 2 }), 400, "1 error(s). page: Extra inputs are not permitted");
    const two = "2 error(s). fields: Extra inputs are not permitted; page: Extra inputs are not permitted";
    await described(search({ ...c, page: 2, fields: [] }), 400, two);
    await described(search({}), 400, "A collection is required");
    const unknown = "NoMatchingCollection: Collection NOPE does not exist.";
    await described(search({ collections: ["NOPE", collection] }), 404, unknown);
    const listing = await at("/collections/NOPE/items");
    assert.equal(listing.status, 404);
    assert.equal(listing.json()["code"], 404);
    const operator = '1 error(s). query: operator "lt" is not supported for property "size"';
    await described(search({ ...c, query: { size: { lt: 3 } } }), 400, operator);
    const byBackend = (test: object): Promise<Answer> => search({ ...c, query: { "federation:backends": test } });
    await described(byBackend({ eq: "nobody" }), 404, /^UnsupportedProvider/);
    await described(byBackend({ in: ["cop_marine"] }), 500, "unhashable type: 'list'");
    const filter = { op: "or", args: [] };
    await described(
      search({ ...c, filter }),
      400,
      "1 error(s). filter: Failed to evaluate node of type <class 'pygeofilter.ast.Or'>",
    );
    await described(
      at(`/search?collections=${collection}&filter=${encodeURIComponent("{}")}`),
      400,
      /Please use a POST request/,
    );
    const get = (query: string): Promise<Answer> => at(`/search?collections=${collection}&${query}`);
    await described(get("datetime=2026-04-20"), 400, "Invalid RFC3339 datetime.");
    await described(get("bbox=1,2,3"), 400, "BBox '1,2,3' must have 4 or 6 values.");
    await described(get("filter=abc%20%3D"), 500, /token/);
    await described(search("[]"), 500, "'list' object has no attribute 'get'");
  });

  it("answers with the framework's detail list where the body does not validate", async () => {
    const c = { collections: [collection] };
    const bad: (object | string)[] = [
      "",
      "{",
      { ...c, limit: 0 },
      { ...c, limit: -1 },
      { ...c, datetime: "2026-04-20" },
      { ...c, datetime: "2026-04-20T00:00:00" },
      { ...c, datetime: "2026-04-21T00:00:00Z/2026-04-20T00:00:00Z" },
      { ...c, datetime: "2026-04-20T00:00:00Z/../.." },
      { ...c, bbox: [1, 2, 3] },
      { ...c, bbox: [1, 2, 3, 4], intersects: { type: "Point", coordinates: [0, 0] } },
      { ...c, sortby: [{ field: "datetime" }] },
      { ...c, filter: "id = 'x'", "filter-lang": "cql2-text" },
    ];
    for (const body of bad) {
      const answer = await search(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      const document = answer.json<{ detail: { loc: unknown[]; msg: string }[] }>();
      assert.ok((document.detail[0]?.msg.length ?? 0) > 0, JSON.stringify(body));
      assert.equal("code" in document || "ticket" in document, false);
    }
    for (const body of [
      { ...c, limit: "5" },
      { ...c, limit: null },
      { ...c, limit: 20_000 },
      { ...c, datetime: "../.." },
      { collections: [collection, "NOPE"] },
    ]) {
      assert.equal((await search(body)).status, 200, JSON.stringify(body));
    }
  });

  it("narrows by time, place, id, query and filter", async () => {
    const all = (await page({ collections: [collection], limit: 100 })).features;
    const day = String(all[3]?.properties["datetime"]);
    const sameDay = all.filter(({ properties }) => properties["datetime"] === day).length;
    const count = async (more: object): Promise<number> =>
      (await page({ collections: [collection], limit: 100, ...more })).numberReturned;
    assert.equal(await count({ datetime: day }), sameDay);
    assert.equal(
      await count({ datetime: `${day}/..` }),
      all.filter((one) => String(one.properties["datetime"]) >= day).length,
    );
    assert.equal(
      await count({ datetime: `/${day}` }),
      all.filter((one) => String(one.properties["datetime"]) <= day).length,
    );
    const ids = [all[5]?.id ?? "", all[2]?.id ?? "", "nope"];
    assert.equal(await count({ ids }), 2);
    const equal = { op: "=", args: [{ property: "id" }, ids[0]] };
    assert.equal(await count({ filter: equal }), 1);
    assert.equal(await count({ query: { whatever: { eq: 3 } } }), 60, "cop_marine ignores properties");

    const s2 = (more: object): Promise<PageLike> =>
      page({ collections: ["EO.ESA.DAT.SENTINEL-2.MSI.L2A"], limit: 100, ...more });
    const overAlps = await s2({ bbox: [9.2, 46, 9.3, 46.1] });
    assert.deepEqual([...new Set(overAlps.features.map(({ properties }) => properties["grid:code"]))], ["MGRS-32TNS"]);
    const triangle = {
      type: "Polygon",
      coordinates: [
        [
          [1, 48],
          [4, 48],
          [1, 50],
          [1, 48],
        ],
      ],
    };
    const inParis = await s2({ intersects: triangle });
    assert.deepEqual([...new Set(inParis.features.map((one) => one.properties["grid:code"]))], ["MGRS-31UDQ"]);
    const clear = await s2({ query: { "eo:cloud_cover": { lte: 20 } } });
    assert.ok(clear.numberReturned > 0 && clear.numberReturned < 60);
    assert.ok(clear.features.every(({ properties }) => Number(properties["eo:cloud_cover"]) <= 20));
    const text = encodeURIComponent("\"grid:code\" = 'MGRS-33TUG' AND datetime >= TIMESTAMP('2000-01-01T00:00:00Z')");
    const byText = await at(`/search?collections=EO.ESA.DAT.SENTINEL-2.MSI.L2A&limit=100&filter=${text}`);
    assert.equal(byText.json<PageLike>().numberReturned, 10);
  });

  it("ignores sortby for Copernicus Marine and obeys it for EUMETSAT", async () => {
    const sortby = [{ field: "datetime", direction: "desc" }];
    const dates = async (name: string): Promise<string[]> =>
      (await page({ collections: [name], sortby })).features.map((one) => String(one.properties["datetime"]));
    const marine = await dates(collection);
    assert.notDeepEqual(marine, [...marine].sort().reverse());
    const slstr = await dates(SLSTR);
    assert.deepEqual(slstr, [...slstr].sort().reverse());
    const odd = await search({ collections: [SLSTR], sortby: [{ field: "colour", direction: "asc" }] });
    assert.equal(odd.json<{ errors: { provider: string }[] }>().errors[0]?.provider, "eumetsat");
  });

  it("repeats items for ever in the paging of the real Copernicus Marine plugin, when that is switched on", async () => {
    sandbox.setItems(collection, { count: 33 });
    sandbox.settings.patch({ search: { endless: true } });
    const pages = await allPages({ collections: [collection] }, 6);
    assert.deepEqual(
      pages.slice(0, 4).map((one) => nextOf(one)?.body?.["token"]),
      ["2", "12", "112", "1112"],
    );
    assert.ok(pages.every(({ features }) => features.length === 10));
    assert.equal(new Set(idsOf(pages)).size, 20);
    const whole = await page({ collections: [collection], limit: 100 });
    assert.equal(whole.features.length, 33);
    assert.equal(nextOf(whole), undefined);
    const exact = await allPages({ collections: [collection], limit: 33 }, 3);
    assert.equal(new Set(idsOf(exact)).size, 33);
    assert.equal(exact.length, 3);
  });

  it("can send empty pages, repeats, loops, foreign addresses, GET links and partial bodies", async () => {
    const ids = idsOf(await allPages({ collections: [collection] }));
    const search = sandbox.settings;
    search.patch({ search: { emptyPages: 2 } });
    const holes = await allPages({ collections: [collection] });
    assert.deepEqual(
      holes.slice(0, 4).map(({ features }) => features.length),
      [10, 0, 0, 10],
    );
    assert.deepEqual(idsOf(holes), ids);
    search.patch({ search: { emptyPages: 0, repeat: 3 } });
    const again = idsOf(await allPages({ collections: [collection] }));
    assert.deepEqual([...new Set(again)], ids);
    assert.ok(again.length > ids.length);
    search.patch({ search: { repeat: 0, next: "loop" } });
    const loop = await allPages({ collections: [collection] }, 3);
    assert.equal(new Set(idsOf(loop)).size, 10);
    search.patch({ search: { next: "foreign" } });
    const foreign = nextOf(await page({ collections: [collection] }));
    assert.ok(foreign?.href.startsWith(sandbox.url("foreign")));
    const open = await ask(foreign?.href ?? "", { body: foreign?.body ?? {} });
    assert.equal(open.json<PageLike>().features.length, 10);
    search.patch({ search: { next: "unreachable" } });
    assert.equal(
      nextOf(await page({ collections: [collection] }))?.href,
      "http://eo-catalogue-eodag-server:8080/search",
    );
    search.patch({ search: { next: "merge" } });
    const merged = nextOf(await page({ collections: [collection], limit: 4 }));
    assert.equal(merged?.merge, true);
    assert.equal(merged?.body?.["collections"], undefined);
    search.patch({ search: { next: "get" } });
    const link = nextOf(await page({ collections: [collection], limit: 30 }));
    assert.deepEqual(idsOf([(await ask(link?.href ?? "", { headers })).json<PageLike>()]), ids.slice(30));
  });

  it("writes dates and fields as before or after the change of May 2026", async () => {
    const first = async (): Promise<FeatureLike & { stac_version: string }> =>
      (await page({ collections: [collection], limit: 1 })).features[0] as FeatureLike & { stac_version: string };
    const now = await first();
    assert.equal(now.stac_version, "1.1.0");
    assert.match(String(now.properties["datetime"]), /T00:00:00\.000Z$/);
    assert.ok(now.properties["providers"]);
    assert.equal(now.properties["storage:tier"], undefined);
    assert.equal(now.assets["native"]?.["file:size"], 2048);
    assert.match(now.assets["native"]?.["file:checksum"] ?? "", /^[0-9a-f]{32}$/);
    sandbox.settings.patch({ search: { form: "old" } });
    const then = await first();
    assert.equal(then.stac_version, "1.0.0");
    assert.match(String(then.properties["datetime"]), /T00:00:00\.000000Z$/);
    assert.equal(then.properties["storage:tier"], "online");
    assert.equal(then.properties["providers"], undefined);
  });

  it("serves single items, ids with commas, and items without a date", async () => {
    const fci = "EO.EUM.DAT.MTG.FCI-FDHSI";
    const comma = (await page({ collections: [fci], limit: 1 })).features[0];
    assert.match(comma?.id ?? "", /,/);
    const self = comma?.links.find(({ rel }) => rel === "self");
    assert.match(self?.href ?? "", /%2C/);
    assert.match(comma?.assets["downloadLink"]?.href ?? "", /%2C/);
    assert.equal((await ask(self?.href ?? "", { headers })).json<FeatureLike>().id, comma?.id);
    const monthly = (await page({ collections: ["EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L4_NRT_009_102"] })).features[0];
    assert.equal(monthly?.properties["datetime"], null);
    assert.ok(monthly?.properties["start_datetime"] && monthly.properties["end_datetime"]);
    await described(at(`/collections/${collection}/items/nope`), 404, /^Item nope in Collection .* does not exist\.$/);
  });

  it("asks for a token: 403 without, 401 with a bad one", async () => {
    const bare = await ask(`${sandbox.ready.hda.stac}/search`, { body: { collections: [collection] } });
    assert.equal(bare.status, 403);
    assert.match(bare.headers["content-type"] ?? "", /html/);
    const bad = await search({ collections: [collection] }, { authorization: "Bearer nonsense" });
    assert.equal(bad.status, 401);
    assert.equal((await ask(`${sandbox.ready.hda.stac}/collections/${collection}/items`)).status, 403);
    for (const open of ["", "/", "/conformance", "/collections", `/collections/${collection}/queryables`]) {
      assert.equal((await ask(sandbox.ready.hda.stac + open)).status, 200, open);
    }
  });

  it("takes items that a test wrote", async () => {
    const odd = { type: "Feature", id: "own", collection, geometry: null, properties: {}, assets: {}, links: [] };
    sandbox.setItems(collection, { features: [odd, odd] });
    const found = await page({ collections: [collection] });
    assert.deepEqual(found.features, [odd, odd]);
  });
});
