/** pystac-client against the sandbox: the same items as ours, and what endless paging does to it. */
import assert from "node:assert/strict";
import type { Part } from "../parts.js";
import { clientScript, question, sameAsOurs, type ClientResult } from "../support/clients.js";
import { runOurFlowWell } from "../support/our-flow.js";
import { pythonWith } from "../support/python.js";
import { ITEMS, lakeFlow, type Scheme } from "../support/world.js";

interface Result extends ClientResult {
  pages: number;
  /** The search ended by itself. */
  ended: boolean;
}

/** Pages after which a search that does not end is given up. */
const MOST = 20;
const SCRIPT = clientScript("pystac_client_all.py");

export const pystacClient: Part = async (report, world) => {
  const python = await pythonWith("clients");
  for (const scheme of ["http", "https"] as Scheme[]) {
    const ours = await world.ours(scheme);
    const lake = await world.lake(scheme);
    await report.agree(`token, all pages, newest, file over ${scheme}`, async () => {
      const asked = { ...question(lake), limit: 10, most: MOST };
      const result = await python.script<Result>(SCRIPT, asked, { env: lake.trust });
      assert.ok(result.ended, "the search ended by itself");
      return `${result.pages} pages, ${sameAsOurs(result, ours)}`;
    });
  }

  const { sandbox, ...lake } = await world.lake("http");
  sandbox.settings.patch({ search: { endless: true } });
  await report.agree("a fact: endless paging keeps it going for ever, ours ends and says so", async () => {
    const asked = { ...question({ sandbox, ...lake }), limit: 10, most: MOST };
    const result = await python.script<Result>(SCRIPT, asked);
    assert.equal(result.ended, false, `it went on after ${MOST} pages`);
    const seen = new Set(result.ids).size;
    assert.ok(seen < ITEMS, "it never sees every item");
    const ours = await runOurFlowWell(await world.nodeRed(), {
      ...lakeFlow(sandbox, await world.folder()),
      search: { collections: sandbox.ready.hda.collection, datetime: "P7D", limit: "10", output: "collection" },
    });
    const ids = ours.items.map((item) => item.id);
    assert.equal(new Set(ids).size, ids.length, "ours sends each item once");
    assert.equal(ours.search?.complete, false);
    assert.ok(ours.search.warning);
    return `${result.ids.length} items, ${seen} different, in ${result.pages} pages, then stopped by the test; ours: ${ids.length} items in ${ours.search.pages} pages, "${ours.search.warning}"`;
  });
  await report.agree("endless paging with our own page size: every item, nothing repeated", async () => {
    const ours = await runOurFlowWell(await world.nodeRed(), lakeFlow(sandbox, await world.folder()));
    assert.equal(ours.items.length, ITEMS);
    assert.equal(ours.search?.complete, true);
    return `${ours.items.length} items in ${ours.search.pages} page(s)`;
  });

  await report.agree("a fact: a next link on a foreign host gets its token, ours keeps it", async () => {
    sandbox.reset();
    sandbox.settings.patch({ search: { next: "foreign" } });
    const given = (): number =>
      sandbox.requests().filter((one) => one.origin === "foreign" && one.authorization !== undefined).length;
    const asked = { ...question({ sandbox, ...lake }), limit: 10, most: MOST };
    await python.script<Result>(SCRIPT, asked);
    const theirs = given();
    assert.ok(theirs > 0, "pystac-client kept its token");
    sandbox.clearRequests();
    const search = { collections: sandbox.ready.hda.collection, datetime: "P7D", limit: "10", output: "collection" };
    const flow = { ...lakeFlow(sandbox, await world.folder()), search };
    const ours = await runOurFlowWell(await world.nodeRed(), flow);
    assert.equal(given(), 0, "ours gave the token away");
    assert.ok(ours.search?.warning, "ours says nothing about it");
    sandbox.reset();
    return `${theirs} requests with the token there; ours none, "${ours.search.warning}"`;
  });
};
