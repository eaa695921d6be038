/** Parts of the DeltaTwin engine by themselves: numbers in JSON, runs told apart, secrets starred, tables. */
import assert from "node:assert/strict";
import { componentIn } from "../../src/deltatwin/component.js";
import { floatText, jsonText, NumberText } from "../../src/deltatwin/inputs-json.js";
import { inputsOf, portfolioChanges } from "../../src/deltatwin/input-rows.js";
import { completeInputs, messageOf, readInputs, type Keeper } from "../../src/deltatwin/inputs.js";
import {
  failedNode,
  hasInputs,
  outputAssets,
  progressText,
  runIn,
  runNodesIn,
  starred,
} from "../../src/deltatwin/run.js";
import { workKey } from "../../src/deltatwin/run-memory.js";
import { keyProblem } from "../../src/sesameo/key.js";
import { PORTFOLIO, portfolioId } from "../../src/sesameo/portfolio.js";

const KEEPER: Keeper = {
  sesameo: () => ({ apiKey: "the-key-0123", base: "https://api.sesameo.destine.eu/odata/v1" }),
  value: ({ input }) => Promise.resolve(input === "count" ? 7 : "kept word"),
};
const LINK = "https://api.sesameo.destine.eu/odata/v1/Collections('EO.X')/Products('CDSE:1')/$value";

