/** Every wrong input and link has its own message, and nothing is sent for it: not to DeltaTwin, not to SesamEO. */
import assert from "node:assert/strict";
import { jsonServer, type JsonServer } from "../support/json-server.js";
import { errorOf, startRuntime, type Runtime } from "../support/runtime.js";

const API = "https://api.sesameo.destine.eu/odata/v1";
const UUID = "91e28786-0c30-4ccd-879d-e7eb4d42b75c";
const GOOD = `${API}/Collections('EO.ESA.DAT.SENTINEL-2.MSI.L2A')/Products('CDSE:${UUID}')/$value`;
const KEY = "a-real-looking-key-0123456789";

/** A row of an inputs node, or the whole payload of a run node. */
interface Wrong {
  what: string;
  message: RegExp;
  row?: { name?: string; type?: string; value?: unknown; valueType?: string };
  rows?: object[];
  payload?: unknown;
  /** Properties of the inputs node. */
  node?: Record<string, unknown>;
  msg?: Record<string, unknown>;
}

/** A link given as the value of the input `product`. */
const link = (what: string, value: string, message: RegExp, node: Record<string, unknown> = {}): Wrong => ({
  what,
  message,
  row: { name: "product", type: "Data", value },
  node,
});

const value = (what: string, type: string, given: unknown, valueType: string, message: RegExp): Wrong => ({
  what,
  message,
  row: { name: "angle", type, value: given, valueType },
});

const payload = (what: string, given: unknown, message: RegExp): Wrong => ({ what, payload: given, message });
const product = (auth: unknown, url: unknown = GOOD): object => ({ product: { type: "Data", url, auth } });

