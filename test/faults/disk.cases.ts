/** Faults, group 5: the disk, its names, and others who want the same file. */
import assert from "node:assert/strict";
import fs from "node:fs";
import promises, { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { identityOf } from "../../src/download/identity.js";
import { Part } from "../../src/download/part.js";
import { ownMark } from "../../src/download/process-mark.js";
import type { FileRequest } from "../../src/download/requests.js";
import { timing } from "../../src/download/timing.js";
import { item, ranges, type Case, type Played, type Stage } from "./support/play.js";
import { BODY, OTHER, SIZE, hex, ranged, trickle, whole } from "./support/steps.js";

const at = (stage: Stage, name: string): string => path.join(stage.folder, name);
const put = (stage: Stage, name: string, content: string | Buffer = "precious"): void =>
  fs.writeFileSync(at(stage, name), content);
const is = (played: Played, name: string, content: string | Buffer): void =>
  assert.ok(fs.readFileSync(at(played, name)).equals(Buffer.from(content)), `${name} has changed`);
const outside = (stage: Stage): string => path.join(stage.userDir, "outside");
const link =
  (name: string) =>
  (stage: Stage): void => {
    fs.writeFileSync(outside(stage), "precious");
    fs.symlinkSync(outside(stage), at(stage, name));
  };
const untouched = (played: Played): void => assert.equal(fs.readFileSync(outside(played), "utf8"), "precious");
const sent = (value: string | string[]) => whole({ headers: { "Content-Disposition": value } });
const latin = (text: string): string => Buffer.from(text).toString("latin1");

/** A header and the name that reaches the disk. */
const named = (header: string | string[], name: string): Case => ({
  name: `Content-Disposition ${JSON.stringify(header).slice(0, 90)} → ${name.slice(0, 60)}`,
  own: sent(header),
  want: "whole",
  names: [name],
  requests: 1,
});
const template = (filename: string, name: string, more: Partial<Case> = {}): Case => ({
  name: `filename ${filename} → ${name}`,
  own: sent('attachment; filename="srv.tar.gz"'),
  node: { filename },
  want: "whole",
  names: [name],
  requests: 1,
  ...more,
});

type Handle = { sync: FileHandle["sync"] };
/** What every open file of this process has in common. */
async function handles(): Promise<Handle> {
  const file = await open(__filename);
  await file.close();
  return Object.getPrototypeOf(file) as Handle;
}
/** Writes of the transfer thread fail with `code` from the `n`th on, until the case is over or `mend` is called. */
const failing =
  (code: string, n: number) =>
  (stage: Stage): void =>
    stage.patch(process.env, "EO_BAD_DISK", () => `${code} ${n}`);
const mend = (): void => {
  process.env["EO_BAD_DISK"] = "";
};
const free =
  (bytes: (call: number) => number) =>
  (stage: Stage): void => {
    let call = 0;
    stage.patch(
      promises,
      "statfs",
      () => (() => Promise.resolve({ bavail: bytes((call += 1)), bsize: 1, blocks: 1e9 })) as never,
    );
  };

/** Somebody else's lease for the product, as another process would hold it. */
class Other {
  #timer: NodeJS.Timeout | undefined;
  #counter = 0;
  readonly #path: string;
  readonly #key: string;
  constructor(stage: Stage, key = KEY) {
    this.#path = at(stage, "product.bin.part.lease");
    this.#key = key;
  }
  hold(more: object = { process: { pid: 1 } }): this {
    this.#counter += 1;
    fs.rmSync(this.#path, { force: true });
    fs.writeFileSync(
      this.#path,
      JSON.stringify({ schema: 1, owner: "07e40000", key: this.#key, counter: this.#counter, ...more }),
    );
    return this;
  }
  /** Shows signs of life. */
  live(): this {
    this.#timer = setInterval(() => {
      this.#counter += 1;
      fs.writeFileSync(
        this.#path,
        JSON.stringify({ schema: 1, owner: "07e40000", key: this.#key, counter: this.#counter, process: { pid: 1 } }),
      );
    }, 20);
    return this;
  }
  die(): void {
    clearInterval(this.#timer);
  }
  end(): void {
    this.die();
    fs.rmSync(this.#path, { force: true });
  }
}
const KEY = identityOf({ itemId: "product", collection: "C", asset: "downloadLink" } as FileRequest);
let other: Other;
const hold =
  (key?: string) =>
  (stage: Stage): void =>
    void (other = new Other(stage, key).hold().live());
const waits = (stage: Stage): Promise<void> =>
  stage.runtime
    .until(() => stage.runtime.messages("progress").length > 0, "a sign")
    .then(() => new Promise((resolve) => setTimeout(resolve, 60)));
const broken200 = ranged({ etag: '"a"', cut: 200_000 });
const rest = ranged({ etag: '"a"' });
const fixed = { filename: "product.bin" };
const disk = ({ files }: Played): void => assert.equal(files.at(-1)?.["source"], "disk");
const two = ({ own }: Stage): unknown => [
  item("one", { d: { href: `${own.base}/1.bin` } }),
  item("two", { d: { href: `${own.base}/2.bin` } }),
];
const twice =
  (first: string, second: string) =>
  (stage: Stage): unknown =>
    item(stage.own.seen.length === 0 ? first : second, { d: { href: `${stage.own.base}/x.bin` } });
const same = { "Content-Disposition": "attachment; filename=same.bin" };

// prettier-ignore
export const disks: Case[] = [
  { name: "not enough space → DISK_FULL before a byte is written, saying how much is missing", own: whole(), before: free(() => 100_000), node: { retries: "5" }, want: "DISK_FULL", requests: 1, check: (p) => assert.match(p.errors[0]?.message ?? "", /200 kB more/) },
  { name: "not enough space for the declared size → DISK_FULL", own: whole({ chunked: true }), asset: { "file:size": SIZE }, before: free(() => 100_000), want: "DISK_FULL", requests: 1 },
  { name: "just enough space → saved", own: whole(), before: free(() => SIZE), want: "whole", requests: 1 },
  { name: "the file system does not say how much is free → saved", own: whole(), before: (s) => s.patch(promises, "statfs", () => (() => Promise.reject(new Error("ENOSYS"))) as never), want: "whole", requests: 1 },
  { name: "less and less space while bytes come → DISK_FULL, the part stays", own: ranged({ etag: '"a"', cut: 200_000, hang: true }), before: (s) => { timing.spaceEvery = 0; free((n) => (n === 1 ? 1e9 : 10))(s); }, want: "DISK_FULL", requests: 1, check: (p) => assert.ok(p.names.includes("product.bin.part")), names: ["product.bin.part", "product.bin.part.record"] },
  { name: "ENOSPC half-way → DISK_FULL saying how much is missing, the part stays; with space again it goes on", own: [trickle(70_000, 30, { etag: '"a"' }), rest], before: (s) => { timing.recordEvery = 0; failing("ENOSPC", 5)(s); }, between: (s) => { mend(); left = fs.statSync(at(s, "product.bin.part")).size; assert.ok(left > 65_536); }, node: { retries: "5" }, want: "whole", requests: 2, check: (p) => { assert.equal(p.errors[0]?.code, "DISK_FULL"); assert.match(p.errors[0].message, /\d+ kB more are needed/); assert.equal(p.files[0]?.["resumedFrom"], left); } },
  { name: "ENOSPC without a validator → DISK_FULL, the part stays", own: whole(), before: failing("ENOSPC", 1), want: "DISK_FULL", names: ["product.bin.part"], requests: 1 },
  { name: "quota used up → DISK_FULL", own: whole(), before: failing("EDQUOT", 1), want: "DISK_FULL", names: ["product.bin.part"], requests: 1 },
  { name: "a disk that fails → DISK, nothing stays, once", own: whole(), before: failing("EIO", 1), node: { retries: "5" }, want: "DISK", requests: 1 },
  { name: "the folder is a file → DISK", own: whole(), before: (s) => { fs.rmdirSync(s.folder); fs.writeFileSync(s.folder, ""); }, during: async (s) => { await s.ended(1); fs.rmSync(s.folder); fs.mkdirSync(s.folder); }, want: "DISK", requests: 0 },
  { name: "the bytes are on disk before they have their name, and the name too", own: whole(), before: async (s) => { calls.length = 0; const note = (name: string) => calls.push(name); s.patch(await handles(), "sync", (original) => async function (this: FileHandle) { note("sync"); await original.apply(this); }); s.patch(promises, "link", (original) => ((...args) => { note("name"); return original(...args); })); s.patch(promises, "rename", (original) => ((...args) => { if (String(args[1]).endsWith("product.bin")) note("name"); return original(...args); })); }, want: "whole", requests: 1, check: () => assert.deepEqual(calls, ["sync", "name", "sync"]) },
  { name: "the folder becomes a link while bytes come → DISK, nothing outside", own: (r, s) => { whole()(r, s); }, before: (s) => { const real = promises.realpath; let n = 0; s.patch(promises, "realpath", () => (async (...args: Parameters<typeof real>) => ((n += 1) > 1 ? `${s.userDir}/elsewhere` : await real(...args))) as never); }, want: "DISK", requests: 1 },
  { name: "a link under the final name → gives way itself, what it points to stays", own: whole(), before: link("product.bin"), want: "whole", requests: 1, check: (p) => { untouched(p); assert.ok(fs.lstatSync(at(p, "product.bin")).isFile()); } },
  { name: "a dangling link under the final name → gives way itself", own: whole(), before: (s) => fs.symlinkSync(path.join(s.userDir, "nowhere"), at(s, "product.bin")), want: "whole", requests: 1, check: (p) => assert.ok(!fs.existsSync(path.join(p.userDir, "nowhere"))) },
  { name: "a link called .part → not written through", own: whole(), before: link("product.bin.part"), want: "whole", requests: 1, check: untouched },
  { name: "a link called .part.record → not written through", own: whole({ etag: '"a"' }), before: link("product.bin.part.record"), want: "whole", requests: 1, check: untouched },
  { name: "a link called .part.lease → not written through", own: whole(), before: link("product.bin.part.lease"), want: "whole", requests: 1, check: untouched },
  { name: "a folder under the final name → the next name", own: whole(), before: (s) => fs.mkdirSync(at(s, "product.bin")), want: "whole", names: ["product-2.bin", "product.bin"], requests: 1 },
  { name: "a .part nobody has a record of → written anew", own: whole(), before: (s) => put(s, "product.bin.part", Buffer.alloc(400_000)), want: "whole", requests: 1 },
];

// prettier-ignore
export const names: Case[] = [
  named('attachment; filename="a.nc"', "a.nc"),
  named("attachment; filename=a.nc", "a.nc"),
  named("attachment; filename=\"a.nc\"; filename*=UTF-8''%C3%A4.nc", "ä.nc"),
  named(latin('attachment; filename="ä.nc"'), "ä.nc"),
  named("attachment; filename*=UTF-8''e%CC%81.nc", "\u00e9.nc"),
  named('attachment; filename="../../etc/passwd"', "passwd"),
  named('attachment; filename="/etc/passwd"', "passwd"),
  named('attachment; filename="..\\\\..\\\\evil.exe"', "evil.exe"),
  named('attachment; filename="C:\\\\evil.exe"', "evil.exe"),
  named("attachment; filename*=UTF-8''..%2F..%2Fevil.nc", "evil.nc"),
  named('attachment; filename=".."', "product.bin"),
  named(`attachment; filename="${"x".repeat(300)}.nc"`, `${"x".repeat(236)}.nc`),
  named(`attachment; filename*=UTF-8''${"%C3%A4".repeat(200)}.nc`, `${"ä".repeat(118)}.nc`),
  named("attachment; filename=.bashrc", ".bashrc"),
  { name: "the last part of the address climbs out of the folder → only its name", own: whole(), payload: ({ own }) => ({ href: `${own.base}/a/..%2F..%2Fevil.nc` }), want: "whole", names: ["evil.nc"], requests: 1 },
  { name: "the item's id climbs out of the folder → only a name", own: whole(), payload: ({ own }) => item("../../evil", { downloadLink: { href: `${own.base}/x/downloadLink` } }), want: "whole", names: [".._.._evil"], requests: 1 },
  { name: "the address ends in $value → the item's id", own: whole(), payload: ({ own }) => item("product", { downloadLink: { href: `${own.base}/odata/v1/Products(1)/$value` } }), want: "whole", names: ["product"], requests: 1 },
  named('attachment; filename=""', "product.bin"),
  named('attachment; filename="nul.nc"', "_nul.nc"),
  named('attachment; filename="a:b*c?.nc"', "a_b_c_.nc"),
  named('attachment; filename="x. "', "x"),
  named("attachment; filename*=UTF-8''invoice%E2%80%AEcn.exe", "invoicecn.exe"),
  named("attachment; filename*=UTF-8''a%00b%0A.nc", "ab.nc"),
  named('attachment; filename="x.nc.part"', "x.nc_part"),
  named('attachment; filename="downloadLink"', "downloadLink"),
  named(['attachment; filename="d.grib"', 'attachment; filename="d.grib"'], "d.grib"),
  named("attachment", "product.bin"),
  named(`attachment; filename="${"a".repeat(300)}.nc"`, `${"a".repeat(236)}.nc`),
  { name: "an id with slashes → stays inside the folder", own: whole(), payload: ({ own }) => item("../../I", { d: { href: `${own.base}/x.nc` } }), want: "whole", names: [".._.._I.nc"], requests: 1 },
  template("{collection}-{id}-{asset}-{YYYY}{MM}{DD}-{name}.{ext}", "C-product-downloadLink-20260420-srv.tar.gz"),
  template("../../x.nc", ".._.._x.nc"),
  template("latest.nc", "latest.nc"),
  template("{year}.nc", "", { want: "BAD_INPUT", names: [], requests: 0 }),
  { name: "one fixed name for several files → numbered", own: whole(), node: { filename: "latest.bin" }, payload: two, want: "whole", names: ["latest-2.bin", "latest.bin"], requests: 2 },
  { name: "several files of one item → its id goes before", own: { "/1.bin": sent("attachment; filename=a.bin"), "/2.bin": whole() }, node: { assets: "*" }, payload: ({ own }) => item("I", { x: { href: `${own.base}/1.bin` }, y: { href: `${own.base}/2.bin` } }), want: "whole", names: ["I_2.bin", "I_a.bin"], requests: 2 },
];

// prettier-ignore
export const existing: Case[] = [
  { name: "asked for again → found on disk, the server is not asked", own: whole(), runs: 2, want: "whole", requests: 1, check: disk },
  { name: "asked for again after a restart → found on disk", own: whole(), restart: true, want: "whole", requests: 1, check: disk },
  { name: "changed on disk → fetched again under its name", own: whole(), between: (s) => put(s, "product.bin", OTHER), want: "whole", requests: 2 },
  { name: "cut on disk → fetched again under its name", own: whole(), between: (s) => fs.truncateSync(at(s, "product.bin"), 5), want: "whole", requests: 2 },
  { name: "another item of the same name → the next name, the first stays", own: [whole({ headers: same }), whole({ body: OTHER, headers: same })], payload: twice("one", "two"), runs: 2, want: "whole", contents: [BODY, OTHER], names: ["same-2.bin", "same.bin"], requests: 2, check: (p) => is(p, "same.bin", BODY) },
  { name: "another item of the same name, overwrite → the next name all the same", own: [whole({ headers: same }), whole({ body: OTHER, headers: same })], payload: twice("one", "two"), runs: 2, node: { ifExists: "overwrite" }, want: "whole", requests: 2, contents: [BODY, OTHER], names: ["same-2.bin", "same.bin"], check: (p) => is(p, "same.bin", BODY) },
  { name: "another item of the same name, restarted in between → the next name", own: [whole({ headers: same }), whole({ body: OTHER, headers: same })], payload: twice("one", "two"), restart: true, want: "whole", requests: 2, contents: [BODY, OTHER], names: ["same-2.bin", "same.bin"], check: (p) => is(p, "same.bin", BODY) },
  { name: "a file nobody knows, verify → stays, the next name", own: sent("attachment; filename=mine.bin"), before: (s) => put(s, "mine.bin", OTHER), want: "whole", requests: 1, contents: [BODY, OTHER], names: ["mine-2.bin", "mine.bin"], check: (p) => is(p, "mine.bin", OTHER) },
  { name: "a file nobody knows that is proved by its checksum → kept, not fetched under its name again", own: sent("attachment; filename=mine.bin"), asset: { "file:checksum": `1220${hex("sha256")}` }, before: (s) => put(s, "mine.bin", BODY), want: "whole", requests: 1, names: ["mine.bin"], check: disk },
  { name: "a file nobody knows, proved by its checksum under a fixed name → the server is not asked", own: whole(), asset: { "file:checksum": `1220${hex("sha256")}` }, node: fixed, before: (s) => put(s, "product.bin", BODY), want: "whole", requests: 0, check: disk },
  { name: "a file nobody knows that carries the item's id and has the declared size → kept", own: whole(), asset: { "file:size": SIZE }, node: fixed, before: (s) => put(s, "product.bin", BODY), want: "whole", requests: 0, check: disk },
  { name: "a file nobody knows that carries the item's id and is cut → fetched again", own: whole(), asset: { "file:size": SIZE }, before: (s) => put(s, "product.bin", BODY.subarray(0, 1000)), want: "whole", requests: 1 },
  { name: "a file nobody knows, overwrite → replaced", own: sent("attachment; filename=mine.bin"), node: { ifExists: "overwrite" }, before: (s) => put(s, "mine.bin", OTHER), want: "whole", names: ["mine.bin"], requests: 1 },
  { name: "rename → the next name each time", own: whole(), node: { ifExists: "rename" }, runs: 2, want: "whole", names: ["product-2.bin", "product.bin"], requests: 2 },
  { name: "error → EXISTS, the file stays", own: whole(), node: { ifExists: "error" }, before: (s) => put(s, "product.bin", OTHER), want: "EXISTS", requests: 1, contents: [OTHER], names: ["product.bin"], check: (p) => is(p, "product.bin", OTHER) },
  { name: "error under a fixed name → EXISTS before anything is sent", own: whole(), node: { ...fixed, ifExists: "error" }, before: (s) => put(s, "product.bin", OTHER), want: "EXISTS", contents: [OTHER], names: ["product.bin"], requests: 0 },
  { name: "a file appears under the name while bytes come → it stays, the next name", own: (r, s) => { fs.writeFileSync(path.join(current, "product.bin"), OTHER); whole()(r, s); }, before: (s) => { current = s.folder; }, payload: ({ own }) => ({ href: `${own.base}/product.bin` }), want: "whole", contents: [BODY, OTHER], names: ["product-2.bin", "product.bin"], requests: 1, check: (p) => is(p, "product.bin", OTHER) },
];

// prettier-ignore
export const others: Case[] = [
  { name: "asked for twice at once → fetched once, delivered twice", own: whole(), payload: (s) => { const one = item("product", { downloadLink: { href: `${s.own.base}/product.bin` } }); return [one, one]; }, want: "whole", requests: 1, check: (p) => assert.equal(p.files.length, 2) },
  { name: "another process is at it and finishes → waited for, verified, not fetched", own: whole(), node: fixed, before: hold(), during: async (s) => { await waits(s); put(s, "product.bin", BODY); other.end(); }, want: "whole", requests: 0, check: disk },
  { name: "another process is at it, the name is only known from the answer → waited for, verified", own: whole(), before: hold(), during: async (s) => { await s.asked(1); await waits(s); put(s, "product.bin", BODY); other.end(); }, want: "whole", requests: 1, check: disk },
  { name: "another process finishes with a wrong file → fetched", own: whole(), asset: { "file:checksum": `1220${hex("sha256")}` }, node: fixed, before: hold(), during: async (s) => { await waits(s); put(s, "product.bin", OTHER); other.end(); }, want: "whole", requests: 1 },
  { name: "another process gives up → fetched", own: whole(), node: fixed, before: hold(), during: async (s) => { await waits(s); other.end(); }, want: "whole", requests: 1 },
  { name: "another process goes silent → taken over", own: whole(), node: fixed, before: hold(), during: async (s) => { await waits(s); other.die(); }, want: "whole", requests: 1 },
  { name: "a silent one whose part can be continued → copied and gone on with", own: [broken200, rest], node: fixed, between: (s) => { new Other(s).hold(); }, want: "whole", requests: 2, check: (p) => assert.equal(p.files[0]?.["resumedFrom"], 200_000) },
  { name: "its process is gone from this machine → taken over at once", own: [broken200, rest], node: fixed, between: (s) => { timing.leaseStale = 1e9; new Other(s).hold({ process: { ...ownMark(), started: "1" } }); }, want: "whole", requests: 2, check: (p) => assert.equal(ranges(p.own.seen)[1], `bytes=${200_000 - 65_536}-`) },
  { name: "killed after the part got a name of its own, before the last step → goes on with it", own: [broken200, rest], node: fixed, between: (s) => { fs.renameSync(at(s, "product.bin.part"), at(s, "product.bin.part.07e40000")); new Other(s).hold({ process: { ...ownMark(), started: "1" } }); }, want: "whole", requests: 2, check: (p) => assert.equal(p.files[0]?.["resumedFrom"], 200_000) },
  { name: "gone silent after the part got a name of its own → copied and gone on with", own: [broken200, rest], node: fixed, between: (s) => { fs.renameSync(at(s, "product.bin.part"), at(s, "product.bin.part.07e40000")); new Other(s).hold(); }, want: "whole", requests: 2, check: (p) => assert.equal(p.files[0]?.["resumedFrom"], 200_000) },
  { name: "killed in the middle of the last step, the file has both names → found on disk, nothing else is left", own: whole(), restart: true, between: (s) => { fs.linkSync(at(s, "product.bin"), at(s, "product.bin.part.07e40000")); new Other(s).hold({ process: { ...ownMark(), started: "1" } }); }, want: "whole", requests: 1, check: disk },
  { name: "killed in the middle of the last step, and nobody remembers the file → fetched again, nothing else is left", own: whole({ etag: '"a"' }), restart: true, between: (s) => { fs.rmSync(path.join(s.userDir, "eo-flows"), { recursive: true }); fs.linkSync(at(s, "product.bin"), at(s, "product.bin.part.07e40000")); new Other(s).hold({ process: { ...ownMark(), started: "1" } }); }, want: "whole", requests: 2 },
  { name: "a lease whose owner is a path → nothing elsewhere is touched", own: whole(), node: fixed, before: (s) => { fs.mkdirSync(at(s, "product.bin.part.x")); fs.writeFileSync(outside(s), "precious"); new Other(s).hold({ owner: "x/../../outside" }); }, want: "whole", names: ["product.bin", "product.bin.part.x"], requests: 1, check: untouched },
  { name: "a lease left by this very process → taken over at once", own: whole(), node: fixed, before: (s) => { timing.leaseStale = 1e9; new Other(s).hold({ process: ownMark() }); }, want: "whole", requests: 1 },
  { name: "a lease nobody can read, unchanged → taken over", own: whole(), node: fixed, before: (s) => put(s, "product.bin.part.lease", "{"), want: "whole", requests: 1 },
  { name: "another process fetches another item under the name → the next name, at once", own: whole(), node: fixed, before: hold("another"), during: async (s) => { await s.ended(1); other.end(); }, want: "whole", names: ["product-2.bin"], requests: 1 },
  { name: "cancelled while it waits for another process → CANCELLED, the other's lease stays", own: whole(), node: fixed, before: hold(), during: async (s) => { await waits(s); s.runtime.send("dl", { reset: true }); await s.ended(1); other.die(); }, want: "CANCELLED", names: ["product.bin.part.lease"], requests: 0 },
  { name: "taken over by another process while bytes come → stops, waits, delivers the other's file", own: [ranged({ etag: '"a"', cut: 200_000, hang: true }), rest], node: { ...fixed, stallTimeout: "20" }, during: async (s) => { await s.runtime.until(() => fs.existsSync(at(s, "product.bin.part.lease")), "the lease"); other = new Other(s).hold().live(); await s.runtime.until(() => s.runtime.messages("progress").filter((one) => (one.payload as { state: string }).state === "queued").length > 1, "waiting"); put(s, "product.bin", BODY); for (const name of fs.readdirSync(s.folder)) if (/part(\.record)?$/.test(name)) fs.rmSync(at(s, name)); other.end(); }, want: "whole", requests: 1, check: disk },
  { name: "taken over by another process just before the last step → its file is not replaced", own: [ranged({ etag: '"a"' }), ranged({ etag: '"a"' })], node: fixed, before: (s) => { let first = true; s.patch(Part.prototype, "seal", (original) => async function (this: Part) { const sealed = await original.call(this); if (first) { first = false; other = new Other(s).hold(); setTimeout(() => { put(s, "product.bin", BODY); other.end(); }, 60); } return sealed; }); }, want: "whole", requests: 1, check: disk },
];

const calls: string[] = [];
let left = 0;
let current = "";
