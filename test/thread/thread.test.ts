/** The thread that receives files: what is left of a transfer when it crashes, what it keeps, and that it ends. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { Server, ServerResponse } from "node:http";
import path from "node:path";
import { timing } from "../../src/download/timing.js";
import { threadSetup } from "../../src/thread/thread.js";
import { Bench, bytes } from "../download/support/bench.js";
import { badSync, crashThread, slowDisk, threadsRunning, threadsStarted } from "../support/thread-troubles.js";

const BODY = bytes(1_500_000, 5);
const HALF = 900_000;

async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let n = 0; n < 2000; n += 1) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain for ${what}.`);
}

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

describe("transfer thread", () => {
  let bench: Bench;
  let others = 0;
  before(async () => {
    await new Promise((resolve) => setTimeout(resolve, 2 * threadSetup.lingerMs));
    others = threadsRunning();
  });
  beforeEach(async () => {
    bench = await new Bench().start();
  });
  afterEach(async () => {
    slowDisk(0);
    badSync("");
    await bench.stop();
  });

  /** Sends the first part, then nothing until the connection is gone. */
  const half = (response: ServerResponse, headers: Record<string, string> = {}): void => {
    response.writeHead(200, { "content-length": String(BODY.length), ...headers });
    response.write(BODY.subarray(0, HALF));
  };
  const rest = (response: ServerResponse, range: string | undefined): void => {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? -1);
    if (start < 0) return void response.writeHead(200, { "content-length": String(BODY.length) }).end(BODY);
    response.writeHead(206, {
      "content-length": String(BODY.length - start),
      "content-range": `bytes ${start}-${BODY.length - 1}/${BODY.length}`,
      etag: '"a"',
    });
    response.end(BODY.subarray(start));
  };
  const written = (name: string, size: number): Promise<void> =>
    until(
      async () => ((await stat(path.join(bench.folder, `${name}.part`)).catch(() => undefined))?.size ?? 0) >= size,
      `${size} bytes of ${name}`,
    );

  it("crashed once → started again, the transfer goes on where it was, no repeat is used up", async () => {
    const origin = await bench.origin((request, response, n) =>
      n === 1 ? half(response, { etag: '"a"' }) : rest(response, request.headers.range),
    );
    const running = bench.run({ href: `${origin.url}/once.bin` });
    await written("once.bin", HALF);
    await new Promise((resolve) => setTimeout(resolve, 300));
    crashThread();
    const { files, error } = await running;
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.sha256, createHash("sha256").update(BODY).digest("hex"));
    assert.equal(files[0].payload.resumedFrom, HALF);
    assert.equal(origin.seen.length, 2);
    assert.ok((await readFile(path.join(bench.folder, "once.bin"))).equals(BODY));
  });

  it("crashed once, nothing to go on from → the transfer starts over", async () => {
    const origin = await bench.origin((_request, response, n) =>
      n === 1 ? half(response) : response.writeHead(200, { "content-length": String(BODY.length) }).end(BODY),
    );
    const running = bench.run({ href: `${origin.url}/over.bin` });
    await written("over.bin", HALF);
    crashThread();
    const { files, error } = await running;
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.resumedFrom, undefined);
    assert.equal(origin.seen.length, 2);
    assert.ok((await readFile(path.join(bench.folder, "over.bin"))).equals(BODY));
  });

  it("crashed while the head is waited for → asked again", async () => {
    const origin = await bench.origin((_request, response, n) => {
      if (n === 1) crashThread();
      else response.end(BODY);
    });
    const { files, error } = await bench.run({ href: `${origin.url}/head.bin` });
    assert.equal(error, undefined);
    assert.equal(files.length, 1);
  });

  it("crashed twice → INTERNAL, no secret in it, the part stays; the next message is served", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n > 2) return rest(response, request.headers.range);
      if (n === 1) half(response, { etag: '"a"' });
      crashThread();
    });
    const first = await bench.run({ href: `${origin.url}/twice.bin` }, { retries: 5 });
    assert.equal(first.error?.code, "INTERNAL");
    assert.match(first.error.message, /report/);
    assert.doesNotMatch(JSON.stringify([first.error.message, first.error.cause, first.error.stack]), /planted/);
    assert.equal(first.progress.at(-1)?.payload.state, "failed");
    assert.ok(!(await bench.names()).includes("twice.bin"));
    const second = await bench.run({ href: `${origin.url}/twice.bin` }, { retries: 1 });
    assert.equal(second.error, undefined);
    assert.ok((await readFile(path.join(bench.folder, "twice.bin"))).equals(BODY));
  });

  it("crashed between two answers, when nothing is asked of it → noticed, and gone on all the same", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n > 1) return rest(response, request.headers.range);
      half(response, { etag: '"a"' });
      setTimeout(() => response.destroy(), 600);
    });
    const usual = timing.firstPause;
    timing.firstPause = 700;
    try {
      const running = bench.run({ href: `${origin.url}/between.bin` }, { retries: 2 });
      await written("between.bin", HALF);
      await new Promise((resolve) => setTimeout(resolve, 800));
      crashThread();
      const { files, error } = await running;
      assert.equal(error, undefined);
      assert.equal(files[0]?.payload.bytes, BODY.length);
    } finally {
      timing.firstPause = usual;
    }
  });

  it("crashed while a file on disk is read over → read again", async () => {
    const origin = await bench.origin((_request, response) => response.end(BODY));
    const downloads = bench.downloads();
    await bench.run({ href: `${origin.url}/there.bin`, title: "there" }, {}, downloads);
    crashThread();
    const { files, error } = await bench.run({ href: `${origin.url}/there.bin`, title: "there" }, {}, downloads);
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.source, "disk");
    assert.equal(origin.seen.length, 1);
  });

  it("sixteen transfers at once share one thread; one crash ends none of them", async () => {
    const origin = await bench.origin((_request, response, n) => {
      if (n <= 16) half(response);
      else response.writeHead(200, { "content-length": String(BODY.length) }).end(BODY);
    });
    await until(() => threadsRunning() === others, "the end of the thread before");
    const before = threadsStarted();
    const urls = Array.from({ length: 16 }, (_, n) => ({ href: `${origin.url}/many-${n}.bin` }));
    const downloads = bench.downloads(undefined, 16);
    const running = Promise.all(urls.map((one) => bench.run(one, {}, downloads)));
    for (let n = 0; n < 16; n += 1) await written(`many-${n}.bin`, HALF);
    assert.equal(threadsStarted() - before, 1);
    crashThread();
    for (const { files, error } of await running) {
      assert.equal(error, undefined);
      assert.equal(files[0]?.payload.bytes, BODY.length);
    }
    assert.equal(threadsStarted() - before, 2);
  });

  it("a closed door leaves no connection and no thread", async () => {
    const origin = await bench.origin((_request, response) => half(response));
    const door = bench.door();
    const downloads = bench.downloads(door);
    const running = bench.run({ href: `${origin.url}/closed.bin` }, {}, downloads);
    await written("closed.bin", HALF);
    assert.equal(await connections(origin.server), 1);
    await door.close();
    assert.ok((await running).error);
    await until(async () => (await connections(origin.server)) === 0, "the end of the connection");
    await until(() => threadsRunning() === others, "the end of the thread");
  });

  it("a cancelled transfer leaves no connection, and its end is told when nothing is written any more", async () => {
    const origin = await bench.origin((_request, response) => half(response));
    const controller = new AbortController();
    const running = bench.run({ href: `${origin.url}/cancelled.bin` }, {}, bench.downloads(), controller.signal);
    await written("cancelled.bin", HALF);
    controller.abort();
    assert.equal((await running).error?.code, "CANCELLED");
    assert.ok(!(await bench.names()).some((name) => name.startsWith("cancelled.bin")));
    await until(async () => (await connections(origin.server)) === 0, "the end of the connection");
  });

  it("bytes that the disk lost while others came → DISK, nothing under the name; where it cannot sync → saved", async () => {
    const bytes = Buffer.alloc(40 * 1024 * 1024, 7);
    const origin = await bench.origin((_request, response) => {
      response.writeHead(200, { "content-length": String(bytes.length), "content-type": "application/octet-stream" });
      response.end(bytes);
    });
    badSync("EIO");
    const lost = await bench.run({ href: `${origin.url}/lost.bin` });
    assert.equal(lost.error?.code, "DISK");
    assert.ok(!(await bench.names()).includes("lost.bin"));
    badSync("EINVAL");
    const saved = await bench.run({ href: `${origin.url}/saved.bin` });
    assert.equal(saved.error, undefined);
    assert.equal(saved.files[0]?.payload.bytes, bytes.length);
  });

  it("a slow disk slows the server down, and memory stays flat", async () => {
    const size = 48 * 1024 * 1024;
    const chunk = Buffer.alloc(256 * 1024, 7);
    let sent = 0;
    let lead = 0;
    const file = path.join(bench.folder, "slow.bin.part");
    const origin = await bench.origin((_request, response) => {
      response.writeHead(200, { "content-length": String(size), "content-type": "application/octet-stream" });
      const more = (): void => {
        while (sent < size) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    slowDisk(25);
    const before = process.memoryUsage().rss;
    let grown = 0;
    const timer = setInterval(() => {
      stat(file).then(
        (found) => (lead = Math.max(lead, sent - found.size)),
        () => undefined,
      );
      grown = Math.max(grown, process.memoryUsage().rss - before);
    }, 20);
    const { files, error } = await bench.run({ href: `${origin.url}/slow.bin` }, { stallTimeout: 1 });
    clearInterval(timer);
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.bytes, size);
    // What the kernel keeps for both ends of a connection is in it.
    assert.ok(lead < 24 * 1024 * 1024, `the server was ${lead} bytes ahead`);
    assert.ok(grown < 60 * 1024 * 1024, `memory grew by ${grown} bytes`);
  });

  it("a connection is used again for the next file", async () => {
    const origin = await bench.origin((_request, response) => response.end(BODY));
    let opened = 0;
    origin.server.on("connection", () => (opened += 1));
    const downloads = bench.downloads();
    for (let n = 0; n < 5; n += 1) {
      assert.equal((await bench.run({ href: `${origin.url}/again-${n}.bin` }, {}, downloads)).error, undefined);
    }
    assert.equal(opened, 1);
  });
});
