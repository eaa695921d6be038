/** The service's own engine, delta-core 1.2.7, which the command brings along: its verdicts beside the sandbox's. */
import assert from "node:assert/strict";
import path from "node:path";
import { Twin, type RunLike } from "../../sandbox/twin.js";
import type { Sandbox } from "../../support/sandbox.js";
import type { Python } from "../support/python.js";
import type { PartReport } from "../support/report.js";

interface Verdict {
  failed: boolean;
  code: number;
  message: string;
}

/** The types that the engine knows; all without a default. */
const DECLARED = [
  { name: "text", type: "string" },
  { name: "angle", type: "integer" },
  { name: "factor", type: "number" },
  { name: "flag", type: "boolean", value: false },
  { name: "image", type: "Data", value: { url: "" } },
  { name: "password", type: "secret", value: "" },
];

/** JSON values by what they are; the secret is one that can be decoded. */
const VALUES = [
  '{"value":"x"}',
  '{"value":""}',
  '{"value":45}',
  '{"value":45.0}',
  '{"value":4.5e1}',
  '{"value":-0}',
  '{"value":true}',
  '{"secret_value":"00ff"}',
];

const GOOD: Record<string, string> = { text: '{"value":"x"}', angle: '{"value":1}', factor: '{"value":0.5}' };

const objectOf = (all: Record<string, string>): string =>
  `{${Object.entries(all)
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")}}`;

export async function engineCases(report: PartReport, python: Python, sandbox: Sandbox, home: string): Promise<void> {
  const data = `{"url":"${sandbox.url("store")}/thumbnails/sea.png"}`;
  const inputs = DECLARED.flatMap(({ name }) => [...VALUES, data].map((value) => objectOf({ ...GOOD, [name]: value })));
  inputs.push("{}", objectOf({ text: '{"value":"x"}' }), objectOf({ angle: '{"value":"x"}' }));
  const { product } = sandbox.ready.deltatwin.inputs as { product: { url: string } };
  const urls = [product.url, `${sandbox.url("store")}/none`, "http://127.0.0.1:1/x", "no address", ` ${product.url} `];

  await report.agree("a fact: the engine's own verdicts on inputs and addresses are the sandbox's", async () => {
    const asked = { declared: DECLARED, inputs, urls };
    const script = path.join(__dirname, "engine_verdicts.py");
    const engine = await python.script<{ inputs: Verdict[]; urls: Verdict[] }>(script, asked, { env: { HOME: home } });
    sandbox.settings.patch({ deltatwin: { pace: 0 } });
    const twin = await Twin.login(sandbox);
    const ours = async (name: string, text: string): Promise<Verdict> => {
      const {
        status,
        return_code: code,
        message,
      } = await twin.follow((await twin.start(name, text)).json<RunLike>().run_id);
      return { failed: status !== "success", code, message };
    };
    const seen: Verdict[] = [];
    for (const text of inputs) seen.push(await ours("input-types", text));
    inputs.forEach((text, at) => assert.deepEqual(seen[at], engine.inputs[at], text));
    for (const [at, url] of urls.entries()) {
      const text = objectOf({ product: JSON.stringify({ url }), bandName: '{"value":"B01"}' });
      assert.deepEqual(await ours("band-extractor", text), engine.urls[at], url);
    }
    sandbox.settings.reset();
    const failed = [...engine.inputs, ...engine.urls].filter((one) => one.failed).length;
    return `${inputs.length} inputs, ${urls.length} addresses, ${failed} of them refused`;
  });
}
