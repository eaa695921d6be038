/** The endpoints behind the DeltaTwin dialogs, against the sandbox. */
import assert from "node:assert/strict";
import { useRuntime } from "../support/runtime.js";
import { useSandbox } from "../support/sandbox.js";
import { BLANK, failed, good, useAdmin, type Admin } from "./admin-server.js";

const start = useRuntime();
const admin = useAdmin();

interface Parameter {
  name: string;
  type: string;
  required: boolean;
  default?: string;
}

describe("admin endpoints: DeltaTwin", () => {
  const sandbox = useSandbox();

  async function deployed(): Promise<Admin> {
    const { deltatwin, sesameo } = sandbox().ready;
    await start({
      flow: [
        { id: "dt", type: "eo-account", provider: "deltatwin", url: deltatwin.url },
        { id: "seo", type: "eo-account", provider: "sesameo", url: sesameo.url },
      ],
      credentials: {
        dt: { username: deltatwin.username, password: deltatwin.password },
        seo: { apiKey: sesameo.apiKey },
      },
    });
    return admin();
  }
  const component = (value: string, more: object = {}): object => ({
    ...{ node: "n", account: { id: "dt" }, component: { value, type: "str" } },
    ...more,
  });

  it("tell the components, and one of them with its inputs", async () => {
    const ask = await deployed();
    const list = good(await ask.ask("eo/deltatwin/components", { account: { id: "dt" } }))["components"];
    assert.ok((list as { id: string }[]).some(({ id }) => id === "band-extractor"));
    const found = good(await ask.ask("eo/deltatwin/component", component("band-extractor")));
    assert.equal(found["version"], "1.1.0");
    assert.deepEqual(
      (found["inputs"] as Parameter[]).map(({ name, type, required, default: preset }) => [
        name,
        type,
        required,
        preset,
      ]),
      [
        ["product", "Data", true, undefined],
        ["bandName", "string", true, undefined],
        ["scale", "number", false, "1"],
      ],
    );
    const old = { version: { value: "1.0.0", type: "str" } };
    const older = good(await ask.ask("eo/deltatwin/component", component("band-extractor", old)));
    assert.equal((older["inputs"] as Parameter[]).length, 2);
  });

  it("name what was meant, and why an account will not do", async () => {
    const ask = await deployed();
    const unknown = failed(await ask.ask("eo/deltatwin/component", component("band-extracter")));
    assert.equal(unknown.code, "NOT_FOUND");
    assert.match(unknown.message, /Did you mean band-extractor\?/);
    const other = failed(await ask.ask("eo/deltatwin/components", { account: { id: "seo" } }));
    assert.match(other.message, /is for SesamEO\. Choose a DeltaTwin account/);
    assert.equal(failed(await ask.ask("eo/deltatwin/component", component(" "))).code, "BAD_INPUT");
  });

  it("send a stored password nowhere but where it was deployed to go", async () => {
    const ask = await deployed();
    const settings = { ...BLANK, provider: "deltatwin", url: "http://127.0.0.1:9" };
    const account = { id: "dt", settings, credentials: { username: "jdoe", password: "__PWRD__" } };
    assert.equal(failed(await ask.ask("eo/deltatwin/components", { account })).code, "KEY_NEEDED");
  });

  it("say what is wrong in the service's words, without a secret", async () => {
    const ask = await deployed();
    sandbox().faults.set([
      { match: { route: "component" }, answer: { status: 422, json: { detail: "no such thing" } } },
    ]);
    const reply = await ask.ask("eo/deltatwin/component", component("band-extractor"));
    assert.match(failed(reply).message, /no such thing/);
    assert.ok(!reply.text.includes(sandbox().ready.deltatwin.password));
  });
});
