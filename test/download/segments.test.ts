/** A file by several requests: only where it is provable, and with every way in which that can go wrong. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import path from "node:path";
import { forgetRanges } from "../../src/download/range-memory.js";
import { crashThread } from "../support/thread-troubles.js";
import { Bench, bytes, type Origin, type Result } from "./support/bench.js";

const MIB = 1024 * 1024;
const BODY = bytes(9 * MIB + 123, 3);
const OTHER = bytes(9 * MIB + 123, 4);

type Answer = (request: IncomingMessage, response: ServerResponse, n: number) => void;

/** Serves `body` whole or by range. */
function serve(body: Buffer, etag = '"a"'): Answer {
  return (request, response) => {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    if (range && request.headers["if-match"] !== undefined && request.headers["if-match"] !== etag)
      return void response.writeHead(412).end();
    const first = Number(range?.[1] ?? 0);
    const last = range?.[2] ? Number(range[2]) : body.length - 1;
    response.writeHead(range ? 206 : 200, {
      etag,
      "content-length": String(last - first + 1),
      ...(range ? { "content-range": `bytes ${first}-${last}/${body.length}` } : {}),
    });
    response.end(body.subarray(first, last + 1));
  };
}

/** No faster than this many bytes in about 10 ms, so that requests overlap. */
function slowly(response: ServerResponse, body: Buffer, step = 256 * 1024): void {
  let at = 0;
  const more = (): void => {
    if (response.destroyed) return;
    response.write(body.subarray(at, at + step));
    at += step;
    if (at < body.length) setTimeout(more, 10);
    else response.end();
  };
  more();
}

