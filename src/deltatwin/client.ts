/** The DeltaTwin API v2.0: one function a call, through the account's door (facts/deltatwin-sesameo.md §3). */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { boundedBody } from "../http/body.js";
import { safeUrl } from "../http/origins.js";
import { oneLine } from "../one-line.js";
import { nearest } from "../near.js";
import { shown } from "../shown.js";
import { isRecord } from "../stac/item.js";
import { componentIn, type Component } from "./component.js";
import { runIn, runNodesIn, type Run, type RunNode } from "./run.js";

/** How many runs the service still allows, and how many it allows in all. */
export interface RunQuota {
  used: number | undefined;
  most: number | undefined;
  parallel: number | undefined;
  mostParallel: number | undefined;
}

const ANSWER_BYTES = 8 * 1024 * 1024;
const LOG_BYTES = 256 * 1024;
/** The service may look for its own resources before it answers. */
const START_MS = 60_000;

export class DeltaTwinClient {
  readonly #account: Account;
  readonly #root: string;
  /** The service's clock less ours, in ms. */
  #clock = 0;

  constructor(account: Account) {
    this.#account = account;
    this.#root = account.root;
  }

  /**
   * @param version undefined: the latest
   * @throws EoError NOT_FOUND with the nearest names
   */
  async component(name: string, version: string | undefined, signal: AbortSignal): Promise<Component> {
    const what = `reading the component ${shown(name)}`;
    let value: unknown;
    try {
      value = await this.#get(`deltatwins/${encodeURIComponent(name)}${query({ version })}`, what, signal);
    } catch (error) {
      if (!(error instanceof EoError) || error.cause.status !== 404) throw error;
      throw await this.#unknownComponent(name, version, error, signal);
    }
    const component = componentIn(value);
    if (!component) throw this.#badAnswer(what, "something that is no component");
    return component;
  }

  /** Versions of a component, the newest first as the service sends them. */
  async versions(name: string, signal: AbortSignal): Promise<string[]> {
    const what = `reading the versions of ${shown(name)}`;
    const value = await this.#get(`deltatwins/${encodeURIComponent(name)}/versions`, what, signal);
    return Array.isArray(value)
      ? (value as unknown[]).flatMap((entry) =>
          isRecord(entry) && typeof entry["name"] === "string" ? [entry["name"]] : [],
        )
      : [];
  }

  /** Every component the account may see. */
  async components(signal: AbortSignal): Promise<{ name: string; description: string }[]> {
    const found = new Map<string, string>();
    for (const visibility of ["private", "public"]) {
      const value = await this.#get(`deltatwins${query({ visibility })}`, "reading the components", signal);
      for (const entry of Array.isArray(value) ? (value as unknown[]) : []) {
        if (!isRecord(entry) || typeof entry["name"] !== "string") continue;
        const description = entry["short_description"];
        found.set(entry["name"], typeof description === "string" ? description : "");
      }
    }
    return [...found].map(([name, description]) => ({ name, description }));
  }

