/** pyeodh, unmodified, against the sandbox under the addresses of the service's test environment; the same searches by us. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Account } from "../../../src/accounts/account.js";
import { catalogueList } from "../../../src/stac/catalogues.js";
import { StacSearch } from "../../../src/stac/search.js";
import { searchRequest } from "../../../src/stac/search-request.js";
import { deleteFiles, openStore } from "../../../src/storage/storage.js";
import { startSandbox } from "../../../sandbox/index.js";
import type { Part } from "../parts.js";
import { certificateFor } from "../support/authority.js";
import { clientScript } from "../support/clients.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { pythonWith } from "../support/python.js";

const HOST = "test.eodatahub.org.uk";

interface Told {
  paths: string[];
  collections: string[];
  items: { id: string; cloud: number }[];
  listed: string[];
  item: string;
  href: string;
  ping: string;
}

export const pyeodh: Part = async (report, world) => {
  const python = await pythonWith("pyeodh");
  const folder = await world.folder();
  const sandbox = await startSandbox({ port: 0 });
  const { workspace, apiKey, url } = sandbox.ready.eodh;
  const files = `${workspace}.test.eodatahub-workspaces.org.uk`;
  const certificate = certificateFor([HOST, files], folder);
  const ca = path.join(folder, "trusted.pem");
  writeFileSync(ca, certificate.ca);
  const proxy = await startConnectProxy({ [HOST]: url, [files]: url }, certificate, readFileSync(ca, "utf8"));
  const account = Account.open(
    { provider: "eodh", url: `https://${HOST}`, workspace },
    { apiKey },
    { tls: { ca: certificate.ca }, proxy: { url: proxy.url } },
  );
  const signal = new AbortController().signal;
  try {
    let told: Told | undefined;
    await report.agree("client, catalogues, collections, items, upload", async () => {
      const env = {
        REQUESTS_CA_BUNDLE: ca,
        SSL_CERT_FILE: ca,
        HTTPS_PROXY: proxy.url,
        NO_PROXY: "127.0.0.1,localhost",
      };
      const question = { base: `https://${HOST}`, workspace, key: apiKey };
      told = await python.script<Told>(clientScript("pyeodh_client.py"), question, { env });
      assert.deepEqual(proxy.refused, []);
      assert.deepEqual(told.collections, ["cmip6", "sentinel2_ard"]);
      assert.equal(told.listed.length, 12);
      assert.equal(told.item, told.listed[0]);
      return `${told.paths.length} catalogues, ${told.items.length} items`;
    });

    await report.agree("the same catalogues as ours", async () => {
      const { catalogues } = await catalogueList(account, signal);
      const ours = catalogues.map(({ id }) => id).sort();
      // It walks down lists that are recursive already, and so sees some more than once.
      const theirs = new Set(told?.paths.map((one) => one.replaceAll("/catalogs/", "/")));
      assert.deepEqual([...theirs].sort(), ours);
      return `${ours.length}`;
    });

    await report.agree("the same items as ours, all pages, with their clouds", async () => {
      const fields = {
        catalogue: "public/ceda-stac-catalogue",
        collections: "sentinel2_ard",
        filter: "eo:cloud_cover <= 20",
      };
      const search = new StacSearch(account, searchRequest({ ...fields, limit: 5 }, new Date()), signal);
      const ours: { id: unknown; cloud: unknown }[] = [];
      for await (const page of search.pages()) {
        for (const { id, properties } of page) {
          ours.push({ id, cloud: (properties as Record<string, unknown>)["eo:cloud_cover"] });
        }
      }
      assert.deepEqual(told?.items, ours);
      assert.ok(search.report.pages > 1);
      return `${ours.length} items, ${search.report.pages} pages`;
    });

    await report.agree("the file it put is there for us, and we delete it", async () => {
      const store = await openStore(account, "https", signal);
      const file = await store.head("folder/from pyeodh.txt", signal);
      assert.equal(file?.bytes, "from pyeodh".length);
      assert.deepEqual(await deleteFiles(store, "folder/from pyeodh.txt", false, signal), ["folder/from pyeodh.txt"]);
      assert.equal(await store.head("folder/from pyeodh.txt", signal), undefined);
      return "11 bytes";
    });
  } finally {
    await account.close();
    await proxy.close();
    await sandbox.close();
  }
};
