/** Other versions of Node.js and Node-RED than the clone's own, installed once into `.cache`. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

/** 22.9.0 is the least Node.js that Node-RED 5 runs on. */
const NODES = { "22.9": "22.9.0", "24": "24.21.0" } as const;
const NODE_RED_5 = "5.0.7";

export type NodeVersion = "own" | keyof typeof NODES;
export type NodeRedVersion = "4" | "5";

/** The path of a Node.js; "own" is the one that runs the tests. */
export async function nodePath(version: NodeVersion): Promise<string> {
  if (version === "own") return process.execPath;
  // The package of one platform, without the installation script of the package "node". Never a dependency of the
  // clone: its node_modules/.bin/node would take over every npm script.
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = await installed(name, NODES[version]);
  return path.join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** Node-RED's start file; "4" is the clone's own. */
export async function nodeRedPath(version: NodeRedVersion): Promise<string> {
  if (version === "4") return path.join(ROOT, "node_modules", "node-red", "red.js");
  return path.join(await installed("node-red", NODE_RED_5), "node_modules", "node-red", "red.js");
}

async function installed(name: string, version: string): Promise<string> {
  const { withLock } = await import("../../scripts/lock.mjs");
  const { runNpm } = await import("../../scripts/npm.mjs");
  const folder = path.join(ROOT, ".cache", `${name}-${version}`);
  const done = path.join(folder, "done");
  await withLock(`${folder}.lock`, () => {
    if (existsSync(done)) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "runtime", private: true }));
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    process.stderr.write(`Installing ${name} ${version} into .cache …\n`);
    runNpm(["install", "--prefix", folder, `${name}@${version}`, ...options], { quiet: true });
    writeFileSync(done, "");
  });
  return folder;
}
