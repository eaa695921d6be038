/** A copy of the project's own files, as `git clone` would give it, for tests that run its commands. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(__dirname, "..", "..");

/** The project's files, relative; those git ignores are left out. */
export function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: ROOT });
  const names = listed.toString("utf8").split("\0");
  return [...new Set(names)].filter((name) => name !== "" && existsSync(path.join(ROOT, name))).sort();
}

/**
 * Fills the empty folder `dir`. The packages are linked from this clone, since installing them takes half a minute.
 * `built`: with `dist` and `build` as they are here, so that nothing is built anew.
 */
export function copyClone(dir: string, { built }: { built: boolean }): void {
  for (const name of projectFiles()) {
    const target = path.join(dir, name);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(path.join(ROOT, name), target);
  }
  symlinkSync(path.join(ROOT, "node_modules"), path.join(dir, "node_modules"), "junction");
  if (!built) return;
  for (const folder of ["dist", "build"]) cpSync(path.join(ROOT, folder), path.join(dir, folder), { recursive: true });
}