  async #unknownComponent(
    name: string,
    version: string | undefined,
    error: EoError,
    signal: AbortSignal,
  ): Promise<EoError> {
    let near: string[] = [];
    let exists = false;
    try {
      const names = (await this.components(signal)).map((component) => component.name);
      exists = names.includes(name);
      near = nearest(name, names);
    } catch {
      // The names would only have been a help.
    }
    const next =
      exists && version !== undefined
        ? `There is no version ${shown(version)} of it, or none you may use.`
        : near.length > 0
          ? `Did you mean ${near.map((one) => oneLine(one, 80)).join(", ")}?`
          : "Check its name.";
    return new EoError("NOT_FOUND", `The DeltaTwin component ${shown(name)} was not found. ${next}`, error.cause);
  }

  async run(id: string, signal: AbortSignal): Promise<Run> {
    const what = `looking at the run ${shown(id)}`;
    const run = runIn(await this.#get(`runs/${encodeURIComponent(id)}`, what, signal));
    if (!run) throw this.#badAnswer(what, "something that is no run");
    return run;
  }

  /** The latest runs of a component. */
  async runs(component: string, signal: AbortSignal): Promise<Run[]> {
    const value = await this.#get(
      `runs${query({ top: "50", skip: "0", deltatwin_name: component })}`,
      "looking for the run",
      signal,
    );
    return Array.isArray(value) ? (value as unknown[]).flatMap((entry) => runIn(entry) ?? []) : [];
  }

  async nodes(run: string, signal: AbortSignal): Promise<RunNode[]> {
    return runNodesIn(await this.#get(`runs/${encodeURIComponent(run)}/nodes`, "looking at the run's steps", signal));
  }

  /** What a step wrote: its errors, else its output. */
  async log(run: string, node: string, signal: AbortSignal): Promise<string> {
    const place = `runs/${encodeURIComponent(run)}/nodes/${encodeURIComponent(node)}`;
    for (const stream of ["stderr", "stdout"]) {
      const { status, body } = await this.#account.door.whole(
        { url: `${this.#root}/${place}/${stream}`, what: "reading the run's log", signal },
        { maxBytes: LOG_BYTES },
      );
      const text = status === 200 ? body.toString("utf8").trim() : "";
      if (text !== "") return text;
    }
    return "";
  }

  /** The quota of runs; undefined when the service says nothing about it. */
  async quota(signal: AbortSignal): Promise<RunQuota | undefined> {
    const value = await this.#get("user/metrics", "reading the quotas", signal);
    const entry = (Array.isArray(value) ? (value as unknown[]) : []).find(
      (one): one is Record<string, unknown> => isRecord(one) && one["type"] === "run",
    );
    if (!entry) return undefined;
    return {
      used: number(entry["number_of_runs"]),
      most: number(entry["max_run"]),
      parallel: number(entry["number_of_runs_parallel"]),
      mostParallel: number(entry["max_run_parallel"]),
    };
  }

  /**
   * Sends one request to start a run, never a second one.
   * @param body the whole JSON text
   * @throws EoError; whether a run was started is not known after NETWORK, TIMEOUT, BAD_RESPONSE and a status of 408 or
   * 500 and more
   */
  async start(body: string, signal: AbortSignal): Promise<Run> {
    const what = "starting the run";
    const { door } = this.#account;
    const answer = await door.open({
      method: "POST",
      url: `${this.#root}/runs`,
      headers: { "content-type": "application/json", accept: "application/json" },
      body,
      what,
      // The body holds a key: it goes to the account's own service and not on to wherever a redirect points.
      redirects: 0,
      headTimeout: START_MS,
      signal,
    });
    if (answer.status < 200 || answer.status > 299) {
      const error = await door.errorOf(answer, what);
      if (answer.status >= 300 && answer.status < 400) {
        throw this.#badAnswer(
          what,
          "a redirect, which is not followed with a key. Check the account's address",
          answer.status,
        );
      }
      throw ours(error, answer.status);
    }
    let value: unknown;
    try {
      const { bytes } = await boundedBody(answer.body, answer.headers, ANSWER_BYTES);
      value = JSON.parse(bytes.toString("utf8"));
    } catch {
      throw this.#badAnswer(what, "an answer that broke off or is no JSON");
    }
    const run = runIn(value);
    if (!run) throw this.#badAnswer(what, "something that is no run");
    return run;
  }

  /** What the service's clock shows, in epoch ms, as far as its last answer told. */
  now(): number {
    return Date.now() + this.#clock;
  }

  /** Where an output of a run is downloaded. */
  outputUrl(run: string, output: string): string {
    return `${this.#root}/runs/${encodeURIComponent(run)}/outputs/${encodeURIComponent(output)}/download`;
  }

  async #get(place: string, what: string, signal: AbortSignal): Promise<unknown> {
    try {
      const { value, headers } = await this.#account.door.json(
        { url: `${this.#root}/${place}`, headers: { accept: "application/json" }, what, signal },
        { maxBytes: ANSWER_BYTES },
      );
      const date = Date.parse(headers.get("date") ?? "");
      if (!Number.isNaN(date)) this.#clock = date - Date.now();
      return value;
    } catch (error) {
      throw error instanceof EoError ? ours(error, error.cause.status) : error;
    }
  }

  #badAnswer(what: string, came: string, status?: number): EoError {
    const url = safeUrl(this.#root);
    const failed = `${what[0]?.toUpperCase() ?? ""}${what.slice(1)} failed`;
    return new EoError("BAD_RESPONSE", `${failed}: ${url} answered with ${came}.`, {
      url,
      ...(status === undefined ? {} : { status }),
    });
  }
}

/** What a status means here and nowhere else. */
function ours(error: EoError, status: number | undefined): EoError {
  if (status === 410) {
    return new EoError(
      "BAD_RESPONSE",
      `${error.cause.url ?? "The service"} does not speak version 2.0 of the DeltaTwin API any more (410). Look for an update of this package.`,
      error.cause,
    );
  }
  return error;
}

function number(value: unknown): number | undefined {
  const found = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

function query(parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
