/** Where installed parts are kept: outside the clone, so that every clone of the account shares them. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** `$XDG_CACHE_HOME/node-red-eo/real`, or the same under `~/.cache`. */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return path.join(base ? path.resolve(base) : path.join(homedir(), ".cache"), "node-red-eo", "real");
}

/**
 * The folder `name` in the cache, filled by `fill` unless that was done before. One process fills at a time; a fill
 * that was interrupted is done anew. `name` must change whenever what `fill` makes changes.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const { withLock } = await import("../../../scripts/lock.mjs");
  const folder = path.join(cacheFolder(), name);
  const done = path.join(folder, "done");
  if (existsSync(done)) return folder;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(done)) return;
    process.stderr.write(`Installing ${name} …\n`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await fill(folder);
    writeFileSync(`${done}.new`, "");
    renameSync(`${done}.new`, done);
  });
  return folder;
}
