/** How fast a search reads a long result: this engine beside pystac-client, both against the sandbox. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { inRoot } from "../paths.mjs";
import { startSandboxChild } from "../sandbox-child.mjs";

const ITEMS = 5_000;
const PAGE = 100;
const RUNS = 5;

export const title = `${ITEMS} items in pages of ${PAGE}, median of ${RUNS} runs`;

const PEER = `
import json, sys, time
from pystac_client import Client
url, collection, token, page, runs = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
client = Client.open(url, headers={"Authorization": "Bearer " + token})
seconds = []
for _ in range(runs):
    start = time.perf_counter()
    items = sum(1 for _ in client.search(collections=[collection], limit=page).items_as_dicts())
    seconds.append(time.perf_counter() - start)
print(json.dumps({"items": items, "seconds": seconds}))
`;

export async function run() {
  const sandbox = await startSandboxChild(["--items", String(ITEMS), "--bytes", "20000"]);
  try {
    const { hda } = sandbox.ready;
    report("this engine", await ours(hda));
    const peer = await pystacClient(hda);
    if (peer === undefined) console.log("  pystac-client: skipped, it is not installed for python3");
    else report("pystac-client", peer);
  } finally {
    await sandbox.stop();
  }
}

/**
 * @param {string} who
 * @param {{ items: number, seconds: number[] }} result
 */
function report(who, { items, seconds }) {
  const sorted = [...seconds].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  console.log(`  ${who}: ${items} items, ${median.toFixed(2)} s, ${Math.round(items / median)} items/s`);
}

/** @param {any} hda the sandbox's Data Lake */
async function ours(hda) {
  const require = createRequire(import.meta.url);
  const { Account } = require(inRoot("dist", "src", "accounts", "account.js"));
  const { searchRequest } = require(inRoot("dist", "src", "stac", "search-request.js"));
  const { StacSearch } = require(inRoot("dist", "src", "stac", "search.js"));
  const { stac, tokenUrl, hosts, clientId, clientSecret, collection } = hda;
  // Without the Data Lake's rate limit, which would be all that is measured.
  const settings = { provider: "dedl", url: stac, tokenUrl, hosts, rate: "0" };
  const account = Account.open(settings, { clientId, clientSecret });
  const seconds = [];
  let items = 0;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    items = 0;
    const search = new StacSearch(account, searchRequest({ collections: collection, limit: PAGE, max: 0 }, new Date()));
    for await (const page of search.pages()) items += page.length;
    seconds.push((performance.now() - start) / 1000);
  }
  return { items, seconds };
}

/** @param {any} hda the sandbox's Data Lake */
async function pystacClient({ stac, tokenUrl, clientId, clientSecret, collection }) {
  if (spawnSync("python3", ["-c", "import pystac_client"]).status !== 0) return undefined;
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  const { access_token: token } = /** @type {any} */ (await answer.json());
  const args = ["-c", PEER, stac, collection, token, String(PAGE), String(RUNS)];
  const { stdout, stderr, status } = spawnSync("python3", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`pystac-client failed:\n${stderr}`);
  return JSON.parse(stdout);
}
