/** The endpoints against the sandbox's Data Lake: logins, offset paging, and a service in trouble. */
import assert from "node:assert/strict";
import { useRuntime } from "../support/runtime.js";
import { sandboxAccount, sandboxCredentials, useSandbox } from "../support/sandbox.js";
import { BLANK, failed, good, useAdmin, type Admin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

interface Step {
  step: string;
  state: string;
  expiresIn?: number;
  items?: number;
  collection?: string;
  error?: { code: string; message: string; words?: string; status?: number };
}

describe("admin endpoints: the sandbox's Data Lake", () => {
  const sandbox = useSandbox();
  const account = { id: "account" };

  async function deployed(): Promise<Admin> {
    await start({
      flow: [sandboxAccount(sandbox())],
      credentials: { account: sandboxCredentials(sandbox()) },
    });
    return admin();
  }

  /** The account as somebody has just typed it in. */
  function typed(credentials: object = sandboxCredentials(sandbox())): object {
    const { stac, tokenUrl, hosts } = sandbox().ready.hda;
    return { id: "new", settings: { ...BLANK, provider: "dedl", url: stac, tokenUrl, hosts }, credentials };
  }

  async function test(ask: Admin, which: object): Promise<Step[]> {
    const reply = await ask.ask("eo/account/test", { account: which });
    for (const secret of [sandbox().ready.hda.clientSecret, ...tokens()])
      assert.equal(!reply.text.includes(secret), true);
    return good(reply)["steps"] as Step[];
  }

  function tokens(): string[] {
    return sandbox()
      .requests()
      .flatMap(({ authorization }) => (authorization === undefined ? [] : [authorization.replace(/^Bearer /, "")]));
  }

  it("tests an account before and after it is deployed", async () => {
    const ask = await deployed();
    for (const which of [typed(), account]) {
      const [reach, token, search] = await test(ask, which);
      assert.deepEqual([reach?.state, token?.state, search?.state], ["ok", "ok", "ok"], JSON.stringify(search));
      assert.equal(token?.expiresIn, 3600);
      assert.equal(search?.items, 1);
      assert.equal(search.collection, sandbox().ready.hda.collection);
    }
    assert.equal(tokens().length > 0, true);
  });

  it("says which half of the key is wrong", async () => {
    const { clientId } = sandboxCredentials(sandbox());
    const [, token, search] = await test(await deployed(), typed({ clientId, clientSecret: "not-the-secret" }));
    assert.equal(token?.state, "failed");
    assert.equal(token.error?.code, "AUTH_FAILED");
    assert.match(token.error.message, /secret is wrong/);
    assert.equal(search?.state, "skipped");
  });

  it("lists the collections of all pages, those only a login shows too", async () => {
    const ask = await deployed();
    const reply = good(await ask.ask("eo/search/collections", { account }));
    const ids = (reply["collections"] as { id: string }[]).map(({ id }) => id);
    assert.equal(reply["complete"], true);
    assert.equal(ids.includes(sandbox().ready.hda.collection), true);
    assert.equal(new Set(ids).size, ids.length);
    const state = sandbox()
      .requests()
      .filter(({ route }) => route === "collections");
    assert.equal(
      state.every(({ authorization }) => authorization?.startsWith("Bearer ")),
      true,
    );
  });

  it("previews a search, its newest beyond the first page, and what filter latest and download make of it", async () => {
    const ask = await deployed();
    const collections = { value: sandbox().ready.hda.collection, type: "str" };
    const found = good(
      await ask.ask("eo/search/preview", { node: "s", account, fields: { collections }, limit: "10" }),
    );
    assert.equal(found["complete"], true);
    assert.equal(Number(found["seen"]) > 10 && Number(found["pages"]) > 1, true);
    const match = { value: "plankton", type: "str" };
    const filter = { match, matchMode: "contains", groupBy: "", count: "", dateField: "" };
    const kept = good(await ask.ask("eo/filter/preview", { search: "s", node: "f", filter }));
    const [newest] = kept["first"] as { id: string }[];
    assert.match(newest?.id ?? "", /plankton/);
    const first = (found["first"] as { id: string }[]).map(({ id }) => id);
    assert.equal(!first.includes(newest?.id ?? ""), true);
    const download = { ifExists: "verify", order: "true" };
    const files = good(await ask.ask("eo/download/preview", { search: "s", node: "d", filter, download }));
    assert.equal(files["count"], 1);
    const [file] = files["files"] as { item: string; asset: string; name: string; certain: boolean }[];
    assert.deepEqual([file?.item, file?.asset, file?.certain], [newest?.id, "downloadLink", false]);
    const routes = sandbox()
      .requests()
      .map(({ route }) => route);
    assert.equal(routes.includes("download"), false);
  });

  it("shares the token of the running flows", async () => {
    const ask = await deployed();
    const collections = { value: sandbox().ready.hda.collection, type: "str" };
    for (let n = 0; n < 3; n += 1) {
      good(await ask.ask("eo/search/preview", { node: "s", account, fields: { collections }, max: "5" }));
    }
    assert.equal(
      sandbox()
        .requests()
        .filter(({ route }) => route === "token").length,
      1,
    );
  });

  it("hands on the service's own words", async () => {
    const reply = await (await deployed()).ask("eo/search/preview", { node: "s", account, fields: {} });
    const error = failed(reply);
    assert.equal(error.code, "BAD_INPUT");
    assert.match(error.words ?? "", /collection is required/i);
  });

  it("tells of endless pages what was seen, and ends", async () => {
    sandbox().settings.patch({ search: { endless: true } });
    const collections = { value: sandbox().ready.hda.collection, type: "str" };
    const ask = await deployed();
    const reply = good(
      await ask.ask("eo/search/preview", { node: "s", account, fields: { collections }, limit: "10" }),
    );
    assert.equal(reply["complete"], false);
    assert.match(String(reply["warning"]), /repeat itself|leads back/);
  });

  it("shows the page of a broken gateway as a failure of its step", async () => {
    sandbox().faults.add({ match: { route: "landing" }, answer: { error: "html-502" } });
    const [reach, token] = await test(await deployed(), account);
    assert.equal(reach?.error?.code, "SERVER_ERROR");
    assert.equal(reach.error.status, 502);
    assert.equal(!JSON.stringify(reach).includes("<"), true);
    assert.equal(token?.state, "skipped");
  });
});
