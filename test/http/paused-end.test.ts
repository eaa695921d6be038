/** A connection that ends while its body waits to be read: the body comes whole, or as an error, and the process lives. */
import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { request } from "undici";
import { accountDispatcher } from "../../src/http/dispatcher.js";

/** One is as long as what is read ahead: its last byte pauses the parser. */
const BODIES = [65_536, 200_000].map((length) => Buffer.alloc(length, "x"));

describe("a connection that ends while its body is not read", () => {
  let server: Server;
  let wait = 0;
  let content = Buffer.alloc(0);
  const dispatcher = accountDispatcher();
  after(() => dispatcher.destroy());

  async function serve(answer: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => answer(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  /** Reads slowly, and begins when all that comes has come and the connection is gone. */
  async function read(url: string): Promise<number> {
    const { body } = await request(url, { dispatcher });
    body.on("error", () => undefined);
    await new Promise((resolve) => setTimeout(resolve, wait));
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return bytes;
  }

  for (const body of BODIES) {
    for (const time of [0, 150]) {
      describe(`${body.length} bytes, read after ${time} ms`, () => {
        before(() => {
          wait = time;
          content = body;
        });
        cases();
      });
    }
  }

  function cases(): void {
    const head = (more: string): string => `HTTP/1.1 200 OK\r\nConnection: close\r\n${more}\r\n\r\n`;

    it("comes whole with a length", async () => {
      const url = await serve((socket) => {
        socket.write(head(`Content-Length: ${content.length}`));
        socket.end(content);
      });
      assert.equal(await read(url), content.length);
    });
    it("comes whole until the end of the connection", async () => {
      const url = await serve((socket) => {
        socket.write(head("X: y"));
        socket.end(content);
      });
      assert.equal(await read(url), content.length);
    });
    it("fails when it is short", async () => {
      const url = await serve((socket) => {
        socket.write(head(`Content-Length: ${content.length + 1}`));
        socket.end(content);
      });
      await assert.rejects(read(url));
    });
    it("fails when a chunked one has no end", async () => {
      const url = await serve((socket) => {
        socket.write(head("Transfer-Encoding: chunked"));
        socket.end(Buffer.concat([Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from("\r\n")]));
      });
      await assert.rejects(read(url));
    });
    it("fails when it is reset", async () => {
      const url = await serve((socket) => {
        socket.write(head(`Content-Length: ${content.length * 2}`));
        socket.write(content, () => setTimeout(() => socket.resetAndDestroy(), 10));
      });
      await assert.rejects(read(url));
    });
    it("is let go when it is not read at all", async () => {
      const url = await serve((socket) => {
        socket.write(head(`Content-Length: ${content.length}`));
        socket.end(content);
      });
      const { body } = await request(url, { dispatcher });
      body.on("error", () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 60));
      body.destroy();
    });
  }
});
