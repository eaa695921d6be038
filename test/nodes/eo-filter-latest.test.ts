/** The node eo-filter-latest in a real runtime: newest, groups, sequences, output 2. */
import assert from "node:assert/strict";
import { errorOf, useRuntime, type Message, type Runtime } from "../support/runtime.js";

const start = useRuntime();

function item(id: string, datetime: string | null, properties: object = {}): object {
  return { type: "Feature", id, collection: "c", properties: { datetime, ...properties }, assets: {} };
}

function collection(...features: object[]): object {
  return { type: "FeatureCollection", features };
}

async function run(config: object = {}): Promise<Runtime> {
  return await start({
    flow: [
      { id: "latest", type: "eo-filter-latest", wires: [["newest"], ["none"]], ...config },
      { id: "newest", type: "helper" },
      { id: "none", type: "helper" },
    ],
  });
}

const idOf = (msg: Message): unknown => (msg.payload as { id?: unknown }).id;

describe("node eo-filter-latest", () => {
  it("compares instants, not texts", async () => {
    const runtime = await run();
    const payload = collection(
      item("a", "2026-04-20T10:00:00Z"),
      item("b", "2026-04-20T12:30:00+03:00"),
      item("c", "2026-04-20T10:00:00.1234567Z"),
      item("d", "2026-04-20T10:00:00.12Z"),
    );
    runtime.send("latest", { payload, topic: "t", search: { complete: true } });
    const msg = await runtime.next("newest");
    assert.equal(idOf(msg), "c");
    assert.equal(msg["topic"], "t");
    assert.deepEqual(msg["search"], { complete: true });
    assert.equal(msg["parts"], undefined);
    assert.equal(runtime.messages("none").length, 0);
  });

  it("keeps what matches", async () => {
    const runtime = await run({ match: "plankton_nrt_l3-olci-300m" });
    runtime.send("latest", {
      payload: [
        item("x_optics", "2026-04-22T00:00:00Z"),
        item("1_plankton_nrt_l3-olci-300m_P1D", "2026-04-20T00:00:00.000000Z"),
      ],
    });
    assert.equal(idOf(await runtime.next("newest")), "1_plankton_nrt_l3-olci-300m_P1D");
  });

  it("takes the pattern from the message, and refuses none", async () => {
    const runtime = await run({ match: "want", matchType: "msg", matchMode: "regex" });
    runtime.send("latest", {
      payload: [item("abc", "2026-04-20T00:00:00Z"), item("xyz", "2026-04-21T00:00:00Z")],
      want: "^a.c$",
    });
    assert.equal(idOf(await runtime.next("newest")), "abc");
    runtime.send("latest", { payload: [] });
    assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
  });

  it("ends a regular expression that takes too long", async () => {
    const runtime = await run({ match: "^(a+)+$", matchMode: "regex" });
    runtime.send("latest", { payload: [item("a".repeat(60) + "!", "2026-04-20T00:00:00Z")] });
    const failed = await runtime.nextError();
    assert.equal(errorOf(failed).code, "BAD_INPUT");
    assert.match(errorOf(failed).message, /100 ms/);
    runtime.send("latest", { payload: [item("aaa", "2026-04-20T00:00:00Z")] });
    assert.equal(idOf(await runtime.next("newest")), "aaa");
  });

  it("sends the newest of each group as a sequence inside the incoming one", async () => {
    const runtime = await run({ groupBy: "properties.grid:code" });
    const parts = { id: "o", index: 0, count: 1 };
    runtime.send("latest", {
      parts,
      payload: collection(
        item("a1", "2026-04-20T00:00:00Z", { "grid:code": "A" }),
        item("b1", "2026-04-20T00:00:00Z", { "grid:code": "B" }),
        item("a2", "2026-04-21T00:00:00Z", { "grid:code": "A" }),
      ),
    });
    await runtime.nextCompleted();
    const messages = runtime.messages("newest");
    assert.deepEqual(messages.map(idOf).sort(), ["a2", "b1"]);
    assert.deepEqual(
      messages.map((m) => (m["parts"] as { index: number }).index),
      [0, 1],
    );
    assert.equal((messages[1]?.["parts"] as { count: number }).count, 2);
    // The one message of the sequence was consumed, so nothing encloses the new one.
    assert.equal((messages[0]?.["parts"] as { parts?: unknown }).parts, undefined);
  });

  it("sends a collection on request", async () => {
    const runtime = await run({ output: "collection", count: "2" });
    runtime.send("latest", { payload: [1, 3, 2].map((n) => item(`i${n}`, `2026-04-0${n}T00:00:00Z`)) });
    const payload = (await runtime.next("newest")).payload as { type: string; features: { id: string }[] };
    assert.equal(payload.type, "FeatureCollection");
    assert.deepEqual(
      payload.features.map((f) => f.id),
      ["i3", "i2"],
    );
  });

  it("collects a sequence, restores the enclosing parts, keeps the rest of its last message", async () => {
    const runtime = await run();
    const outer = { id: "outer", index: 4, count: 9 };
    const parts = (index: number, count?: number): object => ({
      id: "s",
      index,
      ...(count ? { count } : {}),
      parts: outer,
    });
    runtime.send("latest", {
      payload: item("a", "2026-04-20T00:00:00Z"),
      parts: parts(0),
      search: { complete: false },
    });
    runtime.send("latest", {
      payload: item("b", "2026-04-22T00:00:00Z"),
      parts: parts(1),
      search: { complete: false },
    });
    runtime.send("latest", {
      payload: item("c", "2026-04-21T00:00:00Z"),
      parts: parts(2, 3),
      search: { complete: true, items: 3 },
      tag: 1,
    });
    const msg = await runtime.next("newest");
    assert.equal(idOf(msg), "b");
    assert.deepEqual(msg["parts"], outer);
    assert.deepEqual(msg["search"], { complete: true, items: 3 });
    assert.equal(msg["tag"], 1);
    await runtime.until(() => runtime.completed.length === 3, "three inputs done");
    assert.equal(runtime.messages("newest").length, 1);
  });

  it("keeps the others of a sequence when one of its messages is not STAC", async () => {
    const payloads = [item("a", "2026-04-20T00:00:00Z"), item("b", "2026-04-22T00:00:00Z")];
    for (const at of [0, 1, 2]) {
      const runtime = await run();
      const burst: unknown[] = [...payloads];
      burst.splice(at, 0, "no item");
      burst.forEach((payload, index) => {
        runtime.send("latest", { payload, parts: { id: "s", index, ...(index === 2 ? { count: 3 } : {}) } });
      });
      assert.equal(idOf(await runtime.next("newest")), "b");
      assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
      await runtime.until(() => runtime.completed.length === 2, "the two other ends");
      assert.equal(runtime.messages("none").length, 0);
      await runtime.stop();
    }
  });

  it("keeps two sequences apart, and pages count as a sequence", async () => {
    const runtime = await run();
    const at = (id: string, index: number, count?: number): object => ({ id, index, ...(count ? { count } : {}) });
    runtime.send("latest", { payload: collection(item("a1", "2026-01-01T00:00:00Z")), parts: at("A", 0) });
    runtime.send("latest", { payload: collection(item("b1", "2026-01-05T00:00:00Z")), parts: at("B", 0) });
    runtime.send("latest", { payload: collection(item("a2", "2026-01-02T00:00:00Z")), parts: at("A", 1, 2) });
    runtime.send("latest", { payload: collection(item("b2", "2026-01-04T00:00:00Z")), parts: at("B", 1, 2) });
    assert.equal(idOf(await runtime.next("newest")), "a2");
    assert.equal(idOf(await runtime.next("newest")), "b1");
  });

  it("sends the message as it came to output 2, with a reason", async () => {
    const runtime = await run({ match: "nothing-like-this" });
    const payload = collection(item("a", "2026-04-20T00:00:00Z"));
    const parts = undefined;
    runtime.send("latest", { payload, topic: "t", parts });
    const msg = await runtime.next("none");
    assert.deepEqual(msg.payload, payload);
    assert.equal(msg["topic"], "t");
    assert.match(String(msg["reason"]), /nothing-like-this/);
    assert.equal(runtime.messages("newest").length, 0);
  });

  for (const [name, payload] of [
    ["an empty collection", collection()],
    ["undated items only", collection(item("a", null), item("b", "soon"))],
  ] as const) {
    it(`sends ${name} to output 2`, async () => {
      const runtime = await run();
      runtime.send("latest", { payload });
      assert.ok((await runtime.next("none"))["reason"]);
    });
  }

  it("passes over elements that are not items", async () => {
    const runtime = await run();
    for (const features of [[null, item("a", "2026-04-20T00:00:00Z"), 7, "x", {}]]) {
      runtime.send("latest", { payload: { type: "FeatureCollection", features } });
      assert.equal(idOf(await runtime.next("newest")), "a");
      runtime.send("latest", { payload: features });
      assert.equal(idOf(await runtime.next("newest")), "a");
    }
  });

  it("is yellow when the search was not complete", async () => {
    const runtime = await run();
    runtime.send("latest", { payload: [item("a", "2026-04-20T00:00:00Z")], search: { complete: false } });
    await runtime.next("newest");
    await runtime.until(() => runtime.statuses("latest").at(-1)?.fill === "yellow", "a yellow status");
  });

  for (const payload of ["a text", 7, { type: "Catalog" }, [1, 2], null, undefined]) {
    it(`refuses ${JSON.stringify(payload)}`, async () => {
      const runtime = await run();
      runtime.send("latest", { payload });
      assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
    });
  }

  for (const config of [
    { groupBy: "properties.__proto__.x" },
    { dateField: "constructor" },
    { count: "0" },
    { matchMode: "fuzzy" },
    { groupBy: "id:/(?<group>/" },
  ]) {
    it(`refuses ${JSON.stringify(config)}`, async () => {
      const runtime = await run(config);
      runtime.send("latest", { payload: [item("a", "2026-04-20T00:00:00Z")] });
      assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
      assert.equal(runtime.messages("newest").length, 0);
    });
  }

  it("forgets open sequences on msg.reset", async () => {
    const runtime = await run();
    runtime.send("latest", { payload: item("a", "2026-04-20T00:00:00Z"), parts: { id: "s", index: 0 } });
    runtime.send("latest", { reset: true });
    runtime.send("latest", { payload: item("b", "2026-04-19T00:00:00Z"), parts: { id: "s", index: 0, count: 1 } });
    assert.equal(idOf(await runtime.next("newest")), "b");
  });
});