const WRONG: Wrong[] = [
  link("cut short with …", GOOD.replace(/d42b75c.*/, "…"), /cut short .*copied from a table/),
  link("cut short with dots", `${API}/Collections('EO.ESA...`, /cut short/),
  link("without $value", GOOD.replace("/$value", ""), /ends without \/\$value/),
  link("$value eaten by a shell", GOOD.replace("$value", ""), /lost its \$value: a shell/),
  link("value without $", GOOD.replace("$value", "value"), /lost the \$ of \$value/),
  link("backslash before $value", GOOD.replace("$value", "\\$value"), /backslash/),
  link("two backslashes", GOOD.replace("$value", "\\\\$value"), /backslash/),
  link("a slash after $value", `${GOOD}/`, /slash after \$value/),
  link("something else than $value", GOOD.replace("$value", "$metadata"), /something else than \$value/),
  link("a file inside the product", GOOD.replace("$value", "Nodes('x')/$value"), /file inside a product/),
  link("the web page", "https://sesameo.destine.eu/collections/EO.ESA.DAT.SENTINEL-2.MSI.L2A", /is the web page/),
  link(
    "CDSE",
    `https://catalogue.dataspace.copernicus.eu/odata/v1/Products(${UUID})/$value`,
    /Copernicus Data Space .*does not apply/,
  ),
  link(
    "CDSE's zipper",
    `https://zipper.dataspace.copernicus.eu/odata/v1/Products(${UUID})/$value`,
    /zipper\.dataspace/,
  ),
  link(
    "CDSE without an account",
    `https://zipper.dataspace.copernicus.eu/odata/v1/Products(${UUID})/$value`,
    /zipper/,
    { sesameo: "" },
  ),
  link("Data Lake", "https://hda-download.lumi.data.destination-earth.eu/data/x/download", /Data Lake/),
  link("a link of SesamEO without an account", GOOD, /needs a key: choose the SesamEO account/, { sesameo: "" }),
  link(
    "another host",
    GOOD.replace("api.sesameo.destine.eu", "api.sesameo.example.org"),
    /leads to api\.sesameo\.example\.org, which is not SesamEO/,
  ),
  link("another port", GOOD.replace("destine.eu", "destine.eu:8443"), /leads to api\.sesameo\.destine\.eu:8443/),
  link("plain http", GOOD.replace("https", "http"), /begins with http:\/\//),
  link("a user name in it", GOOD.replace("https://", "https://me:pw@"), /user name or password/),
  link("a query", `${GOOD}?api_key=x`, /query/),
  link("a fragment", `${GOOD}#x`, /fragment/),
  link("no collection", `${API}/Products('CDSE:${UUID}')/$value`, /names no collection/),
  link("no product", `${API}/Collections('EO.ESA.DAT.SENTINEL-2.MSI.L2A')/$value`, /names no product/),
  link("no quotes around the product", GOOD.replaceAll("'CDSE:" + UUID + "'", UUID), /no quotes around the product/),
  link(
    "no quotes around the collection",
    GOOD.replace("'EO.ESA.DAT.SENTINEL-2.MSI.L2A'", "EO"),
    /no quotes around the collection/,
  ),
  link("no provider", GOOD.replace("CDSE:", ""), /without its provider/),
  link("a blank provider", GOOD.replace("CDSE:", ":"), /nothing before the colon/),
  link("a blank id", GOOD.replace(UUID, ""), /nothing after the colon/),
  link(
    "a blank collection",
    GOOD.replace("EO.ESA.DAT.SENTINEL-2.MSI.L2A", ""),
    /names no collection: Collections\(''\)/,
  ),
  link("typographic quotes", GOOD.replaceAll("'", "’"), /typographic quotes/),
  link("a line break", GOOD.replace("/Products", "\n/Products"), /space, a line break/),
  link("a placeholder", GOOD.replace(UUID, "<id>"), /placeholder/),
  link("another case", GOOD.replace("Collections", "collections"), /another case/),
  link("the API's older version", GOOD.replace("/odata/v1", "/odata/v0"), /does not begin with/),
  link("not an address at all", "my product", /must be an absolute address|space/),
  link("a relative address", "/data/product.zip", /must be an absolute address/),
  link("an object store", "s3://eodata/Sentinel-2/x.SAFE", /object store/),
  link("a local file", "file:///data/product.zip", /file on this machine/),
  link("another protocol", "ftp://ftp.example.org/x.zip", /kind ftp:/),
  value(
    "text for integer",
    "integer",
    "45",
    "str",
    /Input angle must be a whole number \(integer\), but is the text "45"\. The service refuses text.*without quotes/,
  ),
  value("a fraction for integer", "integer", "45.5", "num", /45\.5, which has a fraction/),
  value("too large to be exact", "integer", "9007199254740993", "num", /too large to be held exactly/),
  value("text for number", "number", "45.0", "str", /must be a number, but is the text "45\.0"/),
  value("true for number", "number", "true", "bool", /must be a number, but is true/),
  value("text for boolean", "boolean", "true", "str", /must be true or false \(boolean\), but is the text "true"/),
  value("1 for boolean", "boolean", "1", "num", /but is the number 1/),
  value("a number for string", "string", "5", "num", /must be a text \(string\), but is the number 5/),
  value("a text for json", "json", "{}", "str", /must be a JSON object or array/),
  value("an address for DriveData", "DriveData", "https://example.org/x", "str", /DriveData\), but is an address/),
  value("no value", "integer", "", "str", /Input angle has no value/),
  value("a missing message property", "integer", "nothing", "msg", /taken from msg\.nothing, which has no value/),
  value("a secret from a message", "secret", "payload", "msg", /must not travel in a message/),
  value("a kept value that is not there", "string", "kept1", "cred", /has no kept value/),
  value("an unknown type", "float", "1", "num", /type "float", which is not known\. Known: string, integer/),
  value("a type in another case", "data", GOOD, "str", /type "data", which is written Data/),
  value(
    "an OData product of an unknown collection",
    "Data",
    '{"Id":"91e28786-0c30-4ccd-879d-e7eb4d42b75c","Name":"X"}',
    "json",
    /no SesamEO collection is known/,
  ),
  value(
    "an item without assets",
    "Data",
    '{"type":"Feature","id":"x","assets":{}}',
    "json",
    /no asset with an https address/,
  ),
  value(
    "an object that is no product",
    "Data",
    '{"some":"thing"}',
    "json",
    /must be an address, a STAC item or an OData product/,
  ),
  {
    what: "two rows of one name",
    message: /Input a is there twice/,
    rows: [
      { name: "a", type: "string", value: "x" },
      { name: "a", type: "string", value: "y" },
    ],
  },
  { what: "a row without name", message: /has no name/, row: { name: "", type: "string", value: "x" } },
  { what: "a row without type", message: /has no type/, row: { name: "a", type: "", value: "x" } },
  {
    what: "several at once",
    message: /Input a must be .* Input b must be /s,
    rows: [
      { name: "a", type: "integer", value: "x" },
      { name: "b", type: "boolean", value: "x" },
    ],
  },
  {
    what: "the wrong kind of account",
    message: /not for SesamEO/,
    row: { name: "a", type: "string", value: "x" },
    node: { sesameo: "dt" },
  },
  {
    what: "an account that was deleted",
    message: /was deleted or is switched off/,
    row: { name: "a", type: "string", value: "x" },
    node: { sesameo: "gone" },
  },
  {
    what: "a table of collections that is no JSON",
    message: /table of collections is not valid JSON/,
    row: { name: "a", type: "string", value: "x" },
    node: { mapping: "{" },
  },
  payload("a list, as before v2.0", [{ name: "angle", value: "45" }], /list, the form of the API before v2\.0/),
  payload("no object", "inputs.json", /holds no inputs/),
  payload("an input that is a value", { angle: 45 }, /Input angle must be an object/),
  payload("an input without type", { angle: { value: 45 } }, /Input angle has no type/),
  payload("Data in the old form", { product: { type: "Data", value: GOOD } }, /stands in url, not in value/),
  payload("Data without url", { product: { type: "Data" } }, /Data without a url/),
  payload("secret in value", { s: { type: "secret", value: "x" } }, /stands in secret_value/),
  payload("auth on a string", { s: { type: "string", value: "x", auth: {} } }, /belongs to Data only/),
  payload(
    "the auth type in another case",
    product({ type: "sesameo", api_key: KEY }),
    /knows only SesamEO, written so/,
  ),
  payload("auth without key", product({ type: "SesamEO" }), /key is not a text|key is missing/),
  payload("a placeholder key", product({ type: "SesamEO", api_key: "Your_SesamEO_API_KEY" }), /still a placeholder/),
  payload(
    "the other placeholder",
    product({ type: "SesamEO", api_key: "xxxx_Your_SesamEO_API_KEY" }),
    /still a placeholder/,
  ),
  payload("a key with a line break", product({ type: "SesamEO", api_key: "ab\ncd" }), /key has a space, a line break/),
  payload(
    "a key for another host",
    product({ type: "SesamEO", api_key: KEY }, "https://evil.example/x.zip"),
    /leads to evil\.example, which is not SesamEO/,
  ),
  payload(
    "a key for a link that is none",
    product({ type: "SesamEO", api_key: KEY }, `${API}/Products`),
    /names no collection/,
  ),
  payload(
    "a reference with a foreign link",
    product({ type: "SesamEO", account: "seo" }, GOOD.replace("api.sesameo.destine.eu", "evil.example")),
    /leads to evil\.example/,
  ),
  payload("a reference to no sesameo account", product({ type: "SesamEO", account: "dt" }), /not for SesamEO/),
  payload("a reference to nothing", product({ type: "SesamEO", account: "nobody" }), /was deleted or is switched off/),
  payload(
    "a reference and a key",
    product({ type: "SesamEO", account: "seo", api_key: KEY }),
    /both an account and an api_key/,
  ),
  payload("SesamEO without auth", product(undefined), /needs a key/),
  payload(
    "a kept value of no node",
    { s: { type: "string", from: { node: "nobody", input: "s" } } },
    /was deleted, is switched off, or keeps none/,
  ),
  payload(
    "a kept value that is not kept",
    { s: { type: "string", from: { node: "in0", input: "product" } } },
    /keeps none of this name/,
  ),
];

