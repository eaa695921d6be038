/** Who may ask the endpoints: a real Node-RED with users, from the packed tarball. */
import assert from "node:assert/strict";
import { jsonServer, type JsonServer } from "../support/json-server.js";
import { prepareNodeRed, startNodeRed, type NodeRedOptions, type RunningNodeRed } from "../support/node-red.js";
import { adminAt, failed, good, type Admin } from "./admin-server.js";

/** bcrypt, four rounds, of "admin-password" and "reader-password". */
const ADMIN = "$2b$04$WKJEpFKVU6voUaGbwsHzN.3PGseNNXq5gXV2VV2Fy1Cg/l7Zlxtii";
const READER = "$2b$04$Oz7FPpLmw0/AOcylM2zbh.KlJUMrodL8F3CQI4eC2YHO.hNXTTHKO";
const USERS = [
  { username: "admin", password: ADMIN, permissions: "*" },
  { username: "reader", password: READER, permissions: "read" },
];

const WRITE: [string, object][] = [
  ["eo/account/test", { account: { id: "account" } }],
  ["eo/search/collections", { account: { id: "account" } }],
  ["eo/search/preview", { node: "search", account: { id: "account" }, fields: {} }],
];
/** Also for writers only; this account is for another service. */
const DELTATWIN: [string, object][] = [
  ["eo/deltatwin/components", { account: { id: "account" } }],
  ["eo/deltatwin/component", { node: "n", account: { id: "account" }, component: { value: "c", type: "str" } }],
];
const READ: [string, object][] = [
  ["eo/search/interval", { value: "2026", type: "str" }],
  ["eo/filter/preview", { search: "search", node: "f", filter: {} }],
  ["eo/download/preview", { search: "search", node: "d", download: {} }],
];
const SECRET = "planted-secret-0042";

const runtimes: [string, NodeRedOptions][] = [
  ["Node-RED 4.1", { version: "4" }],
  ["Node-RED 5", { version: "5" }],
];

for (const [title, options] of runtimes) {
  describe(`admin endpoints: permissions in ${title}`, () => {
    let server: JsonServer;
    let nodeRed: RunningNodeRed | undefined;
    const url = (): string => nodeRed?.url ?? "";

    before(async function () {
      await prepareNodeRed(this, options);
      server = await jsonServer((request) => {
        if (request.url.startsWith("/collections")) return { json: { collections: [{ id: "c" }], links: [] } };
        if (request.method === "GET") return { json: { links: [{ rel: "search", href: "/search", method: "POST" }] } };
        const properties = { datetime: "2026-04-20T00:00:00Z" };
        const assets = { data: { href: "https://data.example.org/a.tif" } };
        const features = [{ type: "Feature", id: "a", collection: "c", properties, assets }];
        return { json: { type: "FeatureCollection", features, links: [] } };
      });
      nodeRed = await startNodeRed({
        ...options,
        settings: { adminAuth: { type: "credentials", users: USERS } },
        flows: [
          {
            ...{ id: "account", type: "eo-account", provider: "stac", url: server.url, auth: "bearer" },
            credentials: { apiKey: SECRET },
          },
        ],
      });
    });
    beforeEach(() => {
      server.seen.length = 0;
    });
    after(async () => {
      await nodeRed?.dispose();
      await server.close();
    });

    async function login(username: string): Promise<Admin> {
      const form = new URLSearchParams({
        ...{ client_id: "node-red-admin", grant_type: "password", scope: username === "admin" ? "*" : "read" },
        ...{ username, password: `${username}-password` },
      });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const reply = await adminAt(url()).send("POST", "auth/token", headers, form.toString());
      assert.equal(reply.status, 200, reply.text);
      return adminAt(url(), String(reply.body["access_token"]));
    }

    it("answer nobody who is not logged in, and nothing leaves", async () => {
      for (const [path, body] of [...WRITE, ...DELTATWIN, ...READ]) {
        assert.equal((await adminAt(url()).ask(path, body)).status, 401, path);
        assert.equal((await adminAt(url(), "made-up").ask(path, body)).status, 401, path);
      }
      assert.equal(server.seen.length, 0);
    });

    it("let a reader look at what is there, but send nothing", async () => {
      const reader = await login("reader");
      for (const [path, body] of [...WRITE, ...DELTATWIN])
        assert.equal((await reader.ask(path, body)).status, 401, path);
      assert.equal(server.seen.length, 0);
      good(await reader.ask("eo/search/interval", { value: "2026", type: "str" }));
      assert.equal(failed(await reader.ask("eo/filter/preview", READ[1]?.[1])).code, "NO_PREVIEW");
    });

    it("answer who may write; a reader then sees what was found", async () => {
      const admin = await login("admin");
      for (const [path, body] of WRITE) {
        const reply = await admin.ask(path, body);
        good(reply);
        assert.equal(!reply.text.includes(SECRET), true);
      }
      assert.equal(
        server.seen.some((request) => request.headers.authorization === `Bearer ${SECRET}`),
        true,
      );
      for (const [path, body] of DELTATWIN) assert.equal(failed(await admin.ask(path, body)).code, "BAD_INPUT", path);
      const reader = await login("reader");
      for (const [path, body] of READ) good(await reader.ask(path, body));
    });

    it("take no GET, no form and no large or broken body", async () => {
      const admin = await login("admin");
      const form = { "content-type": "application/x-www-form-urlencoded" };
      const json = { "content-type": "application/json" };
      for (const [path, body] of [...WRITE, ...DELTATWIN, ...READ]) {
        assert.equal((await admin.send("GET", path, {})).status, 404, path);
        assert.equal((await admin.send("POST", path, form, "account[id]=account")).status, 415, path);
        const large = JSON.stringify({ ...body, more: "x".repeat(300_000) });
        assert.equal((await admin.send("POST", path, json, large)).status, 413, path);
        assert.equal((await admin.send("POST", path, json, "{")).status, 400, path);
      }
      assert.equal(server.seen.length, 0);
      assert.equal(!nodeRed?.log().includes(SECRET), true);
    });
  });
}
