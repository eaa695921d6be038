/** Runs of the DeltaTwin service: real work through real states, and every switch that changes how they end. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { makeTls } from "../../sandbox/core/tls.js";
import { useSandbox } from "../support/sandbox.js";
import { ask } from "./ask.js";
import { Twin, type NodeLike, type RunLike } from "./twin.js";

const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";
const EXAMPLE = "CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c";

describe("sandbox: DeltaTwin runs", () => {
  const sandbox = useSandbox();
  let twin: Twin;
  beforeEach(async () => {
    sandbox().settings.patch({ deltatwin: { pace: 5 } });
    twin = await Twin.login(sandbox());
  });
  const ready = () => sandbox().ready.deltatwin;
  const start = async (): Promise<RunLike> => (await twin.start(ready().component, ready().inputs)).json<RunLike>();
  const nodes = (id: string): Promise<NodeLike[]> => twin.get<NodeLike[]>(`/runs/${id}/nodes`);

  it("fetches the product with the key over a socket and writes the band as a GeoTIFF", async () => {
    const run = await twin.finish(ready().component, ready().inputs);
    assert.deepEqual([run.status, run.message, run.return_code, run.deltatwin_version], ["success", "", 0, "1.1.0"]);
    const fetched = sandbox()
      .requests()
      .filter(({ origin }) => origin === "sesameo");
    assert.deepEqual(
      fetched.map(({ route, item, status, apiKey, authorization }) => [route, item, status, apiKey, authorization]),
      [["value", EXAMPLE, 200, sandbox().ready.sesameo.apiKey, undefined]],
    );
    const { basename = "", size, checksum } = run.outputs["band"] ?? {};
    const file = await twin.ask("GET", `/runs/${run.run_id}/outputs/band/download`);
    assert.equal(file.headers["content-disposition"], `attachment; filename=${basename}`);
    assert.deepEqual([file.body.length, Number(file.headers["content-length"])], [size, size]);
    assert.equal(`md5@${createHash("md5").update(file.body).digest("hex")}`, checksum);

    // The picture, read from its own fields, against the product, read by a library.
    const zip = sandbox().sesameoProduct(SENTINEL_2, EXAMPLE).bytes();
    assert.ok(file.body.length < zip.length / 10, "the band is not small");
    const { NetCDFReader } = await import("netcdfjs");
    const field = new NetCDFReader(zip.subarray(30 + zip.readUInt16LE(26))).getDataVariable("CHL") as number[];
    const { width, height, pixels } = readTiff(file.body);
    assert.equal(width * height, field.length);
    const expected = field.map((value) => (value < 1e30 ? Math.round(value * 100) : 0));
    assert.deepEqual(pixels, expected);
    const statistics = await twin.get<{ max: number; width: number }>(
      `/runs/${run.run_id}/outputs/statistics/download`,
    );
    assert.deepEqual([statistics.max, statistics.width], [Math.max(...expected), width]);
  });

  it("passes every state in order, its nodes with it", async () => {
    sandbox().settings.patch({ deltatwin: { hold: "created" } });
    const id = (await start()).run_id;
    assert.equal((await twin.get<RunLike>(`/runs/${id}`)).status, "created");
    assert.ok((await nodes(id)).every(({ status }) => status === "created"));
    sandbox().settings.patch({ deltatwin: { hold: "pending" } });
    const pending = await twin.until(id, "pending");
    assert.deepEqual([pending.end_at, pending.outputs], [null, {}]);
    sandbox().settings.patch({ deltatwin: { hold: "running" } });
    await twin.until(id, "running");
    const model = async (): Promise<NodeLike | undefined> => (await nodes(id)).find(({ type }) => type === "model");
    while ((await model())?.status !== "running");
    assert.deepEqual(
      (await nodes(id)).map(({ name, type, status }) => [name, type, status]),
      [
        ["product", "input", "success"],
        ["bandName", "input", "success"],
        ["scale", "input", "success"],
        ["extract", "model", "running"],
        ["band", "output", "created"],
        ["statistics", "output", "created"],
      ],
    );
    assert.equal((await twin.ask("GET", `/runs/${id}/outputs/band/download`)).status, 404);
    sandbox().settings.patch({ deltatwin: { hold: "none" } });
    const done = await twin.follow(id);
    assert.equal(done.status, "success");
    assert.match(done.end_at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok((await nodes(id)).every(({ status }) => status === "success"));
  });

  it("leaves no file behind", async () => {
    const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`eo-sandbox-run-`));
    const before = new Set(left());
    await twin.finish(ready().component, ready().inputs);
    // The run ends a moment before its folder is gone.
    while (left().some((name) => !before.has(name))) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("has logs for models only, with the command line", async () => {
    const { run_id: id } = await twin.finish(ready().component, ready().inputs);
    const all = await nodes(id);
    const log = (type: string, stream: string) =>
      twin.ask("GET", `/runs/${id}/nodes/${all.find((one) => one.type === type)?.id}/${stream}`);
    assert.match(
      (await log("model", "stdout")).text(),
      /^cmd: python extract\.py \/s3\/\S+\.zip B01 1\.0\nwrote \S+_B01\.tif/,
    );
    assert.deepEqual([(await log("model", "stderr")).status, (await log("model", "stderr")).text()], [200, ""]);
    assert.equal((await log("input", "stdout")).status, 404);
    assert.equal((await twin.ask("GET", `/runs/${id}/nodes/none/stdout`)).status, 404);
  });

  it("takes a version, the latest without one, and refuses without one where that is asked for", async () => {
    const first = await twin.start(ready().component, ready().inputs, { deltatwin_version: "1.0.0" });
    const done = await twin.follow(first.json<RunLike>().run_id);
    assert.deepEqual([done.deltatwin_version, Object.keys(done.outputs)], ["1.0.0", ["band"]]);
    assert.equal((await twin.start(ready().component, {}, { deltatwin_version: "7" })).status, 404);
    assert.equal((await twin.start("no-such-twin", {})).status, 404);
    sandbox().settings.patch({ deltatwin: { needsVersion: true } });
    assert.equal((await twin.start(ready().component, {})).status, 422);
  });

  it("lists newest first, filtered and in pages; ids are checked", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await start()).run_id);
    for (const id of ids) await twin.follow(id);
    await twin.finish("broken-model", {});
    const list = async (query: string): Promise<string[]> =>
      (await twin.get<RunLike[]>(`/runs${query}`)).map(({ run_id }) => run_id);
    assert.deepEqual(await list("?deltatwin_name=band-extractor"), ids);
    assert.deepEqual(await list("?status=success&top=1&skip=1"), [ids[1]]);
    assert.equal((await list("?status=error")).length, 1);
    assert.equal((await list("")).length, 4);
    assert.equal((await twin.ask("GET", "/runs?top=-1")).status, 422);
    assert.equal((await twin.ask("GET", "/runs/nonsense")).json()["detail"], "'run_id' must be a valid UUID");
    const unknown = "00000000-0000-4000-8000-000000000000";
    assert.deepEqual((await twin.ask("GET", `/runs/${unknown}`)).json(), { detail: `Run ${unknown} not found` });
    assert.equal((await twin.ask("DELETE", `/runs/${ids[0]}`)).status, 204);
    assert.equal((await twin.ask("GET", `/runs/${ids[0]}`)).status, 404);
  });

  it("ends badly when told to: error with a failing node, cancelled, by hand", async () => {
    sandbox().settings.patch({ deltatwin: { outcome: "error" } });
    const failed = await twin.finish(ready().component, ready().inputs);
    assert.deepEqual([failed.status, failed.return_code], ["error", 221]);
    const states = (await nodes(failed.run_id)).map(({ name, status }) => `${name} ${status}`);
    assert.deepEqual(states.slice(3), ["extract error", "band created", "statistics created"]);
    sandbox().settings.patch({ deltatwin: { outcome: "cancelled" } });
    assert.equal((await twin.finish(ready().component, ready().inputs)).status, "cancelled");
    sandbox().settings.patch({ deltatwin: { outcome: "work", hold: "running" } });
    const { run_id: id } = await start();
    await twin.until(id, "running");
    const { control } = sandbox().ready;
    assert.equal((await ask(`${control}/deltatwin/runs/${id}`, { body: { status: "cancelled" } })).status, 200);
    assert.equal((await twin.get<RunLike>(`/runs/${id}`)).status, "cancelled");
    assert.equal((await ask(`${control}/deltatwin/runs/${id}`, { body: { status: "success" } })).status, 400);
  });

  it("fails models as the engine does, with its codes", async () => {
    const verdicts: unknown[] = [];
    for (const how of ["exit", "no-output", "two-outputs", "dependency", "node", "manifest"]) {
      const inputs = { how: { type: "string", value: how }, token: { type: "string", value: "t0ken" } };
      const run = await twin.finish("broken-model", inputs);
      verdicts.push([run.status, run.return_code]);
      if (how === "exit")
        assert.match(
          run.message,
          /^Something .* model fail\.\nNode Id: .*\nImage: broken-model\/fail:1\.0\.0\ncmd: python fail\.py exit t0ken\n$/,
        );
      if (how === "two-outputs") assert.match(run.message, / model fail\. Should have only 1 output\.\nNode Id: /);
    }
    assert.deepEqual(
      verdicts,
      [221, 221, 221, 230, 310, 311].map((code) => ["error", code]),
    );
    const wrongBand = { ...ready().inputs, bandName: { type: "string", value: "B99" } };
    const run = await twin.finish(ready().component, wrongBand);
    assert.deepEqual([run.status, run.return_code], ["error", 221]);
    const model = (await nodes(run.run_id)).find(({ status }) => status === "error");
    const log = await twin.ask("GET", `/runs/${run.run_id}/nodes/${model?.id}/stderr`);
    assert.match(log.text(), /there is no band B99/);
  });

  it("never tells a key or secret; with the switch it does, everywhere", async () => {
    const { apiKey } = sandbox().ready.sesameo;
    const inputs = { ...ready().inputs, extra: { type: "secret", secret_value: "hunter2" } };
    const run = await twin.finish(ready().component, inputs);
    const model = (await nodes(run.run_id)).find(({ type }) => type === "model");
    const schedule = {
      deltatwin_name: ready().component,
      schedule_name: "n",
      type: "cron",
      schedule: "0 0 * * *",
      inputs,
    };
    await twin.ask("POST", "/schedules", schedule);
    const broken = await twin.finish("broken-model", { ...inputs });
    const places = [
      `/runs/${run.run_id}`,
      "/runs",
      `/runs/${run.run_id}/nodes/${model?.id}/stdout`,
      "/schedules",
      `/runs/${broken.run_id}`,
    ];
    for (const place of places) {
      const text = (await twin.ask("GET", place)).text();
      assert.deepEqual([text.includes(apiKey), text.includes("hunter2")], [false, false], place);
    }
    assert.deepEqual(run.inputs["product"]?.["auth"], { type: "SesamEO" });
    sandbox().settings.patch({ deltatwin: { echo: true } });
    for (const place of places) {
      const text = (await twin.ask("GET", place)).text();
      assert.deepEqual([text.includes(apiKey), text.includes("hunter2")], [true, true], place);
    }
    assert.match((await twin.get<RunLike>(`/runs/${broken.run_id}`)).message, new RegExp(apiKey));
  });

  it("shows inputs and outputs as lists where that is asked for", async () => {
    const { run_id: id } = await twin.finish(ready().component, ready().inputs);
    sandbox().settings.patch({ deltatwin: { form: "list" } });
    const { inputs, outputs } = await twin.get<{ inputs: { name: string }[]; outputs: { name: string }[] }>(
      `/runs/${id}`,
    );
    assert.deepEqual(
      inputs.map(({ name }) => name),
      ["product", "bandName"],
    );
    assert.deepEqual(
      outputs.map(({ name }) => name),
      ["band", "statistics"],
    );
  });

  it("runs two at once and lets the third wait, or refuses it", async () => {
    sandbox().settings.patch({ deltatwin: { hold: "running" } });
    const [first, second, third] = [await start(), await start(), await start()];
    await twin.until(first.run_id, "running");
    await twin.until(second.run_id, "running");
    await twin.until(third.run_id, "pending");
    sandbox().settings.patch({ deltatwin: { overParallel: "429" } });
    const refused = await twin.start(ready().component, ready().inputs);
    assert.equal(refused.status, 429);
    assert.match(String(refused.json()["detail"]), /^You have reached the number of runs allowed .* \(3\/2\)$/);
    sandbox().settings.patch({ deltatwin: { hold: "none" } });
    assert.equal((await twin.follow(third.run_id)).status, "success");
  });

  it("refuses more runs than the day has, deleted ones included", async () => {
    sandbox().settings.patch({ deltatwin: { maxRuns: 1 } });
    const { run_id: id } = await start();
    await twin.ask("DELETE", `/runs/${id}`);
    const refused = await twin.start(ready().component, ready().inputs);
    assert.equal(refused.status, 429);
    assert.match(String(refused.json()["detail"]), /\(1\/1\)$/);
  });

  it("can lose the answer to a start that it made", async () => {
    const count = async (): Promise<number> => (await twin.get<RunLike[]>("/runs")).length;
    sandbox().faults.add({ match: { route: "runs", method: "POST" }, times: 1, deltatwin: { lost: "close" } });
    await assert.rejects(twin.start(ready().component, ready().inputs), /socket hang up/);
    assert.equal(await count(), 1);
    sandbox().faults.set([{ match: { route: "runs", method: "POST" }, times: 1, deltatwin: { lost: "502" } }]);
    assert.equal((await twin.start(ready().component, ready().inputs)).status, 502);
    assert.equal(await count(), 2);
  });

  it("sends outputs with a folder in their name, quoted or not; evicts them", async () => {
    const { run_id: id, outputs } = await twin.finish(ready().component, ready().inputs);
    const name = outputs["band"]?.basename ?? "";
    const disposition = async (form: "folder" | "folder-unquoted" | "quoted"): Promise<string | undefined> => {
      sandbox().settings.patch({ download: { disposition: form } });
      return (await twin.ask("GET", `/runs/${id}/outputs/band/download`)).headers["content-disposition"];
    };
    assert.equal(await disposition("quoted"), `attachment; filename="${name}"`);
    assert.equal(await disposition("folder"), `attachment; filename="outputs/model/${name}"`);
    assert.equal(await disposition("folder-unquoted"), `attachment; filename=outputs/model/${name}`);
    assert.equal((await ask(`${sandbox().ready.control}/deltatwin/runs/${id}`, { body: { evict: true } })).status, 200);
    assert.equal((await twin.ask("GET", `/runs/${id}/outputs/band/download`)).status, 404);
  });

  it("refuses inputs that are no map, and takes none", async () => {
    const list = await twin.start(ready().component, [{ name: "angle", value: "45" }]);
    assert.deepEqual([list.status, list.json()], [422, { detail: "inputs: Input should be a valid dictionary" }]);
    for (const none of ["[]", "null", "{}"]) {
      const run = await twin.finish(ready().component, none);
      assert.deepEqual([run.return_code, run.message], [120, "Inputs ['product', 'bandName'] required."]);
    }
  });

  it("fetches over https, too", async function () {
    const { startSandbox } = await import("../../sandbox/index.js");
    try {
      makeTls().dispose();
    } catch (error) {
      assert.match((error as Error).message, /needs the openssl program/);
      this.skip();
    }
    const secure = await startSandbox({ tls: true });
    try {
      secure.settings.patch({ deltatwin: { pace: 0 } });
      const ca = readFileSync(secure.ready.ca ?? "", "utf8");
      const user = await Twin.login(secure, ca);
      const run = await user.finish(secure.ready.deltatwin.component, secure.ready.deltatwin.inputs);
      assert.equal(run.status, "success", run.message);
    } finally {
      await secure.close();
    }
  });

  it("ends what runs when it is closed", async () => {
    const { startSandbox } = await import("../../sandbox/index.js");
    const other = await startSandbox();
    const user = await Twin.login(other);
    other.settings.patch({ deltatwin: { hold: "running" } });
    const { run_id: id } = (
      await user.start(other.ready.deltatwin.component, other.ready.deltatwin.inputs)
    ).json<RunLike>();
    const run = other.deltatwin.runs.find(id);
    await other.close();
    assert.equal(run?.status, "cancelled");
  });
});

/** Width, height and 16-bit values of a little-endian TIFF in one strip. */
function readTiff(bytes: Buffer): { width: number; height: number; pixels: number[] } {
  assert.equal(bytes.toString("latin1", 0, 4), "II*\0");
  const at = bytes.readUInt32LE(4);
  const fields = new Map<number, number>();
  for (let index = 0; index < bytes.readUInt16LE(at); index++) {
    const entry = at + 2 + index * 12;
    const isShort = bytes.readUInt16LE(entry + 2) === 3;
    fields.set(bytes.readUInt16LE(entry), isShort ? bytes.readUInt16LE(entry + 8) : bytes.readUInt32LE(entry + 8));
  }
  const tag = (number: number): number => fields.get(number) ?? 0;
  assert.deepEqual([tag(258), tag(259), tag(277)], [16, 1, 1]);
  const strip = bytes.subarray(tag(273), tag(273) + tag(279));
  assert.equal(strip.length, tag(279));
  const pixels = Array.from({ length: strip.length / 2 }, (_, index) => strip.readUInt16LE(index * 2));
  return { width: tag(256), height: tag(257), pixels };
}
