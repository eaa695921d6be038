/** The node eo-stac-search in a real runtime: outputs, sequences, bad input, reset, Catch. */
import assert from "node:assert/strict";
import { jsonServer, type Answer, type JsonServer, type SeenRequest } from "../support/json-server.js";
import { errorOf, useRuntime, type Message } from "../support/runtime.js";

const start = useRuntime();

function features(ids: string[]): object[] {
  return ids.map((id) => ({
    type: "Feature",
    id,
    collection: "c",
    properties: { datetime: "2026-04-20T00:00:00Z" },
    assets: {},
  }));
}

function paged(pages: string[][]): (request: SeenRequest) => Answer {
  return (request) => {
    if (request.method === "GET") return { json: { links: [{ rel: "search", href: "/search", method: "POST" }] } };
    const at = (request.json as { token?: number }).token ?? 0;
    const links =
      at + 1 < pages.length ? [{ rel: "next", href: "/search", method: "POST", body: { token: at + 1 } }] : [];
    return { json: { type: "FeatureCollection", features: features(pages[at] ?? []), links } };
  };
}

describe("node eo-stac-search", () => {
  const servers: JsonServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function serve(answer: (request: SeenRequest, index: number) => Answer | Promise<Answer>): Promise<JsonServer> {
    const server = await jsonServer(answer);
    servers.push(server);
    return server;
  }

  function flow(url: string, search: object = {}, account: object = {}): { flow: { id: string; type: string }[] } {
    return {
      flow: [
        { id: "account", type: "eo-account", provider: "stac", url, ...account } as never,
        { id: "search", type: "eo-stac-search", account: "account", wires: [["out"]], ...search } as never,
        { id: "out", type: "helper" },
      ],
    };
  }

  const featureId = (msg: Message): unknown => (msg.payload as { id?: unknown }).id;

  it("sends one FeatureCollection and keeps foreign properties", async () => {
    const server = await serve(paged([["a", "b"], ["c"]]));
    const runtime = await start(flow(server.url, { collections: "c", datetime: "2026-04-20" }));
    const foreign = { tag: (): number => 7 };
    runtime.send("search", { payload: "x", topic: "t", amqp: foreign, parts: { id: "outer", index: 3 } });
    const msg = await runtime.next("out");
    const payload = msg.payload as { type: string; features: { id: string }[] };
    assert.equal(payload.type, "FeatureCollection");
    assert.deepEqual(
      payload.features.map((f) => f.id),
      ["a", "b", "c"],
    );
    assert.equal(msg["topic"], "t");
    assert.equal((msg["amqp"] as typeof foreign).tag(), 7);
    assert.deepEqual(msg["parts"], { id: "outer", index: 3 });
    assert.deepEqual(msg["search"], {
      url: `${server.url}/search`,
      collections: ["c"],
      datetime: "2026-04-20T00:00:00Z/2026-04-20T23:59:59.999999Z",
      pages: 2,
      items: 3,
      complete: true,
    });
    await runtime.nextCompleted();
  });

  it("sends one message a page, the count on the last only", async () => {
    const server = await serve(paged([["a", "b"], ["c", "d"], []]));
    const runtime = await start(flow(server.url, { output: "page" }));
    runtime.send("search", { parts: { id: "outer", index: 0, count: 1 } });
    await runtime.nextCompleted();
    const [first, second, ...rest] = runtime.messages("out");
    assert.equal(rest.length, 0);
    const parts = first?.["parts"] as { id: string };
    assert.deepEqual(parts, {
      id: parts.id,
      type: "array",
      len: 1,
      index: 0,
      parts: { id: "outer", index: 0, count: 1 },
    });
    assert.deepEqual(second?.["parts"], { ...parts, index: 1, count: 2 });
    assert.equal((second["search"] as { complete: boolean }).complete, true);
  });

  it("sends one message an item, in order", async () => {
    const server = await serve(paged([["a", "b"], ["c"]]));
    const runtime = await start(flow(server.url, { output: "item" }));
    runtime.send("search", {});
    await runtime.nextCompleted();
    const messages = runtime.messages("out");
    assert.deepEqual(messages.map(featureId), ["a", "b", "c"]);
    assert.deepEqual(
      messages.map((m) => (m["parts"] as { count?: number }).count),
      [undefined, undefined, 3],
    );
    assert.deepEqual(
      messages.map((m) => (m["parts"] as { index: number }).index),
      [0, 1, 2],
    );
  });

  for (const output of ["collection", "page", "item"]) {
    it(`sends one empty FeatureCollection without parts when nothing is found (${output})`, async () => {
      const server = await serve(paged([[]]));
      const runtime = await start(flow(server.url, { output }));
      runtime.send("search", {});
      await runtime.nextCompleted();
      const messages = runtime.messages("out");
      assert.equal(messages.length, 1);
      assert.deepEqual((messages[0]?.payload as { features: unknown[] }).features, []);
      assert.equal(messages[0]?.["parts"], undefined);
    });
  }

  it("sends its error after what was already sent, without a count", async () => {
    const pages = paged([["a", "b"], ["c"], ["d"]]);
    const server = await serve((request) => {
      const at = (request.json as { token?: number } | undefined)?.token ?? 0;
      return at === 2 ? { status: 403, json: { description: "quota role missing" } } : pages(request);
    });
    const runtime = await start(flow(server.url, { output: "page" }));
    runtime.send("search", { payload: "as it came", topic: "t" });
    const failed = await runtime.nextError();
    const error = errorOf(failed);
    assert.equal(error.code, "FORBIDDEN");
    assert.match(error.message, /quota role missing/);
    assert.equal(error.cause["status"], 403);
    assert.equal(failed.payload, "as it came");
    assert.equal(failed["search"], undefined);
    assert.equal(runtime.completed.length, 0);
    const sent = runtime.messages("out");
    assert(sent.every((m) => (m["parts"] as { count?: number }).count === undefined));
    const ids = sent.map((m) => (m.payload as { features: { id: string }[] }).features.map(({ id }) => id));
    assert.deepEqual(ids, [["a", "b"], ["c"]], "every page that came is sent");
  });

  for (const output of ["page", "item"]) {
    it(`sends the first page, then the error of the second (${output})`, async () => {
      const pages = paged([["a"], ["b"]]);
      const server = await serve((request) =>
        (request.json as { token?: number } | undefined)?.token === undefined ? pages(request) : { status: 400 },
      );
      const runtime = await start(flow(server.url, { output }));
      runtime.send("search", {});
      assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
      const [first, ...rest] = runtime.messages("out");
      assert.equal(rest.length, 0);
      const { id } = first?.["parts"] as { id: string };
      assert.deepEqual(first?.["parts"], { id, type: "array", len: 1, index: 0 });
    });
  }

  for (const output of ["page", "item"]) {
    it(`sends nothing more after msg.reset, also of a page that has come (${output})`, async () => {
      let asked = (): void => undefined;
      const second = new Promise<void>((resolve) => (asked = resolve));
      const pages = paged([["a"], ["b"], ["c"]]);
      const server = await serve((request) => {
        if ((request.json as { token?: number } | undefined)?.token === undefined) return pages(request);
        asked();
        return new Promise<Answer>(() => undefined);
      });
      const runtime = await start(flow(server.url, { output }));
      runtime.send("search", {});
      await second;
      runtime.send("search", { reset: true });
      assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
      await runtime.nextCompleted();
      assert.equal(runtime.messages("out").length, 0);
      assert.equal(server.seen.length, 3);
    });
  }

  it("takes fields from the message and refuses those without a value", async () => {
    const server = await serve(paged([["a"]]));
    const runtime = await start(
      flow(server.url, { collections: "wanted", collectionsType: "msg", bbox: "[1,2,3,4]", bboxType: "json" }),
    );
    runtime.send("search", { wanted: ["x", "y"] });
    await runtime.next("out");
    assert.deepEqual(server.seen[1]?.json, { collections: ["x", "y"], bbox: [1, 2, 3, 4], limit: 100 });
    for (const wanted of [undefined, null]) {
      runtime.send("search", { wanted });
      const failed = await runtime.nextError();
      assert.equal(errorOf(failed).code, "BAD_INPUT");
      assert.match(errorOf(failed).message, /collections/);
    }
    assert.equal(server.seen.length, 2);
  });

  const BAD: [string, object, object, RegExp][] = [
    ["no account", { account: "" }, {}, /No account is chosen/],
    ["a deleted account", { account: "gone" }, {}, /deleted or is switched off/],
    ["half a key pair", {}, { provider: "dedl", credentials: true }, /no client secret/],
    ["datetime backwards", { datetime: "2026-04-21/2026-04-20" }, {}, /2026-04-2/],
    ["datetime without zone", { datetime: "2026-04-20T10:00:00" }, {}, /zone/],
    ["bbox with three numbers", { bbox: "1,2,3" }, {}, /bbox/],
    ["a latitude beyond 90", { bbox: "1,2,3,95" }, {}, /latitude|90/],
    ["limit 0", { limit: "0" }, {}, /limit/],
    ["CQL2 that does not parse", { filter: "eo:cloud_cover <" }, {}, /filter|CQL2/i],
    ["an environment variable that is not set", { collections: "${NOT_SET_ANYWHERE}" }, {}, /NOT_SET_ANYWHERE/],
    ["an unknown output", { output: "both" }, {}, /output/],
  ];
  for (const [name, search, account, message] of BAD) {
    it(`refuses ${name} before anything is sent`, async () => {
      const server = await serve(paged([["a"]]));
      const runtime = await start({
        ...flow(server.url, search, account),
        ...("credentials" in account
          ? { credentials: { account: { clientId: "9e68b4cd-6041-44d2-83a9-000000000000" } } }
          : {}),
      });
      runtime.send("search", {});
      const failed = await runtime.nextError();
      assert.equal(errorOf(failed).code, "BAD_INPUT");
      assert.match(errorOf(failed).message, message);
      assert.equal(server.seen.length, 0);
    });
  }

  it("ends what is under way on msg.reset, with CANCELLED and no output for the command", async () => {
    let reached = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    const server = await serve((request) => {
      if (request.method === "GET") return paged([[]])(request);
      reached();
      return new Promise<Answer>(() => undefined);
    });
    const runtime = await start(flow(server.url));
    runtime.send("search", {});
    await waiting;
    runtime.send("search", { reset: true });
    const failed = await runtime.nextError();
    assert.equal(errorOf(failed).code, "CANCELLED");
    await runtime.nextCompleted();
    assert.equal(runtime.messages("out").length, 0);
  });

  it("shows red after a failure, yellow when incomplete, green when done", async () => {
    let repeat = true;
    const server = await serve((request) => {
      if (request.method === "GET") return paged([[]])(request);
      const links = repeat ? [{ rel: "next", href: `/search`, method: "POST", body: { token: Math.random() } }] : [];
      return { json: { features: features(["a"]), links } };
    });
    const runtime = await start(flow(server.url));
    runtime.send("search", {});
    await runtime.nextCompleted();
    await runtime.until(() => runtime.statuses("search").at(-1)?.fill === "yellow", "a yellow status");
    repeat = false;
    runtime.send("search", {});
    await runtime.nextCompleted();
    await runtime.until(() => runtime.statuses("search").at(-1)?.fill === "green", "a green status");
    assert.equal(runtime.statuses("search").at(-1)?.text, "1 item");
  });
});
