/** The package as a user gets it: packed, and installed from that tarball into a folder of its own. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface Packed {
  /** The tarball. */
  file: string;
  /** A folder whose `node_modules` holds the installed package and its dependencies. */
  prefix: string;
}

const ROOT = path.join(__dirname, "..", "..");
const FOLDER = path.join(ROOT, ".cache", "packed");

/** Builds, packs and installs, unless that was done for the very same files before. Takes a few seconds. */
export async function packAndInstall(): Promise<Packed> {
  const { bootstrap } = await import("../../scripts/bootstrap.mjs");
  const { withLock } = await import("../../scripts/lock.mjs");
  await bootstrap(["dist"]);
  return withLock(`${FOLDER}.lock`, async () => {
    const prefix = path.join(FOLDER, await fingerprint());
    if (!existsSync(path.join(prefix, "done"))) await fill(prefix);
    const name = readdirSync(prefix).find((file) => file.endsWith(".tgz"));
    if (name === undefined) throw new Error(`There is no tarball in ${prefix}.`);
    return { file: path.join(prefix, name), prefix };
  });
}

async function fill(prefix: string): Promise<void> {
  const { runNpm } = await import("../../scripts/npm.mjs");
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(prefix, { recursive: true });
  runNpm(["pack", "--ignore-scripts", "--pack-destination", prefix], { quiet: true });
  const tarball = readdirSync(prefix).find((file) => file.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball.");
  writeFileSync(path.join(prefix, "package.json"), JSON.stringify({ name: "user-folder", private: true }));
  const options = ["--ignore-scripts", "--omit=dev", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  runNpm(["install", "--prefix", prefix, path.join(prefix, tarball), ...options], { quiet: true });
  writeFileSync(path.join(prefix, "done"), "");
}

/** Changes whenever a file changes that goes into the tarball. */
async function fingerprint(): Promise<string> {
  const { filesIn } = await import("../../scripts/outputs.mjs");
  const hash = createHash("sha256");
  for (const place of [
    "dist",
    "examples",
    "package.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "THIRD_PARTY_NOTICES",
  ]) {
    for (const file of filesIn(path.join(ROOT, place))) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 16);
}
