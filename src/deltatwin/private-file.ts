/** A file only its owner may read, replaced as a whole: half of it is never there, and no link is written through. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import path from "node:path";
import { diskError, removeQuietly } from "../download/disk.js";

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW | 0);

/**
 * Writes the file with mode 0600; its folder is made when missing.
 * @throws EoError DISK, DISK_FULL
 */
export async function writePrivate(file: string, text: string): Promise<void> {
  const part = path.join(
    path.dirname(file),
    `.${path.basename(file).slice(0, 100)}.${randomBytes(6).toString("hex")}.part`,
  );
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(part, FLAGS, 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await removeQuietly(part).catch(() => undefined);
    throw diskError(error, `writing ${file}`);
  }
}
