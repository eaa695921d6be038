/** Faults, group 3: a product, not an apology; pointers; what is not ready; orders. */
import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { timing } from "../../src/download/timing.js";
import { KEY, SIGNATURE, item, type Case, type Played, type Stage } from "./support/play.js";
import type { Request, Script, Step } from "./support/origin.js";
import { NOT_READY, json, ranged, raw, redirect, reset, silent, status, whole } from "./support/steps.js";

const HTML = "<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>";
const ERROR = '{"code":"404","ticket":"ab12cd34","description":"nothing here"}';
const XML = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>';

const refused = (name: string, body: string, type = "application/octet-stream", more: Partial<Case> = {}): Case => ({
  name: `${name} → NOT_A_PRODUCT, once`,
  own: status(200, body, { "Content-Type": type }),
  node: { retries: "3" },
  want: "NOT_A_PRODUCT",
  requests: 1,
  ...more,
});
const saved = (name: string, body: string, file: string, asset: object): Case => ({
  name: `${name} → saved as it is`,
  own: status(200, body),
  payload: ({ own }) => ({ href: `${own.base}/${file}`, ...asset }),
  want: "whole",
  contents: [Buffer.from(body)],
  names: [file],
  requests: 1,
});

/** Where the second server is, for scripts that name it. */
let store = "";
const toStore = { before: (s: Stage) => void (store = s.foreign.base) };
const noKey = ({ foreign }: Played): void => assert.ok(foreign.seen.every((one) => !one.raw.includes(KEY)));

/** An item that can be ordered at `/collections/C/order`. */
const orderable =
  (more: Record<string, unknown> = {}, link: Record<string, unknown> = {}) =>
  ({ own }: { own: { base: string } }): unknown =>
    item(
      "product_ORDERABLE_1",
      {},
      {
        properties: { "order:status": "orderable", datetime: "2026-04-20T00:00:00Z", ...more },
        links: [
          { rel: "self", href: `${own.base}/collections/C/items/product_ORDERABLE_1` },
          {
            rel: "retrieve",
            method: "POST",
            href: `${own.base}/collections/C/order`,
            body: { year: ["2020"], variable: ["co2"] },
            ...link,
          },
        ],
      },
    );
const ordered =
  (state: string, id = "job-1", assets: (base: string) => object = () => ({}), self = true) =>
  (r: Request): object =>
    item(
      id,
      { ...(state === "succeeded" ? { downloadLink: { href: `${r.base}/data/${id}` } } : assets(r.base)) },
      {
        properties: { "order:status": state },
        links: self ? [{ rel: "self", href: `${r.base}/collections/C/items/${id}` }] : [],
      },
    );
const place = "/collections/C/order";
const job = "/collections/C/items/job-1";
const itself = "/collections/C/items/product_ORDERABLE_1";
const data = "/data/job-1";
const steps = (more: { [path: string]: Step | Step[] } = {}): Script => ({
  [place]: json(ordered("ordered")),
  [job]: [json(ordered("ordered")), json(ordered("shipping")), json(ordered("succeeded"))],
  [data]: whole({ headers: { "Content-Disposition": 'attachment; filename="product.bin"' } }),
  ...more,
});
const count = (played: Played, pathname: string): number =>
  played.own.seen.filter((one) => one.path === pathname).length;
const ordersAre = (n: number) => (played: Played) => assert.equal(count(played, place), n);
const order = (name: string, more: Partial<Case> & Pick<Case, "want" | "requests">): Case => ({
  name,
  own: steps(),
  payload: orderable(),
  ...more,
});
const statusesHave =
  (text: RegExp) =>
  ({ runtime }: Played) =>
    assert.ok(
      runtime.statuses("dl").some((one) => text.test(one.text ?? "")),
      JSON.stringify(runtime.statuses("dl")),
    );

