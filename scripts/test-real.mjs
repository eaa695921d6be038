/** `npm run test:real [-- part …]`: runs test/real; its last line is `N of M agree`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { inRoot, root } from "./paths.mjs";

/** @param {string[]} args */
export async function main(args) {
  const program = inRoot("test", "real", "main.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // Ended here, ended there.
  for (const name of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(name, () => child.kill(name));
  const [code] = await once(child, "exit");
  return code ?? 1;
}
