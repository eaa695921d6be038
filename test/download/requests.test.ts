/** Which files a message asks for: input shapes and the choice of assets. */
import assert from "node:assert/strict";
import { transfersOf, type FileRequest } from "../../src/download/index.js";
import { EoError } from "../../src/errors.js";
import { item } from "./support/bench.js";

const A = "https://a.example/";

function keys(payload: unknown, assets?: string | string[], order = true): (string | undefined)[] {
  return transfersOf(payload, { ...(assets === undefined ? {} : { assets }), order }).map((file) => file.asset);
}

function problem(files: FileRequest[]): string {
  assert.equal(files.length, 1);
  assert.equal(files[0]?.problem?.code, "BAD_INPUT");
  return files[0].problem.message;
}

function refused(payload: unknown, pattern: RegExp): void {
  assert.throws(
    () => transfersOf(payload),
    (error: unknown) => error instanceof EoError && error.code === "BAD_INPUT" && pattern.test(error.message),
  );
}

const bands = item("bands", {
  B02: { href: `${A}B02.tif`, roles: ["data"] },
  B03: { href: `${A}B03.tif`, roles: ["data"] },
  thumb: { href: `${A}t.png`, roles: ["thumbnail"] },
});

describe("input shapes", () => {
  it("takes a Feature", () => {
    const [file] = transfersOf(item("x", { downloadLink: { href: `${A}x/downloadLink` } }));
    assert.deepEqual(
      {
        url: file?.url,
        asset: file?.asset,
        id: file?.itemId,
        collection: file?.collection,
        index: file?.index,
        several: file?.several,
      },
      { url: `${A}x/downloadLink`, asset: "downloadLink", id: "x", collection: "C", index: 0, several: false },
    );
  });
  it("takes a FeatureCollection and numbers its files", () => {
    const files = transfersOf({ type: "FeatureCollection", features: [bands, item("y", { a: { href: `${A}y` } })] });
    assert.deepEqual(
      files.map((file) => [file.index, file.itemId, file.asset, file.several]),
      [
        [0, "bands", "B02", true],
        [1, "bands", "B03", true],
        [2, "y", "a", false],
      ],
    );
  });
  it("takes an array of Features", () => assert.equal(transfersOf([bands, bands]).length, 4));
  it("takes anything with assets", () => assert.deepEqual(keys({ assets: { only: { href: `${A}o.nc` } } }), ["only"]));
  it("takes a link object with what it declares", () => {
    const [file] = transfersOf({
      href: `${A}o.nc`,
      title: "T",
      type: "application/x-netcdf",
      "file:size": 5,
      "file:checksum": "1220aa",
    });
    assert.equal(file?.url, `${A}o.nc`);
    assert.equal(file.title, "T");
    assert.equal(file.type, "application/x-netcdf");
    assert.equal(file.size, 5);
    assert.deepEqual(file.checksums, [{ value: "1220aa", proof: "file:checksum" }]);
  });
  it("takes a URL", () => assert.equal(transfersOf(` ${A}o.nc#part `)[0]?.url, `${A}o.nc`));
  it("takes an empty collection as nothing", () => {
    assert.deepEqual(transfersOf({ type: "FeatureCollection", features: [] }), []);
    assert.deepEqual(transfersOf([]), []);
  });
  it("refuses what is not STAC, saying what it wants", () => {
    for (const payload of [
      undefined,
      null,
      5,
      true,
      "",
      {},
      { type: "FeatureCollection" },
      [5],
      [null],
      { href: "" },
    ]) {
      refused(payload, /Give a STAC item/);
    }
    refused("not a url", /relative address|not a valid/);
    refused("ftp://h/x", /Only https and http/);
    refused({ href: "file:///etc/passwd" }, /Only https and http/);
  });
});