describe("DeltaTwin engine", () => {
  describe("JSON", () => {
    it("writes a number as Python reads a float", () => {
      const cases: [number, string][] = [
        [45, "45.0"],
        [45.5, "45.5"],
        [0, "0.0"],
        [-0, "-0.0"],
        [-3, "-3.0"],
        [1e21, "1e+21"],
        [1e-7, "1e-7"],
        [123456789012345680000, "123456789012345680000.0"],
      ];
      for (const [value, text] of cases) {
        assert.equal(jsonText(floatText(value)), text);
        assert.ok(Object.is(JSON.parse(text), value));
      }
    });

    it("is otherwise what JSON.stringify writes, with and without indent", () => {
      const value = { a: [1, "é\u2028", null, true, {}], b: { c: [], d: "x\ny", e: undefined }, "": 0.1 };
      assert.equal(jsonText(value), JSON.stringify(value));
      assert.equal(jsonText(value, 2), JSON.stringify(value, null, 2));
      assert.equal(jsonText({ n: new NumberText("90071992547409931") }), '{"n":90071992547409931}');
    });

    it("keeps a large integer exact, and a number's point", async () => {
      const inputs = readInputs({
        big: { type: "integer", value: 9007199254740993n },
        whole: { type: "integer", value: 45 },
        real: { type: "number", value: 45 },
      });
      const complete = await completeInputs(inputs, KEEPER);
      assert.equal(
        complete.json(),
        '{"big":{"type":"integer","value":9007199254740993},"whole":{"type":"integer","value":45},"real":{"type":"number","value":45.0}}',
      );
    });
  });

  describe("references", () => {
    it("are replaced for the service, and every secret is known", async () => {
      const inputs = readInputs({
        product: { type: "Data", url: LINK, auth: { type: "SesamEO", account: "seo" } },
        word: { type: "string", from: { node: "n", input: "word" } },
        count: { type: "integer", from: { node: "n", input: "count" } },
      });
      const complete = await completeInputs(inputs, KEEPER);
      assert.deepEqual(JSON.parse(complete.json()), {
        product: { type: "Data", url: LINK, auth: { type: "SesamEO", api_key: "the-key-0123" } },
        word: { type: "string", value: "kept word" },
        count: { type: "integer", value: 7 },
      });
      assert.deepEqual([...complete.secrets], ["the-key-0123", "kept word", "7"]);
      assert.deepEqual([...complete.hidden], ["word", "count"]);
      assert.ok(!JSON.stringify(messageOf(inputs)).includes("the-key"));
    });

    it("a kept value of the wrong type is found before anything is sent", async () => {
      const inputs = readInputs({ word: { type: "integer", from: { node: "n", input: "word" } } });
      await assert.rejects(completeInputs(inputs, KEEPER), /Input word must be a whole number/);
    });
  });

  describe("rows", () => {
    const component = componentIn({
      name: "c",
      version: "1.0.0",
      inputs: [
        { name: "angle", type: "integer", default_value: 3 },
        { name: "ratio", type: "numeric", default_value: null },
      ],
    });

    it("a blank row leaves the component its default; a blank type is the declared one", () => {
      const inputs = inputsOf(
        [
          { name: "angle", type: "" },
          { name: "ratio", type: "", value: 2 },
        ],
        { component },
      );
      assert.deepEqual(messageOf(inputs), { ratio: { type: "number", value: 2 } });
    });

    it("what is text by nature is read as the type says", () => {
      const inputs = inputsOf([
        { name: "a", type: "integer", value: "45", isText: true },
        { name: "b", type: "number", value: "4.5", isText: true },
        { name: "c", type: "boolean", value: "true", isText: true },
        { name: "d", type: "json", value: '{"x":1}', isText: true },
        { name: "e", type: "string", value: "45", isText: true },
      ]);
      assert.deepEqual(
        Object.values(messageOf(inputs)).map(({ value }) => value),
        [45, 4.5, true, { x: 1 }, "45"],
      );
      assert.throws(
        () => inputsOf([{ name: "a", type: "integer", value: "4x", isText: true }]),
        /must be a whole number/,
      );
    });
  });

  describe("runs", () => {
    const run = (inputs: unknown) => {
      const found = runIn({ run_id: "r", inputs });
      assert.ok(found);
      return found;
    };
    const wanted = readInputs({
      product: { type: "Data", url: LINK, auth: { type: "SesamEO", api_key: "abcdef" } },
      band: { type: "string", value: "B01" },
      n: { type: "number", value: 2 },
    });

    it("are told apart by their inputs, whatever the service adds or leaves out", () => {
      const echo = {
        product: { type: "Data", url: LINK.replaceAll("'", "%27"), basename: "x.zip" },
        band: { type: "string", value: "B01" },
        n: { type: "number", value: 2.0 },
        preset: { type: "integer", value: 1 },
      };
      assert.equal(hasInputs(run(echo), wanted), true);
      const list = Object.entries(echo).map(([name, entry]) => ({ name, ...entry }));
      assert.equal(hasInputs(run(list), wanted), true);
      assert.equal(hasInputs(run({ ...echo, band: { type: "string", value: "B02" } }), wanted), false);
      assert.equal(hasInputs(run({ band: echo.band }), wanted), false);
      assert.equal(hasInputs(run(undefined), wanted), undefined);
    });

    it("the same work has the same key, in any order, whatever its secrets", () => {
      const again = readInputs({
        n: { type: "number", value: 2 },
        band: { type: "string", value: "B01" },
        product: { type: "Data", url: LINK, auth: { type: "SesamEO", api_key: "another" } },
      });
      assert.equal(workKey("s", "c", "1", wanted), workKey("s", "c", "1", again));
      assert.notEqual(workKey("s", "c", "1", wanted), workKey("s", "c", "2", wanted));
    });

    it("say how far they are, and which step failed", () => {
      const nodes = runNodesIn([
        { id: "1", name: "product", type: "input", status: "success" },
        { id: "2", name: "extract", type: "model", status: "running" },
        { id: "3", name: "band", type: "output", status: "created" },
      ]);
      assert.equal(progressText("running", nodes), "running 1/3 · extract");
      assert.equal(progressText("pending", []), "pending");
      const failed = runNodesIn([
        { id: "1", name: "band", type: "output", status: "error" },
        { id: "2", name: "extract", type: "model", status: "error" },
      ]);
      assert.equal(failedNode(failed)?.name, "extract");
    });

    it("files become assets; a number does not; what a run leaves out, its component declares", () => {
      const href = (name: string): string => `https://x/${name}`;
      const raw = {
        run_id: "r",
        outputs: {
          a: { type: "Data", basename: "a.TIF" },
          b: { type: "number", value: 1 },
          c: { type: "Data", url: "/s3/k/out.json" },
        },
      };
      const found = runIn(raw);
      assert.ok(found);
      assert.deepEqual(outputAssets(found, [], href), {
        a: { href: "https://x/a", title: "a.TIF", type: "image/tiff", roles: ["data"] },
        c: { href: "https://x/c", title: "out.json", type: "application/json", roles: ["data"] },
      });
      const bare = runIn({ run_id: "r", outputs: null });
      assert.ok(bare);
      assert.deepEqual(Object.keys(outputAssets(bare, [{ name: "z", type: "Data" }], href)), ["z"]);
    });

    it("are starred: known secrets anywhere, unknown ones where they belong", () => {
      const raw = {
        run_id: "r",
        message: "cmd: model --key hush-hush",
        inputs: {
          product: { type: "Data", url: LINK, auth: { type: "SesamEO", api_key: "not known here" } },
          token: { type: "string", value: "ab" },
          "hush-hush": { type: "secret", secret_value: "x" },
        },
      };
      const shown = starred(raw, (text) => text.replaceAll("hush-hush", "***"), new Set(["token"]));
      assert.deepEqual(shown, {
        run_id: "r",
        message: "cmd: model --key ***",
        inputs: {
          product: { type: "Data", url: LINK, auth: { type: "SesamEO", api_key: "***" } },
          token: { type: "string", value: "***" },
          "***": { type: "secret", secret_value: "***" },
        },
      });
    });
  });

  describe("tables", () => {
    it("no collection and no product type stands for two ids", () => {
      const names = PORTFOLIO.flatMap(({ stac, types }) => [...stac, ...types]);
      assert.equal(new Set(names).size, names.length);
      assert.equal(new Set(PORTFOLIO.map(({ id }) => id)).size, PORTFOLIO.length);
      for (const { id } of PORTFOLIO) assert.match(id, /^EO\.[A-Z]+\.DAT\.[A-Z0-9._-]+$/);
    });

    it("a person's own rows go first; an id stands for itself", () => {
      assert.equal(portfolioId(["sentinel-2-l2a"]), "EO.ESA.DAT.SENTINEL-2.MSI.L2A");
      assert.equal(portfolioId(["sentinel-2-l2a"], portfolioChanges('{"sentinel-2-l2a":"EO.MINE"}')), "EO.MINE");
      assert.equal(portfolioId(["EO.ESA.DAT.SENTINEL-6.X"]), "EO.ESA.DAT.SENTINEL-6.X");
      assert.equal(portfolioId(["unheard-of"]), undefined);
    });

    it("keys that cannot be keys", () => {
      for (const key of [
        "",
        " ",
        "Your_SesamEO_API_KEY",
        "xxxx_Your_SesamEO_API_KEY",
        "<key>",
        "${KEY}",
        "***",
        "__PWRD__",
        "a b",
        "kéy",
        5,
        undefined,
      ]) {
        assert.notEqual(keyProblem(key), undefined, String(key));
      }
      for (const key of ["a1b2c3", "eyJhbGciOi.x.y", " padded "]) assert.equal(keyProblem(key), undefined);
    });
  });
});
