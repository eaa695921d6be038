/** Python environments with pinned packages, and scripts that run in them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { cached } from "./cache.js";
import { needProgram } from "./debian.js";
import { run, runWell } from "./processes.js";

export interface Python {
  /** Its `bin` folder. */
  bin: string;
  /**
   * Runs a script: `input` is JSON on its standard input, and the last line it prints is its JSON result.
   * Rejects with its last words when it fails, and after `seconds`.
   */
  script<T>(file: string, input: object, options?: ScriptOptions): Promise<T>;
}

interface ScriptOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** [60] */
  seconds?: number;
}

/** Variables of the calling shell that would lead a client elsewhere. */
export const CLEAN = Object.fromEntries(
  ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
    [name, undefined],
    [name.toLowerCase(), undefined],
  ]),
) as Record<string, undefined>;

/** The environment of `requirements/<name>.txt`, installed once into the cache; `versions` are those it installs on. */
export async function pythonWith(name: string, versions?: readonly string[]): Promise<Python> {
  const list = path.join(__dirname, "..", "requirements", `${name}.txt`);
  await needProgram("python3", ["-c", "import ensurepip, venv"], ["python3", "python3-venv"]);
  const { command, version } = await pythonOf(versions);
  const hash = createHash("sha256").update(readFileSync(list)).digest("hex").slice(0, 12);
  const folder = await cached(`${name}-python${version}-${hash}`, async (empty) => {
    await runWell(command, ["-m", "venv", path.join(empty, "venv")], { seconds: 120 });
    const options = ["--quiet", "--disable-pip-version-check", "--no-input", "-r", list];
    await runWell(path.join(empty, "venv", "bin", "python"), ["-m", "pip", "install", ...options], { seconds: 600 });
  });
  const bin = path.join(folder, "venv", "bin");
  return {
    bin,
    async script<T>(file: string, input: object, { env = {}, cwd, seconds = 60 }: ScriptOptions = {}): Promise<T> {
      const { stdout } = await runWell(path.join(bin, "python"), [file], {
        input: JSON.stringify(input),
        env: { ...CLEAN, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1", ...env },
        ...(cwd === undefined ? {} : { cwd }),
        seconds,
      });
      return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as T;
    },
  };
}

/** The machine's Python, or another one that is there and has a wanted version. Rejects with what is needed. */
async function pythonOf(versions?: readonly string[]): Promise<{ command: string; version: string }> {
  const commands = ["python3", ...(versions ?? []).map((version) => `python${version}`)];
  for (const command of commands) {
    const told = await run(command, ["-c", "import ensurepip, venv, sys; print('%d.%d' % sys.version_info[:2])"], {
      seconds: 30,
    }).catch(() => undefined);
    const version = told?.stdout.trim() ?? "";
    if (told?.code === 0 && (versions?.includes(version) ?? true)) return { command, version };
  }
  throw new Error(`Python ${versions?.join(" or ") ?? "3"} with venv is needed.`);
}
