/** Reading a file on disk from end to end: for its digests, and to compare it with another. */
import { open, type FileHandle } from "node:fs/promises";
import { cancelled } from "../errors.js";
import { diskError } from "./disk.js";
import { isCrash } from "../thread/crash.js";
import { FarFile } from "../thread/far-file.js";
import type { Digests } from "./tally.js";

const STEP = 1024 * 1024;

async function* chunksOf(file: FileHandle, what: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(STEP);
  for (let at = 0; ;) {
    if (signal.aborted) throw cancelled(what);
    const { bytesRead } = await file.read(buffer, 0, STEP, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Size and digests of a file. @throws EoError DISK, CANCELLED, INTERNAL */
export async function tallyOf(
  file: FileHandle,
  algorithms: string[],
  what: string,
  signal: AbortSignal,
): Promise<Digests> {
  return await survived(async () => {
    const far = new FarFile(file.fd, algorithms);
    try {
      await far.read(Infinity, signal);
      return await far.digests();
    } catch (error) {
      throw signal.aborted ? cancelled(what) : error;
    } finally {
      far.close();
    }
  });
}

/** Digests by these algorithms. @throws EoError DISK, CANCELLED, INTERNAL */
export async function digestsBy(
  file: FileHandle,
  algorithms: string[],
  what: string,
  signal: AbortSignal,
): Promise<Map<string, Buffer>> {
  return (await tallyOf(file, algorithms, what, signal)).all;
}

/** Once more, when the transfer thread crashed. */
async function survived<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isCrash(error)) throw error;
    return await work();
  }
}

/** Whether `longer` begins with all the bytes of the file at `path`. */
export async function beginsWith(
  longer: FileHandle,
  path: string,
  what: string,
  signal: AbortSignal,
): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const buffer = Buffer.allocUnsafe(STEP);
    let at = 0;
    for await (const chunk of chunksOf(file, what, signal)) {
      const { bytesRead } = await longer.read(buffer, 0, chunk.length, at);
      if (bytesRead < chunk.length || !buffer.subarray(0, bytesRead).equals(chunk)) return false;
      at += chunk.length;
    }
    return true;
  } catch (error) {
    throw diskError(error, `reading ${path}`);
  } finally {
    await file?.close();
  }
}
