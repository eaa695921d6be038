/** Our nodes against stac-fastapi-eodag, the software behind the Data Lake; and the sandbox's answers beside its own. */
import assert from "node:assert/strict";
import type { Part } from "../parts.js";
import type { Sandbox } from "../../support/sandbox.js";
import { runOurFlow, runOurFlowWell, type OurFlow } from "../support/our-flow.js";
import { sameLines } from "../support/same-lines.js";
import { WANTED } from "../support/world.js";
import { LAKE_CASES, type LakeSide } from "./lake-cases.js";
import { shapeOf } from "./lake-shape.js";
import { MARINE_ITEMS, MARINE_WEEK } from "./marine-store.js";
import { EMISSIONS, OCEAN_COLOUR } from "./providers.js";
import { startHdaServer } from "./server.js";

/** What the endless paging shows of the items at a page of ten: two pages' worth. */
const TEN = 10;

export const hdaServer: Part = async (report, world) => {
  const { sandbox } = await world.lake("http");
  const nodeRed = await world.nodeRed();
  const bytes = await productBytes(sandbox);
  // Each file differs from the others, and is a whole NetCDF.
  const content = (id: string): Buffer<ArrayBuffer> => {
    const own = Buffer.from(bytes);
    own.write(id.slice(0, 40), own.length - 64, "latin1");
    return own;
  };
  const good = (token: string | undefined): number | undefined =>
    token === undefined ? 403 : sandbox.identity.tokens.good(token, "dedl") ? undefined : 401;
  const server = await startHdaServer({ folder: await world.folder(), content, refuse: good });
  try {
    const { tokenUrl, clientId, clientSecret } = sandbox.ready.hda;
    const account = {
      ...{ provider: "dedl", url: server.stac, tokenUrl },
      hosts: new URL(server.downloads.origin).host,
    };
    const flow: OurFlow = { account, credentials: { clientId, clientSecret } };
    const ocean = { collections: OCEAN_COLOUR, output: "collection" };

    await report.agree("search, newest, file from its S3-backed plugin", async () => {
      const folder = await world.folder();
      const result = await runOurFlowWell(nodeRed, {
        ...flow,
        ...{ search: { ...ocean, datetime: "P7D" }, filter: { match: WANTED }, download: { folder } },
      });
      assert.equal(result.items.length, MARINE_WEEK);
      const today = new Date().toISOString().slice(0, 10).replaceAll("-", "");
      assert.equal(result.newest?.id, `${today}_cmems_obs-oc_glo_bgc-${WANTED}`);
      assert.equal(result.file?.sha256, server.marine.files.get(result.newest.id));
      assert.equal(result.file?.name, `${result.newest.id}.nc`);
      // The plugin sends no length; `native` says size and MD5 of the same file.
      assert.ok(result.file.verified.includes("file:size"));
      assert.ok(result.file.verified.includes("file:checksum"));
      return `${result.items.length} items, ${result.file.bytes} equal bytes, proved by ${result.file.verified.join(", ")}`;
    });

    await report.agree("every item of the collection in our page size", async () => {
      const result = await runOurFlowWell(nodeRed, { ...flow, search: ocean, filter: { match: WANTED } });
      assert.equal(new Set(result.items.map((item) => item.id)).size, MARINE_ITEMS);
      assert.equal(result.items.length, MARINE_ITEMS);
      assert.equal(result.search?.complete, true);
      return `${result.items.length} items in ${result.search.pages} page(s)`;
    });

    await report.agree(
      "a fact: its paging of ocean colour repeats for ever at a small page; ours ends and says so",
      async () => {
        const search = { ...ocean, limit: String(TEN) };
        const result = await runOurFlowWell(nodeRed, { ...flow, search, filter: { match: WANTED }, patience: 120 });
        const ids = result.items.map((item) => item.id);
        assert.equal(new Set(ids).size, ids.length, "each item once");
        assert.equal(ids.length, 2 * TEN);
        assert.equal(result.search?.complete, false);
        assert.ok(result.search.warning);
        return `${ids.length} of ${MARINE_ITEMS} items in ${result.search.pages} pages, "${result.search.warning}"`;
      },
    );

    await report.agree("collections in the dialog", async () => {
      const answer = (await nodeRed.admin("eo/search/collections", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          account: { id: "unsaved", settings: account, credentials: { clientId, clientSecret } },
        }),
      })) as { collections?: { id: string; title?: string }[]; complete?: boolean; error?: { message: string } };
      assert.equal(answer.error, undefined, answer.error?.message);
      const ids = (answer.collections ?? []).map(({ id }) => id);
      assert.ok(ids.includes(OCEAN_COLOUR) && ids.includes(EMISSIONS));
      assert.equal(new Set(ids).size, ids.length);
      assert.ok(ids.length > TEN, "more than the server's page of ten");
      return `${ids.length} collections`;
    });

    const choice = (year: string) => ({
      collections: EMISSIONS,
      output: "collection",
      query: JSON.stringify({
        ...{ "ecmwf:variable": { eq: ["methane"] }, "ecmwf:source": { eq: ["anthropogenic"] } },
        ...{ "ecmwf:version": { eq: "v5.3" }, "ecmwf:year": { eq: [year] } },
      }),
      queryType: "json",
    });
    await report.agree("order → ready → download", async () => {
      const folder = await world.folder();
      const result = await runOurFlowWell(nodeRed, {
        ...flow,
        ...{ search: choice("2020"), download: { folder, orderTimeout: "2" }, patience: 120 },
      });
      assert.equal(server.jobs.orders.length, 1, "one order");
      assert.equal(result.file?.bytes, content("order").length);
      assert.ok(result.states.includes("ordering"));
      return `${result.file.bytes} bytes after ${[...new Set(result.states)].join(", ")}`;
    });
    await report.agree("an order whose job fails: ORDER_FAILED in the server's words", async () => {
      const folder = await world.folder();
      const result = await runOurFlow(nodeRed, {
        ...flow,
        ...{ search: choice("2001"), download: { folder, orderTimeout: "2" }, patience: 120 },
      });
      assert.equal(result.error?.code, "ORDER_FAILED", result.error?.message ?? "it did not fail");
      return result.error.message;
    });

    const sides = await bothSides(server.stac, sandbox);
    for (const one of LAKE_CASES) {
      await report.agree(`the sandbox answers as the server: ${one.name}`, async () => {
        const [real, drawn] = [await one.ask(sides.real), await one.ask(sides.sandbox)];
        sameLines(shapeOf(drawn, one.compare), shapeOf(real, one.compare));
        return String(real.status);
      });
    }
  } finally {
    await server.stop();
    sandbox.reset();
  }
};

/** A whole NetCDF file. */
async function productBytes(sandbox: Sandbox): Promise<Buffer> {
  const [item] = await firstItems({ stac: sandbox.ready.hda.stac, token: sandbox.tokens.issue() });
  assert.ok(item);
  return sandbox.product(OCEAN_COLOUR, item.id).bytes();
}

interface Found {
  id: string;
  assets: { downloadLink: { href: string } };
}

async function firstItems({ stac, token }: { stac: string; token: string }): Promise<Found[]> {
  const answer = await fetch(`${stac}/search`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ collections: [OCEAN_COLOUR] }),
  });
  return ((await answer.json()) as { features: Found[] }).features;
}

async function bothSides(stac: string, sandbox: Sandbox): Promise<{ real: LakeSide; sandbox: LakeSide }> {
  const token = sandbox.tokens.issue();
  const side = async (base: string): Promise<LakeSide> => {
    const [item] = await firstItems({ stac: base, token });
    assert.ok(item);
    return { stac: base, token, downloadLink: item.assets.downloadLink.href };
  };
  return { real: await side(stac), sandbox: await side(sandbox.ready.hda.stac) };
}
