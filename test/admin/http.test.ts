/** How the endpoints speak HTTP: POST and JSON only, bounded, ended when the dialog hangs up. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";
import { useRuntime } from "../support/runtime.js";
import { BLANK, failed, good, useAdmin, type Admin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

const PATHS = [
  ...["eo/account/test", "eo/search/collections", "eo/search/preview"],
  ...["eo/search/interval", "eo/filter/preview", "eo/download/preview"],
];
const JSON_TYPE = { "content-type": "application/json" };

describe("admin endpoints: HTTP", () => {
  const servers: (JsonServer | { close(): Promise<unknown> })[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(answer: (request: SeenRequest) => Answer | Promise<Answer>): Promise<JsonServer> {
    const server = await jsonServer(answer);
    servers.push(server);
    return server;
  }

  async function deployed(url: string, more: object = {}): Promise<Admin> {
    await start({ flow: [{ id: "account", type: "eo-account", provider: "stac", url, ...more }] });
    return admin();
  }

  const bodyFor: Record<string, object> = {
    "eo/account/test": { account: { id: "account" } },
    "eo/search/collections": { account: { id: "account" } },
    "eo/search/preview": { node: "n", account: { id: "account" }, fields: {} },
    "eo/search/interval": { value: "P7D", type: "str" },
    "eo/filter/preview": { search: "n", node: "f", filter: {} },
    "eo/download/preview": { search: "n", node: "d", download: {} },
  };

  it("answers no GET, PUT or DELETE, and nothing leaves", async () => {
    const server = await serve(() => ({ json: {} }));
    const ask = await deployed(server.url);
    for (const path of PATHS) {
      for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH"]) {
        const reply = await ask.send(method, path, JSON_TYPE, ["PUT", "PATCH"].includes(method) ? "{}" : undefined);
        assert.equal(reply.status, 404, `${method} ${path}`);
      }
    }
    assert.equal(server.seen.length, 0);
  });

  it("takes application/json only, and nothing leaves for anything else", async () => {
    const server = await serve(() => ({ json: {} }));
    const ask = await deployed(server.url);
    for (const path of PATHS) {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
        const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
        const reply = await ask.send("POST", path, headers, JSON.stringify(bodyFor[path]));
        assert.equal(reply.status, 415, `${path} ${type}`);
      }
    }
    const form = "account[id]=account&node=n&fields[limit][value]=1";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal((await ask.send("POST", "eo/search/preview", headers, form)).status, 415);
    assert.equal(server.seen.length, 0);
  });

  it("refuses a large body, told or not, and one that is no JSON", async () => {
    const ask = await deployed("http://127.0.0.1:9");
    const large = JSON.stringify({ value: "x".repeat(300_000), type: "str" });
    assert.equal((await ask.ask("eo/search/interval", large)).status, 413);
    const chunked = { ...JSON_TYPE, "transfer-encoding": "chunked" };
    assert.equal((await ask.send("POST", "eo/search/interval", chunked, large)).status, 413);
    assert.equal((await ask.ask("eo/search/interval", '{"value": ')).status, 400);
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    assert.equal((await ask.ask("eo/search/interval", deep)).status >= 400, true);
  });

  it("refuses a body of the wrong shape with 400, whatever is in __proto__", async () => {
    const server = await serve(() => ({ json: {} }));
    const ask = await deployed(server.url);
    const account = '{"id":"account"}';
    const wrong: [string, string][] = [
      ["eo/account/test", "[]"],
      ["eo/account/test", "{}"],
      ["eo/account/test", '{"account":"account"}'],
      ["eo/account/test", '{"account":{"id":7}}'],
      ["eo/account/test", `{"__proto__":{"account":${account}}}`],
      ["eo/account/test", `{"account":{"__proto__":${account}}}`],
      ["eo/account/test", '{"account":{"id":"account","settings":{"url":{"a":1}}}}'],
      ["eo/account/test", '{"account":{"id":"account","settings":[],"credentials":{}}}'],
      ["eo/search/collections", `{"account":${account},"catalogue":[1]}`],
      ["eo/search/preview", `{"node":"n","account":${account}}`],
      ["eo/search/preview", `{"node":"n","account":${account},"fields":{"ids":"a"}}`],
      ["eo/search/preview", `{"node":"n","account":${account},"fields":{"ids":{"value":"a","type":"msg"}}}`],
      ["eo/search/preview", `{"node":"n","account":${account},"fields":{"ids":{"value":"a","type":"jsonata"}}}`],
      ["eo/search/preview", `{"node":"n","account":${account},"fields":{},"limit":5}`],
      ["eo/search/interval", '{"value":7,"type":"num"}'],
      ["eo/search/interval", '{"value":"P7D","type":"__proto__"}'],
      ["eo/filter/preview", '{"search":"n","node":"f"}'],
      ["eo/download/preview", '{"search":"n","node":"f","download":{"folder":"x"}}'],
    ];
    for (const [path, body] of wrong) {
      const reply = await ask.ask(path, body);
      assert.equal(reply.status, 400, `${path} ${body}: ${reply.status} ${reply.text}`);
      assert.equal((reply.body["error"] as { code: string }).code, "BAD_REQUEST");
    }
    assert.equal(server.seen.length, 0);
    assert.equal(({} as Record<string, unknown>)["id"], undefined);
  });

  it("passes __proto__ inside a query on as any other name, and is not changed by it", async () => {
    const server = await serve((request) =>
      request.method === "GET"
        ? { json: { links: [{ rel: "search", href: "/search", method: "POST" }] } }
        : { json: { type: "FeatureCollection", features: [], links: [] } },
    );
    const ask = await deployed(server.url);
    const query = { value: '{"__proto__": {"polluted": 1}}', type: "json" };
    good(await ask.ask("eo/search/preview", { ...bodyFor["eo/search/preview"], fields: { query } }));
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  it("lets nobody keep its answers", async () => {
    const ask = await deployed("http://127.0.0.1:9");
    const reply = await ask.ask("eo/search/interval", { value: "2026", type: "str" });
    assert.equal(reply.headers["cache-control"], "no-store");
    assert.match(String(reply.headers["content-type"]), /^application\/json/);
  });

  for (const path of ["eo/account/test", "eo/search/collections", "eo/search/preview"]) {
    it(`ends its request to the service when the dialog hangs up: ${path}`, async () => {
      let asked = (): void => undefined;
      let left = (): void => undefined;
      const arrived = new Promise<void>((resolve) => (asked = resolve));
      const gone = new Promise<void>((resolve) => (left = resolve));
      let count = 0;
      const silent: Server = createServer((request) => {
        count += 1;
        request.socket.on("close", () => left());
        asked();
      });
      silent.listen(0, "127.0.0.1");
      await once(silent, "listening");
      servers.push({
        close: () => {
          silent.closeAllConnections();
          return new Promise((resolve) => silent.close(resolve));
        },
      });
      const ask = await deployed(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
      await ask.hangUp(path, bodyFor[path], arrived);
      await gone;
      assert.equal(count, 1);
      // The endpoint is there for the next one.
      good(await ask.ask("eo/search/interval", { value: "2026", type: "str" }));
    });
  }

  it("does not look at more than eight services at once", async () => {
    const held: ((answer: Answer) => void)[] = [];
    const server = await serve(() => new Promise((resolve) => held.push(resolve)));
    const ask = await deployed(server.url);
    const questions = Array.from({ length: 9 }, (_, n) =>
      ask.ask("eo/search/collections", {
        account: { id: `new-${n}`, settings: { ...BLANK, provider: "stac", url: server.url }, credentials: {} },
      }),
    );
    const first = await Promise.race(questions);
    assert.equal(failed(first).code, "BUSY");
    for (const done of held) done({ json: { collections: [], links: [] } });
    while (held.length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    const answering = setInterval(() => {
      for (const done of held.splice(0)) done({ json: { collections: [], links: [] } });
    }, 5);
    await Promise.all(questions);
    clearInterval(answering);
  });
});
