/**
 * Planted secrets are hunted in everything a running Node-RED shows: messages, statuses, errors, its whole output at
 * trace level, the exported flow, and every file but the encrypted credentials. The services here say everything back.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";
import { prepareNodeRed, startNodeRed, type RunningNodeRed } from "../support/node-red.js";

const CLIENT_ID = "9e68b4cd-6041-44d2-83a9-000000000000";
const PLANTED = {
  clientSecret: "planted-client-secret+/=&%",
  token: "planted-access-token-eyJhbGciOi",
  apiKey: "planted-api-key-0123",
  password: "planted pass wörd",
  signature: "planted-signature",
  proxyPassword: "planted-proxy-password",
  hubKey: "454f4448planted0hub0key",
  sessionSecret: "planted/session+secret",
  sessionToken: "planted/session+token==",
  lastingSecret: "planted/lasting+secret",
};

/** Every spelling in which a secret could come out. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString("base64"),
    bytes.toString("hex"),
    Buffer.from(`user:${secret}`).toString("base64"),
  ];
}

/**
 * An item is the service's own text: a signed href in it is what a download needs, and stays where it came from, also
 * where a debug node prints the item. Everything else is hunted through.
 */
function withoutHrefs(text: string): string {
  return text.replace(/((?:"href":|\bhref:) ?["'])\/data\/[^"']*/g, "$1");
}

/** All it was asked, headers and body, as an angry service would say it back. */
function echo(request: SeenRequest): string {
  return `${request.url} ${JSON.stringify(request.headers)} ${request.body} ${decodeURIComponent(request.body.replaceAll("+", " "))}`;
}

function service(request: SeenRequest): Answer {
  const { pathname } = new URL(request.url, "http://x");
  if (pathname === "/token") return { json: { access_token: PLANTED.token, token_type: "Bearer", expires_in: 600 } };
  if (pathname === "/bad-token")
    return { status: 401, json: { error: "unauthorized_client", error_description: echo(request) } };
  if (pathname === "/html-token") return { status: 500, text: `<h1>${echo(request)}</h1>` };
  if (pathname === "/hub/api/workspaces/my-ws") {
    const access_url = `http://${String(request.headers.host)}/hub/files/`;
    return { json: { stores: [{ object: [{ bucket: "planted-bucket", prefix: "my-ws/", access_url }] }] } };
  }
  if (pathname === "/hub/api/workspaces/my-ws/me/s3-tokens") {
    const [secretAccessKey, sessionToken] = [PLANTED.sessionSecret, PLANTED.sessionToken];
    return { json: { accessKeyId: "ASIAPLANTED", secretAccessKey, sessionToken, expiration: "2030-01-01T00:00:00Z" } };
  }
  if (pathname.startsWith("/s3/")) {
    const said = echo(request).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const error = `<Error><Code>AccessDenied</Code><Message>${said}</Message><RequestId>${said}</RequestId></Error>`;
    return { status: 403, text: error, headers: { "content-type": "application/xml" } };
  }
  if (request.method === "GET" && ["/", "/echo", "/garbage"].includes(pathname)) {
    const search = pathname === "/" ? "/search" : `${pathname}/search`;
    return { json: { links: [{ rel: "search", method: "POST", href: search }] } };
  }
  if (pathname === "/echo/search")
    return { status: 400, json: { code: "400", ticket: echo(request), description: echo(request) } };
  if (pathname === "/garbage/search") return { text: echo(request) };
  if (pathname === "/search") {
    const asset = (name: string): object => ({
      href: `/data/${name}?X-Amz-Signature=${PLANTED.signature}`,
      roles: ["data"],
    });
    const item = (id: string, name: string): object => ({
      type: "Feature",
      id,
      collection: "c",
      properties: { datetime: "2026-01-01T00:00:00Z" },
      links: [{ rel: "self", href: `http://${String(request.headers.host)}/items/${id}` }],
      assets: { data: asset(name) },
    });
    return {
      json: {
        type: "FeatureCollection",
        features: [item("good", "good.bin"), item("bad", "bad.bin"), item("moved", "moved")],
      },
    };
  }
  if (pathname === "/data/good.bin")
    return { text: "x".repeat(1000), headers: { "content-type": "application/octet-stream" } };
  if (pathname === "/data/moved")
    return { status: 302, headers: { location: `/data/bad.bin?token=${PLANTED.signature}` } };
  return { status: 403, json: { detail: echo(request) } };
}

/** Everything in a folder, as text, the encrypted credentials aside. */
function filesIn(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name !== "node_modules" && !name.includes("_cred"))
    .map((name) => {
      const place = path.join(folder, name);
      return statSync(place).isDirectory() ? filesIn(place) : `${place}\n${readFileSync(place, "latin1")}`;
    })
    .join("\n");
}

describe("planted secrets", () => {
  let server: JsonServer;
  let nodeRed: RunningNodeRed | undefined;

  before(async function () {
    await prepareNodeRed(this);
    server = await jsonServer(service);
  });

  after(async () => {
    await nodeRed?.dispose();
    await server.close();
  });

  it("come out nowhere, whatever the service says back", async function () {
    this.timeout(30_000);
    const url = server.url;
    const pair = { clientId: CLIENT_ID, clientSecret: PLANTED.clientSecret };
    const accounts = [
      { id: "dedl", provider: "dedl", url, tokenUrl: `${url}/token`, rate: "0", credentials: pair },
      { id: "bad-token", provider: "dedl", url, tokenUrl: `${url}/bad-token`, rate: "0", credentials: pair },
      { id: "html-token", provider: "dedl", url, tokenUrl: `${url}/html-token`, rate: "0", credentials: pair },
      { id: "bearer", provider: "stac", url: `${url}/echo`, auth: "bearer", credentials: { apiKey: PLANTED.apiKey } },
      {
        id: "header",
        provider: "stac",
        url: `${url}/garbage`,
        auth: "header",
        header: "X-Key",
        credentials: { apiKey: PLANTED.apiKey },
      },
      {
        id: "basic",
        provider: "stac",
        url: `${url}/echo`,
        auth: "basic",
        credentials: { username: "user", password: PLANTED.password },
      },
      { id: "env", provider: "stac", url: `${url}/echo`, auth: "bearer", credentials: { apiKey: "${PLANTED_KEY}" } },
    ];
    const searches = accounts.flatMap(({ id }, index) => [
      { id: `inject-${id}`, type: "inject", z: "tab", x: 100, y: 40 * index, props: [], wires: [[`search-${id}`]] },
      {
        id: `search-${id}`,
        type: "eo-stac-search",
        z: "tab",
        x: 300,
        y: 40 * index,
        account: `account-${id}`,
        collections: "c",
        wires: [[`dl-${id}`]],
      },
      {
        id: `dl-${id}`,
        type: "eo-download",
        z: "tab",
        x: 500,
        y: 40 * index,
        account: `account-${id}`,
        retries: "0",
        wires: [["debug"], ["debug"]],
      },
    ]);
    const stores = [
      {
        id: "hub",
        provider: "eodh",
        url: `${url}/hub`,
        workspace: "my-ws",
        endpoint: `${url}/s3`,
        credentials: { apiKey: PLANTED.hubKey },
      },
      {
        id: "bucket",
        provider: "s3",
        endpoint: `${url}/s3`,
        bucket: "planted-bucket",
        credentials: { accessKeyId: "AKPLANTED", secretAccessKey: PLANTED.lastingSecret },
      },
    ];
    const storage = stores.flatMap(({ id }, index) =>
      [
        { action: "list", via: "s3", path: "x/" },
        { action: "list", via: "https", path: "" },
        { action: "get", via: "s3", path: "x" },
        { action: "put", via: "https", path: "x", filename: __filename },
        { action: "put", via: "s3", path: "x", filename: __filename },
        { action: "delete", via: "s3", path: "x" },
      ].map((doing, n) => ({
        id: `storage-${id}-${n}`,
        type: "eo-storage",
        z: "tab",
        x: 900,
        y: 400 * index + 40 * n,
        account: `account-${id}`,
        wires: [["debug"], ["debug"]],
        ...doing,
      })),
    );
    nodeRed = await startNodeRed({
      observe: ["eo-stac-search", "eo-download", "eo-storage", "catch", "status"],
      env: { PLANTED_KEY: PLANTED.apiKey },
      settings: { logging: { console: { level: "trace", metrics: true, audit: true } } },
      flows: [
        { id: "tab", type: "tab", label: "hunt" },
        // Not the bare id: a config node whose property holds its own id (provider "dedl") waits for itself.
        ...[...accounts, ...stores].map(({ id, ...account }) => ({
          id: `account-${id}`,
          type: "eo-account",
          name: id,
          ...account,
        })),
        {
          id: "proxy",
          type: "http proxy",
          url: "http://127.0.0.1:9",
          credentials: { username: "u", password: PLANTED.proxyPassword },
        },
        { id: "behind", type: "eo-account", name: "behind", provider: "stac", url, proxy: "proxy" },
        { id: "inject-behind", type: "inject", z: "tab", x: 100, y: 400, props: [], wires: [["search-behind"]] },
        {
          id: "search-behind",
          type: "eo-stac-search",
          z: "tab",
          x: 300,
          y: 400,
          account: "behind",
          limit: "1",
          wires: [[]],
        },
        ...searches,
        ...storage,
        {
          id: "inject-storage",
          type: "inject",
          z: "tab",
          x: 100,
          y: 440,
          props: [],
          wires: [storage.map(({ id }) => id)],
        },
        { id: "catch", type: "catch", z: "tab", x: 100, y: 500, scope: null, wires: [["debug"]] },
        { id: "status", type: "status", z: "tab", x: 100, y: 540, scope: null, wires: [["debug"]] },
        {
          id: "debug",
          type: "debug",
          z: "tab",
          x: 700,
          y: 100,
          complete: "true",
          console: true,
          tosidebar: true,
          active: true,
        },
      ],
    });
    for (const { id } of accounts) await nodeRed.inject(`inject-${id}`);
    await nodeRed.waitFor((seen) => seen.event === "complete" && seen.id === "dl-dedl");
    for (const id of ["bad-token", "html-token", "bearer", "header", "basic", "env"]) {
      await nodeRed.waitFor(
        (seen) => seen.event === "complete" && seen.id === `search-${id}` && seen.error !== undefined,
        25_000,
      );
    }
    await nodeRed.inject("inject-behind");
    await nodeRed.waitFor(
      (seen) => seen.event === "complete" && seen.id === "search-behind" && seen.error !== undefined,
      25_000,
    );

    await nodeRed.inject("inject-storage");
    for (const { id } of storage) {
      await nodeRed.waitFor((seen) => seen.event === "complete" && seen.id === id && seen.error !== undefined, 25_000);
    }

    // The flow did its work with the secrets: the hunt is not in an empty wood.
    assert(
      server.seen.some((request) =>
        request.body.includes(new URLSearchParams({ s: PLANTED.clientSecret }).toString().slice(2)),
      ),
    );
    assert(server.seen.some((request) => request.headers.authorization === `Bearer ${PLANTED.token}`));
    assert(server.seen.some((request) => request.headers["x-key"] === PLANTED.apiKey));
    assert(server.seen.some((request) => request.headers["x-amz-security-token"] === PLANTED.sessionToken));
    assert(server.seen.some((request) => request.headers.authorization === `Bearer ${PLANTED.hubKey}`));
    const foreign = server.seen.filter(({ url: asked }) => asked.startsWith("/s3/"));
    assert(foreign.length > 0 && !foreign.some(({ headers }) => headers.authorization?.includes(PLANTED.hubKey)));
    const errors = nodeRed.seen.flatMap((seen) => (seen.error ? [seen.error.code] : []));
    assert(
      errors.includes("AUTH_FAILED") && errors.includes("BAD_INPUT") && errors.includes("BAD_RESPONSE"),
      errors.join(),
    );

    const places = {
      "messages, statuses and errors": withoutHrefs(
        JSON.stringify(
          nodeRed.seen.map((seen) => (seen.type === "eo-stac-search" && seen.event === "send" ? undefined : seen)),
        ),
      ),
      "the process's output": withoutHrefs(nodeRed.log()),
      "the exported flow": JSON.stringify(await nodeRed.admin("flows")),
      files: filesIn(nodeRed.userDir),
    };
    for (const [place, text] of Object.entries(places)) {
      for (const [name, secret] of Object.entries(PLANTED)) {
        for (const spelling of spellings(secret)) {
          const at = text.indexOf(spelling);
          assert.equal(
            at,
            -1,
            `${name} in ${place}: …${text.slice(Math.max(0, at - 200), at + spelling.length + 20)}…`,
          );
        }
      }
    }
  });
});
