/** `npm run test:faults [-- mocha options]`: plays the table of faults, a line each. */
import { inRoot } from "./paths.mjs";
import { main as test } from "./test.mjs";

/** @param {string[]} args */
export function main(args) {
  return test([inRoot("test", "faults", "faults.test.ts"), "--reporter-option", "lines", ...args]);
}
