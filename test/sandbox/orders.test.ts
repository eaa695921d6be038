/** Products made to order: placeholder, order, polling, delivery, and the odd answers on the way. */
import assert from "node:assert/strict";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, type Answer, type FeatureLike, type PageLike } from "./ask.js";

const EXTREMES = "EO.ECMWF.DAT.DT_EXTREMES";
const EMISSIONS = "EO.ECMWF.DAT.CAMS_GLOBAL_EMISSION_INVENTORIES";
const BYTES = 70_000;

describe("sandbox: orders", () => {
  let sandbox: Sandbox;
  let headers: Record<string, string>;
  before(async () => {
    sandbox = await startSandbox({ bytes: BYTES });
    headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const search = (collection: string, chosen: Record<string, unknown>, more: object = {}): Promise<Answer> => {
    const query = Object.fromEntries(Object.entries(chosen).map(([key, eq]) => [`ecmwf:${key}`, { eq }]));
    return ask(`${sandbox.ready.hda.stac}/search`, { headers, body: { collections: [collection], query, ...more } });
  };
  const chosen = { variable: ["carbon_dioxide"], source: ["anthropogenic"], version: "v4.2", year: ["2020"] };
  const order = (collection: string, body: object): Promise<Answer> =>
    ask(`${sandbox.ready.hda.stac}/collections/${collection}/order`, { headers, body });
  const get = (url: string): Promise<Answer> => ask(url, { headers });
  const selfOf = (item: FeatureLike): string => item.links.find(({ rel }) => rel === "self")?.href ?? "";
  const placed = async (): Promise<FeatureLike> => (await order(EMISSIONS, chosen)).json<FeatureLike>();
  const downloadOf = (item: FeatureLike): string =>
    `${sandbox.url("central")}/data/cop_ads/${EMISSIONS}/${item.id}/downloadLink`;

  it("gives one placeholder without date, asset or usable self link, but with an order in native names", async () => {
    const page = (await search(EMISSIONS, chosen)).json<PageLike>();
    assert.equal(page.features.length, 1);
    assert.deepEqual(
      page.links.map(({ rel }) => rel),
      ["self"],
    );
    const [item] = page.features;
    assert.match(item?.id ?? "", /^CAMS_GLOBAL_EMISSIONS_ORDERABLE_[0-9a-f]{40}$/);
    assert.deepEqual(item?.assets, {});
    assert.equal(item?.properties["order:status"], "orderable");
    assert.equal("datetime" in (item?.properties ?? {}), false);
    const retrieve = item?.links.find(({ rel }) => rel === "retrieve");
    assert.equal(retrieve?.method, "POST");
    assert.deepEqual(retrieve?.body, chosen);
    const other = (await get(selfOf(item as FeatureLike))).json<FeatureLike>();
    assert.notEqual(other.id, item?.id);
    assert.equal(other.properties["datetime"], null);
    assert.equal(other.links.find(({ rel }) => rel === "retrieve")?.body, undefined);
  });

  it("says which fields are missing or wrong", async () => {
    const missing = await search(EMISSIONS, {});
    const { errors } = missing.json<{ errors: { provider: string; message: string }[] }>();
    assert.equal(missing.status, 400);
    assert.equal(errors[0]?.provider, "cop_ads");
    assert.match(errors[0]?.message ?? "", /^4 error\(s\)\. ecmwf:variable: Field required; /);
    const message = async (body: object): Promise<string> => {
      const answer = await order(EMISSIONS, body);
      assert.equal(answer.status, 400);
      return answer.json<{ errors: { message: string }[] }>().errors[0]?.message ?? "";
    };
    assert.match(
      await message({ ...chosen, version: "v1" }),
      /^ecmwf_version=v1 is not available with .*Allowed values are v4\.2, v5\.3, v6\.2\.$/,
    );
    assert.match(
      await message({ ...chosen, "ecmwf:version": "v4.2" }),
      /^'ecmwf_version' is not a queryable parameter for cop_ads$/,
    );
    assert.match(await message({}), /Field required/);
  });

  it("orders, is polled, and delivers", async () => {
    const item = await placed();
    assert.match(item.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(item.properties["order:status"], "ordered");
    assert.deepEqual(item.assets, {});
    const early = await get(downloadOf(item));
    assert.equal(early.status, 500);
    assert.equal(early.json()["description"], "'eodag'");
    const states: unknown[] = [];
    let last = item;
    while (last.properties["order:status"] === "ordered" && states.length < 9) {
      last = (await get(selfOf(item))).json<FeatureLike>();
      states.push(last.properties["order:status"]);
    }
    assert.deepEqual(states, ["ordered", "ordered", "succeeded"]);
    const file = await get(last.assets["downloadLink"]?.href ?? "");
    assert.equal(file.status, 200);
    assert.equal(file.body.length, BYTES);
    assert.match(file.headers["content-disposition"] ?? "", /^attachment; filename="[0-9a-f]{32}\.zip"$/);
  });

  it("delivers GRIB messages that end as they should", async () => {
    sandbox.settings.patch({ order: { first: "succeeded" } });
    const body = { stream: "oper", levtype: "sfc", param: ["228029"], step: ["14"], date: "20260528/to/20260528" };
    const item = (await order(EXTREMES, body)).json<FeatureLike>();
    assert.equal(item.properties["order:status"], "succeeded");
    assert.equal(item.properties["datetime"], "2026-05-28T00:00:00.000Z");
    const file = await get(item.assets["downloadLink"]?.href ?? "");
    assert.equal(file.body.length, BYTES);
    assert.equal(file.body.subarray(0, 4).toString("latin1"), "GRIB");
    assert.equal(Number(file.body.readBigUInt64BE(8)), BYTES);
    assert.equal(file.body.subarray(-4).toString("latin1"), "7777");
  });

  it("fails as the real server does: 400 on the item, 404 on its link", async () => {
    sandbox.settings.patch({ order: { polls: 0, outcome: "failed" } });
    const item = await placed();
    const failed = await get(selfOf(item));
    assert.equal(failed.status, 400);
    const [error] = failed.json<{ errors: { message: string }[] }>().errors;
    assert.equal(error?.message, "Provider cop_ads returned: request status: failed");
    const link = await get(downloadOf(item));
    assert.equal(link.status, 404);
    assert.match(String(link.json()["description"]), /^\('Could not find /);
    sandbox.settings.patch({ order: { outcome: "failed-status" } });
    assert.equal((await get(selfOf(await placed()))).json<FeatureLike>().properties["order:status"], "failed");
  });

  it("knows what was never ordered, not orderable, or nowhere", async () => {
    const never = "8ed6c1e5-ac1e-4c8b-b576-5768950be67e";
    const item = await get(`${sandbox.ready.hda.stac}/collections/${EMISSIONS}/items/${never}`);
    assert.equal(item.status, 400);
    const [error] = item.json<{ errors: { message: string }[] }>().errors;
    assert.equal(error?.message, `Requested data is not available on cop_ads (${never}).`);
    assert.equal((await get(downloadOf({ id: never } as FeatureLike))).status, 404);
    const plain = await order(sandbox.ready.hda.collection, {});
    assert.equal(plain.status, 404);
    assert.equal(plain.json()["description"], "Product is not orderable. Please download it directly.");
    const nowhere = await order("NOPE", {});
    assert.deepEqual([nowhere.status, nowhere.json()["description"]], [500, "'GENERIC_COLLECTION'"]);
  });

  it("can say 404 before an order is ready", async () => {
    sandbox.settings.patch({ order: { notReady: "404" } });
    const early = await get(downloadOf(await placed()));
    assert.equal(early.status, 404);
    assert.match(String(early.json()["description"]), /^NotAvailableError: /);
  });

  it("keeps the old API's way: 202 and a Location until the file is there", async () => {
    let url = `${sandbox.url("hda")}/stac/collections/${EMISSIONS}/items/x/download`;
    const statuses: number[] = [];
    let answer = await get(url);
    while (answer.status === 202 && statuses.length < 9) {
      statuses.push(answer.status);
      const body = answer.json<{ location: string; status: string }>();
      assert.equal(answer.headers.location, body.location);
      url = body.location;
      answer = await get(url);
    }
    assert.ok(statuses.length > 1);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, BYTES);
    assert.match(answer.headers["content-disposition"] ?? "", /^attachment; filename=[0-9a-f]{32}\.zip$/);
  });

  it("keeps the old API's search: counts, page numbers, and once a next on an internal host", async () => {
    const body = { collections: [sandbox.ready.hda.collection], limit: 10 };
    const v1 = (more: object = {}): Promise<Answer> =>
      ask(`${sandbox.url("hda")}/stac/search`, { headers, body: { ...body, ...more } });
    const one = (await v1()).json<PageLike>();
    assert.equal(one.numberMatched, 60);
    const next = one.links.find(({ rel }) => rel === "next");
    assert.equal(next?.body?.["page"], 2);
    const two = (await ask(next?.href ?? "", { headers, body: next?.body ?? {} })).json<PageLike>();
    assert.equal(new Set([...one.features, ...two.features].map(({ id }) => id)).size, 20);
    sandbox.settings.patch({ search: { next: "unreachable" } });
    const internal = (await v1()).json<PageLike>().links.find(({ rel }) => rel === "next");
    assert.equal(internal?.href, "http://eo-catalogue-eodag-server:8080/search");
  });

  it("lists a collection that a search does not know", async () => {
    const answer = await search("EO.ECMWF.DAT.SIS_HYDROLOGY_VARIABLES_DERIVED_PROJECTIONS", {});
    assert.equal(answer.status, 404);
    assert.match(String(answer.json()["description"]), /^NoMatchingCollection: /);
  });
});
