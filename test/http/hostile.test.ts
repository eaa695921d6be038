/** Servers that do not speak HTTP, or speak it wrongly or without end. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { bearerAccount, cleanUp, failure, json, serve, serveRaw, until } from "./servers.js";

const BODY = "\r\ncontent-length: 2\r\n\r\n{}";

describe("hostile servers", () => {
  cleanUp();

  const broken: [what: string, answer: string][] = [
    ["garbage instead of HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["zeros", "\0\0\0\0\0\0\0\0"],
    ["a length below zero", "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}"],
    ["length and chunks together", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked${BODY}`],
    ["a header without a name", `HTTP/1.1 200 OK\r\n: x${BODY}`],
    ["a bad chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"],
    ["a header of 1 MiB", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(1024 * 1024)}${BODY}`],
  ];
  for (const [what, answer] of broken) {
    it(`${what} is BAD_RESPONSE, once, and the connection ends`, async () => {
      const server = await serveRaw((socket) => socket.write(answer));
      const { door } = bearerAccount(server.url);
      const error = await failure(door.json({ url: server.url, what: "the search" }, { budget: 1000 }), "BAD_RESPONSE");
      assert.match(error.message, /valid HTTP/);
      assert.equal(server.seen.length, 1);
      await until(() => server.sockets.size === 0);
    });
  }

  it("two different content lengths are never an answer", async () => {
    const server = await serveRaw((socket) => socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 5${BODY}`));
    const { door } = bearerAccount(server.url);
    await failure(door.json({ url: server.url, what: "search" }, { budget: 300 }), "NETWORK");
  });

  const flood = (line: string) => (socket: Socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(line));
    };
    socket.on("drain", more);
    more();
  };

  it("headers without end are refused", async () => {
    const server = await serveRaw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      flood("x-more: and more\r\n")(socket);
    });
    await failure(bearerAccount(server.url).door.open({ url: server.url, what: "download" }), "BAD_RESPONSE");
    await until(() => server.sockets.size === 0);
  });

  it("100 Continue without end costs the time allowed", async () => {
    const server = await serveRaw((socket) => {
      const again = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 5);
      socket.on("close", () => clearInterval(again));
    });
    await failure(bearerAccount(server.url).door.json({ url: server.url, what: "search" }, { budget: 300 }), "TIMEOUT");
    await until(() => server.sockets.size === 0);
  });

  it("switching protocols is refused", async () => {
    const server = await serveRaw((socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    );
    const work = bearerAccount(server.url).door.json({ url: server.url, what: "search" }, { budget: 300 });
    const error = await work.catch((e: unknown) => e);
    assert.ok(error instanceof Error && "code" in error, String(error));
    assert.ok(["NETWORK", "BAD_RESPONSE", "TIMEOUT"].includes(String(error.code)), String(error.code));
  });

  it("headers named like parts of an object are headers", async () => {
    const server = await serveRaw((socket) =>
      socket.write(
        `HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\nconstructor: d\r\nhasownproperty: e${BODY}`,
      ),
    );
    const answer = await bearerAccount(server.url).door.json({ url: server.url, what: "search" });
    assert.deepEqual(answer.headers.all("constructor"), ["c", "d"]);
    assert.equal(answer.headers.get("tostring"), undefined);
  });

  it("headers sent twice are all there, the first one first", async () => {
    const server = await serve((_q, r) => {
      r.setHeader("x-two", ["1", "2"]);
      json(r, 200, {});
    });
    const { headers } = await bearerAccount(server.url).door.json({ url: server.url, what: "search" });
    assert.equal(headers.get("x-two"), "1");
    assert.deepEqual(headers.all("x-two"), ["1", "2"]);
    assert.deepEqual(headers.all("x-none"), []);
  });

  it("a connection closed while it was idle is replaced", async () => {
    const server = await serveRaw((socket, _head, count) => {
      if (count === 2) return void socket.destroy();
      socket.write(`HTTP/1.1 200 OK\r\nconnection: keep-alive${BODY}`);
    });
    const { door } = bearerAccount(server.url);
    await door.json({ url: server.url, what: "search" });
    await door.json({ url: server.url, what: "search" }, { budget: 1000 });
    assert.equal(server.seen.length, 3);
  });

  it("a keep-alive connection ended by the server between two requests does no harm", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url);
    for (let n = 0; n < 3; n += 1) {
      await door.json({ url: server.url, what: "search" }, { budget: 1000 });
      for (const socket of server.sockets) socket.end();
    }
    assert.ok(server.seen.length >= 3);
  });

  it("an answer with more than was announced does not reach the next request", async () => {
    const server = await serveRaw((socket, _head, count) =>
      count === 1
        ? socket.write(`HTTP/1.1 200 OK${BODY}HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{"a":66}`)
        : socket.write('HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"a":1}'),
    );
    const { door } = bearerAccount(server.url);
    await door.json({ url: server.url, what: "search" }).catch(() => undefined);
    const next = await door.json({ url: server.url, what: "search" }, { budget: 1000 });
    assert.deepEqual(next.value, { a: 1 });
  });

  it("words with control and direction characters come as plain text", async () => {
    const server = await serve((_q, r) => json(r, 404, { description: "a\u202eb\u0007\r\nc\u2066", ticket: "t\n1" }));
    const { door } = bearerAccount(server.url);
    const error = await failure(door.json({ url: server.url, what: "search" }), "NOT_FOUND");
    assert.ok(!/[\u0000-\u001f\u202e\u2066]/.test(error.message), JSON.stringify(error.message));
    assert.equal(error.cause.ticket, "t 1");
  });
});
