/** DeltaTwin inputs and DeltaTwin run in a real runtime, against the sandbox: from a product to a finished run. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { jsonServer } from "../support/json-server.js";
import { errorOf, useRuntime, type FlowNode, type Message, type Runtime } from "../support/runtime.js";
import { useSandbox, type Sandbox } from "../support/sandbox.js";
import { useDir } from "../support/temp.js";

const UUID = "91e28786-0c30-4ccd-879d-e7eb4d42b75c";
const COLLECTION = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";

interface Setup {
  /** Properties of the inputs node. */
  inputs?: Record<string, unknown>;
  /** Properties of the run node. */
  run?: Record<string, unknown>;
  more?: FlowNode[];
  credentials?: Record<string, Record<string, string>>;
  /** [an empty folder] */
  userDir?: string;
}

type RunDocument = Record<string, unknown> & {
  run_id: string;
  status: string;
  inputs: Record<string, Record<string, unknown>>;
  assets: Record<string, Record<string, unknown>>;
};

describe("DeltaTwin nodes", () => {
  const sandbox = useSandbox();
  const start = useRuntime();
  const dir = useDir();

  const link = (sb: Sandbox = sandbox()): string =>
    `${sb.ready.sesameo.url}/Collections('${COLLECTION}')/Products('CDSE:${UUID}')/$value`;
  const inline = (): Record<string, unknown> =>
    structuredClone(sandbox().ready.deltatwin.inputs as Record<string, unknown>);
  const runs = () => sandbox().deltatwin.runs.all();
  const posted = (): string[] =>
    sandbox()
      .requests()
      .filter(({ method, url }) => method === "POST" && url.endsWith("/runs"))
      .map(({ body }) => String(body));

  async function flow({ inputs, run, more = [], credentials = {}, userDir = dir() }: Setup = {}): Promise<Runtime> {
    const { deltatwin, sesameo } = sandbox().ready;
    sandbox().settings.patch({ deltatwin: { pace: 40 } });
    return await start({
      settings: { userDir },
      flow: [
        { id: "dt", type: "eo-account", provider: "deltatwin", url: deltatwin.url },
        { id: "seo", type: "eo-account", provider: "sesameo", url: sesameo.url, header: "x-api-key" },
        {
          ...{ id: "in", type: "eo-deltatwin-inputs", account: "dt", sesameo: "seo", component: "band-extractor" },
          inputs: [
            { name: "product", type: "Data", value: "payload", valueType: "msg" },
            { name: "bandName", type: "string", value: "B02", valueType: "str" },
          ],
          wires: [["made", "run"]],
          ...inputs,
        },
        {
          ...{ id: "run", type: "eo-deltatwin-run", account: "dt", component: "band-extractor", poll: "0.1" },
          wires: [["ended"], ["changes"]],
          ...run,
        },
        ...["made", "ended", "changes"].map((id) => ({ id, type: "helper" })),
        ...more,
      ],
      credentials: {
        dt: { username: deltatwin.username, password: deltatwin.password },
        seo: { apiKey: sesameo.apiKey },
        ...credentials,
      },
    });
  }

  const document = (message: Message): RunDocument => message.payload as RunDocument;

  it("go from a link to the run's files on disk", async () => {
    const runtime = await flow({
      run: { wires: [["ended", "dl"], ["changes"]] },
      more: [
        { id: "dl", type: "eo-download", account: "dt", folder: path.join(dir(), "out"), wires: [["file"], []] },
        { id: "file", type: "helper" },
      ],
    });
    runtime.send("in", { payload: link(), foreign: 1 });
    assert.deepEqual((await runtime.next("made")).payload, {
      product: { type: "Data", url: link(), auth: { type: "SesamEO", account: "seo" } },
      bandName: { type: "string", value: "B02" },
    });
    const ended = await runtime.next("ended");
    const run = document(ended);
    assert.equal(ended["foreign"], 1);
    assert.equal(run.status, "success");
    assert.deepEqual(Object.keys(run.assets).sort(), ["band", "statistics"]);
    const { href, title, type, roles } = run.assets["band"] ?? {};
    assert.equal(href, `${sandbox().ready.deltatwin.url}/v2.0/runs/${run.run_id}/outputs/band/download`);
    assert.deepEqual([typeof title, type, roles], ["string", "image/tiff", ["data"]]);
    const statuses = runtime.messages("changes").map((message) => document(message).status);
    assert.equal(statuses.at(-1), "success");
    const files = [await runtime.next("file"), await runtime.next("file")].map(
      ({ payload }) => payload as { path: string; sha256: string },
    );
    const wanted = [...(runs()[0]?.outputs ?? [])];
    assert.equal(wanted.length, 2);
    for (const file of files) {
      assert.equal(path.dirname(file.path), path.join(dir(), "out"));
      assert.equal(createHash("sha256").update(readFileSync(file.path)).digest("hex"), file.sha256);
    }
    assert.equal(runtime.errors.length, 0);
  });

  for (const disposition of ["folder", "folder-unquoted"] as const) {
    it(`a download takes no folder from the service's name: ${disposition}`, async () => {
      const runtime = await flow({
        run: { wires: [["dl"], []] },
        more: [
          {
            ...{ id: "dl", type: "eo-download", account: "dt", folder: path.join(dir(), "out"), assets: "band" },
            wires: [["file"], []],
          },
          { id: "file", type: "helper" },
        ],
      });
      sandbox().settings.patch({ download: { disposition } });
      runtime.send("run", { payload: inline() });
      const file = (await runtime.next("file")).payload as { path: string };
      assert.equal(path.dirname(file.path), path.join(dir(), "out"));
      assert.match(path.basename(file.path), /^[\w.-]+\.tif$/);
    });
  }

  describe("inputs", () => {
    it("an item of the Data Space becomes a SesamEO link, a local file counts by its source", async () => {
      const runtime = await flow();
      const href = `https://zipper.dataspace.copernicus.eu/odata/v1/Products(${UUID})/$value`;
      const item = (asset: object): object => ({
        type: "Feature",
        id: "S2B_MSIL2A_20240110T100309_N0510_R122_T33UVR_20240110T113053",
        collection: "sentinel-2-l2a",
        properties: {},
        assets: { Product: asset, thumbnail: { href: "https://example.org/t.jpg", roles: ["thumbnail"] } },
      });
      const local = { href: "file:///data/x.zip", alternate: { remote: { href } } };
      const odata = {
        "@odata.mediaContentType": "application/octet-stream",
        Id: UUID,
        Name: "S2B_MSIL2A_20240110T100309_N0510_R122_T33UVR_20240110T113053.SAFE",
        Attributes: [{ Name: "productType", Value: "S2MSI2A" }],
      };
      for (const payload of [item({ href }), item(local), odata, link()]) {
        runtime.send("in", { payload });
        const made = (await runtime.next("made")).payload as Record<string, Record<string, unknown>>;
        assert.deepEqual(made["product"], { type: "Data", url: link(), auth: { type: "SesamEO", account: "seo" } });
        assert.equal(document(await runtime.next("ended")).status, "success");
      }
    });

    it("unknown and missing inputs are named together, with the nearest name; no run is spent", async () => {
      const runtime = await flow({
        inputs: { inputs: [{ name: "prodct", type: "Data", value: "https://example.org/x.zip" }] },
      });
      runtime.send("in");
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, /no input "prodct" \(did you mean product\?\)/);
      assert.match(error.message, /needs "product" \(Data\), "bandName" \(string\)/);
      assert.equal(posted().length, 0);
    });

    it("an unknown component is not found, and the nearest is named", async () => {
      const runtime = await flow({ inputs: { component: "band-extracter" } });
      runtime.send("in", { payload: link() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "NOT_FOUND");
      assert.match(error.message, /Did you mean band-extractor\?/);
    });

    it("types reach the service as it reads them: 45.0 for number, 45 for integer", async () => {
      const runtime = await flow({
        inputs: {
          component: "input-types",
          inputs: [
            { name: "text", type: "string", value: "45", valueType: "str" },
            { name: "angle", type: "integer", value: "45", valueType: "num" },
            { name: "factor", type: "number", value: "45", valueType: "num" },
            { name: "flag", type: "boolean", value: "true", valueType: "bool" },
            { name: "settings", type: "json", value: '{"a":[1,2.5]}', valueType: "json" },
          ],
        },
        run: { component: "input-types" },
      });
      runtime.send("in");
      const run = document(await runtime.next("ended"));
      assert.equal(run.status, "success");
      assert.equal(posted().length, 1);
      assert.ok(posted()[0]?.includes('"angle":{"type":"integer","value":45}'));
      assert.ok(posted()[0]?.includes('"factor":{"type":"number","value":45.0}'));
    });

    it("the file holds the complete inputs, for its owner only, and nothing is written through a link", async () => {
      const elsewhere = path.join(dir(), "elsewhere.json");
      const file = path.join(dir(), "inputs.json");
      writeFileSync(elsewhere, "untouched");
      symlinkSync(elsewhere, file);
      const runtime = await flow({
        inputs: {
          filename: file,
          account: "",
          inputs: [
            { name: "product", type: "Data", value: "payload", valueType: "msg" },
            { name: "scale", type: "number", value: "2", valueType: "num" },
            { name: "angle", type: "integer", value: "2", valueType: "num" },
          ],
          wires: [["made"]],
        },
      });
      runtime.send("in", { payload: link() });
      assert.equal((await runtime.next("made"))["filename"], file);
      const text = readFileSync(file, "utf8");
      assert.deepEqual(JSON.parse(text), {
        product: { type: "Data", url: link(), auth: { type: "SesamEO", api_key: sandbox().ready.sesameo.apiKey } },
        scale: { type: "number", value: 2 },
        angle: { type: "integer", value: 2 },
      });
      assert.match(text, /"value": 2\.0\n/);
      assert.match(text, /"value": 2\n/);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.ok(lstatSync(file).isFile());
      assert.equal(readFileSync(elsewhere, "utf8"), "untouched");
      assert.deepEqual(
        readdirSync(dir()).filter((name) => name.includes(".part")),
        [],
      );
    });

    it("a kept value is in no message and reaches the service", async () => {
      const runtime = await flow({
        inputs: {
          inputs: [
            { name: "product", type: "Data", value: "payload", valueType: "msg" },
            { name: "bandName", type: "string", value: "kept1", valueType: "cred" },
          ],
        },
        credentials: { in: { kept1: "B8A" } },
      });
      runtime.send("in", { payload: link() });
      const made = (await runtime.next("made")).payload as Record<string, unknown>;
      assert.deepEqual(made["bandName"], { type: "string", from: { node: "in", input: "bandName" } });
      assert.equal(document(await runtime.next("ended")).status, "success");
      assert.ok(posted()[0]?.includes('"bandName":{"type":"string","value":"B8A"}'));
    });

    it("a secret is passed on as a reference, with a clear statement", async () => {
      const runtime = await flow({
        inputs: {
          component: "input-types",
          account: "",
          inputs: [{ name: "password", type: "secret", value: "kept2", valueType: "cred" }],
          wires: [["made"]],
        },
        credentials: { in: { kept2: "very-secret-word" } },
      });
      runtime.send("in");
      const made = await runtime.next("made");
      assert.deepEqual(made.payload, { password: { type: "secret", from: { node: "in", input: "password" } } });
      assert.match(runtime.log(), /can be run from the service's web page only/);
      assert.ok(!runtime.log().includes("very-secret-word"));
    });

    it("an environment variable is read as the type says", async () => {
      process.env["EO_TEST_ANGLE"] = "45";
      try {
        const runtime = await flow({
          inputs: {
            account: "",
            inputs: [
              { name: "angle", type: "integer", value: "EO_TEST_ANGLE", valueType: "env" },
              { name: "text", type: "string", value: "EO_TEST_ANGLE", valueType: "env" },
            ],
            wires: [["made"]],
          },
        });
        runtime.send("in");
        assert.deepEqual((await runtime.next("made")).payload, {
          angle: { type: "integer", value: 45 },
          text: { type: "string", value: "45" },
        });
      } finally {
        delete process.env["EO_TEST_ANGLE"];
      }
    });
  });

  describe("run", () => {
    it("an inline key is accepted and starred in everything sent on, though the service says it back", async () => {
      sandbox().settings.patch({ deltatwin: { echo: true } });
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { echo: true } });
      runtime.send("run", { payload: inline() });
      const run = document(await runtime.next("ended"));
      assert.deepEqual(run.inputs["product"]?.["auth"], { type: "SesamEO", api_key: "***" });
      const { apiKey } = sandbox().ready.sesameo;
      assert.ok(posted()[0]?.includes(apiKey));
      const seen = JSON.stringify([
        ...runtime.messages("ended"),
        ...runtime.messages("changes"),
        ...runtime.statuses(),
      ]);
      assert.ok(!seen.includes(apiKey));
    });

    it("a failed run is RUN_FAILED with the step's name and log, secrets starred", async () => {
      const runtime = await flow({ run: { component: "broken-model" } });
      sandbox().settings.patch({ deltatwin: { echo: true } });
      const token = "planted-token-0123456789";
      runtime.send("run", {
        payload: { how: { type: "string", value: "exit" }, token: { type: "string", value: token } },
      });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "RUN_FAILED");
      assert.match(error.message, /^Run [\w-]+ of broken-model 1\.0\.0 ended in error: /);
      assert.match(error.message, /The step [\w-]+ \(model\) failed\. Its log ends: /);
      assert.equal(error.cause["run"], runs()[0]?.id);
      assert.equal(error.cause["code"], "221");
      assert.equal(runtime.messages("ended").length, 0);
    });

    it("a key that the service refuses for the product ends in words about the key", async () => {
      const runtime = await flow();
      sandbox().sesameo.keys.set(sandbox().ready.sesameo.apiKey, { providers: [], enabled: true });
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "RUN_FAILED");
      assert.match(
        error.message,
        /Error while fetching input product .*provider is configured in your SesamEO account/,
      );
    });

    it("a run that was cancelled at the service is RUN_FAILED", async () => {
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { outcome: "cancelled" } });
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "RUN_FAILED");
      assert.match(error.message, /was cancelled at the service/);
    });

    it("the wrong type is found before a run is spent", async () => {
      const runtime = await flow();
      const inputs = { ...inline(), bandName: { type: "integer", value: 1 } };
      runtime.send("run", { payload: inputs });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, /Input bandName must be of type string but is of type integer/);
      assert.equal(posted().length, 0);
    });

    for (const lost of ["close", "502"] as const) {
      it(`a run whose start was not answered (${lost}) is found again, and started once`, async () => {
        const runtime = await flow();
        sandbox().settings.patch({ deltatwin: { lost } });
        runtime.send("run", { payload: inline() });
        const run = document(await runtime.next("ended"));
        assert.equal(run.status, "success");
        assert.equal(runs().length, 1);
        assert.equal(posted().length, 1);
      });
    }

    it("a start that never arrived is sent again", async () => {
      const runtime = await flow();
      sandbox().faults.set([{ match: { route: "runs", method: "POST" }, times: 1, answer: { status: 503 } }]);
      runtime.send("run", { payload: inline() });
      assert.equal(document(await runtime.next("ended")).status, "success");
      assert.equal(runs().length, 1);
      assert.equal(posted().length, 2);
    });

    it("a start that is redirected does not take the key along", async () => {
      const foreign = await jsonServer(() => ({ json: {} }));
      try {
        const runtime = await flow();
        const answer = { status: 307, headers: { location: `${foreign.url}/v2.0/runs` } };
        sandbox().faults.set([{ match: { route: "runs", method: "POST" }, answer }]);
        runtime.send("run", { payload: inline() });
        const error = errorOf(await runtime.nextError());
        assert.equal(error.code, "BAD_RESPONSE");
        assert.match(error.message, /redirect, which is not followed with a key/);
        assert.equal(foreign.seen.length, 0);
        assert.equal(posted().length, 1);
      } finally {
        await foreign.close();
      }
    });

    it("a used-up quota is QUOTA in words, and nothing is started", async () => {
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { maxRuns: 0 } });
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "QUOTA");
      assert.match(error.message, /No run was started: 0 of 0 runs are used up/);
      assert.equal(posted().length, 0);
    });

    it("a refusal by quota is QUOTA as well", async () => {
      const runtime = await flow();
      sandbox().faults.set([
        {
          match: { route: "runs", method: "POST" },
          answer: { status: 429, json: { detail: "You have reached it (10/10)" } },
        },
      ]);
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "QUOTA");
      assert.match(error.message, /You have reached it \(10\/10\)/);
      assert.equal(posted().length, 1);
    });

    it("after its time it is TIMEOUT with the run, which goes on; the same message follows it further", async () => {
      const runtime = await flow({ run: { timeout: "0.005" } });
      sandbox().settings.patch({ deltatwin: { hold: "running" } });
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "TIMEOUT");
      assert.equal(error.cause["run"], runs()[0]?.id);
      sandbox().settings.patch({ deltatwin: { hold: "none" } });
      runtime.send("run", { payload: inline() });
      assert.equal(document(await runtime.next("ended")).run_id, runs()[0]?.id);
      assert.equal(posted().length, 1);
    });

    it("a run in progress is followed again after a restart, when its message comes again", async () => {
      let runtime = await flow();
      sandbox().settings.patch({ deltatwin: { hold: "running" } });
      runtime.send("run", { payload: inline() });
      await runtime.until(() => runtime.messages("changes").some((m) => document(m).status === "running"), "a start");
      await runtime.stop();
      // As another process finds it: from the disk alone.
      const again = path.join(dir(), "again");
      cpSync(path.join(dir(), "eo-flows"), path.join(again, "eo-flows"), { recursive: true });
      runtime = await flow({ userDir: again });
      sandbox().settings.patch({ deltatwin: { hold: "none" } });
      runtime.send("run", { payload: inline() });
      assert.equal(document(await runtime.next("ended")).run_id, runs()[0]?.id);
      assert.equal(runs().length, 1);
      // Delivered, it is forgotten: the next one is a run of its own.
      runtime.send("run", { payload: inline() });
      assert.equal(document(await runtime.next("ended")).status, "success");
      assert.equal(runs().length, 2);
      const memory = readdirSync(path.join(dir(), "eo-flows")).map((name) => path.join(dir(), "eo-flows", name));
      assert.ok(memory.length > 0);
      for (const file of memory) assert.ok(!readFileSync(file, "utf8").includes(sandbox().ready.sesameo.apiKey));
    });

    it("two equal messages at once are two runs", async () => {
      const runtime = await flow();
      runtime.send("run", { payload: inline() });
      runtime.send("run", { payload: inline() });
      const ids = [document(await runtime.next("ended")).run_id, document(await runtime.next("ended")).run_id];
      assert.equal(new Set(ids).size, 2);
      assert.equal(runs().length, 2);
    });

    it("others queue: no more than `parallel` at once", async () => {
      const runtime = await flow({ run: { parallel: "1" } });
      for (let count = 0; count < 3; count += 1) runtime.send("run", { payload: inline() });
      let most = 0;
      while (runtime.messages("ended").length < 3) {
        most = Math.max(most, runs().filter(({ status }) => !["success", "error"].includes(status)).length);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(most, 1);
    });

    it("without waiting the accepted run comes at once", async () => {
      const runtime = await flow({ run: { wait: "false" } });
      sandbox().settings.patch({ deltatwin: { hold: "pending" } });
      runtime.send("run", { payload: inline() });
      const run = document(await runtime.next("ended"));
      assert.ok(["created", "pending"].includes(run.status), run.status);
      assert.equal(run.assets, undefined);
      await runtime.nextCompleted();
    });

    it("an existing run is followed, and its outputs come", async () => {
      const runtime = await flow({
        run: { wait: "false", wires: [["follow"], []] },
        more: [
          {
            ...{ id: "follow", type: "eo-deltatwin-run", account: "dt", run: "payload.run_id", runType: "msg" },
            ...{ poll: "0.1", wires: [["ended"], ["changes"]] },
          },
        ],
      });
      runtime.send("run", { payload: inline() });
      const run = document(await runtime.next("ended"));
      assert.equal(run.run_id, runs()[0]?.id);
      assert.ok("band" in run.assets);
      assert.equal(posted().length, 1);
    });

    it("msg.reset stops following; the run goes on", async () => {
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { hold: "running" } });
      runtime.send("run", { payload: inline() });
      await runtime.until(() => runtime.messages("changes").some((m) => document(m).status === "running"), "a start");
      runtime.send("run", { reset: true });
      assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
      assert.equal(runs()[0]?.status, "running");
    });

    it("tells how far it is", async () => {
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { pace: 400 } });
      runtime.send("run", { payload: inline() });
      await runtime.next("ended");
      const texts = runtime.statuses("run").map(({ text }) => text ?? "");
      assert.ok(
        texts.some((text) => /^(created|pending|running \d+\/\d+( · [\w-]+)?)$/.test(text)),
        texts.join(),
      );
      await runtime.until(() => runtime.statuses("run").at(-1)?.text === "success", "the last status");
    });

    it("runs as a list of inputs and outputs are read, too", async () => {
      const runtime = await flow();
      sandbox().settings.patch({ deltatwin: { form: "list", lost: "close" } });
      runtime.send("run", { payload: inline() });
      assert.ok("band" in document(await runtime.next("ended")).assets);
      assert.equal(posted().length, 1);
    });
  });

  describe("accounts", () => {
    it("one login for all, refreshed while that goes, and again with the password when it is dead", async () => {
      const logins = (): string[] =>
        sandbox()
          .requests()
          .filter(({ url }) => url.endsWith("/connect"))
          .map(({ body }) => Object.keys(JSON.parse(String(body)) as object).join());
      const runtime = await flow({ run: { parallel: "2", run: "topic", runType: "msg", wait: "false" } });
      sandbox().settings.patch({ token: { ttl: 1 }, deltatwin: { refreshTtl: 600 } });
      const ask = async (): Promise<void> => {
        const before = runtime.errors.length;
        for (let count = 0; count < 3; count += 1)
          runtime.send("run", { topic: "11111111-1111-4111-8111-111111111111" });
        await runtime.until(() => runtime.errors.length === before + 3, "three answers");
      };
      await ask();
      assert.deepEqual(logins(), ["username,password"]);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await ask();
      assert.deepEqual(logins(), ["username,password", "refresh_token"]);
      sandbox().faults.set([{ match: { route: "connect" }, times: 1, answer: { status: 401 } }]);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await ask();
      assert.deepEqual(logins().slice(2), ["refresh_token", "username,password"]);
      for (const message of runtime.errors) assert.equal(errorOf(message).code, "NOT_FOUND");
    });

    it("a wrong password is AUTH_FAILED, and says so", async () => {
      const runtime = await flow({ credentials: { dt: { username: "jdoe", password: "not-my-password" } } });
      runtime.send("run", { payload: inline() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "AUTH_FAILED");
      assert.match(error.message, /The login failed: .*The user name or password is wrong/);
    });

    it("a product is downloaded from SesamEO directly, where the header is known", async () => {
      const runtime = await flow({
        more: [
          { id: "dl", type: "eo-download", account: "seo", folder: path.join(dir(), "out"), wires: [["file"], []] },
          { id: "file", type: "helper" },
        ],
      });
      runtime.send("dl", { payload: link() });
      const file = (await runtime.next("file")).payload as { sha256: string };
      assert.equal(file.sha256, sandbox().sesameoProduct(COLLECTION, `CDSE:${UUID}`).sha256());
    });

    it("without the header's name nothing is sent to SesamEO", async () => {
      const { sesameo } = sandbox().ready;
      const runtime = await flow({
        more: [
          { id: "bare", type: "eo-account", provider: "sesameo", url: sesameo.url },
          { id: "dl", type: "eo-download", account: "bare", folder: dir(), retries: "0", wires: [[], []] },
        ],
        credentials: { bare: { apiKey: sesameo.apiKey } },
      });
      runtime.send("dl", { payload: link() });
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "BAD_INPUT");
      assert.match(error.message, /names no header for its key/);
      assert.equal(
        sandbox()
          .requests()
          .filter(({ url }) => url.endsWith("value")).length,
        0,
      );
    });

    it("an account of another service is refused", async () => {
      const runtime = await flow({ run: { account: "seo" } });
      runtime.send("run", { payload: inline() });
      assert.match(errorOf(await runtime.nextError()).message, /is for SesamEO\. Choose a DeltaTwin account/);
    });
  });
});
