/** Runs npm, the one that started us if there is one. */
import { spawnSync } from "node:child_process";
import { root } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";

/**
 * Whatever npm prints goes to stderr; with `quiet` only when it fails.
 * @param {string[]} args
 * @param {{ cwd?: string, quiet?: boolean }} [options]
 * @throws PlainError when npm fails
 */
export function runNpm(args, { cwd = root, quiet = false } = {}) {
  const started = process.env["npm_execpath"];
  const [command, first, shell] =
    started !== undefined && /npm-cli\.[cm]?js$/.test(started)
      ? [process.execPath, [started], false]
      : ["npm", [], process.platform === "win32"];
  const result = spawnSync(command, [...first, ...args], {
    cwd,
    shell,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", 2, 2],
    encoding: "utf8",
  });
  if (result.error !== undefined) throw new PlainError(`npm could not be started: ${result.error.message}.`);
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout}${result.stderr}`);
  throw new PlainError(`"npm ${args[0]}" failed; its words are above.`);
}