describe("choice of assets", () => {
  it("prefers downloadLink, then archive, then data, then the only one", () => {
    const asset = (role?: string): object => ({ href: `${A}f`, ...(role ? { roles: [role] } : {}) });
    assert.deepEqual(keys(item("x", { z: asset("archive"), downloadLink: asset(), q: asset("data") })), [
      "downloadLink",
    ]);
    assert.deepEqual(keys(item("x", { z: asset("archive"), q: asset("data") })), ["z"]);
    assert.deepEqual(keys(item("x", { t: asset("thumbnail"), q: asset("data"), r: asset("data") })), ["q", "r"]);
    assert.deepEqual(keys(item("x", { t: asset("thumbnail") })), ["t"]);
  });
  it("names the keys when it is not clear which is wanted", () => {
    assert.match(problem(transfersOf(item("x", { one: { href: A }, two: { href: A } }))), /one, two/);
    assert.match(problem(transfersOf(item("x", {}))), /no assets/);
    assert.match(problem(transfersOf({ type: "Feature", id: "x", geometry: null })), /no assets/);
  });
  it("orders where the item is orderable and ordering is on", () => {
    const orderable = item("x", {}, { properties: { "order:status": "orderable" } });
    assert.equal(transfersOf(orderable)[0]?.order, true);
    assert.match(problem(transfersOf(orderable, { order: false })), /ordering is switched off/);
  });
  it("takes keys, globs, roles and excludes", () => {
    assert.deepEqual(keys(bands, "thumb"), ["thumb"]);
    assert.deepEqual(keys(bands, "B0*"), ["B02", "B03"]);
    assert.deepEqual(keys(bands, "B0?, !B03"), ["B02"]);
    assert.deepEqual(keys(bands, "role:thumbnail"), ["thumb"]);
    assert.deepEqual(keys(bands, "!role:data"), ["thumb"]);
    assert.deepEqual(keys(bands, ["thumb", "B02"]), ["thumb", "B02"]);
    assert.deepEqual(keys(item("x", { "a*": { href: A }, ab: { href: A } }), "a*"), ["a*"]);
  });
  it("refuses a pattern without a hit, one that leaves nothing, and names the keys", () => {
    assert.match(problem(transfersOf(bands, { assets: "B02,B99" })), /"B99".*B02, B03, thumb/);
    assert.match(problem(transfersOf(bands, { assets: "role:archive" })), /role:archive/);
    assert.match(problem(transfersOf(bands, { assets: "thumb,!thumb" })), /leaves none/);
  });
  it("keeps one item's trouble to that item", () => {
    const files = transfersOf([item("bad", {}), bands]);
    assert.equal(files[0]?.problem?.code, "BAD_INPUT");
    assert.equal(files.length, 3);
  });
  it("takes the alternate of an asset in an object store", () => {
    const s3 = {
      href: "s3://bucket/x.nc",
      alternate: { s3: { href: "s3://other/x.nc" }, https: { href: `${A}x.nc` } },
    };
    assert.equal(transfersOf(item("x", { d: s3 }))[0]?.url, `${A}x.nc`);
    assert.match(problem(transfersOf(item("x", { d: { href: "s3://bucket/x.nc" } }))), /s3/);
  });
  it("completes relative addresses with the self link, and refuses them without", () => {
    const links = [{ rel: "self", href: "https://cat.example/items/x.json?token=t" }];
    assert.equal(
      transfersOf(item("x", { d: { href: "./data/x.nc" } }, { links }))[0]?.url,
      "https://cat.example/items/data/x.nc",
    );
    assert.match(problem(transfersOf(item("x", { d: { href: "./x.nc" } }))), /"self"/);
    assert.match(
      problem(transfersOf(item("x", { d: { href: "x.nc" } }, { links: [{ rel: "self", href: "file:///x" }] }))),
      /"self"/,
    );
  });
  it("survives hostile keys", () => {
    const hostile: unknown = JSON.parse(
      `{"id":"x","assets":{"__proto__":{"href":"${A}p"},"constructor":{"href":"${A}c"}}}`,
    );
    assert.deepEqual(keys(hostile, "*"), ["__proto__", "constructor"]);
    assert.deepEqual(keys(item("x", { a: 5 as unknown as object, b: { href: A } })), ["b"]);
  });
});
