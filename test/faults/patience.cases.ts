/** Faults, group 4: patience with manners; redirects, and what must stay at home. */
import assert from "node:assert/strict";
import type { Origin, Request, Step } from "./support/origin.js";
import { KEY, SIGNATURE, item, type Case, type Played, type Stage } from "./support/play.js";
import {
  BODY,
  NOT_READY,
  json,
  ranged,
  raw,
  redirect,
  reset,
  silent,
  status,
  trickle,
  whole,
} from "./support/steps.js";

const repeated = (code: number): Case => ({
  name: `${code} once → asked again`,
  own: [status(code, "", { "Retry-After": "0" }), whole()],
  node: { retries: "1" },
  want: "whole",
  requests: 2,
});
const once = (code: number, want: string): Case => ({
  name: `${code} → ${want}, never repeated`,
  own: status(code, '{"description":"why","ticket":"ab12cd34"}'),
  node: { retries: "5" },
  want,
  requests: 1,
  check: (p) => {
    assert.equal(p.errors[0]?.cause["status"], code);
    assert.equal(p.errors[0]?.cause["ticket"], "ab12cd34");
    assert.equal(p.errors[0]?.cause["url"], `${p.own.base}/product.bin`);
  },
});
const always = (
  name: string,
  step: Step,
  want: string,
  retries: number,
  requests = retries + 1,
  names: string[] = [],
): Case => ({
  name: `${name}, for ever, ${retries} repeats → ${want} after ${requests} requests`,
  own: step,
  node: { retries: String(retries), stallTimeout: "0.3" },
  want,
  requests,
  names,
});

/** An account with a token that runs out. */
const tokens = ({ own }: { own: Origin }) => ({
  node: { provider: "stac", url: own.base, auth: "oauth2", tokenUrl: `${own.base}/token` },
  credentials: { clientId: "me", clientSecret: KEY },
});
const token: Step = json((r: Request) => ({ access_token: `token-${r.n}`, expires_in: 3600, token_type: "Bearer" }));
const withToken =
  (good: string, code: number): Step =>
  (request, socket) =>
    (request.headers["authorization"] === `Bearer ${good}` ? whole() : status(code))(request, socket);
const refreshed = (n: number) => (played: Played) =>
  assert.equal(played.own.seen.filter((one) => one.path === "/token").length, n);

let store = "";
const there = { before: (s: Stage) => void (store = s.foreign.base) };
const atStore = () => `${store}/product.bin`;
const never = ({ foreign }: Played): void => {
  for (const one of foreign.seen) {
    assert.equal(one.headers["authorization"], undefined);
    assert.equal(one.headers["cookie"], undefined);
    assert.equal(one.headers["referer"], undefined);
  }
};
const away = (name: string, code: number): Case => ({
  name,
  own: redirect(atStore, code),
  foreign: whole(),
  ...there,
  want: "whole",
  requests: [1, 1],
  check: never,
});
const secretUrl =
  (more: object = {}) =>
  ({ own }: Stage): unknown => ({ href: `${own.base}/product.bin?X-Amz-Signature=${SIGNATURE}#x`, ...more });
const gap = (seen: Request[], a: number, b: number): number => (seen[b]?.at ?? 0) - (seen[a]?.at ?? 0);

