/** Takes a run from its first state to its last, in real time: waits, checks, fetches, works. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isObject, type LosslessObject } from "../core/lossless-json.js";
import type { DeltatwinMode, Modes } from "../core/settings.js";
import { fetchInput, type Fetched } from "./fetch-input.js";
import { checkInputs, EngineError, keyOf, urlOf } from "./input-check.js";
import { commandLine, doModelWork, modelError } from "./model-work.js";
import type { Run } from "./run.js";

export interface WorkEnvironment {
  /** The switches as they are now. */
  modes(): Modes;
  /** The only origin that a SesamEO key is sent to. */
  sesameo(): string;
  /** What to trust over https. */
  ca(): string | undefined;
  /** Whether one more run may be running. */
  slotIsFree(): boolean;
  /** A resource of the owner's drive. */
  resource(id: string, owner: string): Buffer | undefined;
}

/** `mode` is what the request that started the run was under. Never rejects. */
export async function work(run: Run, mode: DeltatwinMode, environment: WorkEnvironment): Promise<void> {
  const { signal } = run.aborter;
  let folder: string | undefined;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false });
  const passed = async (state: "created" | "pending" | "running"): Promise<void> => {
    await pause(mode.pace);
    // Of the settings as they are now, so that what is held can be let go.
    while (environment.modes().deltatwin.hold === state) await pause(20);
  };
  try {
    await passed("created");
    run.status = "pending";
    await passed("pending");
    while (!environment.slotIsFree()) await pause(20);
    const values = checkInputs(run.version.inputs, run.given);
    run.status = "running";
    folder = await mkdtemp(join(tmpdir(), "eo-sandbox-run-"));
    const files = new Map<string, Fetched>();
    for (const { name } of run.version.inputs) {
      const node = run.node(name);
      node.status = "running";
      await pause(mode.pace);
      await fetchOne(run, name, values, folder, files, environment);
      node.status = "success";
    }
    const model = run.node(run.component.model);
    model.status = "running";
    await passed("running");
    if (mode.outcome === "error") {
      model.stderr += "Killed\n";
      throw modelError(run, model, commandLine(run, { values, files }));
    }
    if (mode.outcome === "cancelled") {
      run.end("cancelled");
      return;
    }
    await doModelWork(run, model, { values, files });
    model.status = "success";
    for (const { name } of run.version.outputs) {
      run.node(name).status = "running";
      await pause(mode.pace);
      run.node(name).status = "success";
    }
    run.end("success");
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof EngineError) {
      if (error.node !== undefined) run.node(error.node).status = "error";
      run.end("error", error.message, error.code);
    } else {
      process.stderr.write(`sandbox: run ${run.id}: ${String((error as Error).stack)}\n`);
      run.end("error", "Internal error");
    }
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function fetchOne(
  run: Run,
  name: string,
  values: LosslessObject,
  folder: string,
  files: Map<string, Fetched>,
  environment: WorkEnvironment,
): Promise<void> {
  const type = run.version.inputs.find((one) => one.name === name)?.type;
  const input = values[name];
  const file = join(folder, name);
  if (type === "Data") {
    const url = urlOf(input).trim();
    // The default of a Data input that has no address is no file.
    if (url === "") return;
    const { header } = environment.modes().sesameo;
    const key = keyOf(input);
    const owns = key !== undefined && URL.canParse(url) && new URL(url).origin === environment.sesameo();
    const headers = owns ? { [header ?? "x-api-key"]: key } : {};
    try {
      files.set(name, await fetchInput(url, { file, headers, ca: environment.ca(), signal: run.aborter.signal }));
    } catch {
      const words = `Error while fetching input ${name} from url ${url}. Please verify the url.`;
      throw new EngineError(211, words, name);
    }
  } else if (type === "DriveData") {
    const id = isObject(input) ? input["drive_id"] : undefined;
    if (typeof id !== "string" || id === "") return;
    const bytes = environment.resource(id, run.owner);
    if (!bytes) throw new EngineError(211, `Error while fetching input ${name} from drive ${id}.`, name);
    await writeFile(file, bytes);
    files.set(name, { file, name: id, size: bytes.length });
  } else if (type === "secret") {
    const secret = isObject(input) && typeof input["secret_value"] === "string" ? input["secret_value"] : "";
    // Secrets come encrypted, in hex; only the web page of the service can do that.
    const wrong = secret.search(/[^0-9a-f]/i);
    if (wrong >= 0) {
      throw new EngineError(0, `non-hexadecimal number found in fromhex() arg at position ${wrong}`, name);
    }
  }
}
