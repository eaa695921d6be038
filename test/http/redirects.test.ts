/** Redirects by hand: each hop is judged anew, and credentials go to owned origins only. */
import assert from "node:assert/strict";
import { KEY, account, bearerAccount, cleanUp, failure, json, serve, type TestServer } from "./servers.js";

const SECRET_HEADERS = ["authorization", "x-api-key", "cookie", "referer", "proxy-authorization"];

function got(server: TestServer, nth = 0): Record<string, unknown> {
  return server.seen[nth]?.headers ?? {};
}

function assertBare(server: TestServer): void {
  assert.ok(server.seen.length > 0);
  for (const { headers } of server.seen) {
    for (const name of SECRET_HEADERS) assert.equal(headers[name], undefined, name);
    assert.ok(!JSON.stringify(headers).includes(KEY));
  }
}

describe("redirects", () => {
  cleanUp();

  it("lead to a foreign origin without credentials and back with them", async () => {
    let home = "";
    const foreign = await serve((_q, r) => r.writeHead(302, { location: `${home}/end` }).end());
    const own = await serve((q, r) =>
      q.url === "/end" ? json(r, 200, { ok: 1 }) : r.writeHead(307, { location: `${foreign.url}/x` }).end(),
    );
    home = own.url;
    const { door } = bearerAccount(own.url);
    const answer = await door.json({ url: `${own.url}/start?secret=1`, what: "search" });
    assert.deepEqual(answer.value, { ok: 1 });
    assert.equal(answer.owned, true);
    assert.equal(answer.authorized, true);
    assertBare(foreign);
    assert.equal(got(own, 0)["authorization"], `Bearer ${KEY}`);
    assert.equal(got(own, 1)["authorization"], `Bearer ${KEY}`);
  });

  it("withhold a key header as well, another port being another host", async () => {
    const foreign = await serve((_q, r) => json(r, 200, {}));
    const own = await serve((_q, r) => r.writeHead(301, { location: foreign.url }).end());
    const { door } = account({ provider: "stac", auth: "header", header: "X-Api-Key", url: own.url }, { apiKey: KEY });
    const answer = await door.json({ url: own.url, what: "search" });
    assert.equal(answer.owned, false);
    assert.equal(answer.authorized, false);
    assert.equal(got(own)["x-api-key"], KEY);
    assertBare(foreign);
  });

  it("carry credentials to further owned hosts", async () => {
    const second = await serve((_q, r) => json(r, 200, {}));
    const own = await serve((_q, r) => r.writeHead(308, { location: second.url }).end());
    const { door } = bearerAccount(own.url, { hosts: second.host });
    await door.json({ url: own.url, what: "search" });
    assert.equal(got(second)["authorization"], `Bearer ${KEY}`);
  });

  it("ignore userinfo in Location and never send it", async () => {
    const own = await serve((q, r) =>
      q.url === "/a"
        ? r.writeHead(302, { location: `http://evil:pw@${q.headers.host ?? ""}/b` }).end()
        : json(r, 200, {}),
    );
    const { door } = account({ provider: "stac", url: own.url });
    const answer = await door.json({ url: `${own.url}/a`, what: "search" });
    assert.equal(got(own, 1)["authorization"], undefined);
    assert.equal(answer.url, `${own.url}/b`);
  });

  it("take relative addresses and addresses in UTF-8", async () => {
    const own = await serve((q, r) => {
      if (q.url === "/a/b") return void r.writeHead(302, { location: "../c?d=1#e" }).end();
      if (q.url === "/c?d=1") {
        r.writeHead(302, { location: Buffer.from("/é").toString("latin1") });
        return void r.end();
      }
      json(r, 200, { url: q.url });
    });
    const { door } = bearerAccount(own.url);
    const answer = await door.json({ url: `${own.url}/a/b`, what: "search" });
    assert.deepEqual(answer.value, { url: "/%C3%A9" });
  });

  for (const location of [
    "file:///etc/passwd",
    "unix:/var/run/docker.sock",
    "javascript:alert(1)",
    "data:,x",
    "http://[bad",
    "ftp://a.org/",
  ]) {
    it(`refuse ${location}`, async () => {
      const own = await serve((_q, r) => r.writeHead(302, { location }).end());
      const error = await failure(bearerAccount(own.url).door.json({ url: own.url, what: "search" }), "BAD_RESPONSE");
      assert.equal(own.seen.length, 1);
      assert.equal(error.cause.status, 302);
      assert.match(error.message, /^Search failed: http:\/\/127/);
    });
  }

  it("are followed 20 times and not once more", async () => {
    const count = async (hops: number): Promise<[TestServer, Promise<unknown>]> => {
      const own = await serve((_q, r, _s, n) =>
        n <= hops ? r.writeHead(302, { location: `/${n}` }).end() : json(r, 200, {}),
      );
      return [own, bearerAccount(own.url).door.json({ url: own.url, what: "search" })];
    };
    const [enough, answer] = await count(20);
    await answer;
    assert.equal(enough.seen.length, 21);
    const [more, refused] = await count(21);
    const error = await failure(refused, "BAD_RESPONSE");
    assert.match(error.message, /more than 20 redirects/);
    assert.equal(more.seen.length, 21);
  });

  it("end in an error when they go round in a circle, also with an empty Location", async () => {
    const own = await serve((_q, r) => r.writeHead(302, { location: "" }).end());
    await failure(bearerAccount(own.url).door.json({ url: own.url, what: "search" }), "BAD_RESPONSE");
    assert.ok(own.seen.length <= 21);
  });

  it("are handed back when the caller wants none", async () => {
    const own = await serve((_q, r) => r.writeHead(302, { location: "/x" }).end());
    const answer = await bearerAccount(own.url).door.open({ url: own.url, what: "download", redirects: 0 });
    assert.equal(answer.status, 302);
    answer.body.destroy();
    assert.equal(own.seen.length, 1);
  });

  for (const status of [301, 302, 307, 308]) {
    it(`with ${status} keep method and body of a search`, async () => {
      const own = await serve((q, r) =>
        q.url === "/" ? r.writeHead(status, { location: "/s" }).end() : json(r, 200, {}),
      );
      const headers = { "content-type": "application/json" };
      await bearerAccount(own.url).door.json({
        method: "POST",
        url: own.url,
        headers,
        body: '{"a":1}',
        what: "search",
      });
      assert.equal(own.seen[1]?.method, "POST");
      assert.equal(own.seen[1].body, '{"a":1}');
      assert.equal(got(own, 1)["content-type"], "application/json");
    });
  }

  it("with 303 turn a POST into a GET without a body", async () => {
    const own = await serve((q, r) => (q.url === "/" ? r.writeHead(303, { location: "/s" }).end() : json(r, 200, {})));
    const headers = { "content-type": "application/json" };
    await bearerAccount(own.url).door.json({ method: "POST", url: own.url, headers, body: '{"a":1}', what: "search" });
    assert.equal(own.seen[1]?.method, "GET");
    assert.equal(own.seen[1].body, "");
    assert.equal(got(own, 1)["content-type"], undefined);
  });

  it("without a Location are an answer that was not wanted", async () => {
    const own = await serve((_q, r) => r.writeHead(301, { "x-amz-bucket-region": "eu-west-1" }).end());
    const error = await failure(bearerAccount(own.url).door.json({ url: own.url, what: "search" }), "BAD_RESPONSE");
    assert.equal(error.cause.status, 301);
  });

  it("to a foreign host that wants a key end in FOREIGN_HOST, naming the host and what to do", async () => {
    const foreign = await serve((_q, r) => json(r, 401, { message: "Token not found" }));
    const own = await serve((_q, r) => r.writeHead(302, { location: `${foreign.url}/x?sig=abc` }).end());
    const error = await failure(bearerAccount(own.url).door.json({ url: own.url, what: "search" }), "FOREIGN_HOST");
    assert.ok(error.message.includes(foreign.host) && error.message.includes("hosts"));
    assert.ok(!error.message.includes("sig="));
    assert.equal(error.cause.url, `${foreign.url}/x`);
  });

  it("a request that must not carry credentials carries none", async () => {
    const own = await serve((_q, r) => json(r, 200, {}));
    await bearerAccount(own.url).door.json({ url: own.url, what: "search", credentials: false });
    assertBare(own);
  });

  it("a URL with userinfo is asked without it", async () => {
    const own = await serve((_q, r) => json(r, 200, {}));
    const { door } = account({ provider: "stac", url: own.url });
    await door.json({ url: own.url.replace("//", "//user:pw@"), what: "search" });
    assertBare(own);
  });
});