// prettier-ignore
export const products: Case[] = [
  refused("an HTML page", HTML),
  refused("an HTML page under a product's type", HTML, "application/x-netcdf"),
  refused("an HTML page behind a mark, white space and a comment", `\ufeff\n\n <!-- c --> ${HTML}`),
  refused("an XML error", XML),
  refused("an XML error without a declaration", "<Error><Code>AccessDenied</Code></Error>"),
  refused("a JSON error", ERROR),
  refused("a JSON list", '["error"]'),
  refused("an error in plain words under text/html", "Service unavailable", "text/html"),
  refused("HTML where the asset is JSON", HTML, "text/html", { asset: { type: "application/json" } }),
  refused("JSON where the asset is XML", ERROR, "application/json", { asset: { type: "text/xml" } }),
  refused("JSON where the asset is NetCDF, its length fits file:size", ERROR, "application/json", { asset: { type: "application/x-netcdf", "file:size": ERROR.length } }),
  { name: "the first words of what came are told, secrets are not", own: status(200, `<html><body>Key ${KEY} refused</body></html>`), want: "NOT_A_PRODUCT", requests: 1, check: (p) => assert.match(p.errors[0]?.message ?? "", /Key \*+ refused/) },
  saved("JSON where the asset is GeoJSON", '{"type":"FeatureCollection","features":[]}', "x.bin", { type: "application/geo+json" }),
  saved("an HTML page where the asset is HTML", HTML, "x.bin", { type: "text/html; charset=utf-8" }),
  saved("XML without a type, called .kml", XML, "x.kml", {}),
  saved("HTML without a type, called .txt", HTML, "x.txt", {}),
  saved("JSON with an href where the asset is JSON", '{"href":"https://elsewhere.example/x"}', "x.json", { type: "application/json" }),
  { name: "a pointer → followed once, without the key", own: json(() => ({ href: `${store}/s?sig=${SIGNATURE}` })), foreign: whole(), ...toStore, want: "whole", requests: [1, 1], check: noKey },
  { name: "a pointer to its own origin → asked without the key first, with it when it is wanted", own: { "/product.bin": json(() => ({ href: "/s" })), "/s": [status(401), whole()] }, want: "whole", requests: 3, check: (p) => assert.deepEqual(p.own.seen.map((one) => one.headers["authorization"] !== undefined), [true, false, true]) },
  { name: "a pointer to a pointer → NOT_A_PRODUCT", own: json(() => ({ href: `${store}/s` })), foreign: json({ href: "/t" }), ...toStore, want: "NOT_A_PRODUCT", requests: [1, 1] },
  { name: "a pointer to a file → NOT_A_PRODUCT", own: json({ href: "file:///etc/passwd" }), want: "NOT_A_PRODUCT", requests: 1 },
  { name: "a pointer to an apology → NOT_A_PRODUCT", own: json(() => ({ href: `${store}/s` })), foreign: status(200, HTML), ...toStore, want: "NOT_A_PRODUCT", requests: [1, 1] },
  { name: "a pointer to what is gone → NOT_FOUND", own: json(() => ({ href: `${store}/s` })), foreign: status(404, ERROR), ...toStore, want: "NOT_FOUND", requests: [1, 1] },
  { name: "a pointer that wants a key elsewhere → FOREIGN_HOST, the key stays at home", own: json(() => ({ href: `${store}/s` })), foreign: status(401), ...toStore, want: "FOREIGN_HOST", requests: [1, 1], check: noKey },
];