describe("segments", () => {
  let bench: Bench;
  beforeEach(async () => {
    forgetRanges();
    bench = await new Bench().start();
  });
  afterEach(() => bench.stop());

  const ranged = (origin: Origin): string[] => origin.seen.flatMap((one) => one.headers.range ?? []);
  const get = (origin: Origin, options: object = {}): Promise<Result> =>
    bench.run({ href: `${origin.url}/x.bin` }, { segments: 4, ...options });

  async function whole(result: Result, body = BODY): Promise<void> {
    assert.equal(result.error, undefined);
    const payload = result.files[0]?.payload;
    assert.equal(payload?.sha256, createHash("sha256").update(body).digest("hex"));
    assert.ok((await readFile(payload.path)).equals(body));
    assert.deepEqual(payload.verified, ["content-length"]);
    assert.deepEqual(await bench.names(), ["x.bin"]);
  }

  it("four at once, each part asked for with If-Match, every byte once", async () => {
    let now = 0;
    let most = 0;
    const origin = await bench.origin((request, response, n) => {
      now += 1;
      most = Math.max(most, now);
      response.on("close", () => (now -= 1));
      setTimeout(() => serve(BODY)(request, response, n), 30);
    });
    await whole(await get(origin));
    assert.equal(most, 4);
    assert.deepEqual(
      ranged(origin).sort((a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0])),
      // The first request brings the first block, and what was looked at before.
      Array.from({ length: 9 }, (_, n) => 65_536 + (n + 1) * MIB)
        .filter((from) => from < BODY.length)
        .map((from) => `bytes=${from}-${Math.min(from + MIB, BODY.length) - 1}`),
    );
    for (const { headers } of origin.seen.slice(1)) assert.equal(headers["if-match"], '"a"');
  });

  const alone = (name: string, headers: Record<string, string>, size = BODY.length): void => {
    it(`${name} → one request`, async () => {
      const body = BODY.subarray(0, size);
      const origin = await bench.origin((_request, response) =>
        response.writeHead(200, { "content-length": String(size), ...headers }).end(body),
      );
      await whole(await get(origin), body);
      assert.equal(origin.seen.length, 1);
    });
  };
  alone("a weak entity tag", { etag: 'W/"a"' });
  alone("no entity tag", {});
  alone("only a date", { "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT" });
  alone("Accept-Ranges: none", { etag: '"a"', "accept-ranges": "none" });
  alone("a small file", { etag: '"a"' }, MIB);

  it("a length that is not told → one request", async () => {
    const origin = await bench.origin((_request, response) => {
      response.writeHead(200, { etag: '"a"' });
      response.write(BODY.subarray(0, MIB));
      response.end(BODY.subarray(MIB));
    });
    const { files, error } = await get(origin);
    assert.equal(error, undefined);
    assert.ok((await readFile(files[0]?.payload.path ?? "")).equals(BODY));
    assert.equal(origin.seen.length, 1);
  });

  it("ranges are ignored → the first request brings all of it, and the host is not asked with Range again", async () => {
    const origin = await bench.origin((_request, response) => {
      response.writeHead(200, { etag: '"a"', "content-length": String(BODY.length) });
      slowly(response, BODY);
    });
    await whole(await get(origin));
    assert.ok(origin.seen.length > 1 && origin.seen.length <= 4, `${origin.seen.length} requests`);
    const before = origin.seen.length;
    const { error } = await bench.run({ href: `${origin.url}/y.bin` }, { segments: 4 });
    assert.equal(error, undefined);
    assert.equal(origin.seen.length, before + 1);
  });

  const wrong = (name: string, headers: (from: number, to: number) => Record<string, string>): void => {
    it(`${name} → the first request brings all of it`, async () => {
      const origin = await bench.origin((request, response, n) => {
        const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
        if (!range) {
          response.writeHead(200, { etag: '"a"', "content-length": String(BODY.length) });
          return slowly(response, BODY);
        }
        void n;
        const [from, to] = [Number(range[1]), Number(range[2])];
        response.writeHead(206, { etag: '"a"', "content-length": String(to - from + 1), ...headers(from, to) });
        response.end(OTHER.subarray(from, to + 1));
      });
      await whole(await get(origin));
    });
  };
  wrong("a Content-Range elsewhere", (from, to) => ({ "content-range": `bytes ${from + 1}-${to + 1}/${BODY.length}` }));
  wrong("a Content-Range of another length", (from, to) => ({
    "content-range": `bytes ${from}-${to}/${BODY.length + 1}`,
  }));
  wrong("no Content-Range", () => ({}));
  wrong("an encoded part", (from, to) => ({
    "content-range": `bytes ${from}-${to}/${BODY.length}`,
    "content-encoding": "gzip",
  }));

  it("replaced meanwhile, 412 → all of the new version", async () => {
    const origin = await bench.origin((request, response, n) =>
      (n < 3 ? serve(BODY) : serve(OTHER, '"b"'))(request, response, n),
    );
    await whole(await get(origin), OTHER);
  });

  it("replaced meanwhile, a 206 of the new one in spite of If-Match → all of the new version", async () => {
    const origin = await bench.origin((request, response, n) => {
      delete request.headers["if-match"];
      (n < 3 ? serve(BODY) : serve(OTHER, '"b"'))(request, response, n);
    });
    await whole(await get(origin), OTHER);
  });

  it("replaced again and again → CHANGED, nothing stays", async () => {
    const origin = await bench.origin((request, response, n) => serve(BODY, `"${n}"`)(request, response, n));
    const { error } = await get(origin, { retries: 2 });
    assert.equal(error?.code, "CHANGED");
    assert.deepEqual(await bench.names(), []);
  });

  it("a request breaks half-way → the others bring its block", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n !== 3) return serve(BODY)(request, response, n);
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
      const [from, to] = [Number(range?.[1]), Number(range?.[2])];
      response.writeHead(206, {
        etag: '"a"',
        "content-length": String(to - from + 1),
        "content-range": `bytes ${from}-${to}/${BODY.length}`,
      });
      response.write(BODY.subarray(from, from + 300_000), () => setTimeout(() => response.destroy(), 20));
    });
    await whole(await get(origin));
  });

  it("the first request breaks half-way → the others bring its block", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n > 1) return void setTimeout(() => serve(BODY)(request, response, n), 60);
      response.writeHead(200, { etag: '"a"', "content-length": String(BODY.length) });
      response.write(BODY.subarray(0, 400_000), () => setTimeout(() => response.destroy(), 20));
    });
    await whole(await get(origin));
  });

  it("no more than two connections, 429 → two bring it", async () => {
    let now = 0;
    const origin = await bench.origin((request, response, n) => {
      if (now >= 2) return void response.writeHead(429).end();
      now += 1;
      response.on("close", () => (now -= 1));
      setTimeout(() => serve(BODY)(request, response, n), 20);
    });
    const result = await get(origin, { retries: 3 });
    await whole(result);
  });

  it("all of them break → the next attempt goes on behind what is there in one piece", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n === 1 || n > 4) return serve(BODY)(request, response, n);
      response.destroy();
    });
    const { files, error } = await get(origin, { retries: 2 });
    assert.equal(error, undefined);
    assert.ok((await readFile(files[0]?.payload.path ?? "")).equals(BODY));
  });

  it("not allowed any more → its code, at once, and no connection stays", async () => {
    const origin = await bench.origin((request, response, n) => {
      if (n < 3) return serve(BODY)(request, response, n);
      response.writeHead(403).end();
    });
    assert.equal((await get(origin, { retries: 3 })).error?.code, "FORBIDDEN");
    await until(async () => (await connections(origin.server)) <= 4, "few connections");
  });

  it("cancelled → no connection stays", async () => {
    const controller = new AbortController();
    const origin = await bench.origin((_request, response) => {
      response.writeHead(200, { etag: '"a"', "content-length": String(BODY.length) });
      response.write(BODY.subarray(0, 200_000));
      if (origin.seen.length === 4) setTimeout(() => controller.abort(), 50);
    });
    const downloads = bench.downloads();
    const { error } = await bench.run({ href: `${origin.url}/x.bin` }, { segments: 4 }, downloads, controller.signal);
    assert.equal(error?.code, "CANCELLED");
    await until(async () => (await connections(origin.server)) === 0, "the end of the connections");
  });

  it("the thread crashes in the middle → what is there in one piece is kept, and the file is whole", async () => {
    const origin = await bench.origin((request, response, n) => {
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
      if (n > 5) return serve(BODY)(request, response, n);
      const from = Number(range?.[1] ?? 0);
      const to = range?.[2] ? Number(range[2]) : BODY.length - 1;
      response.writeHead(range ? 206 : 200, {
        etag: '"a"',
        "content-length": String(to - from + 1),
        ...(range ? { "content-range": `bytes ${from}-${to}/${BODY.length}` } : {}),
      });
      slowly(response, BODY.subarray(from, to + 1), 64 * 1024);
    });
    const running = get(origin);
    const part = path.join(bench.folder, "x.bin.part");
    await until(async () => ((await stat(part).catch(() => undefined))?.size ?? 0) > 2 * MIB, "some blocks");
    crashThread();
    await whole(await running);
  });
});

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))));

async function until(done: () => Promise<boolean>, what: string): Promise<void> {
  for (let n = 0; n < 1000; n += 1) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited in vain for ${what}.`);
}
