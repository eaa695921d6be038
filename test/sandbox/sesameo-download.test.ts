/** Downloads from SesamEO: keys, providers, links in both spellings, ranges, offline products. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { useSandbox } from "../support/sandbox.js";
import { ask, type Answer } from "./ask.js";

const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";
const EXAMPLE = "CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c";

describe("sandbox: SesamEO downloads", () => {
  const sandbox = useSandbox();
  const path = `/Collections('${SENTINEL_2}')/Products('${EXAMPLE}')/$value`;
  const key = (): string => sandbox().ready.sesameo.apiKey;
  const get = (at: string, headers: Record<string, string> = { "x-api-key": key() }): Promise<Answer> =>
    ask(sandbox().ready.sesameo.url + at, { headers });
  const message = (answer: Answer): string => answer.json<{ error: { message: string } }>().error.message;

  it("sends the whole product under a quoted name, with its length", async () => {
    const answer = await get(path);
    const product = sandbox().sesameoProduct(SENTINEL_2, EXAMPLE);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-disposition"], `attachment; filename="${product.name}"`);
    assert.equal(answer.headers["content-length"], String(product.size));
    assert.equal(createHash("sha256").update(answer.body).digest("hex"), product.sha256());
    const head = await ask(sandbox().ready.sesameo.url + path, { method: "HEAD", headers: { "x-api-key": key() } });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
  });

  it("honours ranges while the product is the same", async () => {
    const whole = await get(path);
    const etag = String(whole.headers["etag"]);
    const part = await get(path, { "x-api-key": key(), range: "bytes=1000-", "if-range": etag });
    assert.equal(part.status, 206);
    assert.equal(part.headers["content-range"], `bytes 1000-${whole.body.length - 1}/${whole.body.length}`);
    assert.deepEqual(part.body, whole.body.subarray(1000));
    assert.equal((await get(path, { "x-api-key": key(), range: "bytes=9999999-" })).status, 416);
    sandbox().settings.patch({ download: { version: 2 } });
    const changed = await get(path, { "x-api-key": key(), range: "bytes=1000-", "if-range": etag });
    assert.equal(changed.status, 200);
    assert.notDeepEqual(changed.body, whole.body);
  });

  it("takes the link with escapes, and the quote in an id doubled", async () => {
    const escaped = path.replaceAll("'", "%27").replace("$", "%24").replace("CDSE:", "CDSE%3A");
    assert.equal((await get(escaped)).status, 200);
    sandbox().sesameo.setProduct(SENTINEL_2, "CDSE:it's", { name: "odd" });
    assert.equal((await get(path.replace(EXAMPLE, "CDSE:it''s"))).status, 200);
    assert.equal((await get(path.replace(EXAMPLE, "CDSE:it%27%27s"))).status, 200);
  });

  it("takes the key in any usual header, or only in the one that is set", async () => {
    for (const name of ["x-api-key", "apikey", "api-key", "X-Auth-Token"]) {
      assert.equal((await get(path, { [name]: key() })).status, 200, name);
    }
    assert.equal((await get(path, { authorization: `Bearer ${key()}` })).status, 200);
    sandbox().settings.patch({ sesameo: { header: "X-Sesame" } });
    assert.equal((await get(path)).status, 401);
    assert.equal((await get(path, { "x-sesame": key() })).status, 200);
    sandbox().settings.patch({ sesameo: { header: "Authorization" } });
    assert.equal((await get(path, { authorization: `Bearer ${key()}` })).status, 200);
    assert.equal((await get(path, { authorization: key() })).status, 200);
  });

  it("refuses no key, a wrong one, an expired one, and a provider that its owner has not configured", async () => {
    const none = await get(path, {});
    assert.deepEqual([none.status, message(none)], [401, "An API key is required."]);
    assert.equal(message(await get(path, { "x-api-key": "wrong" })), "The API key is not valid.");
    sandbox().sesameo.keys.set(key(), { providers: [] });
    const refused = await get(path);
    assert.equal(refused.status, 403);
    assert.match(message(refused), /cannot authorize the download: the provider CDSE is not configured/);
    sandbox().sesameo.keys.set("second", {});
    assert.equal((await get(path, { apikey: "second" })).status, 200);
    sandbox().sesameo.keys.set("second", { enabled: false });
    assert.equal((await get(path, { apikey: "second" })).status, 401);
  });

  it("does not find unknown collections, products, or a link that was cut", async () => {
    for (const at of [
      path.replace("SENTINEL-2", "SENTINEL-9"),
      path.replace("91e28786", "00000000"),
      path.replace("/$value", "/"),
      path.replace(/b75c.*/, "…"),
      `/Products('${EXAMPLE}')/$value`,
    ]) {
      assert.equal((await get(at)).status, 404, at);
    }
    const post = await ask(sandbox().ready.sesameo.url + path, { method: "POST", headers: { "x-api-key": key() } });
    assert.deepEqual([post.status, post.headers.allow], [405, "GET, HEAD"]);
  });

  it("accepts offline products for retrieval, for ever or for some polls", async () => {
    sandbox().sesameo.setProduct(SENTINEL_2, EXAMPLE, { online: false });
    for (let poll = 0; poll < 3; poll++) assert.equal((await get(path)).status, 202);
    sandbox().settings.patch({ sesameo: { offlinePolls: 4 } });
    const last = await get(path);
    assert.deepEqual([last.status, /accepted/.test(String(last.headers["cause-message"]))], [202, true]);
    assert.equal((await get(path)).status, 200);
  });

  it("is switched over HTTP, too", async () => {
    const { control } = sandbox().ready;
    const product = { collection: SENTINEL_2, product: "CDSE:new", name: "NEW.SAFE", online: false };
    assert.equal((await ask(`${control}/sesameo/products`, { body: product })).status, 200);
    assert.equal((await get(path.replace(EXAMPLE, "CDSE:new"))).status, 202);
    await ask(`${control}/sesameo/keys`, { body: { providers: [] } });
    assert.equal((await get(path)).status, 403);
    const keys = (await ask(`${control}/sesameo/keys`)).json();
    assert.deepEqual(keys, { [key()]: { providers: [], enabled: true } });
    const told = (await ask(`${control}/sesameo/products?collection=${SENTINEL_2}&product=${EXAMPLE}`)).json();
    assert.equal(told["sha256"], sandbox().sesameoProduct(SENTINEL_2, EXAMPLE).sha256());
    const wrong = { collection: "none", product: "CDSE:x" };
    assert.equal((await ask(`${control}/sesameo/products`, { body: wrong })).status, 400);
  });
});
