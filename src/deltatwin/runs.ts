/** Runs of one node: started once, followed politely, found again after a restart, and never too many at once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "../accounts/account.js";
import { Slots } from "../download/slots.js";
import { EoError, asEoError, cancelled } from "../errors.js";
import { mayPass } from "../http/account-door.js";
import { redactor } from "../http/redact.js";
import { oneLine } from "../one-line.js";
import { shown } from "../shown.js";
import { DeltaTwinClient } from "./client.js";
import { checkInputs, type Component } from "./component.js";
import { jsonText } from "./inputs-json.js";
import type { CompleteInputs } from "./inputs.js";
import { RunMemory, workKey, type RunNote } from "./run-memory.js";
import {
  failedNode,
  hasEnded,
  hasInputs,
  outputAssets,
  progressText,
  starred,
  type OutputAsset,
  type Run,
  type RunNode,
} from "./run.js";

/** What one input asks for. */
export interface RunRequest {
  /** Id of a run to follow; undefined: start one. */
  run?: string | undefined;
  component?: string | undefined;
  /** Undefined: the latest. */
  version?: string | undefined;
  inputs?: CompleteInputs | undefined;
  /** Wait for its end. */
  wait: boolean;
  pollMs: number;
  timeoutMs: number;
}

export interface RunHooks {
  signal: AbortSignal;
  /** The run, secrets starred, at each change of its status. */
  onStatus(run: Record<string, unknown>, id: string): void;
  /** What to show of it: `running 2/5 · model`. */
  onProgress(text: string): void;
  /** Its end; called before the run is forgotten. */
  deliver(run: Record<string, unknown>): void;
}

const LOOKS_MS = [500, 2_000, 5_000];
/** The service tells a start in whole seconds. */
const CLOCK_SLACK_MS = 2_000;
const LOG_CHARACTERS = 1_500;

/** Runs this process has to do with, by account: none is taken for another. */
const claimed = new WeakMap<Account, Set<string>>();

export class Runs {
  readonly #account: Account;
  readonly #client: DeltaTwinClient;
  readonly #slots = new Slots(1);
  readonly #memory: RunMemory;
  readonly #claimed: Set<string>;

  /**
   * @param memory the folder in which runs are noted, and the node whose runs these are
   */
  constructor(account: Account, memory: { folder: string; owner: string }) {
    this.#account = account;
    this.#client = new DeltaTwinClient(account);
    this.#memory = RunMemory.of(memory.folder, memory.owner);
    const known = claimed.get(account) ?? new Set<string>();
    claimed.set(account, known);
    this.#claimed = known;
  }

  set parallel(most: number) {
    this.#slots.limit = most;
  }

