/** What the endpoints tell of a service: the steps of a test, its collections, what a search, filter, download would do. */
import assert from "node:assert/strict";
import path from "node:path";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";
import { useRuntime, type FlowNode } from "../support/runtime.js";
import { useDir } from "../support/temp.js";
import { BLANK, failed, good, useAdmin, type Admin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

interface Step {
  step: string;
  state: string;
  ms: number;
  error?: { code: string; message: string; words?: string; status?: number };
  [name: string]: unknown;
}

const LANDING = { title: "A catalogue", links: [{ rel: "search", href: "/search", method: "POST" }] };
const HTML = "<html><title>Oops</title><body>PLANTED-BODY of the gateway</body></html>";

function item(n: number, more: object = {}): object {
  return {
    type: "Feature",
    id: `P${String(n).padStart(4, "0")}`,
    collection: "c",
    properties: { datetime: new Date(Date.UTC(2026, 0, 1 + (n % 300))).toISOString(), tile: n % 2 ? "odd" : "even" },
    assets: {
      data: { href: `https://data.example.org/f/${n}/downloadLink`, type: "image/tiff", "file:size": 1000 + n },
      thumb: { href: `https://data.example.org/f/${n}.png`, roles: ["thumbnail"] },
    },
    ...more,
  };
}

/** Pages of `size` items, `count` in all. */
function catalogue(count: number, size: number): (request: SeenRequest) => Answer {
  return (request) => {
    if (request.method === "GET") return { json: LANDING };
    const from = (request.json as { token?: number }).token ?? 0;
    const features = Array.from({ length: Math.min(size, count - from) }, (_, k) => item(from + k));
    const next = from + size < count;
    const links = next ? [{ rel: "next", href: "/search", method: "POST", body: { token: from + size } }] : [];
    return { json: { type: "FeatureCollection", features, links, numberMatched: count } };
  };
}

describe("admin endpoints: looks", () => {
  const servers: JsonServer[] = [];
  const variables: string[] = [];
  const dir = useDir();
  afterEach(async () => {
    for (const name of variables.splice(0)) delete process.env[name];
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(answer: (request: SeenRequest) => Answer | Promise<Answer>): Promise<JsonServer> {
    const server = await jsonServer(answer);
    servers.push(server);
    return server;
  }

  async function deployed(server: JsonServer, account: object = {}, more: FlowNode[] = []): Promise<Admin> {
    await start({
      flow: [{ id: "account", type: "eo-account", provider: "stac", url: server.url, ...account }, ...more],
      settings: { userDir: dir() },
      credentials: { account: { apiKey: "the-api-key" } },
    });
    return admin();
  }

  const account = { id: "account" };
  const stepsOf = (reply: Record<string, unknown>): Step[] => reply["steps"] as Step[];
  const preview = (fields: object = {}, more: object = {}): object => ({ node: "search", account, fields, ...more });

  describe("test", () => {
    it("tells each step of an account that was never deployed", async () => {
      const server = await serve((request) => {
        if (request.url === "/token")
          return { json: { access_token: "tok-tok-tok", token_type: "Bearer", expires_in: 500 } };
        return catalogue(3, 3)(request);
      });
      const ask = await deployed(server);
      const settings = { ...BLANK, provider: "stac", url: server.url, tokenUrl: `${server.url}/token`, auth: "oauth2" };
      const credentials = { clientId: "me", clientSecret: "typed-secret" };
      const reply = good(await ask.ask("eo/account/test", { account: { id: "new", settings, credentials } }));
      const [reach, token, search] = stepsOf(reply);
      assert.deepEqual([reach?.state, token?.state, search?.state], ["ok", "ok", "ok"]);
      assert.equal(reach?.["title"], "A catalogue");
      assert.equal(reach["status"], 200);
      assert.equal(token?.["expiresIn"], 500);
      assert.equal(token["url"], `${server.url}/token`);
      assert.equal(search?.["items"], 1);
      for (const step of stepsOf(reply)) assert.equal(Number.isInteger(step.ms) && step.ms >= 0, true);
      // The landing page is asked without the key.
      assert.equal(server.seen[0]?.headers.authorization, undefined);
    });

    it("names the step that failed, with the service's words, and skips the rest", async () => {
      const server = await serve((request) =>
        request.url === "/token"
          ? { status: 401, json: { error: "invalid_client", error_description: "No such client" } }
          : { json: LANDING },
      );
      const ask = await deployed(server);
      const settings = { ...BLANK, provider: "stac", url: server.url, tokenUrl: `${server.url}/token`, auth: "oauth2" };
      const credentials = { clientId: "me", clientSecret: "typed-secret" };
      const reply = good(await ask.ask("eo/account/test", { account: { id: "new", settings, credentials } }));
      const [reach, token, search] = stepsOf(reply);
      assert.deepEqual([reach?.state, token?.state, search?.state], ["ok", "failed", "skipped"]);
      assert.equal(token?.error?.code, "AUTH_FAILED");
      assert.match(token.error.words ?? "", /No such client/);
      assert.equal(token["status"], 401);
    });

    it("counts a landing page that wants a key as reached, and skips the token where there is none", async () => {
      const server = await serve((request) =>
        request.headers.authorization === undefined ? { status: 401, text: "key?" } : catalogue(1, 1)(request),
      );
      const ask = await deployed(server, { auth: "bearer" });
      const states = stepsOf(good(await ask.ask("eo/account/test", { account }))).map((step) => step.state);
      assert.deepEqual(states, ["ok", "skipped", "ok"]);
    });

    it("says what is not a STAC API without showing it", async () => {
      const server = await serve(() => ({ text: HTML, headers: { "content-type": "text/html" } }));
      const ask = await deployed(server);
      const reply = await ask.ask("eo/account/test", { account });
      const [reach] = stepsOf(good(reply));
      assert.equal(reach?.error?.code, "BAD_RESPONSE");
      assert.equal(!reply.text.includes("PLANTED-BODY"), true);
    });

    it("says that nothing listens", async () => {
      const server = await serve(() => ({}));
      const ask = await deployed(server);
      await server.close();
      const [reach, , search] = stepsOf(good(await ask.ask("eo/account/test", { account })));
      assert.equal(reach?.error?.code, "NETWORK");
      assert.equal(search?.state, "skipped");
    });

    it("says what is missing before anything is sent", async () => {
      const server = await serve(() => ({ json: LANDING }));
      const ask = await deployed(server);
      const settings = { ...BLANK, provider: "stac", url: server.url, auth: "bearer" };
      const reply = await ask.ask("eo/account/test", { account: { id: "new", settings, credentials: {} } });
      assert.equal(failed(reply).code, "BAD_INPUT");
      assert.match(failed(reply).message, /bearer token/);
      assert.equal(server.seen.length, 0);
    });
  });

  describe("collections", () => {
    function listed(count: number, size: number): (request: SeenRequest) => Answer {
      return (request) => {
        const url = new URL(request.url, "http://x");
        if (url.pathname !== "/collections") return { json: LANDING };
        const from = Number(url.searchParams.get("from") ?? 0);
        const collections = Array.from({ length: Math.min(size, count - from) }, (_, k) => ({
          id: `c${from + k}`,
          title: `Collection ${from + k}`,
        }));
        const links = from + size < count ? [{ rel: "next", href: `/collections?from=${from + size}` }] : [];
        return { json: { collections, links } };
      };
    }

    it("gives all pages", async () => {
      const ask = await deployed(await serve(listed(25, 10)));
      const reply = good(await ask.ask("eo/search/collections", { account }));
      const collections = reply["collections"] as { id: string; title: string }[];
      assert.equal(collections.length, 25);
      assert.deepEqual(collections[24], { id: "c24", title: "Collection 24" });
      assert.equal(reply["complete"], true);
    });

    it("ends where the pages never do, and says that it is not complete", async () => {
      const repeating = await serve((request) =>
        request.url.startsWith("/collections")
          ? { json: { collections: [{ id: "same" }], links: [{ rel: "next", href: `${request.url}x?` }] } }
          : { json: LANDING },
      );
      const ask = await deployed(repeating);
      const reply = good(await ask.ask("eo/search/collections", { account }));
      assert.deepEqual(reply["collections"], [{ id: "same" }]);
      assert.equal(reply["complete"], false);
      assert.equal(repeating.seen.length < 5, true);
    });

    it("gives at most 5,000", async () => {
      const ask = await deployed(await serve(listed(6000, 2500)));
      const reply = good(await ask.ask("eo/search/collections", { account }));
      assert.equal((reply["collections"] as unknown[]).length, 5000);
      assert.equal(reply["complete"], false);
    });

    it("looks into a catalogue, and follows the landing page's data link on the same host only", async () => {
      const foreign = await serve(() => ({ json: { collections: [{ id: "foreign" }], links: [] } }));
      const server = await serve((request) => {
        if (request.url === "/catalogs/a/catalogs/b")
          return { json: { links: [{ rel: "data", href: `${foreign.url}/collections` }] } };
        return { json: { collections: [{ id: "home", title: "T".repeat(999) }, { id: 7 }, null], links: [] } };
      });
      const ask = await deployed(server, { auth: "bearer" });
      const reply = good(await ask.ask("eo/search/collections", { account, catalogue: "a/b" }));
      const [only, ...others] = reply["collections"] as { id: string; title: string }[];
      assert.equal(only?.id, "home");
      assert.equal(only.title.length <= 201, true);
      assert.deepEqual(others, []);
      assert.equal(server.seen.at(-1)?.url, "/catalogs/a/catalogs/b/collections");
      assert.equal(foreign.seen.length, 0);
      assert.equal(failed(await ask.ask("eo/search/collections", { account, catalogue: "../x" })).code, "BAD_INPUT");
    });

    it("hands on what the service says", async () => {
      const server = await serve(() => ({ status: 404, json: { detail: "Nothing here\u0007 <b>bold</b>" } }));
      const reply = await (await deployed(server)).ask("eo/search/collections", { account });
      assert.equal(failed(reply).code, "NOT_FOUND");
      assert.equal(failed(reply).status, 404);
      assert.equal(failed(reply).words, "Nothing here <b>bold</b>");
    });
  });

  describe("interval", () => {
    it("is what would be sent", async () => {
      const ask = await deployed(await serve(() => ({})));
      const interval = async (value: string, type = "str"): Promise<unknown> =>
        good(await ask.ask("eo/search/interval", { value, type }))["interval"];
      assert.match(String(await interval("2026-04")), /^2026-04-01T00:00:00Z\/2026-04-30T23:59:59\.9+Z$/);
      assert.match(String(await interval("P7D")), /^\d{4}-\d\d-\d\dT00:00:00Z\/\d{4}-\d\d-\d\dT23:59:59\.9+Z$/);
      assert.match(String(await interval("0", "num")), /^1970-01-01T00:00:00/);
      assert.equal(await interval(""), "");
      const wrong = failed(await ask.ask("eo/search/interval", { value: "next tuesday", type: "str" }));
      assert.equal(wrong.code, "BAD_INPUT");
      assert.match(wrong.message, /next tuesday/);
    });
  });

  describe("search preview", () => {
    it("tells count, newest, oldest and the first ten, and what was sent", async () => {
      const server = await serve(catalogue(250, 100));
      const ask = await deployed(server);
      const fields = {
        collections: { value: "c", type: "str" },
        datetime: { value: "2026", type: "str" },
        bbox: { value: "[1, 2, 3, 4]", type: "json" },
      };
      const reply = good(await ask.ask("eo/search/preview", preview(fields, { limit: "100" })));
      assert.deepEqual(
        [reply["seen"], reply["matched"], reply["complete"], reply["pages"], reply["warning"]],
        [250, 250, true, 3, undefined],
      );
      assert.deepEqual(reply["newest"], { id: "P0249", datetime: "2026-09-07T00:00:00.000Z" });
      assert.deepEqual(reply["oldest"], { id: "P0000", datetime: "2026-01-01T00:00:00.000Z" });
      const first = reply["first"] as { id: string }[];
      assert.deepEqual([first.length, first[9]?.id], [10, "P0009"]);
      assert.equal(reply["datetime"], (server.seen[1]?.json as Record<string, unknown>)["datetime"]);
      assert.match(String(reply["datetime"]), /^2026-01-01T00:00:00Z\/2026-12-31T/);
      assert.deepEqual(reply["collections"], ["c"]);
      const sent = server.seen[1]?.json as Record<string, unknown>;
      assert.deepEqual([sent["bbox"], sent["limit"]], [[1, 2, 3, 4], 100]);
    });

    it("looks at a thousand items at most, and at no more than max", async () => {
      const server = await serve(catalogue(5000, 400));
      const ask = await deployed(server);
      const reply = good(await ask.ask("eo/search/preview", preview({}, { max: "0" })));
      assert.deepEqual([reply["seen"], reply["complete"], reply["warning"]], [1000, false, undefined]);
      const few = good(await ask.ask("eo/search/preview", preview({}, { max: "5" })));
      assert.deepEqual([few["seen"], few["complete"]], [5, false]);
      assert.match(String(few["warning"]), /max = 5/);
    });

    it("hands on the service's refusal", async () => {
      const server = await serve((request) =>
        request.method === "GET"
          ? { json: LANDING }
          : { status: 400, json: { description: "A collection is required", ticket: "T-1" } },
      );
      const ask = await deployed(server);
      const error = failed(await ask.ask("eo/search/preview", preview())) as unknown as Record<string, unknown>;
      assert.deepEqual(
        [error["code"], error["status"], error["words"], error["ticket"]],
        ["BAD_INPUT", 400, "A collection is required", "T-1"],
      );
    });

    it("names a wrong field before anything is sent", async () => {
      const server = await serve(catalogue(1, 1));
      const ask = await deployed(server);
      const wrong: [object, RegExp][] = [
        [{ bbox: { value: "1,2,3", type: "str" } }, /bbox/],
        [{ datetime: { value: "yesterday", type: "str" } }, /yesterday/],
        [{ query: { value: "{", type: "json" } }, /query/],
        [{ query: { value: "{", type: "str" } }, /query/],
      ];
      for (const [fields, message] of wrong) {
        const error = failed(await ask.ask("eo/search/preview", preview(fields)));
        assert.equal(error.code, "BAD_INPUT");
        assert.match(error.message, message);
      }
      assert.match(failed(await ask.ask("eo/search/preview", preview({}, { limit: "many" }))).message, /limit/);
      assert.equal(server.seen.length, 0);
    });

    it("does not show the page of a gateway", async () => {
      const server = await serve((request) =>
        request.method === "GET" ? { json: LANDING } : { text: HTML, headers: { "content-type": "text/html" } },
      );
      const ask = await deployed(server);
      const reply = await ask.ask("eo/search/preview", preview());
      assert.equal(failed(reply).code, "BAD_RESPONSE");
      assert.equal(!reply.text.includes("PLANTED-BODY") && !reply.text.includes("<html"), true);
    });

    it("is cut to lines and lengths", async () => {
      const id = `\u202e${"x".repeat(3000)}\n`;
      const server = await serve((request) =>
        request.method === "GET"
          ? { json: LANDING }
          : { json: { type: "FeatureCollection", features: [item(1, { id }), 7, { type: "Feature" }], links: [] } },
      );
      const reply = good(await (await deployed(server)).ask("eo/search/preview", preview()));
      assert.equal(reply["seen"], 2);
      const [first] = reply["first"] as { id: string }[];
      assert.match(first?.id ?? "", /^x{200}…$/);
    });

    it("keeps to the account's rate, together with the flows", async () => {
      const times: number[] = [];
      const server = await serve((request) => {
        times.push(performance.now());
        return catalogue(40, 10)(request);
      });
      const search = { id: "search", type: "eo-stac-search", account: "account", limit: "10", wires: [["out"]] };
      await start({
        flow: [
          { id: "account", type: "eo-account", provider: "stac", url: server.url, rate: "4" },
          search,
          { id: "out", type: "helper" },
        ],
      }).then(async (runtime) => {
        const ask = await admin();
        const settings = { ...BLANK, provider: "stac", url: server.url };
        runtime.send("search", {});
        await Promise.all([
          ask.ask("eo/search/preview", preview({}, { limit: "10", max: "20" })),
          // Changed in the editor: an account of its own, and yet the same service.
          ask.ask("eo/search/preview", {
            ...preview({}, { limit: "10", max: "10" }),
            account: { ...account, settings, credentials: {} },
          }),
          runtime.next("out"),
        ]);
      });
      times.sort((a, b) => a - b);
      assert.ok(times.length >= 8, `${times.length} requests`);
      for (const [n, time] of times.entries()) {
        const fifth = times[n + 4];
        assert.ok(fifth === undefined || fifth - time >= 1000, `five within ${(fifth ?? 0) - time} ms`);
      }
    });

    it("reads the environment only where the deployed node has the same field", async () => {
      process.env["TEST_EO_IDS"] = "P0001";
      variables.push("TEST_EO_IDS");
      const server = await serve(catalogue(1, 1));
      const search = {
        ...{ id: "search", type: "eo-stac-search", account: "account", ids: "TEST_EO_IDS", idsType: "env" },
        ...{ collections: "${TEST_EO_IDS}", wires: [[]] },
      };
      const ask = await deployed(server, {}, [search]);
      const ids = { value: "TEST_EO_IDS", type: "env" };
      const collections = { value: "${TEST_EO_IDS}", type: "str" };
      good(await ask.ask("eo/search/preview", preview({ ids, collections })));
      const sent = server.seen.at(-1)?.json as Record<string, unknown>;
      assert.deepEqual([sent["ids"], sent["collections"]], [["P0001"], ["P0001"]]);
      const before = server.seen.length;
      for (const fields of [{ collections: ids }, { ids: collections }, { ids: { ...ids, value: "PATH" } }]) {
        assert.equal(failed(await ask.ask("eo/search/preview", preview(fields))).code, "DEPLOY_FIRST");
      }
      assert.equal(
        failed(await ask.ask("eo/search/preview", { ...preview({ ids }), node: "new" })).code,
        "DEPLOY_FIRST",
      );
      assert.equal(server.seen.length, before);
    });
  });

  describe("filter and download", () => {
    const filter = { matchMode: "contains", groupBy: "", count: "", dateField: "" };

    async function looked(): Promise<Admin> {
      const ask = await deployed(await serve(catalogue(20, 20)));
      good(await ask.ask("eo/search/preview", preview()));
      return ask;
    }

    it("show on the last preview what filter latest would keep", async () => {
      const ask = await looked();
      const look = async (more: object): Promise<Record<string, unknown>> =>
        good(await ask.ask("eo/filter/preview", { search: "search", node: "f", filter: { ...filter, ...more } }));
      const newest = await look({});
      assert.deepEqual([newest["in"], newest["kept"], newest["complete"]], [20, 1, true]);
      assert.deepEqual(newest["first"], [{ id: "P0019", datetime: "2026-01-20T00:00:00.000Z" }]);
      const tiles = await look({ groupBy: "properties.tile", count: "2" });
      assert.deepEqual(
        (tiles["first"] as { id: string; group: string }[]).map(({ id, group }) => `${id} ${group}`),
        ["P0018 even", "P0016 even", "P0019 odd", "P0017 odd"],
      );
      const tens = await look({ groupBy: "id:/P00(?<group>\\d)/" });
      assert.deepEqual(
        (tens["first"] as { group: string }[]).map(({ group }) => group),
        ["0", "1"],
      );
      const none = await look({ match: { value: "Q", type: "str" } });
      assert.equal(none["kept"], 0);
      assert.match(String(none["reason"]), /none of the 20 items matches "Q"/);
    });

    it("name a wrong filter, and a search that was not looked at", async () => {
      const ask = await looked();
      const look = (more: object, search = "search") =>
        ask.ask("eo/filter/preview", { search, node: "f", filter: { ...filter, ...more } });
      assert.equal(failed(await look({}, "other")).code, "NO_PREVIEW");
      assert.equal(failed(await look({}, "__proto__")).code, "NO_PREVIEW");
      const wrong = [
        { matchMode: "regex", match: { value: "(", type: "str" } },
        { matchMode: "regex", match: { value: "(P+)+(0+)+(0+)+#", type: "str" } },
        { matchMode: "fuzzy" },
        { groupBy: "properties.__proto__" },
        { count: "0" },
      ];
      for (const more of wrong) {
        const reply = await look(more);
        if (more.match?.value !== "(P+)+(0+)+(0+)+#")
          assert.equal(failed(reply).code, "BAD_INPUT", JSON.stringify(more));
      }
    });

    it("show which files would come out, under which names, and touch no disk", async () => {
      const ask = await looked();
      const look = async (download: object, more: object = {}): Promise<Record<string, unknown>> =>
        good(
          await ask.ask("eo/download/preview", {
            ...{ search: "search", node: "d", ...more },
            download: { ifExists: "verify", order: "true", ...download },
          }),
        );
      const assets = { value: "data", type: "str" };
      const all = await look({ assets });
      const files = all["files"] as Record<string, unknown>[];
      assert.deepEqual([all["count"], files.length], [20, 10]);
      assert.deepEqual(files[0], { item: "P0000", asset: "data", name: "P0000.tif", certain: false, bytes: 1000 });
      assert.equal(all["folder"], path.join(dir(), "eo-data"));
      const filename = { value: "{id}-{YYYY}.tif", type: "str" };
      const folder = { value: "in/here", type: "str" };
      const one = await look({ assets, filename, folder }, { filter });
      assert.equal(one["count"], 1);
      assert.deepEqual(one["files"], [
        { item: "P0019", asset: "data", name: "P0019-2026.tif", certain: true, bytes: 1019 },
      ]);
      assert.equal(one["folder"], path.join(dir(), "in", "here"));
      const two = await look({ assets: { value: '["*"]', type: "json" } }, { filter });
      assert.deepEqual(
        (two["files"] as { name: string }[]).map(({ name }) => name),
        ["P0019_data.tif", "P0019_19.png"],
      );
      const { readdirSync } = await import("node:fs");
      assert.equal(!readdirSync(dir()).some((name) => name === "eo-data" || name === "in"), true);
    });

    it("name the assets there are when none is meant", async () => {
      const ask = await looked();
      const look = (download: object) =>
        ask.ask("eo/download/preview", {
          search: "search",
          node: "d",
          download: { ifExists: "", order: "", ...download },
        });
      const error = failed(await look({ assets: { value: "B04", type: "str" } }));
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, /data, thumb/);
      assert.match(failed(await look({ filename: { value: "{nonsense}", type: "str" } })).message, /nonsense/);
      assert.equal(failed(await look({ folder: { value: "PATH", type: "env" } })).code, "DEPLOY_FIRST");
      assert.equal(failed(await look({ folder: { value: "${PATH}", type: "str" } })).code, "DEPLOY_FIRST");
    });
  });
});
