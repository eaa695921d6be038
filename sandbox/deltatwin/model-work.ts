/** The work of a run's model node: what each kind of component makes of its inputs. */
import { readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { isObject, LosslessNumber, printLossless, type LosslessObject } from "../core/lossless-json.js";
import { extractBand } from "./band.js";
import type { ModelKind } from "./components.js";
import type { Fetched } from "./fetch-input.js";
import { EngineError } from "./input-check.js";
import type { OutputFile, Run, RunNode } from "./run.js";

export interface ModelInputs {
  values: LosslessObject;
  files: ReadonlyMap<string, Fetched>;
}

/** Does the work: fills the run's outputs and the node's log. Throws EngineError. */
export async function doModelWork(run: Run, node: RunNode, inputs: ModelInputs): Promise<void> {
  const cmd = commandLine(run, inputs);
  node.stdout += `cmd: ${cmd}\n`;
  try {
    await WORK[run.component.kind](run, inputs);
    node.stdout += `${[...run.outputs.values()].map((one) => `wrote ${one.basename}`).join("\n")}\n`;
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const words = (error as Error).message;
    node.stderr += `Traceback (most recent call last):\n  File "/app/${node.name}.py", line 42, in <module>\n${words}\n`;
    throw modelError(run, node, cmd);
  }
}

/** The engine's words about a model that failed; `more` follows the first sentence. */
export function modelError(run: Run, node: RunNode, cmd: string, more = ""): EngineError {
  const image = `${run.component.name}/${node.name}:${run.version.version}`;
  const message = `Something went wrong during the execution of model ${node.name}.${more}`;
  return new EngineError(221, `${message}\nNode Id: ${node.id}\nImage: ${image}\ncmd: ${cmd}\n`, node.name);
}

const WORK: Record<ModelKind, (run: Run, inputs: ModelInputs) => Promise<void>> = {
  async band(run, { values, files }) {
    const product = files.get("product");
    if (!product) throw new Error("FileNotFoundError: product");
    const band = textOf(values, "bandName");
    const scale = valueOf(values, "scale");
    const { tiff, statistics } = await extractBand(
      product.file,
      band,
      scale instanceof LosslessNumber ? scale.value : 1,
    );
    const base = product.name.replace(/\.\w+$/, "");
    run.outputs.set("band", { basename: `${base}_${band}.tif`, type: "image/tiff", bytes: tiff });
    if (run.version.outputs.some(({ name }) => name === "statistics")) {
      run.outputs.set("statistics", jsonFile(`${base}_${band}.json`, JSON.stringify(statistics)));
    }
  },

  async echo(run, { values, files }) {
    const received: LosslessObject = {};
    for (const [name, input] of Object.entries(values)) {
      const file = files.get(name);
      if (file) {
        const md5 = createHash("md5")
          .update(await readFile(file.file))
          .digest("hex");
        received[name] = { basename: file.name, size: new LosslessNumber(String(file.size)), md5 };
      } else if (isObject(input) && input["secret_value"] !== undefined) received[name] = "***";
      else received[name] = valueOf(values, name) ?? null;
    }
    run.outputs.set("received", jsonFile("received.json", printLossless(received)));
  },

  broken(run, { values, files }) {
    const how = textOf(values, "how");
    const node = run.node(run.component.model);
    switch (how) {
      case "no-output":
      case "two-outputs":
        throw modelError(run, node, commandLine(run, { values, files }), " Should have only 1 output.");
      case "dependency": {
        const id = "00000000-0000-4000-8000-000000000000";
        const words = `See dependency error for more info (Dependency run id : ${id})`;
        throw new EngineError(230, `Error while running dependency other-twin. ${words}`, node.name);
      }
      case "node":
        throw new EngineError(310, "Node extract not found in manifest", node.name);
      case "manifest":
        throw new EngineError(311, "Invalid manifest content", node.name);
      default:
        throw new Error("RuntimeError: the model was told to fail");
    }
  },
};

function jsonFile(basename: string, text: string): OutputFile {
  return { basename, type: "application/json", bytes: Buffer.from(text) };
}

function valueOf(values: LosslessObject, name: string): LosslessObject[string] | undefined {
  const input = values[name];
  return isObject(input) ? input["value"] : input;
}

function textOf(values: LosslessObject, name: string): string {
  const value = valueOf(values, name);
  return typeof value === "string" ? value : "";
}

/** As the engine builds it: files as paths, numbers and texts as they are, secrets starred. */
export function commandLine(run: Run, { values, files }: ModelInputs): string {
  const words = Object.keys(values).map((name) => {
    const file = files.get(name);
    if (file) return `/s3/${run.id}/${name}/${file.name}`;
    const input = values[name];
    if (isObject(input) && input["secret_value"] !== undefined) return "***";
    const value = valueOf(values, name);
    if (value instanceof LosslessNumber) return value.text;
    return typeof value === "string" ? value : JSON.stringify(value ?? "");
  });
  return ["python", `${run.component.model}.py`, ...words].join(" ");
}
