/** `npm run -s sandbox -- [options]`: serves the sandbox in this process; prints nothing but its ready line. */
import { createRequire } from "node:module";
import { inRoot } from "./paths.mjs";

/** @param {string[]} args */
export function main(args) {
  const command = inRoot("build", "sandbox", "main.js");
  process.argv = [process.execPath, command, ...args];
  createRequire(import.meta.url)(command);
  // It serves until it is told to end.
  return 0;
}
