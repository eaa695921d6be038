/** Faults, groups 6 and 7: what a person sees, what a command does, and how a failure ends. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Part } from "../../src/download/part.js";
import { item, type Case, type Played, type Stage } from "./support/play.js";
import { BODY, SIZE, ranged, status, trickle, whole } from "./support/steps.js";

const SMALL = BODY.subarray(0, 60_000);
const drip = (what = {}) => trickle(10_000, 300, { body: SMALL, ...what });
const states = (played: Played): unknown[] => [...new Set(played.progress.map((one) => one["state"]))];
const coming = (played: Played): Record<string, unknown>[] =>
  played.progress.filter((one) => one["state"] === "downloading" && Number(one["bytes"]) > 0);
const topicOf = (stage: Stage, file: string): unknown =>
  stage.runtime.messages("progress").find((one) => (one.payload as { file: string }).file === file)?.["topic"];
const several = (stage: Stage, ...paths: string[]): unknown =>
  paths.map((one) => item(one, { d: { href: `${stage.own.base}/${one}` } }));
const failed =
  (...wanted: [string, string][]) =>
  ({ errors }: Played): void =>
    assert.deepEqual(
      errors[0]?.cause["failed"],
      wanted.map(([id, code]) => ({ item: id, asset: "d", code })),
    );

// prettier-ignore
export const seen: Case[] = [
  { name: "progress: each change of state at once, bytes about every second, percent, rate and time left", own: drip(), want: "whole", requests: 1, contents: [SMALL], check: (p) => { assert.deepEqual(states(p), ["queued", "downloading", "verifying", "done"]); const tick = coming(p)[0]; assert.ok(tick); assert.equal(tick["total"], SMALL.length); assert.ok(Number(tick["percent"]) > 0 && Number(tick["percent"]) < 100 && Number(tick["rate"]) > 0 && Number(tick["eta"]) >= 1); assert.equal(tick["item"], "product"); assert.equal(tick["asset"], "downloadLink"); assert.equal(p.progress.at(-1)?.["percent"], 100); assert.equal(new Set(p.runtime.messages("progress").map((one) => one["topic"])).size, 1); } },
  { name: "progress without a total: bytes and rate, no percent, no time left", own: (r, s) => { s.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"); let n = 0; const timer = setInterval(() => { s.write(SMALL.subarray(n, (n += 10_000))); if (n >= SMALL.length) { clearInterval(timer); s.end(); } }, 300); s.on("close", () => clearInterval(timer)); void r; }, want: "whole", requests: 1, contents: [SMALL], check: (p) => { const tick = coming(p)[0]; assert.ok(tick); assert.ok(!("total" in tick) && !("percent" in tick) && !("eta" in tick) && Number(tick["rate"]) > 0); assert.ok(p.runtime.statuses("dl").some((one) => /^\d+(\.\d+)? kB · \d+(\.\d+)? kB\/s$/.test(one.text ?? "")), JSON.stringify(p.runtime.statuses("dl"))); } },
  { name: "a resumed file: progress goes on where it was", own: [ranged({ etag: '"a"', cut: 200_000 }), ranged({ etag: '"a"' })], runs: 2, want: "whole", requests: 2, check: (p) => { const again = p.progress.filter((one) => one["state"] === "downloading").at(-1); assert.equal(again?.["bytes"], 200_000); assert.equal(again["total"], SIZE); } },
  { name: "a failed file: the last state is failed", own: status(404), want: "NOT_FOUND", requests: 1, check: (p) => assert.equal(p.progress.at(-1)?.["state"], "failed") },
  { name: "msg.cancel with its id → that one ends in CANCELLED, the other comes", own: { "/a.bin": whole({ cut: 100_000, hang: true }), "/b.bin": whole() }, payload: (s) => [`${s.own.base}/a.bin`, `${s.own.base}/b.bin`], node: { stallTimeout: "20" }, during: async (s) => { await s.runtime.next("out"); s.runtime.send("dl", { cancel: topicOf(s, "a.bin"), payload: "ignored" }); }, want: "CANCELLED", requests: 2, names: ["b.bin"], check: (p) => { assert.equal(p.files.length, 1); assert.deepEqual(p.errors[0]?.cause["failed"], [{ code: "CANCELLED" }]); assert.ok(p.progress.some((one) => one["state"] === "cancelled" && one["file"] === "a.bin")); } },
  { name: "msg.cancel with an unknown id → a warning, nothing ends", own: drip(), during: async (s) => { await s.asked(1); s.runtime.send("dl", { cancel: "nobody" }); }, want: "whole", requests: 1, contents: [SMALL], check: (p) => assert.match(p.runtime.log(), /nobody/) },
  { name: "msg.reset → everything ends in CANCELLED, also what waits", own: whole({ cut: 100_000, hang: true }), payload: (s) => several(s, "a.bin", "b.bin", "c.bin"), node: { parallel: "1", stallTimeout: "20" }, during: async (s) => { await s.asked(1); s.runtime.send("dl", { reset: true }); }, want: "CANCELLED", requests: 1, check: failed(["a.bin", "CANCELLED"], ["b.bin", "CANCELLED"], ["c.bin", "CANCELLED"]) },
  { name: "msg.reset while it waits to repeat → CANCELLED at once", own: status(503, "", { "Retry-After": "30" }), node: { retries: "5" }, during: async (s) => { await s.asked(1); s.runtime.send("dl", { reset: true }); }, want: "CANCELLED", requests: 1 },
  { name: "Node-RED stops while bytes come → the connection ends, the part stays; the message again goes on", own: [ranged({ etag: '"a"', cut: 200_000, hang: true }), ranged({ etag: '"a"' })], node: { stallTimeout: "20" }, stopAt: (s) => s.runtime.until(() => existsSync(path.join(s.folder, "product.bin.part.record")) && readFileSync(path.join(s.folder, "product.bin.part.record"), "utf8").includes('"hashed":200000'), "the record"), want: "whole", requests: 2, check: (p) => assert.equal(p.files[0]?.["resumedFrom"], 200_000) },
];

// prettier-ignore
export const honest: Case[] = [
  { name: "several files, one missing → the others come, the error names it", own: { "/a": whole(), "/b": status(404), "/c": whole() }, payload: (s) => several(s, "a", "b", "c"), want: "NOT_FOUND", requests: 3, names: ["a", "c"], check: (p) => { assert.equal(p.files.length, 2); failed(["b", "NOT_FOUND"])(p); assert.equal(p.errors.length, 1); assert.equal(p.runtime.completed.length, 0); } },
  { name: "several files, several fail → the code of the first in the message's order", own: { "/a": (r, s) => void setTimeout(() => status(404)(r, s), 150), "/b": status(400), "/c": whole() }, payload: (s) => several(s, "a", "b", "c"), want: "NOT_FOUND", requests: 3, names: ["c"], check: failed(["a", "NOT_FOUND"], ["b", "BAD_INPUT"]) },
  { name: "one item of several cannot be fetched at all → the others come", own: whole(), payload: (s) => [item("x", { d: { href: "s3://bucket/key" } }), ...(several(s, "a") as unknown[])], want: "BAD_INPUT", requests: 1, names: ["a"], check: failed(["x", "BAD_INPUT"]) },
  { name: "not STAC → BAD_INPUT, nothing sent", payload: () => ({ nothing: "here" }), want: "BAD_INPUT", requests: 0 },
  { name: "an empty collection → no output, only done", payload: () => ({ type: "FeatureCollection", features: [] }), runs: 1, want: "", requests: 0, check: (p) => { assert.equal(p.runtime.completed.length, 1); assert.equal(p.files.length + p.progress.length, 0); } },
  { name: "a pattern without a hit → BAD_INPUT naming the keys, nothing sent", node: { assets: "nope" }, want: "BAD_INPUT", requests: 0, check: (p) => assert.match(p.errors[0]?.message ?? "", /downloadLink/) },
  { name: "an asset in an object store → taken from its alternate", own: whole(), payload: ({ own }) => item("product", { d: { href: "s3://bucket/product.bin", alternate: { https: { href: `${own.base}/product.bin` } } } }), want: "whole", requests: 1 },
  { name: "a crash of our own → INTERNAL, one end, nothing stays", own: whole(), before: (s) => s.patch(Part.prototype, "begin", () => () => { throw new TypeError("boom"); }), want: "INTERNAL", requests: 1, check: (p) => { assert.match(p.errors[0]?.message ?? "", /report/); assert.equal(p.errors.length, 1); assert.equal(p.progress.at(-1)?.["state"], "failed"); } },
  { name: "a crash for one of several → the others come", own: whole(), payload: (s) => several(s, "a.bin", "b.bin"), before: (s) => { let n = 0; s.patch(Part.prototype, "begin", (original) => async function (this: Part, ...args: Parameters<Part["begin"]>) { if ((n += 1) === 1) throw new TypeError("boom"); await original.apply(this, args); }); }, want: "INTERNAL", requests: 2, check: (p) => assert.equal(p.files.length, 1), anyNames: true },
];
