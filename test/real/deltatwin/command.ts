/** The real `deltatwin` command with a home and a login file of its own. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Sandbox } from "../../support/sandbox.js";
import { run, type Outcome } from "../support/processes.js";
import { CLEAN, type Python } from "../support/python.js";

export class Command {
  /** Where it is run, which is also its home. */
  readonly folder: string;
  /** Its login file. */
  readonly conf: string;

  constructor(
    private readonly python: Python,
    readonly sandbox: Sandbox,
    folder: string,
    private readonly trust: Record<string, string>,
  ) {
    this.folder = folder;
    this.conf = path.join(folder, "conf.ini");
  }

  /** Runs it with the login file; `bare` without. Any exit code is an outcome. */
  async run(args: readonly string[], { bare = false }: { bare?: boolean } = {}): Promise<Outcome> {
    const env = { ...CLEAN, HOME: this.folder, NO_COLOR: "1", COLUMNS: "500", LC_ALL: "C.UTF-8", ...this.trust };
    return run(path.join(this.python.bin, "deltatwin"), bare ? args : [...args, "-c", this.conf], {
      cwd: this.folder,
      env,
      seconds: 60,
    });
  }

  /** Rejects unless it ends with 0 and its output fits. Returns what it printed. */
  async well(args: readonly string[], output?: RegExp): Promise<string> {
    const { stdout } = await this.ends(args, 0, output);
    return stdout;
  }

  /** Rejects unless it ends with that code and its output, both streams together, fits. */
  async ends(args: readonly string[], code: number, output?: RegExp): Promise<Outcome> {
    const outcome = await this.run(args);
    const printed = outcome.stdout + outcome.stderr;
    assert.equal(outcome.code, code, `${args.join(" ")} ended with ${outcome.code}:\n${printed}`);
    if (output) assert.match(printed, output);
    return outcome;
  }

  /** What it prints with `-f json`, without the lines before it. */
  async json<T>(...args: string[]): Promise<T> {
    return jsonOf<T>(await this.well([...args, "-f", "json"]));
  }

  login(...more: string[]): Promise<string> {
    const { username, password, url } = this.sandbox.ready.deltatwin;
    return this.well(["login", username, password, "-a", url, "-f", ...more], /INFO: Login to the service/);
  }

  /** Writes a file beside it and returns its path. */
  file(name: string, content: string | object): string {
    const file = path.join(this.folder, name);
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }

  read(name: string): Buffer {
    return readFileSync(path.join(this.folder, name));
  }

  /** Starts a run with inputs (as text, so that numbers keep their spelling) and follows it to its end. */
  async finish(component: string, inputs: string | object, ...more: string[]): Promise<RunDocument> {
    const file = this.file("inputs.json", inputs);
    const { run_id: id } = await this.json<RunDocument>("run", "start", component, "-i", file, ...more);
    return this.follow(id);
  }

  /** Asks for a run until it has ended; rejects when it has not after a minute. */
  async follow(id: string): Promise<RunDocument> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
      const told = await this.json<RunDocument>("run", "get", id);
      if (told.end_at !== null) return told;
    }
    throw new Error(`run ${id} did not end within a minute`);
  }
}

export interface RunDocument {
  run_id: string;
  owner: string;
  deltatwin_name: string;
  deltatwin_version: string;
  start_at: string;
  end_at: string | null;
  status: string;
  message: string;
  return_code: number;
  inputs: Record<string, Record<string, unknown>>;
  outputs: Record<string, { basename: string; size: number; checksum: string }>;
  node_status: { name: string; status: string; workflow_node_id: string }[];
}

/** The first JSON document in a text, whatever lines stand before it. */
export function jsonOf<T>(text: string): T {
  const start = text.search(/^[[{]/m);
  assert.notEqual(start, -1, `no JSON in ${text}`);
  return JSON.parse(text.slice(start)) as T;
}

export const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("hex");
