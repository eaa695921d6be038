/** The sandbox's command in a process of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Ready } from "../../sandbox/index.js";

const ROOT = join(__dirname, "../..");

export interface Running {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  ready(): Promise<Ready>;
  end: Promise<{ code: number | null; signal: string | null }>;
}

/** The built command where it is not older than its sources, which starts sooner; else the sources. */
const COMMAND = ((): string[] => {
  const built = join(ROOT, "build/sandbox/main.js");
  const sources = join(ROOT, "sandbox");
  const newest = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => statSync(join(sources, name)).mtimeMs);
  const fresh = existsSync(built) && newest.every((time) => time <= statSync(built).mtimeMs);
  return fresh ? [built] : ["--import", "tsx", join(sources, "main.ts")];
})();

/** Starts it; `more` goes into its environment. */
export function runCommand(args: string[], more: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT, env: { ...process.env, ...more } });
  let out = "";
  let err = "";
  child.stdout.on("data", (piece: Buffer) => (out += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (err += piece.toString()));
  const end = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal })),
  );
  const ready = async (): Promise<Ready> => {
    while (!out.includes("\n")) {
      const ended = await Promise.race([once(child.stdout, "data"), end]);
      if ("code" in ended) throw new Error(`ended with ${ended.code}: ${err}`);
    }
    return JSON.parse(out) as Ready;
  };
  return { child, out: () => out, err: () => err, ready, end };
}
