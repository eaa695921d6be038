/** Programs and servers started by a part: their output, their time limit, and their end by their own pid. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

interface StartOptions {
  cwd?: string;
  /** Added to the environment; undefined removes. */
  env?: Record<string, string | undefined>;
}

interface RunOptions extends StartOptions {
  /** Given to it as standard input. */
  input?: string;
  /** Seconds until it is ended. */
  seconds: number;
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Leaders of the process groups that still run. */
const running = new Set<number>();

// A group of its own for each: what it started ends with it, and nothing else does.
process.on("exit", () => {
  for (const pid of running) signal(pid, "SIGKILL");
});

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended.
  }
}

function start(command: string, args: readonly string[], options: StartOptions): ChildProcess {
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...options.env }).filter(([, value]) => value !== undefined),
  );
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const pid = child.pid;
  if (pid !== undefined) {
    running.add(pid);
    child.on("exit", () => running.delete(pid));
  }
  return child;
}

/** Runs a program to its end. Rejects when it cannot be started or takes too long; any exit code is an outcome. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const child = start(command, args, options);
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (outcome.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (outcome.stderr += text));
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) signal(child.pid, "SIGKILL");
  }, options.seconds * 1000);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    outcome.code = code;
  } finally {
    clearTimeout(timer);
  }
  if (late) throw new Error(`${command} did not end within ${options.seconds} s.\n${lastLines(outcome.stderr)}`);
  return outcome;
}

/** As `run`, and rejects with its last words unless it ends well. */
export async function runWell(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const outcome = await run(command, args, options);
  if (outcome.code === 0) return outcome;
  const words = lastLines(outcome.stderr || outcome.stdout);
  throw new Error(`${[command, ...args].join(" ").slice(0, 300)} ended with code ${outcome.code}.\n${words}`);
}

export class Server {
  output = "";
  #ended = false;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], options: StartOptions) {
    this.#child = start(command, args, options);
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdin?.end();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output = (this.output + text).slice(-200_000)));
    }
    this.#child.on("exit", () => (this.#ended = true));
    this.#child.on("error", (error) => {
      this.#ended = true;
      this.output += error.message;
    });
  }

  /** Waits until `ready` says so, looking ten times a second. Rejects when it ends before, or after `seconds`. */
  async until(ready: () => Promise<boolean>, seconds: number): Promise<void> {
    for (const deadline = Date.now() + seconds * 1000; ; await sleep(100)) {
      if (this.#ended) throw new Error(`The server ended while starting.\n${lastLines(this.output)}`);
      if (await ready().catch(() => false)) return;
      if (Date.now() > deadline) throw new Error(`Not ready within ${seconds} s.\n${lastLines(this.output)}`);
    }
  }

  /** TERM, and KILL when it has not ended `patience` ms later. */
  async stop(patience = 10_000): Promise<void> {
    const pid = this.#child.pid;
    if (this.#ended || pid === undefined) return;
    const exit = once(this.#child, "exit");
    signal(pid, "SIGTERM");
    const timer = setTimeout(() => signal(pid, "SIGKILL"), patience);
    await exit;
    clearTimeout(timer);
    // What it left behind in its group.
    signal(pid, "SIGKILL");
  }
}

export const lastLines = (text: string): string => text.trimEnd().split("\n").slice(-15).join("\n");

/** Whether a GET answers with status 200 within a second. */
export async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(1000) });
  await answer.body?.cancel();
  return answer.status === 200;
}
