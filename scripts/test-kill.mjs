/** `npm run test:kill [-- --runs N]`: kills a real Node-RED N times [30] in the middle of downloads, and says what came of it. */
import { inRoot } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";
import { main as test } from "./test.mjs";

/** @param {string[]} args */
export function main(args) {
  const at = args.indexOf("--runs");
  const [, runs = "30"] = at < 0 ? [] : args.splice(at, 2);
  if (!/^[1-9]\d{0,3}$/.test(runs)) throw new PlainError("Give --runs a number from 1 to 9999.");
  process.env["EO_KILLS"] = runs;
  return test([inRoot("test", "faults", "kill.test.ts"), ...args]);
}