describe("wrong inputs and links", function () {
  let server: JsonServer;
  let runtime: Runtime;

  before(async () => {
    server = await jsonServer(() => ({ status: 500, json: {} }));
    const nodes = WRONG.map(({ row, rows, node }, index) => ({
      id: `in${index}`,
      type: "eo-deltatwin-inputs",
      account: "",
      sesameo: "seo",
      inputs: rows ?? (row ? [row] : []),
      wires: [["run"]],
      ...node,
    }));
    runtime = await startRuntime({
      flow: [
        { id: "dt", type: "eo-account", provider: "deltatwin", url: server.url },
        { id: "seo", type: "eo-account", provider: "sesameo" },
        { id: "run", type: "eo-deltatwin-run", account: "dt", component: "band-extractor", wires: [["out"], ["out"]] },
        { id: "out", type: "helper" },
        ...nodes,
      ],
      credentials: { dt: { username: "u", password: "p" }, seo: { apiKey: KEY } },
    });
  });

  after(async () => {
    await runtime.stop();
    await server.close();
  });

  for (const [index, { what, message, payload: given, msg }] of WRONG.entries()) {
    it(what, async () => {
      if (given === undefined) runtime.send(`in${index}`, { payload: "x", ...msg });
      else runtime.send("run", { payload: given });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "BAD_INPUT", error.message);
      assert.match(error.message, message);
      assert.ok(!error.message.includes(KEY));
      assert.equal(server.seen.length, 0);
      assert.equal(runtime.messages("out").length, 0);
    });
  }

  it("are more than 40", () => assert.ok(WRONG.length >= 40));
});
