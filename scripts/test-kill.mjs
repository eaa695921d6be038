/** `npm run test:kill [-- number]`: kills a real Node-RED in the middle of downloads. [30] */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { inRoot, root } from "./paths.mjs";

/** @param {string[]} args */
export async function main(args) {
  const child = spawn(process.execPath, ["--import", "tsx", inRoot("test", "faults", "kill.ts"), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  return code ?? 1;
}
