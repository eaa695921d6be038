/** The endpoints against the sandbox's EO DataHub: the steps of a test, the tree of catalogues, a preview. */
import assert from "node:assert/strict";
import { useRuntime } from "../support/runtime.js";
import { useSandbox } from "../support/sandbox.js";
import { BLANK, good, useAdmin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

describe("admin endpoints: the sandbox's EO DataHub", () => {
  const sandbox = useSandbox();

  function typed(apiKey: string): object {
    const { url, workspace } = sandbox().ready.eodh;
    return { id: "new", settings: { ...BLANK, provider: "eodh", url, workspace }, credentials: { apiKey } };
  }

  it("tests the key, says the days left, and what is wrong with a Token ID", async () => {
    await start({ flow: [{ id: "account", type: "eo-account", provider: "eodh" }] });
    const ask = await admin();
    const { apiKey } = sandbox().ready.eodh;
    const reply = await ask.ask("eo/account/test", { account: typed(apiKey) });
    assert.equal(reply.text.includes(apiKey), false);
    const steps = good(reply)["steps"] as { step: string; state: string; days?: number; workspace?: string }[];
    assert.deepEqual(
      steps.map(({ step, state }) => `${step} ${state}`),
      ["reach ok", "key ok", "workspace ok", "expiry ok"],
    );
    assert.equal(steps[3]?.days, 29);
    const id = sandbox().eodh.own.id;
    const wrong = good(await ask.ask("eo/account/test", { account: typed(id) }))["steps"] as {
      error?: { message: string };
    }[];
    assert.match(wrong[1]?.error?.message ?? "", /Token ID, not an API Key/);
  });

  it("lists the catalogues, private ones included, and previews a search of one", async () => {
    await start({ flow: [{ id: "account", type: "eo-account", provider: "eodh" }] });
    const ask = await admin();
    const account = typed(sandbox().ready.eodh.apiKey);
    const list = good(await ask.ask("eo/search/catalogues", { account }))["catalogues"] as { id: string }[];
    assert.ok(list.some(({ id }) => id === sandbox().ready.eodh.catalogue));
    const preview = good(
      await ask.ask("eo/search/preview", {
        node: "search",
        account,
        fields: { catalogue: { value: "user/my-ws/saved-data", type: "str" } },
      }),
    );
    assert.equal(preview["seen"], 12);
  });
});
