/** Cancelling and closing: at once, wherever the request is, and nothing stays behind. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";
import { openDoor } from "../../src/accounts/account.js";
import {
  account,
  bearerAccount,
  cleanUp,
  dedlAccount,
  failure,
  json,
  serve,
  serveRaw,
  sleep,
  until,
  type TestServer,
} from "./servers.js";
import type { Account } from "../../src/accounts/account.js";

/** Each starts a request that hangs at one place, and says when it is there. */
type Place = () => Promise<{ opened: Account; server: TestServer; url: string; there: () => boolean }>;

const places: Record<string, Place> = {
  "while the TLS connection is made": async () => {
    const server = await serveRaw(() => undefined);
    const url = server.url.replace("http:", "https:");
    return { opened: bearerAccount(url), server, url, there: () => server.seen.length > 0 };
  },
  "while waiting for the head": async () => {
    const server = await serve(() => undefined);
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "in the body": async () => {
    const server = await serve((_q, r) => void r.writeHead(200).write("{"));
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "in a packed body": async () => {
    const server = await serve(
      (_q, r) => void r.writeHead(200, { "content-encoding": "gzip" }).write(gzipSync("{}").subarray(0, 12)),
    );
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "in the body of an error": async () => {
    const server = await serve((_q, r) => void r.writeHead(503).write("{"));
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "while the host asks to wait": async () => {
    const server = await serve((_q, r) => json(r, 429, {}, { "retry-after": "600" }));
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "between two tries": async () => {
    const server = await serve((_q, r) => json(r, 503, {}));
    return { opened: bearerAccount(server.url), server, url: server.url, there: () => server.seen.length > 0 };
  },
  "while waiting for the account's rate": async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const opened = bearerAccount(server.url, { rate: 0.01 });
    await opened.door.json({ url: server.url, what: "search" });
    return { opened, server, url: server.url, there: () => true };
  },
  "while logging in": async () => {
    const server = await serve(() => undefined);
    const opened = dedlAccount(server.url, `${server.url}/token`);
    return { opened, server, url: server.url, there: () => server.seen.length > 0 };
  },
};

describe("cancelling", () => {
  cleanUp();

  for (const [where, place] of Object.entries(places)) {
    it(`by the signal, ${where}`, async () => {
      const { opened, url, there, server } = await place();
      const caller = new AbortController();
      const work = failure(opened.door.json({ url, what: "the search", signal: caller.signal }), "CANCELLED");
      await until(there);
      await sleep(30);
      const asked = server.seen.length;
      caller.abort(new Error("reset"));
      const error = await work;
      assert.match(error.message, /^(The search|The login) was cancelled\.$/);
      assert.equal(getEventListeners(caller.signal, "abort").length, 0);
      await sleep(30);
      assert.equal(server.seen.length, asked);
    });

    it(`by closing, ${where}, and no socket stays`, async () => {
      const { opened, url, there, server } = await place();
      const work = failure(opened.door.json({ url, what: "the search" }), "CANCELLED");
      await until(there);
      await sleep(30);
      const asked = server.seen.length;
      await opened.close();
      await work;
      await until(() => server.sockets.size === 0);
      await failure(opened.door.json({ url, what: "the search" }), "CANCELLED");
      await failure(opened.door.open({ url, what: "the download" }), "CANCELLED");
      assert.equal(server.seen.length, asked);
      await opened.close();
    });
  }

  it("before anything is sent", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const { door } = bearerAccount(server.url);
    const signal = AbortSignal.abort();
    await failure(door.json({ url: server.url, what: "the search", signal }), "CANCELLED");
    await failure(door.open({ url: server.url, what: "the download", signal }), "CANCELLED");
    assert.equal(server.seen.length, 0);
  });

  it("in the body of a download, by the signal and by closing", async () => {
    for (const how of ["signal", "close"]) {
      const server = await serve((_q, r) => void r.writeHead(200).write("some"));
      const opened = bearerAccount(server.url);
      const caller = new AbortController();
      const { body } = await opened.door.open({ url: server.url, what: "download", signal: caller.signal });
      const read = (async () => {
        for await (const chunk of body) void chunk;
      })();
      const ended = assert.rejects(read);
      await sleep(20);
      if (how === "signal") caller.abort();
      else await opened.close();
      await ended;
      await until(() => server.sockets.size === 0);
    }
  });

  it("a body nobody reads ends when the account is closed, without an unhandled error", async () => {
    const server = await serve((_q, r) => void r.writeHead(200).write("some"));
    const opened = bearerAccount(server.url);
    await opened.door.open({ url: server.url, what: "download" });
    await opened.close();
    await until(() => server.sockets.size === 0);
  });

  it("one caller leaves the others alone", async () => {
    const server = await serve((_q, r) => void setTimeout(() => json(r, 200, {}), 100));
    const { door } = bearerAccount(server.url);
    const caller = new AbortController();
    const left = failure(door.json({ url: server.url, what: "search", signal: caller.signal }), "CANCELLED");
    const stays = door.json({ url: server.url, what: "search" });
    await until(() => server.seen.length === 2);
    caller.abort();
    await left;
    await stays;
  });

  it("leaves no listener on a signal that served 1000 requests, 50 at once, and warns of none", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on("warning", note);
    const server = await serve((q, r) =>
      q.url === "/" ? r.writeHead(302, { location: "/end" }).end() : json(r, 200, {}),
    );
    const { door } = bearerAccount(server.url);
    const caller = new AbortController();
    for (let n = 0; n < 10; n += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const request = { url: server.url, what: "search", signal: caller.signal };
          if (i % 2) return void (await door.json(request));
          for await (const chunk of (await door.open(request)).body) void chunk;
        }),
      );
    }
    assert.equal(server.seen.length, 1000);
    await sleep(20);
    assert.equal(getEventListeners(caller.signal, "abort").length, 0);
    process.off("warning", note);
    assert.deepEqual(warnings, []);
  });

  it("connections are used again, 300 requests in a row taking a few", async () => {
    const server = await serve((q, r) =>
      q.url === "/" ? r.writeHead(307, { location: "/e" }).end("moved") : json(r, 200, {}),
    );
    const { door } = bearerAccount(server.url);
    for (let n = 0; n < 150; n += 1) await door.json({ url: server.url, what: "search" });
    assert.ok(server.count() <= 3, `${server.count()}`);
  });

  it("a door without an account works and closes", async () => {
    const server = await serve((_q, r) => json(r, 200, {}));
    const door = openDoor();
    await door.json({ url: server.url, what: "search" });
    assert.equal(server.seen[0]?.headers.authorization, undefined);
    await door.close();
    await until(() => server.sockets.size === 0);
  });

  it("an account that was never used closes", async () => {
    await account({ provider: "stac", url: "https://a.example.org" }).close();
  });
});
