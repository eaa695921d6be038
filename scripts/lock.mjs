/** One process at a time: a lock file with the holder's pid, taken over when that process is gone. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while holding the lock `file`; waits for another holder, however long it works.
 * @template T
 * @param {string} file
 * @param {() => Promise<T> | T} work
 * @param {() => void} [onWait] called once when another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !take(file); await sleep(100)) {
    if (!waited) onWait?.();
    waited = true;
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    removeIfDead(file);
    return false;
  }
}

/** @param {string} file */
function removeIfDead(file) {
  const pid = holder(file);
  // 0: just created, its pid not yet written.
  if (pid === undefined || pid === 0 || isAlive(pid)) return;
  // Moved away before it is removed: of several waiters only one moves it.
  const aside = `${file}.${process.pid}.dead`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return;
  }
  if (holder(aside) !== pid) fs.renameSync(aside, file);
  else fs.rmSync(aside, { force: true });
}

/** @param {string} file */
function holder(file) {
  try {
    return Number(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
