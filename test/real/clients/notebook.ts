/** The notebook's steps, unmodified addresses, through the proxy; and why its answer is not the newest. */
import assert from "node:assert/strict";
import type { Part } from "../parts.js";
import { clientScript, question, type ClientResult } from "../support/clients.js";
import { CUT_AT, cutDownloads, oursRefuses } from "../support/cut-body.js";
import { runOurFlowWell } from "../support/our-flow.js";
import { pythonWith } from "../support/python.js";
import { lakeFlow, WANTED } from "../support/world.js";

export const notebook: Part = async (report, world) => {
  const python = await pythonWith("clients");
  const lake = await world.lake("https");
  const proxy = await world.proxy();
  const ours = await world.ours("https");
  lake.sandbox.reset();
  let result: ClientResult | undefined;

  await report.agree("its steps run as they are (token, search, file), over TLS", async () => {
    const passed = proxy.passed.length;
    const env = { ...lake.trust, HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1,localhost" };
    result = await python.script<ClientResult>(clientScript("notebook.py"), question(lake), { env });
    assert.equal(proxy.passed.length - passed, 2, "the token and the search went to the service's own addresses");
    assert.deepEqual(proxy.refused, []);
    const product = lake.sandbox.product(lake.sandbox.ready.hda.collection, result.newest);
    assert.equal(result.file.sha256, product.sha256());
    assert.equal(result.file.name, product.name);
    return `${result.ids.length} items, ${result.file.bytes} bytes, named ${result.file.name}`;
  });

  await report.agree("a fact: it looks at page one only, ours at every page", () => {
    assert.ok(result);
    assert.equal(result.ids.length, 10);
    const all = ours.items.filter((item) => item.id.includes(WANTED));
    const dateOf = (item: { properties: Record<string, unknown> } | undefined) =>
      Date.parse(String(item?.properties["datetime"]));
    const newest = Math.max(...all.map(dateOf));
    const notebooks = dateOf(ours.items.find((item) => item.id === result?.newest));
    assert.ok(notebooks < newest, "the notebook's item is older than the newest");
    assert.equal(dateOf(ours.newest), newest);
    return `it takes ${result.newest}, ours ${ours.newest?.id ?? ""} of ${ours.items.length} items`;
  });

  await report.agree("ours with the service's own addresses through the same proxy", async () => {
    const nodeRed = await world.nodeRed();
    const { host, port } = { host: "127.0.0.1", port: new URL(proxy.url).port };
    const flow = lakeFlow(lake.sandbox, await world.folder());
    const passed = proxy.passed.length;
    const through = await runOurFlowWell(nodeRed, {
      ...flow,
      config: [{ id: "proxy", type: "http proxy", name: "", url: `http://${host}:${port}`, noproxy: ["127.0.0.1"] }],
      account: { provider: "dedl", hosts: flow.account["hosts"], proxy: "proxy" },
    });
    assert.ok(proxy.passed.length > passed);
    assert.deepEqual(proxy.refused, []);
    assert.equal(through.newest?.id, ours.newest?.id);
    assert.equal(through.file?.sha256, ours.file?.sha256);
    return `${through.items.length} items, ${through.file?.bytes ?? 0} equal bytes`;
  });

  await report.agree("a fact: it takes a cut body that ends cleanly for the whole file, ours does not", async () => {
    cutDownloads(lake);
    const env = { ...lake.trust, HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.1,localhost" };
    const { file } = await python.script<ClientResult>(clientScript("notebook.py"), question(lake), { env });
    assert.equal(file.bytes, CUT_AT);
    const code = await oursRefuses(lake, world);
    lake.sandbox.reset();
    return `it reports success after ${file.bytes} bytes, ours ${code}`;
  });
};
