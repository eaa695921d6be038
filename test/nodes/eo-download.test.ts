/** The node eo-download in a real runtime: outputs, parts, progress, commands, errors to Catch. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { errorOf, useRuntime, type Message, type Runtime } from "../support/runtime.js";
import { useDir } from "../support/temp.js";

const start = useRuntime();
const dir = useDir();

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe("node eo-download", () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function serve(handler: Handler): Promise<string> {
    const server = createServer(handler);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const bodyOf = (url: string): Buffer => Buffer.alloc(50_000, url);

  function files(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    if (url.includes("missing")) response.writeHead(404).end("nothing here");
    else
      response
        .writeHead(200, { "content-type": "application/octet-stream", "content-length": 50_000 })
        .end(bodyOf(url));
  }

  async function run(config: object = {}, more: object[] = []): Promise<Runtime> {
    return await start({
      flow: [
        {
          id: "dl",
          type: "eo-download",
          wires: [["done"], ["progress"]],
          folder: join(dir(), "out"),
          ...config,
        } as never,
        { id: "done", type: "helper" },
        { id: "progress", type: "helper" },
        ...(more as never[]),
      ],
      settings: { userDir: dir() },
    });
  }

  const feature = (base: string, id: string, asset: object = {}): object => ({
    type: "Feature",
    id,
    collection: "c",
    properties: {},
    assets: { data: { href: `${base}/${id}.bin`, roles: ["data"], ...asset } },
  });

  const payloadOf = (msg: Message): Record<string, unknown> => msg.payload as Record<string, unknown>;

  it("sends one message with path, bytes, SHA-256 and the item with its local href", async () => {
    const base = await serve(files);
    const runtime = await run();
    const parts = { id: "outer", index: 2, count: 5 };
    runtime.send("dl", { payload: feature(base, "one"), topic: "t", parts, search: { complete: true } });
    const msg = await runtime.next("done");
    const path = join(dir(), "out", "one.bin");
    const sha256 = createHash("sha256").update(bodyOf("/one.bin")).digest("hex");
    assert.deepEqual(await readFile(path), bodyOf("/one.bin"));
    const { seconds, ...rest } = payloadOf(msg);
    assert.equal(typeof seconds, "number");
    assert.deepEqual(rest, {
      path,
      bytes: 50_000,
      sha256,
      verified: ["content-length"],
      type: "application/octet-stream",
      url: `${base}/one.bin`,
      source: "network",
    });
    assert.equal(msg["filename"], path);
    assert.equal(msg["topic"], "t");
    assert.deepEqual(msg["parts"], parts);
    assert.deepEqual(msg["search"], { complete: true });
    const assets = (msg["item"] as { assets: { data: { href: string; alternate: { remote: { href: string } } } } })
      .assets;
    assert.equal(assets.data.href, path);
    assert.equal(assets.data.alternate.remote.href, `${base}/one.bin`);
    await runtime.nextCompleted();
    assert.deepEqual(await readdir(join(dir(), "out")), ["one.bin"]);
  });

  it("sends several files as a sequence and one done after the last", async () => {
    const base = await serve(files);
    const runtime = await run({ parallel: "2" });
    runtime.send("dl", {
      payload: { type: "FeatureCollection", features: ["a", "b", "c"].map((id) => feature(base, id)) },
    });
    await runtime.nextCompleted();
    const messages = runtime.messages("done");
    assert.deepEqual(messages.map((m) => (m["parts"] as { index: number }).index).sort(), [0, 1, 2]);
    assert(messages.every((m) => (m["parts"] as { count: number }).count === 3));
    assert.equal(new Set(messages.map((m) => (m["parts"] as { id: string }).id)).size, 1);
    assert.equal(runtime.completed.length, 1);
  });

  it("tells progress with nothing but topic and payload", async () => {
    const base = await serve(files);
    const runtime = await run();
    runtime.send("dl", { payload: `${base}/x.bin`, secretish: "stays out" });
    await runtime.nextCompleted();
    const progress = runtime.messages("progress");
    assert(
      progress.every(
        (m) =>
          Object.keys(m)
            .filter((k) => k !== "_msgid")
            .sort()
            .join() === "payload,topic",
      ),
    );
    assert.equal(new Set(progress.map((m) => m["topic"])).size, 1);
    const states = progress.map((m) => payloadOf(m)["state"]);
    assert.equal(states[0], "queued");
    assert.equal(states.at(-1), "done");
    assert(states.includes("downloading"));
  });

  it("gives an empty collection no output, only done", async () => {
    const runtime = await run();
    runtime.send("dl", { payload: { type: "FeatureCollection", features: [] } });
    await runtime.nextCompleted();
    assert.equal(runtime.messages("done").length, 0);
    assert.equal(runtime.messages("progress").length, 0);
  });

  it("delivers the others when one fails, and then says which", async () => {
    const base = await serve(files);
    const runtime = await run();
    const payload = ["a", "missing", "c"].map((id) => feature(base, id));
    runtime.send("dl", { payload, topic: "t" });
    const failed = await runtime.nextError();
    const error = errorOf(failed);
    assert.equal(error.code, "NOT_FOUND");
    assert.deepEqual(error.cause["failed"], [{ item: "missing", asset: "data", code: "NOT_FOUND" }]);
    assert.equal(failed["topic"], "t");
    assert.deepEqual(failed.payload, payload);
    assert.equal(runtime.messages("done").length, 2);
    assert.equal(runtime.completed.length, 0);
    assert.equal(runtime.errors.length, 1);
  });

  it("cancels everything on msg.reset: CANCELLED, no stray file", async () => {
    let asked = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    const base = await serve((_request, response) => {
      response.writeHead(200, { "content-length": 100_000 });
      response.write(Buffer.alloc(60_000));
      asked();
    });
    const runtime = await run();
    runtime.send("dl", { payload: `${base}/slow.bin` });
    await waiting;
    runtime.send("dl", { reset: true, payload: "ignored" });
    assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
    assert.equal(runtime.messages("done").length, 0);
    assert.equal((await readdir(join(dir(), "out"))).includes("slow.bin"), false);
  });

  it("cancels one by its id, warns of an unknown one", async () => {
    const base = await serve((request, response) => {
      if (request.url === "/fast.bin") files(request, response);
      else response.writeHead(200, { "content-length": 100_000 }).write(Buffer.alloc(60_000));
    });
    const runtime = await run();
    runtime.send("dl", { payload: `${base}/slow.bin` });
    const first = await runtime.next("progress");
    await runtime.until(
      () => runtime.messages("progress").some((m) => payloadOf(m)["state"] === "downloading"),
      "the start",
    );
    runtime.send("dl", { cancel: "no-such-transfer" });
    runtime.send("dl", { payload: `${base}/fast.bin` });
    await runtime.next("done");
    runtime.send("dl", { cancel: first["topic"] });
    assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
    assert.match(runtime.log(), /no-such-transfer/);
  });

  it("leaves no socket behind when it is deployed anew", async () => {
    let closed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    let asked = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    const base = await serve((_request, response) => {
      response.on("close", closed);
      response.writeHead(200, { "content-length": 100_000 });
      response.write(Buffer.alloc(60_000));
      asked();
    });
    const runtime = await run();
    runtime.send("dl", { payload: `${base}/slow.bin` });
    await waiting;
    await runtime.stop();
    await gone;
    assert.equal((await readdir(join(dir(), "out"))).includes("slow.bin"), false);
  });

  it("takes relative folders against fileWorkingDirectory, else the user folder", async () => {
    const base = await serve(files);
    const runtime = await run({ folder: "" });
    runtime.send("dl", { payload: `${base}/x.bin` });
    assert.equal(payloadOf(await runtime.next("done"))["path"], join(dir(), "eo-data", "x.bin"));
    await runtime.stop();
    const other = await start({
      flow: [
        { id: "dl", type: "eo-download", folder: "rel", folderType: "str", wires: [["done"]] } as never,
        { id: "done", type: "helper" },
      ],
      settings: { userDir: dir(), fileWorkingDirectory: join(dir(), "work") },
    });
    other.send("dl", { payload: `${base}/x.bin` });
    assert.equal(payloadOf(await other.next("done"))["path"], join(dir(), "work", "rel", "x.bin"));
  });

  const BAD: [string, object, unknown, RegExp][] = [
    ["a message that is not STAC", {}, 7, /STAC/],
    ["an asset pattern without a hit", { assets: "nope*" }, "feature", /data/],
    ["a typed folder without a value", { folder: "gone", folderType: "msg" }, "feature", /folder/],
    ["an unknown ifExists", { ifExists: "maybe" }, "feature", /ifExists/],
    ["parallel 0", { parallel: "0" }, "feature", /parallel/],
    ["segments 9", { segments: 9 }, "feature", /segments/],
    ["a deleted account", { account: "gone" }, "feature", /account/],
    ["a file URL", {}, "file:///etc/passwd", /http/],
  ];
  for (const [name, config, payload, message] of BAD) {
    it(`refuses ${name} before anything is sent`, async () => {
      let requests = 0;
      const base = await serve((request, response) => {
        requests += 1;
        files(request, response);
      });
      const runtime = await run(config);
      runtime.send("dl", { payload: payload === "feature" ? feature(base, "x") : payload });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, message);
      assert.equal(requests, 0);
    });
  }
});
