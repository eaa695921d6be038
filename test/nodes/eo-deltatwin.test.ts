/** DeltaTwin inputs and DeltaTwin run in a real runtime, against the sandbox: from a product to a finished run. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { errorOf, useRuntime, type FlowNode, type Runtime } from "../support/runtime.js";
import { useSandbox, type Sandbox } from "../support/sandbox.js";
import { useDir } from "../support/temp.js";

const S2 = "CDSE:91e28786-0c30-4ccd-879d-e7eb4d42b75c";
const COLLECTION = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";

interface Setup {
  inputs?: Record<string, unknown>;
  run?: Record<string, unknown>;
  more?: FlowNode[];
  credentials?: Record<string, Record<string, string>>;
  userDir: string;
}

describe("DeltaTwin nodes", () => {
  const sandbox = useSandbox();
  const start = useRuntime();
  const dir = useDir();

  const link = (sb: Sandbox = sandbox()): string =>
    `${sb.ready.sesameo.url}/Collections('${COLLECTION}')/Products('${S2}')/$value`;

  async function flow({ inputs, run, more = [], credentials = {}, userDir }: Setup): Promise<Runtime> {
    const { deltatwin, sesameo } = sandbox().ready;
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

  it("go from a link to the run's file on disk", async () => {
    const runtime = await flow({
      userDir: dir(),
      run: { wires: [["ended", "dl"], ["changes"]] },
      more: [
        { id: "dl", type: "eo-download", account: "dt", folder: dir(), wires: [["file"], []] },
        { id: "file", type: "helper" },
      ],
    });
    runtime.send("in", { payload: link(), foreign: 1 });
    const made = await runtime.next("made");
    assert.deepEqual(made.payload, {
      product: { type: "Data", url: link(), auth: { type: "SesamEO", account: "seo" } },
      bandName: { type: "string", value: "B02" },
    });
    const ended = await runtime.next("ended");
    const run = ended.payload as Record<string, unknown> & { assets: Record<string, Record<string, unknown>> };
    assert.equal(ended["foreign"], 1);
    assert.equal(run["status"], "success");
    assert.deepEqual(Object.keys(run.assets).sort(), ["band", "statistics"]);
    const { href, title, type, roles } = run.assets["band"] ?? {};
    assert.equal(href, `${sandbox().ready.deltatwin.url}/v2.0/runs/${String(run["run_id"])}/outputs/band/download`);
    assert.deepEqual([typeof title, type, roles], ["string", "image/tiff", ["data"]]);
    const file = (await runtime.next("file")).payload as { path: string; sha256: string };
    assert.equal(createHash("sha256").update(readFileSync(file.path)).digest("hex"), file.sha256);
    const statuses = runtime.messages("changes").map((message) => (message.payload as { status: string }).status);
    assert.equal(statuses.at(-1), "success");
    assert.ok(statuses.includes("running"));
    assert.equal(runtime.errors.length, 0);
  });
});
