/** Bodies: decoded, bounded, and read as JSON whatever a server may send. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { AccountDoor } from "../../src/http/account-door.js";
import { KEY, allOf, bearerAccount, cleanUp, failure, serve, serveRaw, until } from "./servers.js";

const MIB = 1024 * 1024;

async function doorTo(
  answer: (r: ServerResponse) => void,
): Promise<{ door: AccountDoor; url: string; count: () => number }> {
  const server = await serve((_q, r) => answer(r));
  return { door: bearerAccount(server.url).door, url: server.url, count: () => server.seen.length };
}

function encoded(r: ServerResponse, coding: string, body: Buffer, status = 200): void {
  r.writeHead(status, { "content-encoding": coding, "content-type": "application/json" });
  r.end(body);
}

describe("bodies", () => {
  cleanUp();

  const text = JSON.stringify({ a: "ä".repeat(5000) });
  for (const [coding, body] of [
    ["gzip", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["GZip", gzipSync(text)],
    ["deflate", deflateSync(text)],
    ["br", brotliCompressSync(text)],
    ["identity", Buffer.from(text)],
  ] as const) {
    it(`${coding} is decoded`, async () => {
      const { door, url } = await doorTo((r) => encoded(r, coding, body));
      assert.deepEqual((await door.json({ url, what: "search" })).value, JSON.parse(text));
    });
  }

  for (const [what, coding, body] of [
    ["no gzip at all", "gzip", Buffer.from(text)],
    ["gzip cut short", "gzip", gzipSync(text).subarray(0, 40)],
    ["no brotli at all", "br", Buffer.from("{}{}{}{}")],
    ["brotli cut short", "br", brotliCompressSync(text).subarray(0, 10)],
    ["no deflate at all", "deflate", Buffer.from(text)],
    ["a coding nobody asked for", "zstd", Buffer.from(text)],
  ] as const) {
    it(`${what} is BAD_RESPONSE, once, naming the address`, async () => {
      const { door, url, count } = await doorTo((r) => encoded(r, coding, body));
      const error = await failure(door.json({ url: `${url}/?x=1`, what: "the search" }), "BAD_RESPONSE");
      assert.ok(error.message.startsWith(`The search failed: ${url}/ answered 200. The answer`), error.message);
      assert.equal(error.cause.url, `${url}/`);
      assert.equal(count(), 1);
    });
  }

  it("more than 64 MiB is refused, plain or as a bomb, and the connection ends", async () => {
    const bomb = gzipSync(Buffer.alloc(80 * MIB, 0x20));
    const packed = await serve((_q, r) => encoded(r, "gzip", bomb));
    const error = await failure(
      bearerAccount(packed.url).door.json({ url: packed.url, what: "search" }),
      "BAD_RESPONSE",
    );
    assert.match(error.message, /67108864 bytes/);
    let sent = 0;
    const plain = await serve((_q, r) => {
      r.writeHead(200);
      const more = (): void => {
        while (!r.destroyed && r.write(Buffer.alloc(MIB, 0x20))) sent += 1;
      };
      r.on("drain", more);
      more();
    });
    await failure(bearerAccount(plain.url).door.json({ url: plain.url, what: "search" }), "BAD_RESPONSE");
    await until(() => plain.sockets.size === 0);
    assert.ok(sent < 80, `${sent} MiB`);
  });

  it("exactly as many bytes as allowed pass, one more does not", async () => {
    const { door, url } = await doorTo((r) => r.end('{"a":12}'));
    await door.json({ url, what: "search" }, { maxBytes: 8 });
    await failure(door.json({ url, what: "search" }, { maxBytes: 7 }), "BAD_RESPONSE");
  });

  for (const [what, body, value] of [
    ["null", "null", null],
    ["a list", "[1]", [1]],
    ["a text", '"x"', "x"],
    ["a byte order mark", '\ufeff{"a":1}', { a: 1 }],
    ["white space around", '\n {"a":1} \n', { a: 1 }],
  ] as const) {
    it(`${what} is JSON`, async () => {
      const { door, url } = await doorTo((r) => r.end(body));
      assert.deepEqual((await door.json({ url, what: "search" })).value, value);
    });
  }

  it("a broken letter costs that letter only", async () => {
    const { door, url } = await doorTo((r) => r.end(Buffer.from('{"a":"Malm\xf6"}', "latin1")));
    assert.deepEqual((await door.json({ url, what: "search" })).value, { a: "Malm\ufffd" });
  });

  it("a key called __proto__ changes nothing", async () => {
    const { door, url } = await doorTo((r) => r.end('{"__proto__":{"evil":1}}'));
    await door.json({ url, what: "search" });
    assert.equal(({} as Record<string, unknown>)["evil"], undefined);
  });

  for (const [what, body] of [
    ["NaN", '{"a":NaN}'],
    ["half a JSON", '{"a":[1,2'],
    ["HTML", "<!doctype html><title>Sign in</title>"],
    ["nothing", ""],
    ["blanks", " \n"],
    ["UTF-16", Buffer.from('{"a":1}', "utf16le").toString("latin1")],
  ] as const) {
    it(`${what} with 200 is BAD_RESPONSE, once`, async () => {
      const { door, url, count } = await doorTo((r) => r.end(body));
      const error = await failure(door.json({ url, what: "the search" }), "BAD_RESPONSE");
      assert.match(error.message, /answered 200 with/);
      assert.deepEqual(error.cause, { status: 200, url: `${url}/` });
      assert.ok(!/[\0\n\r]/.test(error.message));
      assert.equal(count(), 1);
    });
  }

  it("204 and 205 are no JSON", async () => {
    for (const status of [204, 205]) {
      const { door, url } = await doorTo((r) => r.writeHead(status).end());
      await failure(door.json({ url, what: "search" }), "BAD_RESPONSE");
    }
  });

  it("a 204 with a body is not believed", async () => {
    const server = await serveRaw((socket) => socket.write("HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}"));
    const { door } = bearerAccount(server.url);
    const error = await door.json({ url: server.url, what: "search" }, { budget: 400 }).catch((e: unknown) => e);
    assert.ok(error instanceof Error);
    const next = await door.json({ url: server.url, what: "search" }, { budget: 400 }).catch((e: unknown) => e);
    assert.ok(next instanceof Error);
  });

  it("what is not JSON shows no secret, not even half of one", async () => {
    const { door, url } = await doorTo((r) => r.end(`${"x".repeat(70)}${KEY} and on`));
    const error = await failure(door.json({ url, what: "search" }), "BAD_RESPONSE");
    assert.ok(!allOf(error).includes(KEY.slice(0, 6)), error.message);
  });

  it("an error's body is read to 64 KiB at most, and decoded", async () => {
    const huge = await doorTo((r) => {
      r.writeHead(404);
      const more = (): void => {
        while (!r.destroyed && r.write("x".repeat(MIB)));
      };
      r.on("drain", more);
      more();
    });
    const error = await failure(huge.door.json({ url: huge.url, what: "search" }), "NOT_FOUND");
    assert.ok(error.message.length < 1000);
    const bomb = await doorTo((r) => encoded(r, "gzip", gzipSync(Buffer.alloc(20 * MIB, 0x78)), 500));
    const opened = await bomb.door.open({ url: bomb.url, what: "download" });
    assert.ok((await bomb.door.errorOf(opened, "download")).message.length < 1000);
    const packed = await doorTo((r) => encoded(r, "gzip", gzipSync('{"description":"packed words"}'), 400));
    assert.match(
      (await failure(packed.door.json({ url: packed.url, what: "search" }), "BAD_INPUT")).message,
      /packed words/,
    );
  });

  it("an error's body that breaks or is badly packed still gives the status", async () => {
    const cut = await doorTo((r) => {
      r.writeHead(500, { "content-length": "1000" });
      r.write("Half of a sentence", () => r.socket?.destroy());
    });
    const first = await failure(cut.door.json({ url: cut.url, what: "search" }, { budget: 300 }), "SERVER_ERROR");
    assert.match(first.message, /Half of a sentence/);
    const bad = await doorTo((r) => encoded(r, "gzip", Buffer.from("plain"), 503));
    const second = await failure(bad.door.json({ url: bad.url, what: "search" }, { budget: 300 }), "SERVER_ERROR");
    assert.equal(second.cause.status, 503);
  });

  it("a download gets the bytes as they were sent", async () => {
    const packed = gzipSync("product");
    const { door, url } = await doorTo((r) => encoded(r, "gzip", packed));
    const answer = await door.open({ url, what: "download" });
    const chunks: Buffer[] = [];
    for await (const chunk of answer.body) chunks.push(chunk as Buffer);
    assert.deepEqual(Buffer.concat(chunks), packed);
  });

  it("HEAD has no body", async () => {
    const server = await serve((_q, r) => r.writeHead(200, { "content-length": "12345" }).end());
    const answer = await bearerAccount(server.url).door.open({ method: "HEAD", url: server.url, what: "download" });
    assert.equal(answer.headers.get("content-length"), "12345");
    for await (const chunk of answer.body) assert.fail(String(chunk));
  });
});
