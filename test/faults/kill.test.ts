/** kill -9 of a real Node-RED at random moments of a download: what has its final name is right, and the next run goes on. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { prepareNodeRed, startNodeRed, type RunningNodeRed } from "../support/node-red.js";
import { makeDir, removeDir } from "../support/temp.js";
import { item } from "./support/play.js";
import { bytes } from "./support/steps.js";

/** `npm run test:kill -- --runs N` */
const KILLS = Number(process.env["EO_KILLS"] ?? 30);
const SIZE = 600_000;
/** The first answer takes a second and a half; that to the run after the kill comes at once. */
const STEP = 20_000;
const EVERY_MS = 50;
const LONGEST_MS = 1_500;
/** What is fetched again and compared, and what may have come since the last note of it. */
const WORTH = 65_536 + 4 * STEP;

const bodyOf = (n: number): Buffer => bytes(SIZE, n + 1);

/** The same numbers each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("kill -9 while bytes come", () => {
  const next = random(20_261_122);
  /** Bytes sent of each product by the answer that was cut. */
  const sent = new Map<number, number>();
  const asked = new Map<number, number>();
  const tally = { finished: 0, early: 0, worth: 0, resumed: 0 };
  let server: Server;
  let base = "";
  let folder = "";
  let nodeRed: RunningNodeRed | undefined;

  /** Knows ranges; sends slowly the first time, and counts what it has sent. */
  function serve(n: number, range: string | undefined, response: ServerResponse): void {
    const body = bodyOf(n);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, {
      etag: `"${n}"`,
      "content-length": body.length - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    asked.set(n, (asked.get(n) ?? 0) + 1);
    if (asked.get(n) !== 1) {
      response.end(body.subarray(from));
      return;
    }
    let at = 0;
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

  before(async function () {
    await prepareNodeRed(this);
    folder = await makeDir();
    server = createServer((request, response) => {
      serve(Number(/\d+/.exec(request.url ?? "")?.[0]), request.headers.range, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await nodeRed?.dispose();
    nodeRed = undefined;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await removeDir(folder);
    process.stdout.write(
      `${KILLS} kills: ${tally.finished} after the file had its name, ${tally.early} before there was anything to go ` +
        `on with, ${tally.worth} between; ${tally.resumed} of those ${tally.worth} went on where they were\n`,
    );
  });

  const product = (n: number): string => JSON.stringify(item(`product-${n}`, { d: { href: `${base}/${n}.bin` } }));
  const nameOf = (n: number): string => `product-${n}.bin`;

  /** Everything that has a final name is right. */
  function allRight(): void {
    for (const name of readdirSync(folder).filter((one) => !one.includes(".part"))) {
      const n = Number(/\d+/.exec(name)?.[0]);
      assert.equal(name, nameOf(n));
      assert.ok(readFileSync(path.join(folder, name)).equals(bodyOf(n)), `${name} is wrong`);
    }
  }

  /** A Node-RED that fetches these products, each at the press of its button. */
  async function start(...products: number[]): Promise<RunningNodeRed> {
    const injects = products.map((n) => ({
      id: `inject-${n}`,
      type: "inject",
      z: "tab",
      x: 0,
      y: 0,
      props: [{ p: "payload", v: product(n), vt: "json" }],
      repeat: "",
      once: false,
      wires: [["dl"]],
    }));
    return await startNodeRed({
      flows: [
        { id: "tab", type: "tab", label: "kill" },
        ...injects,
        { id: "dl", type: "eo-download", z: "tab", x: 0, y: 0, folder, wires: [["out"], []] },
        { id: "out", type: "debug", z: "tab", x: 0, y: 0, active: true, complete: "payload", wires: [] },
      ],
    });
  }

  /** The run after the kill: the product comes, and goes on where there is something to go on with. */
  async function again(running: RunningNodeRed, n: number): Promise<void> {
    const finished = existsSync(path.join(folder, nameOf(n)));
    await running.inject(`inject-${n}`);
    const done = await running.waitFor(
      (one) => one.event === "send" && one.id === "dl" && (one.port ?? 0) === 0,
      25_000,
    );
    const payload = done.msg?.["payload"] as { resumedFrom?: number; path: string };
    assert.equal(payload.path, path.join(folder, nameOf(n)));
    allRight();
    if (finished) tally.finished += 1;
    else if ((sent.get(n) ?? 0) <= WORTH) tally.early += 1;
    else {
      tally.worth += 1;
      if (payload.resumedFrom !== undefined) tally.resumed += 1;
    }
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes(".part")),
      [],
    );
  }

  for (let n = 0; n < KILLS; n += 1) {
    it(`kill ${n + 1}: every file is right or absent`, async () => {
      nodeRed = await (n === 0 ? start(0) : start(n - 1, n));
      if (n > 0) await again(nodeRed, n - 1);
      await nodeRed.inject(`inject-${n}`);
      // Each third time around the last step, which is short.
      const last = n % 3 === 2;
      for (const deadline = Date.now() + 20_000; last && (sent.get(n) ?? 0) < SIZE && Date.now() < deadline;)
        await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setTimeout(resolve, next() * (last ? 40 : LONGEST_MS)));
      await nodeRed.kill();
      allRight();
    });
  }
  it("the last run goes on too", async () => {
    nodeRed = await start(KILLS - 1);
    await again(nodeRed, KILLS - 1);
    assert.equal(readdirSync(folder).length, KILLS);
  });
  it("nine of ten that had something to go on with went on", () => {
    assert.equal(tally.finished + tally.early + tally.worth, KILLS);
    // Two of a short series may be bad luck: bytes that were sent and had not arrived yet.
    assert.ok(tally.worth - tally.resumed <= Math.max(2, 0.1 * tally.worth), JSON.stringify(tally));
  });
});
