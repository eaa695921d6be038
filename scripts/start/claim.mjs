/** One `npm start` a clone: two Node-REDs in one user folder would write over each other's files. */
import fs from "node:fs";
import path from "node:path";
import { isAlive } from "../lock.mjs";
import { PlainError } from "../plain-error.mjs";

/**
 * @param {string} userFolder
 * @returns {() => void} gives it back
 */
export function claimUserFolder(userFolder) {
  fs.mkdirSync(userFolder, { recursive: true });
  const file = path.join(userFolder, "running.pid");
  const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, "utf8")) : 0;
  if (pid > 0 && pid !== process.pid && isAlive(pid)) {
    throw new PlainError(
      `npm start already runs in this clone (process ${pid}). End that one first. ` +
        `If it is another program by now, remove ${file}.`,
    );
  }
  fs.writeFileSync(file, String(process.pid));
  return () => fs.rmSync(file, { force: true });
}
