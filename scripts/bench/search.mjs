/** How fast, how evenly and in how little memory a search reads a long result, in a real Node-RED, beside pystac-client. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { require as requireTypeScript } from "tsx/cjs/api";
import { linkModule, startNodeRed, writeFlow } from "../node-red.mjs";
import { inRoot, root } from "../paths.mjs";
import { startSandboxChild } from "../sandbox-child.mjs";

const SIZES = [1_000, 10_000, 100_000];
/** Items a page: what our node asks for by itself, and what pystac-client is told to, but for `asItComes`. */
const PAGE = 100;
/** Runs of each size; the small ones are short, so that there can be more. */
const ROUNDS = { 1_000: 7, 10_000: 5, 100_000: 3 };
const SHAPES = ["page", "item", "collection"].flatMap((output) =>
  [false, true].map((filter) => ({ output, filter, name: `${output}${filter ? " + filter latest" : ""}` })),
);

export const title = `${SIZES.join(", ")} items in pages of ${PAGE}, each run beside one of pystac-client`;

/**
 * @typedef {{ items: number, seconds: number, cpuSeconds: number }} PeerRun
 * @typedef {PeerRun & { growth: number, longestBlock: number, busiestBlock: number }} OurRun
 * @typedef {(max: number, orjson: boolean, limit?: number | null) => Promise<PeerRun>} Peer
 * @typedef {{ ours: OurRun, plain: PeerRun, orjson: PeerRun, asItComes?: PeerRun }} Round
 */

export async function run() {
  const python = await pystacClient();
  const most = Math.max(...SIZES);
  // Products of this size have no checksum in their items, which the sandbox would have to work out first.
  const sandbox = await startSandboxChild(["--items", String(most), "--bytes", "20000000", "--token-ttl", "86400"]);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "eo-bench-"));
  try {
    const { hda } = sandbox.ready;
    const token = await tokenFor(hda);
    /** @type {Peer} */
    const peer = async (max, orjson, limit = PAGE) => {
      const { stac, collection } = hda;
      const run = await python.script(inRoot("scripts", "bench", "search", "peer.py"), {
        ...{ stac, collection, token, limit, max, orjson },
      });
      return counted(run, max);
    };
    // The sandbox makes each page once; from then on it hands out bytes.
    await peer(most, true);
    await peer(most, true, null);
    const load = os.loadavg().map((one) => one.toFixed(1));
    console.log(`  ${os.availableParallelism()} cores, Node.js ${process.versions.node}, load ${load.join(" ")}`);
    for (const shape of SHAPES) report(shape.name, await measureShape(shape, hda, path.join(folder, shape.name), peer));
  } finally {
    await sandbox.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ output: string, filter: boolean }} shape
 * @param {any} hda the sandbox's Data Lake
 * @param {string} userDir
 * @param {Peer} peer
 * @returns {Promise<Map<number, Round[]>>} by number of items
 */
async function measureShape({ output, filter }, hda, userDir, peer) {
  linkModule(userDir, "@eo-flows/node-red-eo", root);
  linkModule(userDir, "eo-meter", inRoot("scripts", "bench", "search", "meter"));
  const dependencies = { "@eo-flows/node-red-eo": "*", "eo-meter": "*" };
  fs.writeFileSync(path.join(userDir, "package.json"), JSON.stringify({ name: "bench", dependencies }));
  writeFlow(userDir, flowFor(output, filter, hda));
  const env = { EO_OBSERVE: "nothing" };
  const nodeRed = await startNodeRed({ userDir, port: 0, credentialSecret: "bench", env });
  try {
    /** @type {Map<number, Round[]>} */
    const measured = new Map(SIZES.map((size) => [size, []]));
    // The largest first: what a fresh process grows by is what counts.
    for (const size of [...SIZES].reverse()) {
      for (let round = 0; round < (ROUNDS[/** @type {keyof typeof ROUNDS} */ (size)] ?? 1); round++) {
        const plain = await peer(size, false);
        const ours = counted(await ask(`${nodeRed.url}eo-meter?search=search-${size}&sink=sink`), size);
        const round = { ours, plain, orjson: await peer(size, true) };
        // Pages of 10, ten times the requests: measured once, beside the plainest output.
        const isPlainest = output === "page" && !filter;
        measured.get(size)?.push(isPlainest ? { ...round, asItComes: await peer(size, false, null) } : round);
      }
    }
    return measured;
  } finally {
    await nodeRed.stop();
  }
}

