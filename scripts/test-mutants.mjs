/** `npm run test:mutants [-- names]`: switches the guards off one by one; each must turn its case red. Exit code 1 if one does not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import { text } from "node:stream/consumers";
import { inRoot, root } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";

/** @param {string[]} args names of guards; none: all */
export async function main(args) {
  const { out } = await run(["--import", "tsx", inRoot("test", "faults", "list-mutants.ts")], {});
  /** @type {Record<string, string>} */
  const mutants = JSON.parse(out);
  const unknown = args.filter((name) => !(name in mutants));
  if (unknown.length > 0) throw new PlainError(`There is no guard called ${unknown.join(", ")}.`);
  const names = args.length > 0 ? args : Object.keys(mutants);

  const healthy = await cases(
    names.map((name) => mutants[name] ?? ""),
    undefined,
  );
  if (healthy.failed > 0 || healthy.passed !== names.length) {
    process.stdout.write(healthy.out);
    throw new PlainError("With every guard on, the cases must pass first.");
  }
  const left = [...names];
  let alive = 0;
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const { failed } = await cases([mutants[name] ?? ""], name);
      if (failed === 0) alive += 1;
      process.stdout.write(`${failed > 0 ? "killed  " : "ALIVE   "}  ${name}: ${mutants[name]}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, os.availableParallelism()) }, worker));
  process.stdout.write(`${names.length - alive} of ${names.length} guards are needed by their case.\n`);
  return alive === 0 ? 0 : 1;
}

/**
 * Plays cases by their names, with one guard off.
 * @param {string[]} titles
 * @param {string | undefined} mutant
 */
async function cases(titles, mutant) {
  const pattern = `(${titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})$`;
  const mocha = inRoot("node_modules", "mocha", "bin", "mocha.js");
  const { out } = await run(
    [mocha, "--reporter", "json", "--exit", "--grep", pattern, inRoot("test", "faults", "faults.test.ts")],
    mutant === undefined ? {} : { EO_MUTANT: mutant },
  );
  const start = out.indexOf("{\n");
  /** @type {{ stats: { passes: number, failures: number } }} */
  const report = start < 0 ? { stats: { passes: 0, failures: 0 } } : JSON.parse(out.slice(start));
  return { passed: report.stats.passes, failed: report.stats.failures, out };
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} env
 */
async function run(args, env) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [out] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { out };
}
