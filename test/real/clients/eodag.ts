/** eodag's own Data Lake provider against the sandbox, and its paging against the strict and the lenient server. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Part } from "../parts.js";
import { clientScript, question, sameAsOurs, type ClientResult } from "../support/clients.js";
import { CUT_AT, cutDownloads, oursRefuses } from "../support/cut-body.js";
import { pythonWith } from "../support/python.js";
import { ITEMS, type Lake, type Scheme, type World } from "../support/world.js";

const LIMIT = 20;

export const eodag: Part = async (report, world) => {
  const python = await pythonWith("clients");
  const search = async (lake: Lake, options: { backend?: string; download?: boolean }): Promise<ClientResult> => {
    const folder = await world.folder();
    const { datetime, ...asked } = question(lake);
    const [start, end] = datetime.split("/");
    const { backend = "", download = false } = options;
    const input = { ...asked, start, end, limit: LIMIT, backend, download, folder };
    const env = { ...(await settings(lake, world)), ...lake.trust };
    return python.script<ClientResult>(clientScript("eodag_all.py"), input, { env, cwd: folder, seconds: 90 });
  };

  for (const scheme of ["http", "https"] as Scheme[]) {
    const ours = await world.ours(scheme);
    const lake = await world.lake(scheme);
    lake.sandbox.settings.patch({ search: { paging: "lenient" } });
    await report.agree(`token, all pages, newest, file over ${scheme}`, async () =>
      sameAsOurs(await search(lake, { download: true }), ours),
    );
  }

  const ours = await world.ours("http");
  await report.agree("a fact: it cannot page the real server's strict tokens, ours can", async () => {
    const { ids } = await search(await world.lake("http"), {});
    assert.equal(ids.length, LIMIT, "it stops after page one, without a word");
    assert.equal(ours.items.length, ITEMS);
    return `it gets ${ids.length} of ${ITEMS} items, ours ${ours.items.length}`;
  });
  await report.agree("strict tokens with the backend named in the search", async () => {
    const result = await search(await world.lake("http"), { backend: "cop_marine", download: true });
    return sameAsOurs(result, ours);
  });
  await report.agree("a fact: it takes a cut body that ends cleanly for the whole file, ours does not", async () => {
    const lake = await world.lake("http");
    cutDownloads(lake);
    const { file } = await search(lake, { backend: "cop_marine", download: true });
    assert.equal(file.bytes, CUT_AT);
    return `it reports success after ${file.bytes} bytes, ours ${await oursRefuses(lake, world)}`;
  });
};

/** eodag's settings: its own `dedl` provider, with other addresses and the API key. */
async function settings({ sandbox }: Lake, world: World): Promise<Record<string, string>> {
  const { stac, tokenUrl, clientId, clientSecret } = sandbox.ready.hda;
  const folder = await world.folder();
  const file = path.join(folder, "eodag.yml");
  const dedl = {
    search: { api_endpoint: `${stac}/search`, discover_collections: { fetch_url: `${stac}/collections` } },
    auth: {
      type: "TokenAuth",
      // The downloads' addresses, too.
      matching_url: "https?://127\\.0\\.0\\.1",
      auth_uri: tokenUrl,
      token_type: "json",
      token_key: "access_token",
      token_expiration_key: "expires_in",
      headers: {},
      req_data: { grant_type: "client_credentials", scope: "openid" },
      credentials: { client_id: clientId, client_secret: clientSecret },
    },
    download: { extract: false },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ dedl }), { mode: 0o600 });
  return {
    HOME: folder,
    EODAG_CFG_DIR: folder,
    EODAG_CFG_FILE: file,
    EODAG_EXT_COLLECTIONS_CFG_URI: "",
    EODAG_PROVIDERS_WHITELIST: '["dedl"]',
  };
}
