/** A logged-in caller of the sandbox's DeltaTwin service. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../sandbox/index.js";
import { ask, type Answer } from "./ask.js";

export interface RunLike {
  run_id: string;
  deltatwin_version: string;
  start_at: string;
  end_at: string | null;
  status: string;
  message: string;
  return_code: number;
  inputs: Record<string, Record<string, unknown>>;
  outputs: Record<string, { basename: string; size: number; checksum: string }>;
}

export interface NodeLike {
  id: string;
  name: string;
  type: string;
  status: string;
  workflow_node_id: string;
}

export class Twin {
  private constructor(
    readonly sandbox: Sandbox,
    readonly headers: Record<string, string>,
    private readonly trust: { ca?: string },
  ) {}

  /** `ca`: whom to trust over https. */
  static async login(sandbox: Sandbox, ca?: string): Promise<Twin> {
    const trust = ca === undefined ? {} : { ca };
    const { url, username, password } = sandbox.ready.deltatwin;
    const answer = await ask(`${url}/v2.0/connect`, { body: { username, password }, ...trust });
    const { access_token: token } = answer.json<{ access_token: string }>();
    return new Twin(sandbox, { authorization: `Bearer ${token}` }, trust);
  }

  /** `path` below `/v2.0`. */
  ask(method: string, path: string, body?: string | object, headers: Record<string, string> = {}): Promise<Answer> {
    const whole = { ...this.headers, ...headers };
    return ask(`${this.sandbox.ready.deltatwin.url}/v2.0${path}`, {
      method,
      headers: whole,
      ...this.trust,
      ...(body === undefined ? {} : { body }),
    });
  }

  async get<T>(path: string): Promise<T> {
    return (await this.ask("GET", path)).json<T>();
  }

  /** Starts a run; inputs given as text keep the spelling of their numbers. */
  start(name: string, inputs: string | object, more: object = {}): Promise<Answer> {
    const text = typeof inputs === "string" ? inputs : JSON.stringify(inputs);
    const head = JSON.stringify({ deltatwin_name: name, ...more }).slice(0, -1);
    return this.ask("POST", "/runs", `${head},"inputs":${text}}`);
  }

  async finish(name: string, inputs: string | object): Promise<RunLike> {
    return this.follow((await this.start(name, inputs)).json<RunLike>().run_id);
  }

  /** The run when it has ended. */
  async follow(id: string): Promise<RunLike> {
    for (;;) {
      const run = await this.get<RunLike>(`/runs/${id}`);
      if (run.end_at !== null) return run;
      await sleep(5);
    }
  }

  /** The run when it has that status. */
  async until(id: string, status: string): Promise<RunLike> {
    for (;;) {
      const run = await this.get<RunLike>(`/runs/${id}`);
      if (run.status === status) return run;
      await sleep(5);
    }
  }
}
