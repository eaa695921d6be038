/** The packed tarball, installed in a user folder, in each Node-RED and Node.js it is meant for. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { ROOT } from "../support/clone.js";
import { prepareNodeRed, startNodeRed, type NodeRedOptions, type RunningNodeRed } from "../support/node-red.js";

const MODULE = "@eo-flows/node-red-eo";

const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
  version: string;
  "node-red": { nodes: Record<string, string> };
};
const types = Object.keys(manifest["node-red"].nodes);

interface NodeSet {
  module: string;
  version: string;
  types: string[];
  enabled: boolean;
  err?: string;
}

const runtimes: [title: string, options: NodeRedOptions][] = [
  ["Node-RED 4.1.15 on this Node.js", { version: "4", node: "own" }],
  ["Node-RED 5.0.7 on Node.js 24", { version: "5", node: "24" }],
  ["Node-RED 5.0.7 on Node.js 22.9, its least", { version: "5", node: "22.9" }],
];

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

for (const [title, options] of runtimes) {
  describe(`installed in ${title}`, () => {
    let nodeRed: RunningNodeRed | undefined;
    const running = (): RunningNodeRed => {
      assert.ok(nodeRed);
      return nodeRed;
    };

    before(async function () {
      await prepareNodeRed(this, options);
      nodeRed = await startNodeRed(options);
    });

    after(async () => {
      await nodeRed?.dispose();
    });

    it("loads every node without an error", async () => {
      const sets = ((await running().admin("nodes")) as NodeSet[]).filter((set) => set.module === MODULE);
      assert.deepEqual(sets.flatMap((set) => set.types).sort(), [...types].sort());
      for (const set of sets) {
        assert.equal(set.err, undefined);
        assert.equal(set.enabled, true);
        assert.equal(set.version, manifest.version);
      }
      assert.doesNotMatch(running().log(), /\[(error|warn)\].*eo-/i);
    });

    it("serves each dialog with its help", async () => {
      for (const type of types) {
        const answer = await fetch(new URL(`nodes/${MODULE}/${type}`, running().url), {
          headers: { accept: "text/html" },
        });
        const html = await answer.text();
        assert.match(html, new RegExp(`data-template-name="${type}"`));
        assert.match(html, new RegExp(`data-help-name="${type}"`));
      }
    });

    it("serves the icons", async () => {
      const icons = (await running().admin("icons")) as Record<string, string[]>;
      assert.ok(icons[MODULE] !== undefined && icons[MODULE].length > 0);
      for (const icon of icons[MODULE]) {
        const answer = await fetch(new URL(`icons/${MODULE}/${icon}`, running().url));
        assert.equal(answer.status, 200);
        assert.match(await answer.text(), /viewBox="0 0 40 60"/);
      }
    });

    it("serves the texts", async () => {
      for (const type of types) {
        const texts = (await running().admin(`locales/${MODULE}/${type}?lng=en-US`)) as Record<string, unknown>;
        assert.ok(texts[type] !== undefined, type);
      }
    });

    it("offers the examples", async () => {
      const flows = JSON.stringify(await running().admin(`library/examples/flows/${MODULE}`));
      assert.match(flows, /01 - Newest plankton file/);
    });

    it("downloads a file in its thread, and lets go of the server at a deploy", async () => {
      const body = randomBytes(3_000_000);
      const server: Server = createServer((_request, response) => {
        response.writeHead(200, { "content-length": String(body.length), "content-type": "application/octet-stream" });
        response.end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      try {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/thread.bin`;
        const on = { z: "tab", x: 200, y: 100 };
        await running().deploy([
          { id: "tab", type: "tab", label: "t" },
          {
            id: "go",
            type: "inject",
            ...on,
            props: [{ p: "payload" }],
            payload: url,
            payloadType: "str",
            wires: [["dl"]],
          },
          { id: "dl", type: "eo-download", ...on, folder: "thread", wires: [["shown"], []] },
          { id: "shown", type: "debug", ...on, active: false, complete: "true", wires: [] },
        ]);
        await running().inject("go");
        const { msg } = await running().waitFor((seen) => seen.event === "send" && seen.id === "dl" && seen.port === 0);
        const payload = msg?.["payload"] as { path: string; bytes: number; source: string };
        assert.equal(payload.source, "network");
        assert.ok(readFileSync(payload.path).equals(body));
        await running().deploy([]);
        for (let n = 0; (await connections(server)) > 0; n += 1) {
          assert.ok(n < 200, "the connection ends");
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });

    it("ends when told to", async () => {
      await running().stop();
    });
  });
}
