/** What touches the disk: the folder, the partial file, the step to its final name. Nothing is written through a link. */
import { constants } from "node:fs";
import { link, lstat, mkdir, open, realpath, rename, unlink, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { EoError } from "../errors.js";
import { guards } from "./guards.js";

/** Undefined, so nothing, on Windows, where O_EXCL alone does not follow a link either. */
const NOFOLLOW = constants.O_NOFOLLOW | 0;

/** A file system's failure in plain words. @param doing what was tried, e.g. "writing x.nc" */
export function diskError(error: unknown, doing: string): EoError {
  if (error instanceof EoError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = { ...(code === undefined ? {} : { code }), message };
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EoError(
      "DISK_FULL",
      `The disk is full: ${doing} failed. Free some space and send the message again.`,
      cause,
    );
  }
  return new EoError(
    "DISK",
    `${doing[0]?.toUpperCase() ?? ""}${doing.slice(1)} failed: ${cause.message}. Check the folder and its rights.`,
    cause,
  );
}

/** Creates the folder and returns its real path. @throws EoError DISK, DISK_FULL */
export async function prepareFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  } catch (error) {
    throw diskError(error, `creating the folder ${folder}`);
  }
}

export type Standing = "free" | "file" | "link" | "other";

/** What stands under a path, links not followed. */
export async function standing(target: string): Promise<Standing> {
  try {
    const found = await lstat(target);
    return found.isFile() ? "file" : found.isSymbolicLink() ? "link" : "other";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "free";
    throw diskError(error, `looking at ${target}`);
  }
}

/** A new, empty file; what stood there under this helper name is removed first, a link itself and not what it points to. */
export async function createPart(part: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (guards.symlink ? NOFOLLOW : 0);
  try {
    await removeQuietly(part);
    return await open(part, flags, 0o666);
  } catch (error) {
    throw diskError(error, `creating ${part}`);
  }
}

/** An existing helper file for reading and writing; undefined where there is none or something else stands there. */
export async function openPart(part: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(part, constants.O_RDWR | (guards.symlink ? NOFOLLOW : 0));
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP" || code === "EISDIR" || code === "EACCES") return undefined;
    throw diskError(error, `opening ${part}`);
  }
}

/** Which file this is, however it is called. */
export async function fileId(file: FileHandle | string): Promise<string> {
  const { dev, ino } =
    typeof file === "string" ? await lstat(file, { bigint: true }) : await file.stat({ bigint: true });
  return `${dev} ${ino}`;
}

const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV", "EACCES", "EINVAL"];

/**
 * Gives a complete, synced part its final name. The folder is looked at again, so that nothing that happened since can
 * lead the file elsewhere.
 * @param replace what stands there gives way; else the name must be free
 * @returns false: the name is not free
 */
export async function putInPlace(part: string, target: string, folder: string, replace: boolean): Promise<boolean> {
  try {
    if (guards.insideFolder && (path.dirname(target) !== folder || (await realpath(folder)) !== folder)) {
      throw new EoError(
        "DISK",
        `The folder ${folder} is not what it was when the download began. Nothing was put there.`,
      );
    }
    if (replace || !guards.ownership) await rename(part, target);
    else if (!(await moveToFree(part, target))) return false;
    if (guards.fsync) await syncFolder(folder);
    return true;
  } catch (error) {
    throw diskError(error, `giving ${target} its name`);
  }
}

/** A rename that never replaces anything: a second name is only given where none is. */
async function moveToFree(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!NO_LINKS.includes(code ?? "")) throw error;
    if ((await standing(target)) !== "free") return false;
    await rename(part, target);
    return true;
  }
  // Who waited may have removed it already.
  await removeQuietly(part);
  return true;
}

/** The name itself on disk. Some systems cannot sync a folder; then the file's own sync has to do. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (
      !["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes((error as NodeJS.ErrnoException).code ?? "")
    )
      throw error;
  } finally {
    await handle?.close();
  }
}

export async function removeQuietly(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
