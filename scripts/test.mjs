/** `npm test [-- files and mocha options]`: runs the tests; the last line is `N passed, N failed`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { inRoot, root } from "./paths.mjs";

/** @param {string[]} args */
export async function main(args) {
  const mocha = inRoot("node_modules", "mocha", "bin", "mocha.js");
  const child = spawn(process.execPath, [mocha, ...args], { cwd: root, stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, "exit");
  return code ?? 1;
}
