/** The node eo-account in a real runtime: credentials from the environment, subflows, expiry, TLS, proxy, rate. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { startSandbox } from "../../sandbox/index.js";
import { jsonServer, type JsonServer, type SeenRequest, type Answer } from "../support/json-server.js";
import { errorOf, useRuntime, type FlowNode } from "../support/runtime.js";

const start = useRuntime();
const CLIENT_ID = "9e68b4cd-6041-44d2-83a9-000000000000";

function service(request: SeenRequest): Answer {
  if (request.url === "/token") return { json: { access_token: "token-1", token_type: "Bearer", expires_in: 600 } };
  if (request.method === "GET") return { json: { links: [{ rel: "search", href: "/search", method: "POST" }] } };
  return { json: { type: "FeatureCollection", features: [{ type: "Feature", id: "a" }], links: [] } };
}

describe("node eo-account", () => {
  const servers: JsonServer[] = [];
  const variables: string[] = [];
  afterEach(async () => {
    for (const name of variables.splice(0)) delete process.env[name];
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(): Promise<JsonServer> {
    const server = await jsonServer(service);
    servers.push(server);
    return server;
  }

  function set(name: string, value: string): void {
    process.env[name] = value;
    variables.push(name);
  }

  const search = (more: object = {}): FlowNode[] => [
    { id: "search", type: "eo-stac-search", account: "account", collections: "c", wires: [["out"]], ...more },
    { id: "out", type: "helper" },
  ];

  const dedl = (server: JsonServer, more: object = {}): FlowNode => ({
    id: "account",
    type: "eo-account",
    provider: "dedl",
    url: server.url,
    tokenUrl: `${server.url}/token`,
    ...more,
  });

  it("takes credentials from the environment", async () => {
    const server = await serve();
    set("TEST_EO_ID", CLIENT_ID);
    set("TEST_EO_SECRET", "from-the-environment");
    const runtime = await start({
      flow: [dedl(server), ...search()],
      credentials: { account: { clientId: "${TEST_EO_ID}", clientSecret: "${TEST_EO_SECRET}" } },
    });
    runtime.send("search", {});
    await runtime.next("out");
    const form = new URLSearchParams(server.seen[0]?.body);
    assert.deepEqual(Object.fromEntries(form), {
      grant_type: "client_credentials",
      client_id: CLIENT_ID,
      client_secret: "from-the-environment",
      scope: "openid",
    });
    assert.equal(server.seen[1]?.headers.authorization, "Bearer token-1");
  });

  it("names the variable when it is not set", async () => {
    const server = await serve();
    const runtime = await start({
      flow: [dedl(server), ...search()],
      credentials: { account: { clientId: CLIENT_ID, clientSecret: "${TEST_EO_NOT_SET}" } },
    });
    runtime.send("search", {});
    assert.match(errorOf(await runtime.nextError()).message, /TEST_EO_NOT_SET/);
    assert.equal(server.seen.length, 0);
  });

  it("can be chosen by ${ACCOUNT} inside a subflow", async () => {
    const server = await serve();
    const runtime = await start({
      flow: [
        { id: "account", type: "eo-account", provider: "stac", url: server.url },
        {
          id: "sub",
          type: "subflow",
          name: "sub",
          in: [{ x: 0, y: 0, wires: [{ id: "inner" }] }],
          out: [{ x: 0, y: 0, wires: [{ id: "inner", port: 0 }] }],
          env: [{ name: "ACCOUNT", type: "eo-account", value: "" }],
        },
        { id: "inner", type: "eo-stac-search", z: "sub", x: 0, y: 0, account: "${ACCOUNT}", wires: [[]] },
        {
          id: "instance",
          type: "subflow:sub",
          env: [{ name: "ACCOUNT", type: "conf-type", value: "account" }],
          wires: [["out"]],
        },
        { id: "out", type: "helper" },
      ],
    });
    runtime.send("instance", { topic: "t" });
    const msg = await runtime.next("out");
    assert.equal((msg["search"] as { items: number }).items, 1);
  });

  it("warns of a key that dies soon, once, yellow, belonging to no message", async () => {
    const server = await serve();
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    const flow = [
      { ...dedl(server, { provider: "stac", expires: soon }), id: "dying" },
      ...search({ account: "dying" }),
    ];
    const runtime = await start({ flow });
    await runtime.until(() => runtime.log().includes("KEY_EXPIRING"), "the warning");
    await runtime.until(
      () => runtime.statuses().some((s) => s.fill === "yellow" && String(s.text).includes(soon)),
      "a yellow status",
    );
    assert.equal(runtime.log().split("KEY_EXPIRING").length, 2);
    assert.equal(runtime.errors.length, 0);
  });

  it("says nothing about a key that lives longer", async () => {
    const server = await serve();
    const later = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const runtime = await start({
      flow: [{ ...dedl(server, { provider: "stac", expires: later }), id: "living" }, ...search({ account: "living" })],
    });
    runtime.send("search", {});
    await runtime.next("out");
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(runtime.log().includes("KEY_EXPIRING"), false);
  });

  it("asks the EO DataHub when its key dies, once the account is used", async () => {
    const sandbox = await startSandbox({ port: 0 });
    try {
      const { url, workspace } = sandbox.ready.eodh;
      const dying = sandbox.eodh.keys.issue(workspace, "alice", 3.5).key;
      const account = { id: "hub", type: "eo-account", provider: "eodh", url, workspace };
      const flow = [account, ...search({ account: "hub", collections: "cmip6" })];
      const runtime = await start({ flow, credentials: { hub: { apiKey: dying } } });
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.equal(sandbox.requests().length, 0, "an account nobody uses asks nobody");
      runtime.send("search", {});
      await runtime.next("out");
      await runtime.until(() => runtime.log().includes("KEY_EXPIRING"), "the warning");
      assert.equal(runtime.log().includes(dying), false);
      assert.equal(runtime.errors.length, 0);
    } finally {
      await sandbox.close();
    }
  });

  it("shares one login between all nodes of the account, and asks it again after a redeploy", async () => {
    const server = await serve();
    const more: FlowNode[] = [
      { id: "other", type: "eo-stac-search", account: "account", collections: "c", wires: [["out"]] },
    ];
    const credentials = { account: { clientId: CLIENT_ID, clientSecret: "hush-hush" } };
    const runtime = await start({ flow: [dedl(server), ...search(), ...more], credentials });
    runtime.send("search", {});
    runtime.send("other", {});
    await runtime.next("out");
    await runtime.next("out");
    assert.equal(server.seen.filter((r) => r.url === "/token").length, 1);
  });

  it("goes through the http proxy node, with its password, and never shows that", async () => {
    const server = await serve();
    const seen: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, client, head) => {
      seen.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
      const target = new URL(server.url);
      const upstream = connect(Number(target.port), target.hostname, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const port = (proxy.address() as AddressInfo).port;
    try {
      const runtime = await start({
        flow: [
          { id: "account", type: "eo-account", provider: "stac", url: server.url, proxy: "proxy" },
          { id: "proxy", type: "http proxy", url: `http://127.0.0.1:${port}`, noproxy: [] },
          ...search(),
        ],
        credentials: { proxy: { username: "u", password: "proxy-pass" } },
      });
      runtime.send("search", {});
      await runtime.next("out");
      assert.equal(seen[0], `${new URL(server.url).host} Basic ${Buffer.from("u:proxy-pass").toString("base64")}`);
      assert.equal(runtime.log().includes("proxy-pass"), false);
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it("is refused when its provider is unknown, its hosts are wrong, or its address is plain http with a key", async () => {
    const server = await serve();
    for (const [settings, message] of [
      [{ provider: "nasa" }, /nasa/],
      [{ provider: "stac", url: server.url, hosts: "https://x/y" }, /hosts/],
      [{ provider: "stac", url: "" }, /address/],
      [{ provider: "stac", url: "http://example.org/stac", auth: "bearer" }, /https only/],
      [{ provider: "stac", url: server.url, rate: "fast" }, /rate/],
      [{ provider: "stac", url: server.url, tls: "gone" }, /TLS/],
      [{ provider: "stac", url: server.url, proxy: "gone" }, /proxy/],
    ] as const) {
      const runtime = await start({
        flow: [{ id: "account", type: "eo-account", ...settings }, ...search()],
        credentials: { account: { apiKey: "some-key" } },
      });
      runtime.send("search", {});
      const failed = await runtime.nextError();
      assert.equal(errorOf(failed).code, "BAD_INPUT");
      assert.match(errorOf(failed).message, message);
      await runtime.stop();
    }
    assert.equal(server.seen.length, 0);
  });
});
