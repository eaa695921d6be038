/** Example 07 in a real Node-RED, and its file run by the real command. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../support/clone.js";
import type { PartReport } from "../support/report.js";
import type { World } from "../support/world.js";
import type { Command, RunDocument } from "./command.js";

interface FlowNode {
  id: string;
  type: string;
  provider?: string;
  inputs?: object[];
}

const EXAMPLE = "07 - inputs.json for the command line.json";

export async function exampleCase(report: PartReport, world: World, command: Command): Promise<void> {
  await report.agree("the file that our node writes is run as it is, its numbers with their type", async () => {
    const { sandbox } = command;
    const { component } = sandbox.ready.deltatwin;
    const { url, apiKey } = sandbox.ready.sesameo;
    const file = path.join(await world.folder(), "inputs.json");
    const text = readFileSync(path.join(ROOT, "examples", EXAMPLE), "utf8");
    const flow = (JSON.parse(text.replaceAll("https://api.sesameo.destine.eu/odata/v1", url)) as FlowNode[]).map(
      (node) => {
        if (node.type === "eo-account") return { ...node, url, credentials: { apiKey } };
        if (node.type !== "eo-deltatwin-inputs") return node;
        const scale = { name: "scale", type: "number", value: "2", valueType: "num" };
        return { ...node, filename: file, inputs: [...(node.inputs ?? []), scale] };
      },
    );
    const nodeRed = await world.nodeRed();
    await nodeRed.deploy(flow);
    const start = flow.find(({ type }) => type === "inject");
    const node = flow.find(({ type }) => type === "eo-deltatwin-inputs");
    await nodeRed.inject(start?.id ?? "");
    await nodeRed.waitFor((seen) => seen.event === "complete" && seen.id === node?.id && seen.error === undefined);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, "utf8"), /"value": 2\.0/);

    const started = await command.json<RunDocument>("run", "start", component, "-i", file);
    const done = await command.follow(started.run_id);
    assert.equal(done.status, "success", done.message ?? "");
    return `run ${done.run_id}`;
  });
}
