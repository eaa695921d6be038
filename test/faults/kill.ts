/** Kills a real Node-RED with `kill -9` at random moments of a download and looks at what is left: `npm run test:kill -- 200`. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { packAndInstall } from "../support/packed.js";
import { startNodeRed, type RunningNodeRed } from "../support/node-red.js";
import { makeDir, removeDir } from "../support/temp.js";
import { item } from "./support/play.js";
import { bytes } from "./support/steps.js";

const SIZE = 600_000;
/** A transfer takes about a second and a half. */
const STEP = 20_000;
const EVERY_MS = 50;
const LONGEST_MS = 1_800;
const OVERLAP = 65_536;

const bodies = new Map<number, Buffer>();
const sent = new Map<number, number>();
const bodyOf = (n: number): Buffer => bodies.get(n) ?? bodies.set(n, bytes(SIZE, n + 1)).get(n) ?? Buffer.alloc(0);

/** Knows ranges, sends slowly, and counts what it has sent. */
function serve(n: number, range: string | undefined, response: ServerResponse): void {
  const body = bodyOf(n);
  const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    etag: `"${n}"`,
    "content-length": body.length - from,
    ...(from > 0 ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
  });
  let at = from;
  const timer = setInterval(() => {
    response.write(body.subarray(at, at + STEP));
    at += STEP;
    sent.set(n, Math.min(at, body.length));
    if (at < body.length) return;
    clearInterval(timer);
    response.end();
  }, EVERY_MS);
  response.on("close", () => clearInterval(timer));
}

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function main(): Promise<number> {
  const kills = Number(process.argv[2] ?? 30);
  assert.ok(Number.isInteger(kills) && kills > 0, "Give the number of kills.");
  await packAndInstall();
  const folder = await makeDir();
  const server = createServer((request, response) => {
    serve(Number(/\d+/.exec(request.url ?? "")?.[0]), request.headers.range, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const product = (n: number): string =>
    JSON.stringify(item(`product-${n}`, { d: { href: `${base}/${n}.bin`, "file:size": SIZE } }));
  const file = (n: number): string => path.join(folder, `product-${n}.bin`);
  const next = random(20_261_122);
  let [finished, worth, resumed] = [0, 0, 0];
  let running: RunningNodeRed | undefined;
  try {
    for (let n = 0; n <= kills; n += 1) {
      const inject = (id: string, which: number) => ({
        id,
        type: "inject",
        z: "tab",
        props: [{ p: "payload", v: product(which), vt: "json" }],
        repeat: "",
        once: false,
        wires: [["dl"]],
      });
      const nodeRed = await startNodeRed({
        flows: [
          { id: "tab", type: "tab", label: "kill" },
          inject("old", Math.max(0, n - 1)),
          inject("new", n),
          { id: "dl", type: "eo-download", z: "tab", folder, wires: [["out"], []] },
          { id: "out", type: "debug", z: "tab", active: true, tosidebar: false, complete: "payload", wires: [] },
        ],
      });
      running = nodeRed;
      if (n > 0) {
        const whole = existsSync(file(n - 1));
        const had = sent.get(n - 1) ?? 0;
        await nodeRed.inject("old");
        const done = await nodeRed.waitFor(
          (one) => one.event === "send" && one.id === "dl" && (one.port ?? 0) === 0,
          25_000,
        );
        const payload = done.msg?.["payload"] as { resumedFrom?: number; path: string };
        assert.equal(payload.path, file(n - 1));
        assert.ok(readFileSync(file(n - 1)).equals(bodyOf(n - 1)), `product ${n - 1} is wrong`);
        if (whole) finished += 1;
        // What is fetched again and compared has to be more than that, and one step may be on its way.
        else if (had > OVERLAP + 2 * STEP) {
          worth += 1;
          if (payload.resumedFrom !== undefined) resumed += 1;
        }
        assert.deepEqual(
          readdirSync(folder).filter((name) => name.includes(".part")),
          [],
        );
      }
      if (n < kills) {
        await nodeRed.inject("new");
        await new Promise((resolve) => setTimeout(resolve, next() * LONGEST_MS));
        await nodeRed.kill();
        if (existsSync(file(n)))
          assert.ok(readFileSync(file(n)).equals(bodyOf(n)), `product ${n} is wrong after the kill`);
        process.stderr.write(".");
      }
      await nodeRed.dispose();
    }
  } finally {
    await running?.dispose();
    server.closeAllConnections();
    server.close();
    await removeDir(folder);
  }
  const share = worth === 0 ? 1 : resumed / worth;
  process.stdout.write(
    `\n${kills} kills: every file under its final name was right; ${finished} were finished before, ` +
      `${resumed} of ${worth} that had something to go on with went on (${Math.round(share * 100)} %).\n`,
  );
  return share >= 0.9 ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
