/** Searching the EO DataHub: whole properties, its names, private parts, keys that are dead without saying so. */
import assert from "node:assert/strict";
import { EoError } from "../../src/errors.js";
import { catalogueList } from "../../src/stac/catalogues.js";
import { collectionsOf } from "../../src/stac/collections.js";
import { useSandbox } from "../support/sandbox.js";
import { closeAccounts, eodhAccount, found } from "./support.js";

const CEDA = "public/ceda-stac-catalogue";

describe("EO DataHub: search", () => {
  const sandbox = useSandbox();
  closeAccounts();
  const account = (apiKey?: string): ReturnType<typeof eodhAccount> => eodhAccount(sandbox(), {}, apiKey);
  const searches = () =>
    sandbox()
      .requests()
      .filter(({ route }) => route === "eodh-search");

  it("sends whole items, from a catalogue by its path, following every page", async () => {
    const { items, report } = await found(account(), { catalogue: CEDA, collections: "sentinel2_ard", limit: 25 });
    assert.equal(items.length, 60);
    assert.deepEqual(
      { pages: report.pages, numberMatched: report.numberMatched, complete: report.complete, warning: report.warning },
      { pages: 3, numberMatched: 60, complete: true, warning: undefined },
    );
    for (const { properties, stac_extensions: extensions } of items) {
      assert.equal(typeof (properties as Record<string, unknown>)["eo:cloud_cover"], "number");
      assert.ok(Array.isArray(extensions));
    }
  });

  it("takes plain names in filter, sortby and query", async () => {
    const fields = { catalogue: CEDA, collections: "sentinel2_ard", sortby: "+eo:cloud_cover" };
    const { items, report } = await found(account(), { ...fields, filter: "eo:cloud_cover <= 20" });
    const clouds = items.map(({ properties }) => (properties as Record<string, number>)["eo:cloud_cover"] ?? NaN);
    assert.ok(clouds.length > 5 && clouds.every((cover) => cover <= 20));
    assert.deepEqual(
      clouds,
      [...clouds].sort((a, b) => a - b),
    );
    assert.equal(report.warning, undefined);
    const query = await found(account(), { ...fields, query: { "properties.eo:cloud_cover": { lte: 20 } } });
    assert.equal(query.items.length, items.length);
  });

  it("says that an operator is not evaluated", async () => {
    const filter = "T_AFTER(datetime, TIMESTAMP('2100-01-01T00:00:00Z'))";
    const { items, report } = await found(account(), { catalogue: CEDA, filter });
    assert.equal(items.length, 72);
    assert.match(report.warning ?? "", /does not evaluate t_after/);
  });

  it("keeps the fields a person asks for", async () => {
    const only = await found(account(), { catalogue: CEDA, fields: "+properties.eo:cloud_cover", max: 1 });
    assert.equal("stac_extensions" in (only.items[0] ?? {}), false);
    const without = await found(account(), {
      catalogue: CEDA,
      collections: "sentinel2_ard",
      fields: "-assets",
      max: 1,
    });
    assert.equal("assets" in (without.items[0] ?? {}), false);
    assert.equal(typeof (without.items[0]?.properties as Record<string, unknown>)["eo:cloud_cover"], "number");
  });

  it("sends two items with one id, of two catalogues, both", async () => {
    const { items, report } = await found(account(), { collections: "sentinel2_ard", limit: 30 });
    assert.equal(items.length, 72);
    assert.equal(report.numberMatched, 72);
    assert.equal(new Set(items.map(({ id }) => id)).size, 60);
  });

  it("finds private items with the key, catalogues within catalogues included", async () => {
    const { items } = await found(account(), { catalogue: sandbox().ready.eodh.catalogue, limit: 10 });
    assert.equal(items.length, 36);
    assert.ok(searches().every(({ authorization }) => authorization?.startsWith("Bearer ")));
  });

  it("follows Planet's pages, whichever of the two next links it takes", async () => {
    const { items, report } = await found(account(), { catalogue: "commercial/planet" });
    assert.equal(items.length, 14);
    assert.equal(report.complete, true);
  });

  it("tells an empty private catalogue from a dead key", async () => {
    const { catalogue } = sandbox().ready.eodh;
    const none = { catalogue, ids: "no-such-item" };
    const empty = await found(account(), none);
    assert.deepEqual([empty.items.length, empty.report.complete, empty.report.warning], [0, true, undefined]);
    const dead = sandbox().eodh.keys.issue("my-ws", "alice", -1).key;
    for (const key of [dead, "46f39e06-686a-4a35-9394-399ac54633fb"]) {
      await assert.rejects(found(account(key), { catalogue }), (error: EoError) => {
        assert.equal(error.code, "AUTH_FAILED");
        assert.match(error.message, /private catalogue was not opened/);
        assert.match(error.message, key === dead ? /30 days/ : /Token ID, not an API Key/);
        assert.equal(error.message.includes(key), false);
        return true;
      });
    }
    const other = sandbox().eodh.other.key;
    await assert.rejects(found(account(other), { catalogue }), (error: EoError) => {
      assert.equal(error.code, "FORBIDDEN");
      assert.match(error.message, /is for the workspace "other-ws"/);
      return true;
    });
  });

  it("says of an empty public search that the key is dead", async () => {
    const dead = sandbox().eodh.keys.issue("my-ws", "alice", -1).key;
    const { items, report } = await found(account(dead), { catalogue: CEDA, ids: "no-such-item" });
    assert.equal(items.length, 0);
    assert.match(report.warning ?? "", /Only public data were searched/);
    const some = await found(account(dead), { catalogue: CEDA, max: 1 });
    assert.equal(some.items.length, 1);
  });

  it("copes with a service that refuses dead keys at once", async () => {
    sandbox().settings.patch({ eodh: { deadKey: "refused", unauthorized: "text" } });
    await assert.rejects(found(account("454f4448000000000000000000000000"), { catalogue: CEDA }), {
      code: "AUTH_FAILED",
    });
  });

  it("lists collections once each, and catalogues by their paths", async () => {
    const { collections } = await collectionsOf(account(), "");
    assert.deepEqual(collections.map(({ id }) => id).sort(), [
      "PSScene",
      "airbus_phr_data",
      "cmip6",
      "col_6419c43c-3636-11f0-a09c-ca5f458bf742",
      "sentinel2_ard",
    ]);
    const { catalogues, complete } = await catalogueList(account());
    assert.equal(complete, true);
    assert.deepEqual(
      catalogues.map(({ id }) => id),
      [
        ...["commercial", "commercial/airbus", "commercial/planet", "public", "public/ceda-stac-catalogue", "user"],
        ...["user/my-ws", "user/my-ws/processing-results", "user/my-ws/processing-results/convert"],
        "user/my-ws/saved-data",
      ],
    );
  });

  it("names the catalogue that is not there", async () => {
    await assert.rejects(found(account(), { catalogue: "public/nope" }), { code: "NOT_FOUND" });
  });
});