// prettier-ignore
export const waiting: Case[] = [
  { name: "404 not ready, then there → polled", own: [NOT_READY, NOT_READY, whole()], want: "whole", requests: 3 },
  { name: "404 not ready, order off → NOT_READY at once", own: NOT_READY, node: { order: "false" }, want: "NOT_READY", requests: 1 },
  { name: "404 of another kind → NOT_FOUND at once", own: status(404, ERROR), want: "NOT_FOUND", requests: 1 },
  { name: "404 not ready, the item has a self link → the item is polled, the link only when it is ready", own: { "/product.bin": [NOT_READY, whole()], "/item": [json(ordered("ordered", "product")), json(ordered("ordered", "product")), json((r: Request) => item("product", { downloadLink: { href: `${r.base}/product.bin` } }, { properties: { "order:status": "succeeded" } }))] }, payload: ({ own }) => item("product", { downloadLink: { href: `${own.base}/product.bin` } }, { links: [{ rel: "self", href: `${own.base}/item` }] }), want: "whole", requests: 5, check: (p) => assert.equal(count(p, "/product.bin"), 2) },
  { name: "404 not ready, the item fails → ORDER_FAILED", own: { "/product.bin": NOT_READY, "/item": json(ordered("failed", "product")) }, payload: ({ own }) => item("product", { downloadLink: { href: `${own.base}/product.bin` } }, { links: [{ rel: "self", href: `${own.base}/item` }] }), want: "ORDER_FAILED", requests: 2 },
  { name: "404 not ready, the item answers 400 → ORDER_FAILED", own: { "/product.bin": NOT_READY, "/item": status(400, '{"errors":[{"message":"request status: failed"}]}') }, payload: ({ own }) => item("product", { downloadLink: { href: `${own.base}/product.bin` } }, { links: [{ rel: "self", href: `${own.base}/item` }] }), want: "ORDER_FAILED", requests: 2 },
  { name: "404 not ready, the item may not be looked at → the link itself is polled", own: { "/product.bin": [NOT_READY, NOT_READY, whole()] }, foreign: status(401), payload: ({ own, foreign }) => item("product", { downloadLink: { href: `${own.base}/product.bin` } }, { links: [{ rel: "self", href: `${foreign.base}/item` }] }), want: "whole", requests: [3, 1] },
  { name: "202 + Location → the location is polled", own: { "/product.bin": json({ status: "accepted" }, { Location: "/wait?n=1" }, 202), "/wait": [json({}, { Location: "/wait?n=2" }, 202), whole({ headers: { "Content-Disposition": "attachment; filename=product.bin" } })] }, want: "whole", requests: 3 },
  { name: "202 + Location with Retry-After → not asked earlier", own: { "/product.bin": json({}, { Location: "/wait", "Retry-After": "1" }, 202), "/wait": whole({ headers: { "Content-Disposition": "attachment; filename=product.bin" } }) }, want: "whole", requests: 2, check: (p) => assert.ok((p.own.seen[1]?.at ?? 0) - (p.own.seen[0]?.at ?? 0) >= 990) },
  { name: "202 + Location elsewhere → followed without the key", own: json({}, { Location: "" }, 202), before: (s) => { store = s.foreign.base; s.own.script = json({}, { Location: `${store}/w` }, 202); }, foreign: whole({ headers: { "Content-Disposition": "attachment; filename=product.bin" } }), want: "whole", requests: [1, 1], check: noKey },
  { name: "202 + Location to a file → NOT_READY", own: json({}, { Location: "file:///etc/passwd" }, 202), want: "NOT_READY", requests: 1 },
  { name: "202 + Location, order off → NOT_READY at once", own: json({}, { Location: "/wait" }, 202), node: { order: "false" }, want: "NOT_READY", requests: 1 },
  { name: "202 without Location → NOT_READY", own: json({}, {}, 202), want: "NOT_READY", requests: 1 },
  { name: "never ready → NOT_READY when orderTimeout is over", own: NOT_READY, node: { orderTimeout: "0.005" }, want: "NOT_READY", requests: {}, check: (p) => assert.ok(p.own.seen.length >= 2) },
  { name: "a 503 while it is polled → polled on", own: [NOT_READY, status(503), reset, whole()], node: { retries: "3" }, want: "whole", requests: 4 },
  { name: "waiting takes no slot → another file of the same node comes meanwhile", own: { "/product.bin": [NOT_READY, NOT_READY, NOT_READY, NOT_READY, NOT_READY, NOT_READY, whole()], "/b.bin": whole() }, payload: ({ own }) => [item("product", { d: { href: `${own.base}/product.bin` } }), item("b", { d: { href: `${own.base}/b.bin` } })], node: { parallel: "1" }, want: "whole", requests: 8, names: ["b.bin", "product.bin"], check: (p) => assert.ok(String(p.files[0]?.["path"]).endsWith("b.bin")) },
  { name: "waiting is shown in state and status", own: [NOT_READY, whole()], before: () => { timing.pollFirst = 1200; }, want: "whole", requests: 2, check: (p) => { assert.ok(p.progress.some((one) => one["state"] === "ordering")); statusesHave(/order/)(p); } },
];

