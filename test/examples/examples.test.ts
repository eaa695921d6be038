/** Every flow in examples/ runs in a real Node-RED, with the packed nodes, against the sandbox. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../support/clone.js";
import { prepareNodeRed, startNodeRed, type RunningNodeRed } from "../support/node-red.js";
import { useSandbox, type Sandbox } from "../support/sandbox.js";

interface FlowNode {
  id: string;
  type: string;
  name?: string;
  [property: string]: unknown;
}

interface Run {
  nodeRed: RunningNodeRed;
  sandbox: Sandbox;
  flow: FlowNode[];
}

/** What each example must have done. */
const proofs: Record<string, (run: Run) => Promise<void>> = {
  "01 - Newest plankton file.json": async ({ nodeRed, sandbox, flow }) => {
    const start = flow.find((node) => node.type === "inject");
    const sink = flow.find((node) => node.type === "debug" && node.name === "the file");
    assert.ok(start && sink);
    await nodeRed.inject(start.id);
    const { msg } = await nodeRed.waitFor((seen) => seen.event === "receive" && seen.id === sink.id);
    const file = msg?.["payload"] as { path: string; bytes: number; sha256: string };
    const item = msg?.["item"] as { id: string; collection: string };

    assert.match(item.id, /plankton_nrt_l3-olci-300m/);
    const product = sandbox.product(item.collection, item.id);
    assert.equal(createHash("sha256").update(readFileSync(file.path)).digest("hex"), product.sha256());
    assert.equal(file.sha256, product.sha256());
    assert.equal(file.bytes, product.size);
    assert.equal(path.dirname(file.path), path.join(nodeRed.userDir, "eo-data"));
    assert.deepEqual(readdirSync(path.dirname(file.path)), [path.basename(file.path)]);
  },
};

const FOLDER = path.join(ROOT, "examples");
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe("examples", () => {
  const sandbox = useSandbox({ seedWeek: true });
  let nodeRed: RunningNodeRed | undefined;

  before(async function () {
    await prepareNodeRed(this);
  });

  afterEach(async () => {
    await nodeRed?.dispose();
    nodeRed = undefined;
  });

  it("each has a proof", () => {
    assert.deepEqual(names, Object.keys(proofs).sort());
  });

  for (const name of names) {
    it(name, async () => {
      const flow = JSON.parse(readFileSync(path.join(FOLDER, name), "utf8")) as FlowNode[];
      const { stac, tokenUrl, hosts, clientId, clientSecret } = sandbox().ready.hda;
      // Only where the service is; the key comes from the environment, as for a person who imports the example.
      const flows = flow.map((node) => (node.type === "eo-account" ? { ...node, url: stac, tokenUrl, hosts } : node));
      const env = { HDA_CLIENT_ID: clientId, HDA_CLIENT_SECRET: clientSecret };
      nodeRed = await startNodeRed({ flows, env });
      await proofs[name]?.({ nodeRed, sandbox: sandbox(), flow });
      assert.ok(!nodeRed.seen.some((seen) => seen.event === "complete" && seen.error !== undefined));
    });
  }

  it("no example holds a secret", () => {
    for (const name of names) {
      for (const node of JSON.parse(readFileSync(path.join(FOLDER, name), "utf8")) as FlowNode[]) {
        for (const value of Object.values(node["credentials"] ?? {})) assert.match(String(value), /^\$\{[A-Z_]+\}$/);
      }
    }
  });
});
