/** The control endpoint: everything a test can switch in-process can be switched over HTTP. */
import assert from "node:assert/strict";
import { startSandbox, type SeenRequest, type Sandbox } from "../../sandbox/index.js";
import { ask, form, type Answer, type PageLike } from "./ask.js";

describe("sandbox: control endpoint", () => {
  let sandbox: Sandbox;
  let control: string;
  before(async () => {
    sandbox = await startSandbox({ bytes: 1000 });
    control = sandbox.ready.control;
  });
  afterEach(() => sandbox.reset());
  after(() => sandbox.close());

  const send = (method: string, path: string, body?: object): Promise<Answer> =>
    ask(control + path, { method, ...(body ? { body } : {}) });
  const search = (bearer: string): Promise<Answer> =>
    ask(`${sandbox.ready.hda.stac}/search`, {
      headers: { authorization: `Bearer ${bearer}`, cookie: "a=b", "x-api-key": "k" },
      body: { collections: [sandbox.ready.hda.collection] },
    });

  it("adds, lists, replaces and removes faults", async () => {
    const { ids } = (await send("POST", "/faults", [{ delay: 0 }, { id: "mine", delay: 0 }])).json<{ ids: string[] }>();
    assert.equal(ids[1], "mine");
    assert.equal((await send("GET", "/faults")).json<unknown[]>().length, 2);
    assert.deepEqual((await send("DELETE", "/faults/mine")).json(), { removed: true });
    await send("PUT", "/faults", { match: { route: "landing" }, answer: { status: 418 } });
    assert.equal((await ask(sandbox.ready.hda.stac)).status, 418);
    await send("DELETE", "/faults");
    assert.equal((await ask(sandbox.ready.hda.stac)).status, 200);
    const wrong = await send("POST", "/faults", { colour: "blue" });
    assert.equal(wrong.status, 400);
    assert.deepEqual(wrong.json(), { error: "a fault has no key colour" });
  });

  it("keeps a log of every request with what it carried", async () => {
    await send("DELETE", "/requests");
    const token = (await send("POST", "/tokens")).json<{ token: string }>().token;
    await search(token);
    await ask(`${sandbox.url("foreign")}/whatever`);
    const all = (await send("GET", "/requests")).json<SeenRequest[]>();
    assert.deepEqual(
      all.map(({ origin, route, method, status, end }) => [origin, route, method, status, end]),
      [
        ["hda", "search", "POST", 200, "complete"],
        ["foreign", "unknown", "GET", 404, "complete"],
      ],
    );
    const [seen] = all;
    assert.equal(seen?.authorization, `Bearer ${token}`);
    assert.equal(seen?.cookie, "a=b");
    assert.equal(seen?.apiKey, "k");
    assert.equal(seen?.collection, sandbox.ready.hda.collection);
    assert.ok(seen?.headerNames.includes("x-api-key"));
    assert.deepEqual(JSON.parse(seen?.body ?? ""), { collections: [sandbox.ready.hda.collection] });
    assert.equal((await send("GET", "/requests?origin=foreign")).json<unknown[]>().length, 1);
  });

  it("changes settings, items, tokens, clients, realms and the rate", async () => {
    const { clientId, clientSecret, tokenUrl, collection } = sandbox.ready.hda;
    await send("PATCH", "/settings", { search: { numberMatched: "right" } });
    await send("POST", "/items", { collection, count: 7 });
    const token = sandbox.tokens.issue();
    const page = (await search(token)).json<PageLike>();
    assert.deepEqual([page.numberMatched, page.features.length], [7, 7]);
    await send("POST", "/items", { collection, features: [] });
    assert.equal((await search(token)).json<PageLike>().features.length, 0);
    assert.deepEqual((await send("POST", "/tokens/revoke", { token })).json(), { revoked: 1 });
    assert.equal((await search(token)).status, 401);
    await send("POST", "/tokens/ttl", { seconds: 7 });
    const grant = form({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret });
    assert.equal((await ask(tokenUrl, grant)).json()["expires_in"], 7);
    await send("POST", "/clients", { clientId, secret: "other" });
    assert.equal((await ask(tokenUrl, grant)).json()["error"], "unauthorized_client");
    await send("POST", "/realms", { realm: "dedl", enabled: false });
    assert.equal((await ask(tokenUrl, grant)).status, 403);
    await send("POST", "/rate", { perSecond: 1 });
    await ask(sandbox.ready.hda.stac);
    assert.equal((await ask(sandbox.ready.hda.stac)).status, 429);
    await send("POST", "/reset");
    assert.equal((await ask(tokenUrl, grant)).status, 200);
    assert.equal((await search(sandbox.tokens.issue())).json<PageLike>().features.length, 10);
    assert.equal((await send("POST", "/items", { collection: "NOPE", count: 1 })).status, 400);
  });

  it("tells what a whole download must be", async () => {
    const { collection } = sandbox.ready.hda;
    const item = sandbox.hda.items.of(collection)?.items[0]?.id ?? "";
    const told = (await send("GET", `/products?collection=${collection}&item=${item}`)).json();
    const product = sandbox.product(collection, item);
    assert.deepEqual(told, {
      size: 1000,
      name: `${item}.nc`,
      type: "application/x-netcdf",
      md5: product.md5(),
      sha256: product.sha256(),
    });
    assert.ok((await send("GET", "/state")).json<{ origins: object }>().origins);
  });
});