/**
 * One search node for each size, with or without filter latest behind, and a debug node that shows nothing.
 * @param {string} output
 * @param {boolean} filter
 * @param {any} hda the sandbox's Data Lake
 */
function flowFor(output, filter, { stac, tokenUrl, hosts, clientId, clientSecret, collection }) {
  const on = { z: "tab", x: 100, y: 100 };
  return [
    { id: "tab", type: "tab", label: "bench" },
    // Without the Data Lake's rate limit, which would be all that is measured.
    { id: "account", type: "eo-account", provider: "dedl", url: stac, tokenUrl, hosts, rate: "0" },
    ...SIZES.map((size) => ({
      ...{ id: `search-${size}`, type: "eo-stac-search", account: "account", collections: collection, ...on },
      ...{ limit: "", max: String(size), output, wires: [[filter ? "filter" : "sink"]] },
    })),
    { id: "filter", type: "eo-filter-latest", ...on, wires: [["sink"], []] },
    { id: "sink", type: "debug", active: false, complete: "payload", ...on, wires: [] },
  ].map((node) => (node.id === "account" ? { ...node, credentials: { clientId, clientSecret } } : node));
}

/** @param {string} url */
async function ask(url) {
  const answer = await fetch(url);
  const told = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`The search failed: ${told.error}`);
  return told;
}

/**
 * @template {PeerRun} T
 * @param {T} run
 * @param {number} wanted
 */
function counted(run, wanted) {
  if (run.items !== wanted) throw new Error(`${run.items} items came instead of ${wanted}.`);
  return run;
}

/**
 * @param {string} name
 * @param {Map<number, Round[]>} measured
 */
function report(name, measured) {
  console.log(`\n  ${name}`);
  console.log(
    "    items  items/s  µs/item | pystac   ratio  cpu ratio | + orjson   ratio  cpu ratio |  RSS growth  longest block (busy)",
  );
  for (const [size, rounds] of measured) {
    const of = (/** @type {(round: Round) => number} */ value) => median(rounds.map(value));
    const most = (/** @type {(round: Round) => number} */ value) => Math.max(...rounds.map(value));
    const ours = of((round) => speed(round.ours));
    /** @param {"plain" | "orjson"} peer */
    const beside = (peer) => [
      of((round) => speed(round[peer]))
        .toFixed(0)
        .padStart(peer === "plain" ? 7 : 9),
      of((round) => speed(round.ours) / speed(round[peer]))
        .toFixed(2)
        .padStart(8),
      of((round) => perCpu(round.ours) / perCpu(round[peer]))
        .toFixed(2)
        .padStart(11),
      " |",
    ];
    const columns = [
      String(size).padStart(9),
      ours.toFixed(0).padStart(9),
      (1e6 / ours).toFixed(1).padStart(9),
      " |",
      ...beside("plain"),
      ...beside("orjson"),
      `${(most((round) => round.ours.growth) / 1e6).toFixed(0)} MB`.padStart(12),
      `${most((round) => round.ours.longestBlock).toFixed(0)} ms`.padStart(10),
      ` (${most((round) => round.ours.busiestBlock).toFixed(0)} ms)`,
    ];
    console.log(columns.join(""));
    const asItComes = rounds.flatMap((round) => (round.asItComes ? [{ ...round, asItComes: round.asItComes }] : []));
    if (asItComes.length === 0) continue;
    const theirs = median(asItComes.map((round) => speed(round.asItComes)));
    const ratio = median(asItComes.map((round) => speed(round.ours) / speed(round.asItComes)));
    const cpu = median(asItComes.map((round) => perCpu(round.ours) / perCpu(round.asItComes)));
    console.log(
      `              as it comes, without a page size: pystac ${theirs.toFixed(0)} items/s, ratio ${ratio.toFixed(2)}, cpu ratio ${cpu.toFixed(2)}`,
    );
  }
}

/** Items a second. @param {PeerRun} run */
const speed = (run) => run.items / run.seconds;
/** Items in a second of processor time, which other programs on the machine disturb less. @param {PeerRun} run */
const perCpu = (run) => run.items / run.cpuSeconds;

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A token as any client gets it. @param {any} hda the sandbox's Data Lake */
async function tokenFor({ tokenUrl, clientId, clientSecret }) {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const answer = await fetch(tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  return /** @type {any} */ (await answer.json()).access_token;
}

/** Python with pystac-client, installed once into the cache as `npm run test:real` does. */
async function pystacClient() {
  const { pythonWith } = requireTypeScript(inRoot("test", "real", "support", "python.ts"), import.meta.url);
  return await pythonWith("pystac-client");
}
