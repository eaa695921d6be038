/** The sandbox in a process of its own, so that its work is not measured with what uses it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inRoot } from "./paths.mjs";

/**
 * @param {string[]} args as after `npm run -s sandbox --`
 * @returns {Promise<{ ready: any, stop(): Promise<void> }>} `ready`: its ready line
 */
export async function startSandboxChild(args) {
  const child = spawn(process.execPath, [inRoot("scripts", "run.cjs"), "sandbox", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(([code]) => {
      throw new Error(`The sandbox ended with code ${code}.`);
    }),
  ]);
  return {
    ready: JSON.parse(line),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