// prettier-ignore
export const orders: Case[] = [
  order("an orderable item → ordered once, polled, fetched; no helper file is left", { want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: (p) => { ordersAre(1)(p); assert.equal(count(p, job), 3); assert.deepEqual(JSON.parse(p.own.seen[0]?.body ?? ""), { year: ["2020"], variable: ["co2"] }); assert.ok(p.own.seen[0]?.raw.includes(KEY)); const fresh = p.messages[0]?.["item"] as { id: string; assets: { downloadLink: { href: string } } }; assert.equal(fresh.id, "job-1"); assert.equal(fresh.assets.downloadLink.href, p.files[0]?.["path"]); } }),
  order("ready at once → fetched without a look", { own: steps({ [place]: json(ordered("succeeded")) }), want: "whole", requests: 2 }),
  order("an answer without a self link → its item is found beside the order's address", { own: steps({ [place]: json(ordered("ordered", "job-1", undefined, false)) }), want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: ordersAre(1) }),
  order("an answer of 201 with Location only → that is polled", { own: steps({ [place]: status(201, "", { Location: job }) }), want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: ordersAre(1) }),
  order("order off → BAD_INPUT, nothing sent", { node: { order: "false" }, want: "BAD_INPUT", requests: 0 }),
  order("no retrieve link → BAD_INPUT, nothing sent", { payload: () => item("product", {}, { properties: { "order:status": "orderable" } }), want: "BAD_INPUT", requests: 0 }),
  order("a price in the item → BAD_INPUT, nothing sent", { payload: orderable({ "order:price": { value: 12.5, currency: "EUR" } }), want: "BAD_INPUT", requests: 0 }),
  order("a price in the order's body → BAD_INPUT, nothing sent", { payload: orderable({}, { body: { scene: 1, price: "30 EUR" } }), want: "BAD_INPUT", requests: 0 }),
  order("a price in the link → BAD_INPUT, nothing sent", { payload: orderable({}, { "order:cost": 3 }), want: "BAD_INPUT", requests: 0 }),
  order("a price of nothing is none → ordered", { payload: orderable({ "order:price": 0 }), want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: ordersAre(1) }),
  order("refused with 400 → ORDER_FAILED, once, nothing is left", { own: steps({ [place]: status(400, '{"errors":[{"message":"year: Field required"}]}') }), node: { retries: "3" }, want: "ORDER_FAILED", requests: 1, check: (p) => assert.match(p.errors[0]?.message ?? "", /Field required/) }),
  order("refused with 404 → ORDER_FAILED, once", { own: steps({ [place]: status(404, '{"description":"Product is not orderable."}') }), node: { retries: "3" }, want: "ORDER_FAILED", requests: 1 }),
  order("429 to the order → sent again as the service asks", { own: steps({ [place]: [status(429, "", { "Retry-After": "0" }), json(ordered("ordered"))] }), node: { retries: "3" }, want: "whole", requests: { [place]: 2, [job]: 3, [data]: 1 }, check: ordersAre(2) }),
  order("the order fails → ORDER_FAILED, and the next message orders anew", { own: steps({ [job]: [json(ordered("failed")), json(ordered("succeeded"))] }), between: (s) => assert.deepEqual(readdirSync(s.folder), []), want: "whole", requests: { [place]: 2, [job]: 2, [data]: 1 }, check: (p) => { assert.equal(p.errors[0]?.code, "ORDER_FAILED"); ordersAre(2)(p); } }),
  order("the order fails with a 400 on its item → ORDER_FAILED", { own: steps({ [job]: [json(ordered("ordered")), status(400, '{"errors":[{"message":"Provider X returned: request status: failed"}]}')] }), want: "ORDER_FAILED", requests: { [place]: 1, [job]: 2 }, check: (p) => assert.match(p.errors[0]?.message ?? "", /request status: failed/) }),
  order("a look that fails now and then → polled on", { own: steps({ [job]: [status(503), reset, json(ordered("ordered")), status(502), json(ordered("succeeded"))] }), node: { retries: "3" }, want: "whole", requests: { [place]: 1, [job]: 5, [data]: 1 }, check: ordersAre(1) }),
  order("looks that always fail → given up after `retries` repeats", { own: steps({ [job]: status(503) }), node: { retries: "2" }, want: "SERVER_ERROR", requests: 4, names: ["product_ORDERABLE_1.part.order"] }),
  order("not ready in time → NOT_READY; the next message looks again, and does not order", { own: steps({ [job]: json(ordered("ordered")) }), node: { orderTimeout: "0.005" }, between: (s) => { s.own.script = steps({ [job]: json(ordered("succeeded")) }); }, want: "whole", requests: { [place]: 1, [data]: 1 }, check: (p) => { assert.equal(p.errors[0]?.code, "NOT_READY"); ordersAre(1)(p); } }),
  order("Node-RED restarted while an order waits → the same order is polled", { own: steps({ [job]: json(ordered("ordered")) }), node: { orderTimeout: "0.005" }, restart: true, between: (s) => { s.own.script = steps({ [job]: json(ordered("succeeded")) }); }, want: "whole", requests: { [place]: 1, [data]: 1 }, check: ordersAre(1) }),
  order("restarted, only the folder remembers (another machine) → the same order is polled", { own: steps({ [job]: json(ordered("ordered")) }), node: { orderTimeout: "0.005" }, restart: true, between: (s) => { rmSync(path.join(s.userDir, "eo-flows"), { recursive: true }); s.own.script = steps({ [job]: json(ordered("succeeded")) }); }, want: "whole", requests: { [place]: 1, [data]: 1 }, check: ordersAre(1) }),
  order("restarted, only the node remembers → the same order is polled", { own: steps({ [job]: json(ordered("ordered")) }), node: { orderTimeout: "0.005" }, restart: true, between: (s) => { for (const name of readdirSync(s.folder)) rmSync(path.join(s.folder, name)); s.own.script = steps({ [job]: json(ordered("succeeded")) }); }, want: "whole", requests: { [place]: 1, [data]: 1 }, check: ordersAre(1) }),
  order("cancelled while an order waits → the same order is polled the next time", { own: steps({ [job]: json(ordered("ordered")) }), runs: 1, during: async (s) => { await s.asked(3); s.runtime.send("dl", { reset: true }); await s.ended(1); s.own.script = steps({ [job]: json(ordered("succeeded")) }); s.send(); await s.ended(2); }, want: "whole", requests: { [place]: 1, [data]: 1 }, check: (p) => { assert.equal(p.errors[0]?.code, "CANCELLED"); ordersAre(1)(p); } }),
  order("asked for twice at once → ordered once, delivered twice", { payload: (s) => [orderable()(s), orderable()(s)], want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: (p) => { ordersAre(1)(p); assert.equal(p.files.length, 2); } }),
  order("fetched, deleted, asked for again → the old order is looked at, not ordered again", { own: steps({ [job]: json(ordered("succeeded")) }), between: (s) => { for (const name of readdirSync(s.folder)) rmSync(path.join(s.folder, name)); }, want: "whole", requests: { [place]: 1, [job]: 2, [data]: 2 }, check: ordersAre(1) }),
  order("fetched, deleted, and the old order is gone at the service → ordered anew", { own: steps({ [job]: [json(ordered("succeeded")), status(404, ERROR), json(ordered("succeeded"))] }), between: (s) => { for (const name of readdirSync(s.folder)) rmSync(path.join(s.folder, name)); }, want: "whole", requests: { [place]: 2, [job]: 3, [data]: 2 }, check: ordersAre(2) }),
  order("the order's answer is cut, the item says it is ordered → it is polled, nothing is sent twice", { own: steps({ [place]: raw("HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{"), [itself]: [json(ordered("ordered", "product_ORDERABLE_1")), json((r: Request) => item("product_ORDERABLE_1", { downloadLink: { href: `${r.base}${data}` } }, { properties: { "order:status": "succeeded" } }))] }), node: { retries: "3" }, want: "whole", requests: { [place]: 1, [itself]: 2, [data]: 1 }, check: ordersAre(1) }),
  order("the order is answered with 500 although it was placed → looked for, nothing is sent twice", { own: steps({ [place]: status(500), [itself]: json((r: Request) => item("product_ORDERABLE_1", { downloadLink: { href: `${r.base}${data}` } }, { properties: { "order:status": "succeeded" } })) }), node: { retries: "3" }, want: "whole", requests: { [place]: 1, [itself]: 1, [data]: 1 }, check: ordersAre(1) }),
  order("the order's connection breaks, the item says it is not ordered → sent again after that look", { own: steps({ [place]: [reset, json(ordered("ordered"))], [itself]: json(ordered("orderable", "product_ORDERABLE_1")) }), node: { retries: "3" }, want: "whole", requests: { [place]: 2, [itself]: 1, [job]: 3, [data]: 1 }, check: (p) => { ordersAre(2)(p); assert.equal(p.own.seen[1]?.path, itself); } }),
  order("the order's connection breaks, the item stands for many → not sent again, also not by the next message", { own: steps({ [place]: reset, [itself]: json(ordered("orderable", "another_ORDERABLE_2")) }), node: { retries: "3" }, runs: 2, want: "ORDER_FAILED", requests: { [place]: 1, [itself]: 2 }, names: ["product_ORDERABLE_1.part.order"], check: (p) => { assert.equal(p.errors[0]?.code, "NETWORK"); ordersAre(1)(p); } }),
  order("the order's connection breaks, no self link → not sent again in this run", { own: steps({ [place]: reset }), payload: (s) => { const placeholder = orderable()(s) as { links: { rel: string }[] }; return { ...placeholder, links: placeholder.links.filter((link) => link.rel !== "self") }; }, node: { retries: "3" }, want: "NETWORK", names: ["product_ORDERABLE_1.part.order"], requests: 1 }),
  order("a broken note of an order → ordered", { before: (s) => writeFileSync(path.join(s.folder, "product_ORDERABLE_1.part.order"), "{"), want: "whole", requests: { [place]: 1, [job]: 3, [data]: 1 }, check: ordersAre(1) }),
  order("nothing listens where it is ordered → tried `retries` times, nothing is left", { payload: (s) => orderable({}, { href: "http://127.0.0.1:1/collections/C/order" })(s), node: { retries: "2" }, want: "NETWORK", requests: 0 }),
  order("an order link to another host → ordered there without the key", { payload: (s) => orderable({}, { href: `${(s as Stage).foreign.base}${place}` })(s), foreign: json(ordered("ordered")), before: (s) => { s.foreign.script = steps(); }, want: "whole", requests: [0, 5], check: (p) => { noKey(p); assert.equal(p.foreign.seen[0]?.method, "POST"); } }),
  order("a product that was ordered already → its self link is polled, nothing is ordered", { payload: ({ own }) => item("job-1", {}, { properties: { "order:status": "ordered" }, links: [{ rel: "self", href: `${own.base}${job}` }] }), want: "whole", requests: 4, check: ordersAre(0) }),
  order("the ordered file is cut → goes on, the order is not repeated", { own: steps({ [data]: [ranged({ etag: '"a"', cut: 200_000, headers: { "Content-Disposition": "attachment; filename=product.bin" } }), ranged({ etag: '"a"', headers: { "Content-Disposition": "attachment; filename=product.bin" } })] }), node: { retries: "2" }, want: "whole", requests: { [place]: 1, [job]: 3, [data]: 2 }, check: (p) => { ordersAre(1)(p); assert.equal(p.files[0]?.["resumedFrom"], 200_000); } }),
  order("the server is silent to the order → cancelled at once, remembered as open", { own: steps({ [place]: silent }), during: async (s) => { await s.asked(1); s.runtime.send("dl", { reset: true }); }, want: "CANCELLED", names: ["product_ORDERABLE_1.part.order"], requests: 1 }),
  order("redirected while it is ordered → POST again with its body, ordered once", { own: steps({ [place]: redirect(() => "/order2", 307), "/order2": json(ordered("ordered")) }), want: "whole", requests: { [place]: 1, "/order2": 1, [job]: 3, [data]: 1 }, check: (p) => { const again = p.own.seen[1]; assert.equal(again?.method, "POST"); assert.deepEqual(JSON.parse(again.body), { year: ["2020"], variable: ["co2"] }); } }),
];
