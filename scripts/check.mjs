/** `npm run check`: types, lint, format, dead code, then the tests. Developers, CI and a release run this one command. */
import { spawnSync } from "node:child_process";
import { bootstrap } from "./bootstrap.mjs";
import { inRoot, root } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";
import { main as test } from "./test.mjs";

const tsc = ["typescript", "bin", "tsc"];

/** @type {Array<[name: string, tool: string[], args: string[]]>} */
const steps = [
  ["types of nodes and src", tsc, ["--noEmit"]],
  ["types of dialogs", tsc, ["-p", "nodes/tsconfig.editor.json"]],
  ["types of sandbox", tsc, ["--noEmit", "-p", "sandbox"]],
  ["types of tests", tsc, ["--noEmit", "-p", "test"]],
  ["types of scripts", tsc, ["--noEmit", "-p", "scripts"]],
  ["lint", ["eslint", "bin", "eslint.js"], ["--max-warnings=0", "."]],
  ["format", ["prettier", "bin", "prettier.cjs"], ["--check", "--log-level=warn", "."]],
  ["dead code", ["knip", "bin", "knip.js"], ["--no-progress"]],
];

/** @param {string[]} args */
export async function main(args) {
  await bootstrap([]);
  const failed = steps.filter(([name, tool, options]) => {
    const started = Date.now();
    const command = [inRoot("node_modules", ...tool), ...options];
    const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${status === 0 ? "ok      " : "FAILED  "}${name} (${seconds} s)`);
    return status !== 0;
  });
  if (failed.length > 0) throw new PlainError(`Failed: ${failed.map(([name]) => name).join(", ")}. No test was run.`);
  await bootstrap(["dist", "sandbox"]);
  return test(["--forbid-only", ...args]);
}
