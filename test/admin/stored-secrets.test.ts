/** A stored secret leaves only for where it was deployed to go, whatever a dialog says. */
import assert from "node:assert/strict";
import { jsonServer, type JsonServer, type SeenRequest, type Answer } from "../support/json-server.js";
import { useRuntime, type FlowNode } from "../support/runtime.js";
import { BLANK, failed, good, useAdmin, type Admin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

const SECRET = "planted-secret-4711";
const CLIENT_ID = "9e68b4cd-6041-44d2-83a9-000000000000";

/** A service that says back whatever it is told, in every place it can. */
function echo(request: SeenRequest): Answer {
  const told = `${JSON.stringify(request.headers)} ${request.body} ${request.headers.authorization ?? ""}`;
  if (request.url.startsWith("/token")) {
    return { json: { access_token: "minted-token-0815", token_type: "Bearer", expires_in: 600, told } };
  }
  if (request.url.startsWith("/collections")) {
    return { json: { collections: [{ id: `c ${told}`, title: told }], links: [] } };
  }
  if (request.method === "GET") {
    return { json: { title: told, links: [{ rel: "search", href: "/search", method: "POST" }] } };
  }
  return {
    json: {
      type: "FeatureCollection",
      features: [{ type: "Feature", id: told.slice(-120), properties: { datetime: "2026-04-20T00:00:00Z" } }],
      links: [],
    },
  };
}

describe("admin endpoints: stored secrets", () => {
  const servers: JsonServer[] = [];
  const variables: string[] = [];
  afterEach(async () => {
    for (const name of variables.splice(0)) delete process.env[name];
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(answer: (request: SeenRequest) => Answer | Promise<Answer> = echo): Promise<JsonServer> {
    const server = await jsonServer(answer);
    servers.push(server);
    return server;
  }

  function set(name: string, value: string): void {
    process.env[name] = value;
    variables.push(name);
  }

  const bearer = (url: string, more: object = {}): FlowNode => ({
    id: "account",
    type: "eo-account",
    provider: "stac",
    url,
    auth: "bearer",
    ...more,
  });

  const settings = (more: object): object => ({ ...BLANK, provider: "stac", auth: "bearer", ...more });
  const stored = { apiKey: "__PWRD__" };

  async function deployed(node: FlowNode, credentials: Record<string, string> = { apiKey: SECRET }): Promise<Admin> {
    await start({ flow: [node], credentials: { account: credentials } });
    return admin();
  }

  const ENDPOINTS: [string, object][] = [
    ["eo/account/test", {}],
    ["eo/search/collections", {}],
    ["eo/search/preview", { node: "n", fields: {} }],
  ];

  it("uses the stored key when everything that matters is as deployed, and never shows it", async () => {
    const server = await serve();
    const ask = await deployed(bearer(server.url));
    for (const [path, more] of ENDPOINTS) {
      const reply = await ask.ask(path, {
        account: { id: "account", settings: settings({ url: server.url, rate: "50" }), credentials: stored },
        ...more,
      });
      good(reply);
      assert.ok(!reply.text.includes(SECRET), `${path} shows the key`);
    }
    assert.equal(
      server.seen.some((request) => request.headers.authorization === `Bearer ${SECRET}`),
      true,
    );
  });

  it("shows no minted token and no client secret either", async () => {
    const server = await serve();
    const node = { ...bearer(server.url), auth: "oauth2", tokenUrl: `${server.url}/token` };
    const ask = await deployed(node, { clientId: CLIENT_ID, clientSecret: SECRET });
    for (const [path, more] of ENDPOINTS) {
      const reply = await ask.ask(path, { account: { id: "account" }, ...more });
      good(reply);
      for (const secret of [SECRET, "minted-token-0815"]) assert.ok(!reply.text.includes(secret), path);
    }
    assert.equal(
      server.seen.some((request) => request.headers.authorization === "Bearer minted-token-0815"),
      true,
    );
  });

  const CHANGES: [string, (home: string, other: string) => object][] = [
    ["provider", () => ({ provider: "dedl" })],
    ["url", (_home, other) => ({ url: other })],
    ["url, another path", (home) => ({ url: `${home}/else` })],
    ["tokenUrl", (_home, other) => ({ tokenUrl: `${other}/token` })],
    ["auth", () => ({ auth: "header" })],
    ["header", () => ({ header: "x-api-key" })],
    ["hosts", (_home, other) => ({ hosts: `127.0.0.1:${new URL(other).port}` })],
    ["tls", () => ({ tls: "tls" })],
    ["proxy", () => ({ proxy: "proxy" })],
    ["endpoint", (_home, other) => ({ endpoint: other })],
    ["url, loopback by name", (home) => ({ url: home.replace("127.0.0.1", "localhost") })],
    ["url, metadata", () => ({ url: "http://169.254.169.254/latest/meta-data" })],
    ["url, metadata as a number", () => ({ url: "http://2852039166/" })],
  ];

  for (const [what, change] of CHANGES) {
    it(`sends nothing with the stored key when changed: ${what}`, async () => {
      const home = await serve();
      const other = await serve();
      await start({
        flow: [
          bearer(home.url),
          { id: "tls", type: "tls-config", verifyservercert: false },
          { id: "proxy", type: "http proxy", url: other.url, noproxy: [] },
        ],
        credentials: { account: { apiKey: SECRET } },
      });
      const ask = await admin();
      for (const [path, more] of ENDPOINTS) {
        for (const credentials of [stored, undefined]) {
          const account = {
            id: "account",
            settings: { ...settings({ url: home.url }), ...change(home.url, other.url) },
          };
          const reply = await ask.ask(path, { account: credentials ? { ...account, credentials } : account, ...more });
          assert.equal(failed(reply).code, "KEY_NEEDED");
          assert.match(failed(reply).message, /enter the key again/i);
          assert.equal(!reply.text.includes(SECRET), true);
        }
      }
      assert.deepEqual([home.seen, other.seen], [[], []]);
    });
  }

  it("sends a key that was typed to a changed address, and not the stored one", async () => {
    const home = await serve();
    const other = await serve();
    const ask = await deployed(bearer(home.url));
    const account = { id: "account", settings: settings({ url: other.url }), credentials: { apiKey: "typed-key-1" } };
    good(await ask.ask("eo/search/preview", { account, node: "n", fields: {} }));
    const sent = other.seen.map((request) => JSON.stringify(request.headers)).join();
    assert.equal(sent.includes("typed-key-1"), true);
    assert.equal(!sent.includes(SECRET), true);
    assert.equal(home.seen.length, 0);
  });

  it("has no stored key for an account that is not deployed", async () => {
    const server = await serve();
    const ask = await deployed(bearer(server.url));
    const body = { account: { id: "new", settings: settings({ url: server.url }), credentials: stored } };
    assert.equal(failed(await ask.ask("eo/account/test", body)).code, "KEY_NEEDED");
    assert.equal(failed(await ask.ask("eo/account/test", { account: { id: "new" } })).code, "NOT_DEPLOYED");
    // Another node's id is no account.
    assert.equal(failed(await ask.ask("eo/account/test", { account: { id: "the-tab" } })).code, "NOT_DEPLOYED");
    assert.equal(server.seen.length, 0);
  });

  it("takes an id from an environment variable", async () => {
    const server = await serve();
    set("TEST_EO_ACCOUNT", "account");
    const ask = await deployed(bearer(server.url));
    good(await ask.ask("eo/search/collections", { account: { id: "${TEST_EO_ACCOUNT}" } }));
    assert.equal(
      failed(await ask.ask("eo/search/collections", { account: { id: "${TEST_EO_NONE}" } })).code,
      "BAD_INPUT",
    );
  });

  it("reads a variable in a setting only where the deployed account has the same", async () => {
    const server = await serve();
    const other = await serve();
    set("TEST_EO_URL", server.url);
    set("TEST_EO_OTHER", SECRET);
    const ask = await deployed(bearer("${TEST_EO_URL}"));
    const same = { id: "account", settings: settings({ url: "${TEST_EO_URL}" }), credentials: stored };
    good(await ask.ask("eo/search/collections", { account: same }));
    const written = { id: "account", settings: settings({ url: server.url }), credentials: stored };
    good(await ask.ask("eo/search/collections", { account: written }));
    for (const name of ["provider", "url", "scope", "header", "rate", "hosts", "workspace"]) {
      const account = {
        id: "account",
        settings: { ...settings({ url: other.url }), [name]: "${TEST_EO_OTHER}" },
        credentials: { apiKey: "typed-key-1" },
      };
      const reply = await ask.ask("eo/account/test", { account });
      assert.equal(failed(reply).code, "DEPLOY_FIRST");
      assert.equal(!reply.text.includes(SECRET), true);
    }
    assert.equal(other.seen.length, 0);
  });

  it("sends a variable as a key to the provider's own servers only", async () => {
    const other = await serve();
    set("TEST_EO_SECRET", SECRET);
    const ask = await deployed(bearer(other.url), { apiKey: "${TEST_EO_SECRET}" });
    const same = { apiKey: "${TEST_EO_SECRET}" };
    const kept = { id: "account", settings: settings({ url: other.url }), credentials: same };
    good(await ask.ask("eo/search/collections", { account: kept }));
    assert.equal(
      other.seen.some((request) => request.headers.authorization === `Bearer ${SECRET}`),
      true,
    );
    const before = other.seen.length;
    for (const id of ["account", "new"]) {
      const account = { id, settings: settings({ url: `${other.url}/x` }), credentials: same };
      const reply = await ask.ask("eo/account/test", { account });
      assert.equal(failed(reply).code, "KEY_NEEDED");
    }
    const dedl = { ...BLANK, provider: "dedl", url: other.url, tokenUrl: `${other.url}/token` };
    const credentials = { clientId: CLIENT_ID, clientSecret: "${TEST_EO_SECRET}" };
    const reply = await ask.ask("eo/account/test", { account: { id: "new", settings: dedl, credentials } });
    assert.equal(failed(reply).code, "KEY_NEEDED");
    assert.equal(other.seen.length, before);
  });

  it("asks no address on the machine's own link, with a typed key either", async () => {
    const ask = await deployed(bearer("http://127.0.0.1:9"));
    for (const url of ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/"]) {
      const account = { id: "new", settings: settings({ url, auth: "none" }), credentials: {} };
      assert.equal(failed(await ask.ask("eo/account/test", { account })).code, "BAD_INPUT");
    }
  });

  it("sends no key to the host of a redirect, and none after it", async () => {
    const foreign = await serve();
    const home = await serve(() => ({ status: 307, headers: { location: `${foreign.url}/search` } }));
    const ask = await deployed(bearer(home.url));
    for (const [path, more] of ENDPOINTS) await ask.ask(path, { account: { id: "account" }, ...more });
    assert.equal(foreign.seen.length > 0, true);
    assert.equal(!JSON.stringify(foreign.seen).includes(SECRET), true);
  });
});
