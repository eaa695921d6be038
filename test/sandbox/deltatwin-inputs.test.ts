/** What the engine says to inputs: its verdict on each type, and on each way in which a product cannot be had. */
import assert from "node:assert/strict";
import { useSandbox } from "../support/sandbox.js";
import { Twin, type RunLike } from "./twin.js";

const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";
const EXAMPLE = "CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c";

describe("sandbox: DeltaTwin inputs", () => {
  const sandbox = useSandbox();
  let twin: Twin;
  beforeEach(async () => {
    sandbox().settings.patch({ deltatwin: { pace: 0 } });
    twin = await Twin.login(sandbox());
  });

  const good: Record<string, string> = {
    text: '{"type":"string","value":"x"}',
    angle: '{"type":"integer","value":45}',
    factor: '{"type":"number","value":45.0}',
    password: '{"type":"secret","secret_value":"00ff"}',
  };
  const given = (changes: Record<string, string | undefined>): string => {
    const all = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined);
    return `{${all.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  };
  const verdict = async (changes: Record<string, string | undefined>): Promise<string> => {
    const { status, return_code, message } = await twin.finish("input-types", given(changes));
    return status === "success" ? status : `${return_code}: ${message}`;
  };

  it("compares the JSON type with the declared one, whatever the file says it is", async () => {
    const must = (name: string, type: string, is: string) =>
      `110: Input ${name} must be of type ${type} but is of type ${is}.`;
    const table: [Record<string, string | undefined>, string][] = [
      [{}, "success"],
      [{ text: '{"value":""}' }, "success"],
      [{ text: '{"type":"string","value":5}' }, must("text", "string", "integer")],
      [{ angle: '{"type":"integer","value":45.0}' }, must("angle", "integer", "number")],
      [{ angle: '{"type":"integer","value":"45"}' }, must("angle", "integer", "string")],
      [{ angle: '{"type":"integer","value":true}' }, must("angle", "integer", "boolean")],
      [
        { angle: '{"type":"integer","secret_value":"00"}' },
        "0: 'SecretParameterModel' object has no attribute 'value'",
      ],
      [{ factor: '{"type":"number","value":45}' }, must("factor", "number", "integer")],
      [{ factor: '{"type":"number","value":"45.0"}' }, must("factor", "number", "string")],
      [{ factor: '{"type":"integer","value":4.5E1}' }, "success"],
      [{ flag: '{"type":"boolean","value":true}' }, "success"],
      [{ flag: '{"type":"boolean","value":"true"}' }, must("flag", "boolean", "string")],
      [{ flag: '{"type":"boolean","value":1}' }, must("flag", "boolean", "integer")],
      [{ password: '{"type":"string","value":"00"}' }, must("password", "secret", "string")],
      [{ password: '{"type":"Data","url":"http://127.0.0.1/"}' }, must("password", "secret", "Data")],
      [{ image: '{"type":"string","value":"http://127.0.0.1/"}' }, must("image", "Data", "string")],
      [{ image: '{"type":"secret","secret_value":"00"}' }, must("image", "Data", "secret")],
      [{ settings: '{"type":"json","value":{"a":[1]}}' }, "success"],
      [{ settings: '{"type":"json","value":"{}"}' }, "success"],
      [{ unknown: '{"type":"string","value":"ignored"}' }, "success"],
      [{ text: undefined }, "120: Inputs ['text'] required."],
      [{ text: undefined, factor: undefined }, "120: Inputs ['text', 'factor'] required."],
      [{ text: undefined, angle: '{"value":"x"}' }, must("angle", "integer", "string")],
      [
        { text: '{"type":"Data","url":"http://127.0.0.1/"}' },
        "0: 'DataParameterModel' object has no attribute 'value'",
      ],
      [
        { password: '{"type":"secret","secret_value":"12no"}' },
        "0: non-hexadecimal number found in fromhex() arg at position 2",
      ],
      [{ stored: '{"type":"DriveData","drive_id":"gone"}' }, "211: Error while fetching input stored from drive gone."],
    ];
    for (const [changes, expected] of table) assert.equal(await verdict(changes), expected, JSON.stringify(changes));
  });

  it("gives the model what was sent: numbers as spelt, secrets starred, files fetched", async () => {
    const url = `${sandbox().url("store")}/thumbnails/sea.png`;
    const run = await twin.finish(
      "input-types",
      given({ factor: '{"value":1.50}', image: `{"type":"Data","url":"${url}"}` }),
    );
    const received = (await twin.ask("GET", `/runs/${run.run_id}/outputs/received/download`)).text();
    assert.match(received, /"factor":1\.50,/);
    assert.match(received, /"password":"\*\*\*"/);
    assert.match(received, /"image":\{"basename":"sea\.png","size":\d+,"md5":"[0-9a-f]{32}"\}/);
  });

  describe("of a SesamEO product", () => {
    const finish = (product: object): Promise<RunLike> =>
      twin.finish("band-extractor", {
        product: { type: "Data", ...product },
        bandName: { type: "string", value: "B02" },
      });
    const link = (): string => (sandbox().ready.deltatwin.inputs as { product: { url: string } }).product.url;
    const auth = (api_key: string): object => ({ type: "SesamEO", api_key });
    const key = (): string => sandbox().ready.sesameo.apiKey;
    const refused = async (product: { url: string; auth?: object }): Promise<void> => {
      const { status, return_code, message } = await finish(product);
      const words = `Error while fetching input product from url ${product.url}. Please verify the url.`;
      assert.deepEqual([status, return_code, message], ["error", 211, words]);
    };
    const answered = (): number[] =>
      sandbox()
        .requests()
        .filter(({ origin }) => origin === "sesameo")
        .map(({ status }) => status);

    it("fails with 211 for every reason", async () => {
      await refused({ url: link(), auth: auth("wrong") });
      await refused({ url: link() });
      await refused({ url: link().replace("/$value", "") + "/", auth: auth(key()) });
      await refused({ url: link().replace(/'\)\/\$value$/, "…"), auth: auth(key()) });
      await refused({ url: link().replace("91e28786", "00000000"), auth: auth(key()) });
      await refused({ url: "not an address", auth: auth(key()) });
      await refused({ url: "https://api.sesameo.invalid/odata/v1/", auth: auth(key()) });
      sandbox().sesameo.keys.set(key(), { providers: ["DEDL"] });
      await refused({ url: link(), auth: auth(key()) });
      sandbox().sesameo.keys.set(key(), { providers: ["CDSE"] });
      sandbox().sesameo.setProduct(SENTINEL_2, EXAMPLE, { online: false });
      await refused({ url: link(), auth: auth(key()) });
      sandbox().sesameo.setProduct(SENTINEL_2, EXAMPLE, { online: true });
      sandbox().faults.add({ match: { route: "value" }, times: 1, transfer: { cutAfter: 1000 } });
      await refused({ url: link(), auth: auth(key()) });
      assert.equal((await finish({ url: link(), auth: auth(key()) })).status, "success");
      assert.deepEqual(answered(), [401, 401, 404, 404, 404, 403, 202, 200, 200]);
    });

    it("fails in the model when a cut body ends cleanly", async () => {
      sandbox().faults.add({ match: { route: "value" }, transfer: { endAfter: 1000 } });
      const { return_code, message } = await finish({ url: link(), auth: auth(key()) });
      assert.equal(return_code, 221);
      assert.match(message, /^Something went wrong during the execution of model extract\./);
    });

    it("takes the old form, and products that are plain NetCDF or small", async () => {
      assert.equal((await finish({ value: link(), auth: auth(key()) })).status, "success");
      const { collection } = sandbox().ready.hda;
      const [first] = sandbox().sesameo.products(collection)?.values() ?? [];
      const url = link().replace(/Collections.*/, `Collections('${collection}')/Products('${first?.id}')/$value`);
      assert.equal((await finish({ url, auth: auth(key()) })).status, "success");
    });

    it("sends the key to SesamEO only, in the header that is set", async () => {
      const foreign = `${sandbox().url("foreign")}/anything/$value`;
      await refused({ url: foreign, auth: auth(key()) });
      const asked = sandbox()
        .requests()
        .find(({ origin }) => origin === "foreign");
      assert.ok(asked, "the foreign address was not asked");
      assert.ok(!JSON.stringify(asked.headers).includes(key()), "the key was given away");
      sandbox().faults.add({ match: { route: "value" }, times: 1, answer: { redirect: { to: "foreign" } } });
      await refused({ url: link(), auth: auth(key()) });
      const redirected = sandbox()
        .requests()
        .filter(({ origin }) => origin === "foreign")
        .at(-1);
      assert.ok(!JSON.stringify(redirected?.headers).includes(key()), "the key followed a redirect");
      sandbox().settings.patch({ sesameo: { header: "X-Sesame" } });
      assert.equal((await finish({ url: link(), auth: auth(key()) })).status, "success");
      assert.equal(
        sandbox()
          .requests()
          .findLast(({ route }) => route === "value")?.headers["x-sesame"],
        key(),
      );
    });
  });
});
