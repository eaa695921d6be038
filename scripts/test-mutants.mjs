/** `npm run test:mutants [-- mocha options]`: each guard of the download, switched off, must turn a case red. */
import { inRoot } from "./paths.mjs";
import { main as test } from "./test.mjs";

/** @param {string[]} args */
export function main(args) {
  return test([inRoot("test", "faults", "mutants.test.ts"), "--reporter-option", "lines", ...args]);
}
