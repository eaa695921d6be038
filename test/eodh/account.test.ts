/** EO DataHub accounts: environments, hosts that get the key, the Test button's steps, and when a key dies. */
import assert from "node:assert/strict";
import { Account } from "../../src/accounts/account.js";
import { probe } from "../../src/accounts/probe.js";
import { environmentOf } from "../../src/eodh/environments.js";
import { workspaceStore } from "../../src/eodh/workspace.js";
import { useSandbox } from "../support/sandbox.js";
import { closeAccounts, eodhAccount } from "./support.js";

const signal = new AbortController().signal;
const DAY = 86_400_000;

describe("EO DataHub: account", () => {
  const sandbox = useSandbox();
  closeAccounts();

  it("owns the files host of its own workspace, in the environment of its address", async () => {
    const owned: [url: string, owned: string, foreign: string][] = [
      ["", "https://my-ws.eodatahub-workspaces.org.uk/x", "https://other.eodatahub-workspaces.org.uk/x"],
      [
        "https://staging.eodatahub.org.uk/",
        "https://my-ws.staging.eodatahub-workspaces.org.uk/x",
        "https://my-ws.eodatahub-workspaces.org.uk/x",
      ],
      [
        "https://test.eodatahub.org.uk/api/catalogue/stac/",
        "https://test.eodatahub.org.uk/api/workspaces",
        "https://eodatahub.org.uk/",
      ],
    ];
    for (const [url, own, foreign] of owned) {
      const account = Account.open({ provider: "eodh", url, workspace: "my-ws" }, { apiKey: "454f4448" });
      assert.equal(account.door.owns(own), true, own);
      assert.equal(account.door.owns(foreign), false, foreign);
      assert.equal(account.door.owns("https://dap.ceda.ac.uk/neodc/x.tif"), false);
      assert.equal(account.url, `${account.service}/api/catalogue/stac`);
      await account.close();
    }
    assert.equal(environmentOf("https://staging.eodatahub.org.uk.evil.org"), undefined);
    assert.equal(environmentOf("http://eodatahub.org.uk"), undefined);
  });

  it("says what is missing or cannot be, before anything is sent", () => {
    const problem = (workspace: string, apiKey: string): string => {
      try {
        eodhAccount(sandbox(), { workspace }, apiKey).check();
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    assert.match(problem("", "k"), /no workspace/);
    for (const name of ["My-WS", "a/b", "../x", "a.b", "-a", "a".repeat(64)])
      assert.match(problem(name, "k"), /no name of a workspace/);
    assert.match(problem("my-ws", " "), /no API key/);
    assert.match(problem("my-ws", "a b"), /a blank/);
    assert.equal(problem("my-ws", "k"), "");
    assert.equal(sandbox().requests().length, 0);
  });

  async function steps(settings: object, key?: string): Promise<string[]> {
    const all = await probe(eodhAccount(sandbox(), settings, key), signal);
    return all.map(({ step, state, error }) => [step, state, error?.code].filter(Boolean).join(" "));
  }

  it("tests: reach, key, workspace, days left", async () => {
    const all = await probe(eodhAccount(sandbox()), signal);
    assert.deepEqual(
      all.map(({ step, state }) => `${step} ${state}`),
      ["reach ok", "key ok", "workspace ok", "expiry ok"],
    );
    assert.equal(all[0]?.title, "EO DataHub Catalogue");
    assert.equal(all[2]?.workspace, "my-ws");
    assert.equal(all[3]?.days, 29);
  });

  it("tests a dead key, a Token ID, a key of another workspace, and a login page", async () => {
    const { keys, other } = sandbox().eodh;
    const dead = keys.issue("my-ws", "alice", -1).key;
    assert.deepEqual(await steps({}, dead), [
      "reach ok",
      "key failed AUTH_FAILED",
      "workspace skipped",
      "expiry skipped",
    ]);
    const [, key] = await probe(eodhAccount(sandbox(), {}, keys.of("my-ws")[0]?.id), signal);
    assert.match(key?.error?.message ?? "", /looks like a Token ID, not an API Key/);
    assert.deepEqual(await steps({}, other.key), [
      "reach ok",
      "key ok",
      "workspace failed FORBIDDEN",
      "expiry skipped",
    ]);
    sandbox().settings.patch({ eodh: { deadKey: "refused", unauthorized: "redirect" } });
    const login = await probe(eodhAccount(sandbox(), {}, dead), signal);
    assert.match(login[1]?.error?.message ?? "", /login page/);
    assert.equal(
      sandbox()
        .requests()
        .some(({ url }) => url.includes("keycloak")),
      false,
      "the key stays here",
    );
  });

  it("takes the account's own date where the service does not tell", async () => {
    sandbox().faults.add({ match: { route: "eodh-tokens" }, answer: { status: 403, body: "" } });
    assert.equal((await steps({})).at(-1), "expiry skipped");
    const expires = new Date(Date.now() + 5.5 * DAY).toISOString();
    const [, , , last] = await probe(eodhAccount(sandbox(), { expires }), signal);
    assert.equal(last?.days, 5);
  });

  it("reads where the files are, once", async () => {
    const account = eodhAccount(sandbox());
    const [one, two] = await Promise.all([workspaceStore(account), workspaceStore(account)]);
    assert.deepEqual(one, two);
    assert.equal(one.bucket, "workspaces-eodhp");
    assert.equal(one.prefix, "my-ws/");
    assert.equal(one.filesUrl, `${sandbox().ready.eodh.url}/workspace-host/my-ws/files/workspaces-eodhp`);
    assert.equal(
      sandbox()
        .requests()
        .filter(({ route }) => route === "eodh-workspace").length,
      1,
    );
  });
});