  /**
   * Starts a run, or follows one, to its end.
   * @throws EoError RUN_FAILED, TIMEOUT (the run goes on), QUOTA, NOT_FOUND, BAD_INPUT, CANCELLED (the run goes on), and
   * whatever keeps the service from answering
   */
  async run(request: RunRequest, hooks: RunHooks): Promise<void> {
    const leave = await this.#slots.take(hooks.signal, "The run");
    try {
      const star = this.#starFor(request.inputs);
      try {
        if (request.run !== undefined) {
          const job = new Following(this.#client, request, hooks, star, undefined);
          await job.end(await this.#client.run(request.run, hooks.signal));
          return;
        }
        await this.#startAndFollow(request, hooks, star);
      } catch (error) {
        throw starredError(asEoError(error), star);
      }
    } finally {
      leave();
    }
  }

  #starFor(inputs: CompleteInputs | undefined): (text: string) => string {
    const own = redactor(() => inputs?.secrets ?? []);
    return (text) => own(this.#account.door.redact(text));
  }

  async #startAndFollow(request: RunRequest, hooks: RunHooks, star: (text: string) => string): Promise<void> {
    const { component: name, inputs } = request;
    if (name === undefined || inputs === undefined)
      throw new EoError("INTERNAL", "A run needs a component and inputs.");
    const component = await this.#client.component(name, request.version, hooks.signal);
    checkInputs(component, inputs.plain);
    const key = workKey(this.#account.url, component.name, component.version, inputs.plain);
    const { note, run } = await this.#startOrFind(component, inputs, key, hooks);
    this.#claimed.add(run.id);
    try {
      await new Following(this.#client, request, hooks, star, component).end(run);
      await this.#memory.end(note);
    } catch (error) {
      // Its failure is delivered, too; everything else may come to a better end when the message comes again.
      if (error instanceof EoError && (error.code === "RUN_FAILED" || error.code === "NOT_FOUND"))
        await this.#memory.end(note);
      else this.#memory.leave(note);
      throw error;
    }
  }

  /** The run of this work that was started before and not delivered, else a new one. */
  async #startOrFind(
    component: Component,
    inputs: CompleteInputs,
    key: string,
    hooks: RunHooks,
  ): Promise<{ note: RunNote; run: Run }> {
    const known = await this.#memory.take(key);
    if (known) {
      const run = await this.#takeUp(known, component, inputs, hooks);
      if (run) return { note: known, run };
    }
    await this.#checkQuota(hooks.signal);
    if (hooks.signal.aborted) throw cancelled("The run");
    const note = known ?? (await this.#memory.begin(key, this.#client.now()));
    try {
      const run = await this.#start(note, component, inputs, hooks);
      await this.#memory.started(note, run.id);
      return { note, run };
    } catch (error) {
      if (isUnclear(error)) this.#memory.leave(note);
      else await this.#memory.end(note);
      throw error;
    }
  }

  async #takeUp(
    note: RunNote,
    component: Component,
    inputs: CompleteInputs,
    hooks: RunHooks,
  ): Promise<Run | undefined> {
    try {
      if (note.run !== undefined) return await this.#client.run(note.run, hooks.signal);
      const run = await this.#look(note, component, inputs, hooks.signal);
      if (run) await this.#memory.started(note, run.id);
      return run;
    } catch (error) {
      if (error instanceof EoError && error.code === "NOT_FOUND") {
        // The service does not know it any more: it was evicted, or deleted by somebody.
        delete note.run;
        note.at = this.#client.now();
        return undefined;
      }
      this.#memory.leave(note);
      throw error;
    }
  }

  /** @throws EoError QUOTA in words; what cannot be read keeps nothing from being started */
  async #checkQuota(signal: AbortSignal): Promise<void> {
    let quota;
    try {
      quota = await this.#client.quota(signal);
    } catch (error) {
      if (!(error instanceof EoError) || ["AUTH_FAILED", "FORBIDDEN", "CANCELLED", "BAD_INPUT"].includes(error.code))
        throw error;
      return;
    }
    if (!quota) return;
    const { used, most, parallel, mostParallel } = quota;
    if (used !== undefined && most !== undefined && used >= most) {
      throw new EoError(
        "QUOTA",
        `No run was started: ${used} of ${most} runs are used up. Try again when the service counts anew (the documented quota is a day's), or ask for more.`,
      );
    }
    if (parallel !== undefined && mostParallel !== undefined && parallel >= mostParallel) {
      throw new EoError(
        "QUOTA",
        `No run was started: ${parallel} of ${mostParallel} runs at once are in progress. Try again when one has ended.`,
      );
    }
  }

  /**
   * Starts the run. After a failure that leaves open whether it was started, it is looked for before anything is sent
   * again.
   */
  async #start(note: RunNote, component: Component, inputs: CompleteInputs, hooks: RunHooks): Promise<Run> {
    const { signal } = hooks;
    const body =
      `{"deltatwin_name":${jsonText(component.name)},"deltatwin_version":${jsonText(component.version)},` +
      `"inputs":${inputs.json()}}`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#client.start(body, signal);
      } catch (error) {
        const failed = asEoError(error);
        if (failed.cause.status === 429) throw quotaError(failed);
        if (signal.aborted || !isUnclear(failed)) throw failed;
        const pause = LOOKS_MS[attempt];
        if (pause === undefined) throw failed;
        hooks.onProgress("looking for the run");
        await pauseFor(pause, signal);
        const found = await this.#look(note, component, inputs, signal);
        if (found) return found;
      }
    }
  }

  /** A run of the same component with the same inputs, started since, that nobody here has to do with. */
  async #look(
    note: RunNote,
    component: Component,
    inputs: CompleteInputs,
    signal: AbortSignal,
  ): Promise<Run | undefined> {
    const runs = (await this.#client.runs(component.name, signal))
      .filter(
        (run) =>
          !this.#claimed.has(run.id) &&
          run.component === component.name &&
          (run.version === "" || run.version === component.version) &&
          run.startedAt !== undefined &&
          run.startedAt >= note.at - CLOCK_SLACK_MS,
      )
      .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    for (const run of runs) {
      const listed = hasInputs(run, inputs.plain);
      const same = listed ?? hasInputs(await this.#client.run(run.id, signal), inputs.plain);
      if (same !== true || this.#claimed.has(run.id) || (await this.#memory.knows(run.id))) continue;
      this.#claimed.add(run.id);
      return run;
    }
    return undefined;
  }
}

/** One run on its way to its end. */
class Following {
  readonly #client: DeltaTwinClient;
  readonly #request: RunRequest;
  readonly #hooks: RunHooks;
  readonly #star: (text: string) => string;
  readonly #component: Component | undefined;

  constructor(
    client: DeltaTwinClient,
    request: RunRequest,
    hooks: RunHooks,
    star: (text: string) => string,
    component: Component | undefined,
  ) {
    this.#client = client;
    this.#request = request;
    this.#hooks = hooks;
    this.#star = star;
    this.#component = component;
  }

  /** Follows the run and hands it over. @throws EoError RUN_FAILED, TIMEOUT, CANCELLED, NOT_FOUND */
  async end(first: Run): Promise<void> {
    const { signal } = this.#hooks;
    if (!this.#request.wait) {
      this.#changed(first);
      this.#hooks.deliver(this.#shown(first));
      return;
    }
    const deadline = performance.now() + this.#request.timeoutMs;
    let run = first;
    let last: string | undefined;
    for (;;) {
      if (run.status !== last) this.#changed(run);
      last = run.status;
      if (hasEnded(run.status)) break;
      await this.#showProgress(run);
      const left = deadline - performance.now();
      if (left <= 0) throw this.#outOfTime(run);
      await pauseFor(Math.min(this.#request.pollMs, left), signal);
      run = (await this.#lookAt(run.id)) ?? run;
    }
    if (run.status !== "success") throw await this.#failure(run);
    const assets = await this.#assets(run);
    this.#hooks.deliver({ ...this.#shown(run), assets });
  }

  #changed(run: Run): void {
    this.#hooks.onStatus(this.#shown(run), run.id);
  }

  /** Undefined while the service cannot be reached: the run goes on all the same. */
  async #lookAt(id: string): Promise<Run | undefined> {
    try {
      return await this.#client.run(id, this.#hooks.signal);
    } catch (error) {
      if (!mayPass(error)) throw error;
      this.#hooks.onProgress("service not reachable");
      return undefined;
    }
  }

  async #showProgress(run: Run): Promise<void> {
    let nodes: RunNode[] = [];
    if (run.status === "running") nodes = await this.#nodes(run.id);
    this.#hooks.onProgress(this.#star(progressText(run.status, nodes)));
  }

  /** The steps are only a help: without them the run is followed all the same. */
  async #nodes(id: string): Promise<RunNode[]> {
    try {
      return await this.#client.nodes(id, this.#hooks.signal);
    } catch (error) {
      if (error instanceof EoError && error.code === "CANCELLED") throw error;
      return [];
    }
  }

  async #assets(run: Run): Promise<Record<string, OutputAsset>> {
    let declared: Component["outputs"] = this.#component?.outputs ?? [];
    if (this.#component === undefined && run.component !== "") {
      try {
        const version = run.version === "" ? undefined : run.version;
        declared = (await this.#client.component(run.component, version, this.#hooks.signal)).outputs;
      } catch (error) {
        if (error instanceof EoError && error.code === "CANCELLED") throw error;
      }
    }
    return outputAssets(run, declared, (output) => this.#client.outputUrl(run.id, output));
  }

  #shown(run: Run): Record<string, unknown> {
    return { id: run.id, ...starred(run.raw, this.#star, this.#request.inputs?.hidden) };
  }

  #name(run: Run): string {
    const of = run.component === "" ? "" : ` of ${oneLine(run.component, 100)} ${oneLine(run.version, 40)}`.trimEnd();
    return `Run ${oneLine(run.id, 100)}${of}`;
  }

  #outOfTime(run: Run): EoError {
    const minutes = Math.round(this.#request.timeoutMs / 60_000);
    return new EoError(
      "TIMEOUT",
      `${this.#name(run)} was not followed to its end: it is still ${run.status || "in progress"} after ${minutes} min. ` +
        "It goes on at the service. Send the message again, or set the run's id, to follow it further.",
      { run: run.id },
    );
  }

  async #failure(run: Run): Promise<EoError> {
    // 0 is what a run without a failure of its own has.
    const cause = { run: run.id, ...(["", "0"].includes(run.returnCode) ? {} : { code: run.returnCode }) };
    const said = oneLine(this.#star(run.message), 1_000).replace(/[.\s]+$/, "");
    if (run.status !== "error") {
      return new EoError("RUN_FAILED", `${this.#name(run)} was cancelled at the service${said ? `: ${said}` : ""}.`, {
        ...cause,
        ...(said ? { message: said } : {}),
      });
    }
    const nodes = await this.#nodes(run.id);
    const failed = failedNode(nodes);
    const log = failed === undefined ? "" : await this.#log(run.id, failed);
    const step =
      failed === undefined
        ? ""
        : ` The step ${oneLine(failed.name, 100)}${failed.type === "" ? "" : ` (${oneLine(failed.type, 40)})`} failed.`;
    const wrote = log === "" ? "" : ` Its log ends: ${log.replace(/[.\s]+$/, "")}.`;
    return new EoError(
      "RUN_FAILED",
      `${this.#name(run)} ended in error${said ? `: ${said}` : ""}.${step}${wrote} ${advice(said)}`.trim(),
      { ...cause, message: [said, log].filter(Boolean).join(" – ") },
    );
  }

  /** The end of what the step wrote. Starred before it is cut, so that no half of a secret is left. */
  async #log(run: string, node: RunNode): Promise<string> {
    try {
      const text = this.#star(await this.#client.log(run, node.id, this.#hooks.signal));
      return oneLine(text.slice(-LOG_CHARACTERS), LOG_CHARACTERS);
    } catch (error) {
      if (error instanceof EoError && error.code === "CANCELLED") throw error;
      return "";
    }
  }
}

/** Whether a run may have been started although the answer did not come. */
function isUnclear(thrown: unknown): boolean {
  const { code, cause } = asEoError(thrown);
  if (code === "CANCELLED" || code === "NETWORK" || code === "TIMEOUT" || code === "INTERNAL") return true;
  if (code === "BAD_RESPONSE") return cause.status === undefined || cause.status < 300;
  return cause.status !== undefined && (cause.status === 408 || cause.status >= 500);
}

function quotaError(error: EoError): EoError {
  const said = error.cause.message === undefined ? "" : `: ${error.cause.message.replace(/[.\s]+$/, "")}`;
  return new EoError(
    "QUOTA",
    `No run was started: ${error.cause.url ?? "the service"} answered 429${said}. The quota of runs is used up; try again later.`,
    error.cause,
  );
}

function advice(said: string): string {
  if (/Error while fetching input/i.test(said)) {
    return "Check the link, that the SesamEO key is valid and was not generated anew, and that the product's provider is configured in your SesamEO account.";
  }
  if (/must be of type/i.test(said)) return "Correct the type of the input.";
  if (/required/i.test(said)) return "Add the missing inputs.";
  if (/fromhex|non-hexadecimal/i.test(said)) {
    return "Inputs of the type secret can be sent by the service's web page only.";
  }
  return "";
}

/** A copy without secrets in message and cause. */
function starredError(error: EoError, star: (text: string) => string): EoError {
  const cause = Object.fromEntries(
    Object.entries(error.cause).map(([name, value]) => [name, typeof value === "string" ? star(value) : value]),
  );
  return new EoError(error.code, star(error.message), cause);
}

/** @throws EoError CANCELLED */
async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw cancelled("Following the run");
  }
}

/** What a node says about a run it was told to follow. */
export function runIdOf(value: unknown): string {
  const id = typeof value === "string" ? value.trim() : "";
  if (!/^[\w-]{1,100}$/.test(id)) {
    throw new EoError("BAD_INPUT", `The field run has "${shown(value)}", which is no id of a run.`);
  }
  return id;
}
