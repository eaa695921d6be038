/** One run: what it was given, how far it has come, and how the API shows it. */
import { createHash, randomUUID } from "node:crypto";
import { isObject, type LosslessObject, type LosslessValue } from "../core/lossless-json.js";
import type { DeltatwinMode } from "../core/settings.js";
import type { Component, Version } from "./components.js";
import { plainDate } from "./dates.js";

export type RunStatus = "created" | "pending" | "running" | "success" | "error" | "cancelled";

export interface RunNode {
  id: string;
  name: string;
  type: "input" | "model" | "output";
  status: RunStatus;
  stdout: string;
  stderr: string;
}

export interface OutputFile {
  basename: string;
  type: string;
  bytes: Buffer;
}

export class Run {
  readonly id = randomUUID();
  readonly startedAt = Date.now();
  readonly nodes: RunNode[];
  readonly outputs = new Map<string, OutputFile>();
  readonly aborter = new AbortController();
  status: RunStatus = "created";
  endedAt: number | null = null;
  message = "";
  returnCode = 0;

  constructor(
    readonly owner: string,
    readonly component: Component,
    readonly version: Version,
    /** Inputs as they came. */
    readonly given: LosslessObject,
  ) {
    const node = (name: string, type: RunNode["type"]): RunNode => ({
      id: randomUUID(),
      name,
      type,
      status: "created",
      stdout: "",
      stderr: "",
    });
    this.nodes = [
      ...version.inputs.map(({ name }) => node(name, "input")),
      node(component.model, "model"),
      ...version.outputs.map(({ name }) => node(name, "output")),
    ];
  }

  get ended(): boolean {
    return this.endedAt !== null;
  }

  node(name: string): RunNode {
    const found = this.nodes.find((one) => one.name === name);
    if (!found) throw new TypeError(`no node called ${name}`);
    return found;
  }

  /** Ends the run; later ends do not count. */
  end(status: "success" | "error" | "cancelled", message = "", returnCode = 0): void {
    if (this.ended) return;
    Object.assign(this, { status, message, returnCode, endedAt: Date.now() });
    for (const node of this.nodes) {
      if (node.status === "running") node.status = status;
    }
    this.aborter.abort();
  }

  /** The run as the API shows it. */
  document(mode: DeltatwinMode): object {
    return {
      run_id: this.id,
      owner: this.owner,
      deltatwin_name: this.component.name,
      deltatwin_version: this.version.version,
      start_at: plainDate(this.startedAt),
      end_at: this.endedAt === null ? null : plainDate(this.endedAt),
      status: this.status,
      message: this.message === "" ? "" : this.message + this.echoed(mode),
      return_code: this.returnCode,
      inputs: shaped(shownInputs(this.given, this.version, mode), mode),
      outputs: shaped(this.shownOutputs(), mode),
    };
  }

  nodeDocuments(): object[] {
    return this.nodes.map(({ id, name, type, status }) => ({ id, name, type, status, workflow_node_id: name }));
  }

  /** With the switch on: every key and secret of the inputs, as a line that a careless model would print. */
  echoed({ echo }: DeltatwinMode): string {
    return echo
      ? secretsOf(this.given)
          .map((secret) => `\nAPI_KEY=${secret}`)
          .join("")
      : "";
  }

  private shownOutputs(): LosslessObject {
    if (this.status !== "success") return {};
    return Object.fromEntries(
      [...this.outputs].map(([name, { basename, bytes }]) => {
        const checksum = `md5@${createHash("md5").update(bytes).digest("hex")}`;
        return [name, { type: "Data", basename, size: bytes.length, checksum } as unknown as LosslessValue];
      }),
    );
  }
}

/** Inputs as the API shows them: each with a type, keys left out and secrets starred unless they are echoed. */
export function shownInputs(given: LosslessObject, version: Version, { echo }: DeltatwinMode): LosslessObject {
  const shown: LosslessObject = {};
  for (const [name, input] of Object.entries(given)) {
    const type = version.inputs.find((one) => one.name === name)?.type ?? "string";
    const whole: LosslessObject = isObject(input) ? { type, ...input } : { type, value: input };
    if (!echo) {
      if (whole["secret_value"] !== undefined) whole["secret_value"] = "******";
      if (isObject(whole["auth"])) {
        const { api_key: _key, ...rest } = whole["auth"];
        whole["auth"] = rest;
      }
    }
    shown[name] = whole;
  }
  return shown;
}

export function secretsOf(given: LosslessObject): string[] {
  return Object.values(given).flatMap((input) => {
    if (!isObject(input)) return [];
    const key = isObject(input["auth"]) ? input["auth"]["api_key"] : undefined;
    return [key, input["secret_value"]].filter((one): one is string => typeof one === "string" && one !== "");
  });
}

function shaped(named: LosslessObject, { form }: DeltatwinMode): LosslessValue {
  if (form === "map") return named;
  return Object.entries(named).map(([name, value]) => ({ name, ...(value as LosslessObject) }));
}
