/** The sandbox's downloads: the headers of each kind of backend, ranges, redirects, pointers, validators. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gunzipSync, brotliDecompressSync } from "node:zlib";
import { startSandbox, type Sandbox } from "../../sandbox/index.js";
import { ask, type Answer, type FeatureLike, type PageLike } from "./ask.js";

const BYTES = 300_001;
const SLSTR = "EO.EUM.DAT.SENTINEL-3.SL_1_RBT___";
const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";

describe("sandbox: downloads", () => {
  let sandbox: Sandbox;
  let headers: Record<string, string>;
  before(async () => {
    sandbox = await startSandbox({ bytes: BYTES });
    headers = { authorization: `Bearer ${sandbox.tokens.issue()}` };
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const itemsOf = async (collection: string): Promise<FeatureLike[]> => {
    const body = { collections: [collection], limit: 3 };
    return (await ask(`${sandbox.ready.hda.stac}/search`, { headers, body })).json<PageLike>().features;
  };
  const link = async (collection = sandbox.ready.hda.collection, asset = "downloadLink"): Promise<string> =>
    (await itemsOf(collection))[0]?.assets[asset]?.href ?? "";
  const get = (url: string, more: Record<string, string> = {}): Promise<Answer> =>
    ask(url, { headers: { ...headers, ...more } });

  it("sends files of S3 backends chunked, without length, in a quoted name, whole", async () => {
    const [item] = await itemsOf(sandbox.ready.hda.collection);
    const answer = await get(item?.assets["downloadLink"]?.href ?? "");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-length"], undefined);
    assert.equal(answer.headers["transfer-encoding"], "chunked");
    assert.equal(answer.headers["accept-ranges"], "bytes");
    assert.equal(answer.headers["content-type"], "application/x-netcdf");
    assert.equal(answer.headers["content-disposition"], `attachment; filename="${item?.id}.nc"`);
    assert.equal(answer.headers["etag"], undefined);
    assert.equal(answer.body.length, BYTES);
    const native = item?.assets["native"];
    assert.equal(native?.["file:size"], BYTES);
    assert.equal(createHash("md5").update(answer.body).digest("hex"), native?.["file:checksum"]);
    const expected = sandbox.product(item?.collection ?? "", item?.id ?? "");
    assert.equal(createHash("sha256").update(answer.body).digest("hex"), expected.sha256());
  });

  it("passes the headers of HTTP backends on: length, ETag, and Date and Server twice", async () => {
    const answer = await get(await link(SLSTR));
    assert.equal(answer.headers["content-length"], String(BYTES));
    assert.equal(answer.body.length, BYTES);
    assert.match(answer.headers["etag"] ?? "", /^"[0-9a-f]{32}"$/);
    assert.ok(answer.headers["last-modified"]);
    const twice = answer.rawHeaders.filter((name) => /^(date|server)$/i.test(name));
    assert.equal(twice.length, 4);
    assert.match(answer.headers["content-disposition"] ?? "", /^attachment; filename="S3A_.*\.zip"$/);
    assert.equal(answer.body.subarray(0, 4).toString("latin1"), "PK\u0003\u0004");
  });

  it("knows unquoted names and none at all", async () => {
    const unquoted = await get(await link(SENTINEL_2));
    assert.match(unquoted.headers["content-disposition"] ?? "", /^attachment; filename=S2A_\w+\.zip$/);
    const none = await get(await link("EO.EUM.DAT.MSG.HRSEVIRI"));
    assert.equal(none.headers["content-disposition"], undefined);
  });

  it("refuses HEAD, ignores ranges, and asks for a token", async () => {
    const url = await link();
    const head = await ask(url, { method: "HEAD", headers });
    assert.equal(head.status, 405);
    const ranged = await get(url, { range: "bytes=1000-" });
    assert.equal(ranged.status, 200);
    assert.equal(ranged.body.length, BYTES);
    assert.equal((await ask(url)).status, 403);
    assert.equal((await get(url, { authorization: "Bearer x" })).status, 401);
  });

  it("spreads the files of a search over several origins, which are the hosts of the ready line", async () => {
    const origins = new Set(
      (await itemsOf(sandbox.ready.hda.collection)).map((one) => new URL(one.assets["downloadLink"]?.href ?? "").host),
    );
    assert.equal(origins.size, 3);
    assert.deepEqual(new Set(sandbox.ready.hda.hosts.split(", ")), origins);
    assert.equal(origins.has(new URL(sandbox.ready.hda.stac).host), false);
  });

  it("redirects a single asset to a signed address that rejects Authorization and honours ranges", async () => {
    const redirect = await get(await link(undefined, "native"));
    assert.equal(redirect.status, 302);
    assert.equal(redirect.body.length, 0);
    const signed = redirect.headers.location ?? "";
    assert.ok(signed.startsWith(sandbox.url("store")));
    const refused = await get(signed);
    assert.equal(refused.status, 400);
    assert.match(refused.text(), /Only one auth mechanism allowed/);
    const whole = await ask(signed);
    assert.equal(whole.body.length, BYTES);
    const part = await ask(signed, { headers: { range: "bytes=300000-" } });
    assert.equal(part.status, 206);
    assert.equal(part.headers["content-range"], `bytes 300000-300000/${BYTES}`);
    assert.deepEqual(part.body, whole.body.subarray(300_000));
    const unsigned = await ask(signed.replace(/X-Amz-Signature=\w{8}/, "X-Amz-Signature=00000000"));
    assert.equal(unsigned.status, 403);
  });

  it("can answer an asset with a pointer or its bytes", async () => {
    const url = await link(undefined, "native");
    sandbox.settings.patch({ download: { assets: "pointer" } });
    const { href } = (await get(url)).json<{ href: string }>();
    assert.equal((await ask(href)).body.length, BYTES);
    sandbox.settings.patch({ download: { assets: "stream" } });
    assert.equal((await get(url)).body.length, BYTES);
  });

  it("has the errors of the real server for what is not there", async () => {
    const url = new URL(await link());
    const at = (path: string): Promise<Answer> => get(url.origin + path);
    const { collection } = sandbox.ready.hda;
    const words = async (path: string, status: number, description: RegExp): Promise<void> => {
      const answer = await at(path);
      assert.equal(answer.status, status);
      assert.match(answer.json<{ description: string }>().description, description);
    };
    await words(`/data/nobody/${collection}/x/downloadLink`, 404, /^UnsupportedProvider: nobody/);
    await words("/data/cop_marine/NOPE/x/downloadLink", 404, /^Could not find collection from alias or id NOPE$/);
    await words(
      `/data/cop_marine/${collection}/x/downloadLink`,
      404,
      /^\('Could not find x item in .*', ' for backend cop_marine\.'\)$/,
    );
    const [item] = await itemsOf(collection);
    await words(`/data/cop_marine/${collection}/${item?.id}/foo`, 500, /^'foo'$/);
  });

  it("honours ranges when asked to, with strong, weak or no validators", async () => {
    const url = await link();
    const ranged = (more: Record<string, string>): Promise<Answer> =>
      get(url, { range: "bytes=100000-100099", ...more });
    sandbox.settings.patch({ download: { range: "honour", etag: "strong" } });
    const { etag = "" } = (await get(url)).headers;
    const part = await ranged({ "if-range": etag });
    assert.equal(part.status, 206);
    assert.equal(part.headers["content-length"], "100");
    assert.equal((await ranged({ "if-match": etag })).status, 206);
    sandbox.settings.patch({ download: { version: 2 } });
    const changed = await ranged({ "if-range": etag });
    assert.equal(changed.status, 200);
    assert.notDeepEqual(changed.body.subarray(100_000, 100_100), part.body);
    assert.equal((await ranged({ "if-match": etag })).status, 412);
    assert.equal((await get(url, { range: `bytes=${BYTES}-` })).status, 416);
    sandbox.settings.patch({ download: { ifRange: false } });
    assert.equal((await ranged({ "if-range": etag })).status, 206);
    sandbox.settings.patch({ download: { ifRange: true, etag: "weak" } });
    const weak = (await get(url)).headers.etag ?? "";
    assert.match(weak, /^W\//);
    assert.equal((await ranged({ "if-range": weak })).status, 200);
    sandbox.settings.patch({ download: { etag: "none", lastModified: "always" } });
    const dated = (await get(url)).headers["last-modified"] ?? "";
    assert.equal((await ranged({ "if-range": dated })).status, 206);
  });

  it("compresses on the fly when that is switched on, br before gzip", async () => {
    const url = await link(SLSTR);
    const plain = (await get(url)).body;
    sandbox.settings.patch({ download: { compress: "asked" }, search: { compress: "asked" } });
    const br = await get(url, { "accept-encoding": "gzip, br" });
    assert.equal(br.headers["content-encoding"], "br");
    assert.equal(br.headers["content-length"], undefined);
    assert.equal(br.headers["vary"], "Accept-Encoding, Origin");
    assert.deepEqual(brotliDecompressSync(br.body), plain);
    const gzip = await get(url, { "accept-encoding": "gzip, deflate" });
    assert.deepEqual(gunzipSync(gzip.body), plain);
    const identity = await get(url, { "accept-encoding": "identity" });
    assert.equal(identity.headers["content-length"], String(BYTES));
    const body = { collections: [SLSTR], limit: 1 };
    const page = await ask(`${sandbox.ready.hda.stac}/search`, {
      body,
      headers: { ...headers, "accept-encoding": "gzip" },
    });
    assert.equal(JSON.parse(gunzipSync(page.body).toString("utf8")).numberReturned, 1);
  });

  it("writes the file name in every form that was switched on", async () => {
    const url = await link();
    const seen: Record<string, string | undefined> = {};
    const forms = [
      "unquoted",
      "percent",
      "star",
      "star-only",
      "doubled",
      "missing",
      "no-name",
      "empty",
      "traversal",
      "absolute",
      "windows",
      "control",
      "bidi",
      "long",
      "dots",
    ] as const;
    for (const disposition of forms) {
      sandbox.settings.patch({ download: { disposition } });
      seen[disposition] = (await get(url)).headers["content-disposition"];
    }
    assert.match(seen["unquoted"] ?? "", /filename=2026\w+_cmems[-\w]+\.nc$/);
    assert.match(seen["percent"] ?? "", /%5F/);
    assert.match(seen["star-only"] ?? "", /^attachment; filename\*=UTF-8''/);
    assert.match(seen["doubled"] ?? "", /^(attachment; filename="[^"]+")(, \1)$/);
    assert.equal(seen["missing"], undefined);
    assert.match(seen["traversal"] ?? "", /"\.\.\/\.\.\//);
    assert.equal(new Set(Object.values(seen)).size, forms.length);
    sandbox.settings.patch({ download: { disposition: { raw: "inline; filename=ü.nc" } } });
    const raw = (await get(url)).headers["content-disposition"] ?? "";
    assert.equal(raw, "inline; filename=ü.nc", "one octet a character");
  });
});