// prettier-ignore
export const patience: Case[] = [
  ...[408, 425, 429, 500, 502, 503, 504].map(repeated),
  once(400, "BAD_INPUT"), once(401, "AUTH_FAILED"), once(403, "FORBIDDEN"), once(404, "NOT_FOUND"), once(405, "BAD_RESPONSE"), once(409, "BAD_RESPONSE"), once(410, "NOT_FOUND"), once(422, "BAD_INPUT"),
  always("503", status(503), "SERVER_ERROR", 3),
  always("503, no repeats", status(503), "SERVER_ERROR", 0),
  always("reset connections", reset, "NETWORK", 3),
  always("cut at the same byte", whole({ cut: 100_000 }), "TRUNCATED", 2, 3),
  always("cut at the same byte, can be continued", ranged({ etag: '"a"', cut: 100_000, careless: true, from: 0, range: () => undefined }), "TRUNCATED", 2, 5, ["product.bin.part", "product.bin.part.record"]),
  always("silence", silent, "STALLED", 1),
  always("a drip after the head", trickle(10, 60), "STALLED", 0),
  always("something that is not HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n"), "BAD_RESPONSE", 2, 1),
  always("two lengths that disagree", raw(`HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 20\r\n\r\n${"x".repeat(20)}`), "NETWORK", 1),
  always("the same wrong body", whole({ headers: { "Content-MD5": Buffer.alloc(16).toString("base64") } }), "CHECKSUM_MISMATCH", 5, 2),
  always("a head that never ends", (_, s) => { s.write("HTTP/1.1 200 OK\r\nX-A: "); const timer = setInterval(() => s.write("a"), 20); s.on("close", () => clearInterval(timer)); }, "STALLED", 1),
  always("a head of a megabyte", raw(`HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(1_000_000)}\r\n\r\n`), "BAD_RESPONSE", 2, 1),
  always("a chunk size that is none", raw(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n${"x".repeat(2000)}`), "NETWORK", 1),
  always("the connection ends after the head", raw("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"), "TRUNCATED", 1),
  { name: "103 Early Hints and 102 first → the answer after them is used", own: (r, s) => { s.write("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"); whole()(r, s); }, want: "whole", requests: 1, verified: ["content-length"] },
  { name: "more bytes than Content-Length → only those that were announced", own: (r, s) => { whole({ hang: true })(r, s); s.end("and a tail"); }, want: "whole", requests: 1, verified: ["content-length"] },
  { name: "Retry-After that is no number and no date → asked again, not for ever", own: [status(503, "", { "Retry-After": "soon" }), whole()], node: { retries: "1" }, want: "whole", requests: 2 },
  { name: "Retry-After in the past → asked again", own: [status(503, "", { "Retry-After": "Mon, 05 Jan 2026 10:00:00 GMT" }), whole()], node: { retries: "1" }, want: "whole", requests: 2 },
  { name: "nothing listens there → NETWORK", payload: () => ({ href: "http://127.0.0.1:1/product.bin" }), node: { retries: "2" }, want: "NETWORK", requests: 0 },
  { name: "slow, but 1 KiB and more in the time → saved", own: trickle(1500, 300, { body: BODY.subarray(0, 6000) }), node: { stallTimeout: "1" }, want: "whole", contents: [BODY.subarray(0, 6000)], requests: 1 },
  { name: "Retry-After in seconds → not asked earlier", own: [status(429, "", { "Retry-After": "1" }), whole()], node: { retries: "1" }, want: "whole", requests: 2, check: (p) => assert.ok(gap(p.own.seen, 0, 1) >= 990) },
  { name: "Retry-After as a date → not asked earlier", own: [(r, s) => status(503, "", { "Retry-After": new Date(Date.now() + 2000).toUTCString() })(r, s), whole()], node: { retries: "1" }, want: "whole", requests: 2, check: (p) => assert.ok(gap(p.own.seen, 0, 1) >= 900) },
  { name: "Retry-After above 15 minutes → RATE_LIMITED at once, saying when", own: status(503, "", { "Retry-After": "1000" }), node: { retries: "5" }, want: "RATE_LIMITED", requests: 1, check: (p) => assert.match(p.errors[0]?.message ?? "", /\d{4}-\d\d-\d\dT/) },
  { name: "Retry-After on one file → holds the other file of the host too", own: { "/a.bin": [status(429, "", { "Retry-After": "1" }), whole()], "/b.bin": whole() }, node: { retries: "1", parallel: "1" }, payload: ({ own }) => [`${own.base}/a.bin`, `${own.base}/b.bin`], want: "whole", names: ["a.bin", "b.bin"], requests: 3, check: (p) => assert.ok(gap(p.own.seen, 0, 1) >= 990 && gap(p.own.seen, 0, 2) >= 990) },
  { name: "401 with a token that has run out → one refresh, then the file", account: tokens, own: { "/token": token, "*": withToken("token-2", 401) }, want: "whole", requests: 4, check: refreshed(2) },
  { name: "403 with a token that has run out → one refresh, then the file", account: tokens, own: { "/token": token, "*": withToken("token-2", 403) }, want: "whole", requests: 4, check: refreshed(2) },
  { name: "401 also after the refresh → AUTH_FAILED, no third request", account: tokens, own: { "/token": token, "*": status(401) }, node: { retries: "5" }, want: "AUTH_FAILED", requests: 4, check: refreshed(2) },
  { name: "401 for two files at once → one refresh for both", account: tokens, own: { "/token": token, "*": withToken("token-2", 401) }, payload: ({ own }) => [`${own.base}/a.bin`, `${own.base}/b.bin`], want: "whole", requests: 6, names: ["a.bin", "b.bin"], check: refreshed(2) },
];

// prettier-ignore
export const leaks: Case[] = [
  away("302 to another host → fetched there without the key", 302),
  away("301 to another host → fetched there without the key", 301),
  away("303 to another host → fetched there without the key", 303),
  away("307 to another host → fetched there without the key", 307),
  away("308 to another host → fetched there without the key", 308),
  { name: "302 to another host, the key in a header of its own → fetched there without it", account: ({ own }) => ({ node: { provider: "stac", url: own.base, auth: "header", header: "X-API-Key" }, credentials: { apiKey: KEY } }), own: redirect(atStore), foreign: whole(), ...there, want: "whole", requests: [1, 1], check: (p) => { never(p); assert.equal(p.own.seen[0]?.headers["x-api-key"], KEY); assert.equal(p.foreign.seen[0]?.headers["x-api-key"], undefined); } },
  { name: "302 to another host, user and password → fetched there without them", account: ({ own }) => ({ node: { provider: "stac", url: own.base, auth: "basic" }, credentials: { username: "me", password: KEY } }), own: redirect(atStore), foreign: whole(), ...there, want: "whole", requests: [1, 1], check: (p) => { never(p); assert.match(p.own.seen[0]?.headers["authorization"] ?? "", /^Basic /); } },
  { name: "302 to an address with another name → that does not choose the name", own: { "/product.bin": redirect((r) => `${r.base}/.bashrc`), "/.bashrc": whole() }, want: "whole", requests: 2 },
  { name: "to another host and back → the key is only at home", own: { "/product.bin": redirect(() => `${store}/hop`), "/home": whole({ headers: { "Content-Disposition": "attachment; filename=product.bin" } }) }, foreign: redirect((r) => `http://127.0.0.1:${home.split(":").at(-1) ?? ""}/home${r.n > 1 ? "x" : ""}`), before: (s) => { store = s.foreign.base; home = s.own.base; }, want: "whole", requests: [2, 1], check: (p) => { never(p); assert.ok(p.own.seen.every((one) => one.headers["authorization"] !== undefined)); } },
  { name: "an asset at another host → fetched without the key", payload: ({ foreign }) => item("product", { d: { href: `${foreign.base}/product.bin` } }), foreign: whole(), want: "whole", requests: [0, 1], check: never },
  { name: "another host wants a key → FOREIGN_HOST, saying which", payload: ({ foreign }) => item("product", { d: { href: `${foreign.base}/product.bin` } }), foreign: status(401), node: { retries: "5" }, want: "FOREIGN_HOST", requests: [0, 1], check: (p) => { never(p); assert.match(p.errors[0]?.message ?? "", new RegExp(p.foreign.base.slice(7))); } },
  { name: "a cookie set at home → sent nowhere", own: (r, s) => redirect(atStore)({ ...r, headers: {} }, s), foreign: whole({ headers: { "Set-Cookie": "a=b" } }), ...there, want: "whole", requests: [1, 1], check: never },
  { name: "a redirect in a circle → BAD_RESPONSE after 20", own: redirect((r) => `${r.base}/product.bin`), node: { retries: "5" }, want: "BAD_RESPONSE", requests: 21 },
  { name: "a redirect to a file → BAD_RESPONSE", own: redirect(() => "file:///etc/passwd"), node: { retries: "5" }, want: "BAD_RESPONSE", requests: 1 },
  { name: "a redirect to ftp → BAD_RESPONSE", own: redirect(() => "ftp://a.example/x"), want: "BAD_RESPONSE", requests: 1 },
  { name: "a redirect without Location → BAD_RESPONSE", own: status(302), node: { retries: "5" }, want: "BAD_RESPONSE", requests: 1 },
  { name: "a signed address: fetched → its query is told nowhere", own: whole(), payload: secretUrl(), want: "whole", requests: 1, check: (p) => assert.equal(p.files[0]?.["url"], `${p.own.base}/product.bin`) },
  { name: "a signed address: failed → its query is told nowhere", own: status(403, `Signature x does not match`), payload: secretUrl(), want: "FORBIDDEN", requests: 1 },
  { name: "a signed address: cut → its query is in no record", own: ranged({ etag: '"a"', cut: 200_000 }), payload: secretUrl(), want: "TRUNCATED", requests: 1, names: ["product.bin.part", "product.bin.part.record"] },
  { name: "a redirect to a signed address → its query is told nowhere", own: redirect(() => `${store}/product.bin?sig=${SIGNATURE}`), foreign: ranged({ etag: '"a"', cut: 200_000 }), ...there, want: "TRUNCATED", requests: [1, 1], names: ["product.bin.part", "product.bin.part.record"], check: never },
  { name: "a signed address is redirected to another host → neither its query nor a Referer goes along", own: redirect(atStore), payload: secretUrl(), foreign: whole(), ...there, want: "whole", requests: [1, 1], check: (p) => assert.ok(p.foreign.seen.every((one) => !one.raw.includes(SIGNATURE))) },
  { name: "a redirect to an address with a user and password → they reach no message, log or file", own: redirect(() => `${store.replace("//", `//me:${SIGNATURE}@`)}/product.bin`), foreign: whole(), ...there, want: "whole", requests: [1, 1] },
  { name: "an asset that is a file of this machine → BAD_INPUT, nothing sent", payload: () => item("product", { d: { href: "file:///etc/passwd" } }), want: "BAD_INPUT", requests: 0 },
  { name: "an asset in an unknown scheme → BAD_INPUT, nothing sent", payload: () => item("product", { d: { href: "gopher://127.0.0.1/x" } }), want: "BAD_INPUT", requests: 0 },
  { name: "the self link of an item is at another host → looked at without the key", own: [NOT_READY, whole()], foreign: json((r: Request) => item("product", { downloadLink: { href: `${home}/product.bin` } }, { links: [{ rel: "self", href: `${r.base}/item` }], properties: { "order:status": "succeeded" } })), before: (s) => { home = s.own.base; }, payload: ({ own, foreign }) => item("product", { downloadLink: { href: `${own.base}/product.bin` } }, { links: [{ rel: "self", href: `${foreign.base}/item` }] }), want: "whole", requests: [2, 1], check: never },
  { name: "a user and password in the address → told nowhere", own: status(500, ""), payload: ({ own }) => ({ href: own.base.replace("//", `//me:${SIGNATURE}@`) + "/product.bin" }), want: "SERVER_ERROR", requests: 1 },
  { name: "a server that shows the key it was sent → starred", own: (r, s) => status(403, JSON.stringify({ description: `bad ${r.headers["authorization"] ?? ""}` }))(r, s), want: "FORBIDDEN", requests: 1, check: (p) => assert.match(p.errors[0]?.message ?? "", /\*\*/) },
  { name: "identity is asked for, no body is packed on the way", own: whole(), want: "whole", requests: 1, check: (p) => assert.equal(p.own.seen[0]?.headers["accept-encoding"], "identity") },
];

let home = "";
