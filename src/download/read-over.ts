/** Reading a file on disk from end to end: for its digests, and to compare it with another. */
import { open, type FileHandle } from "node:fs/promises";
import { cancelled } from "../errors.js";
import { diskError } from "./disk.js";
import { digesterFor } from "./digests/algorithms.js";
import { Tally } from "./proof.js";

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

/** Size and digests of a file. @throws EoError DISK, CANCELLED */
export async function tallyOf(
  file: FileHandle,
  algorithms: string[],
  what: string,
  signal: AbortSignal,
): Promise<Tally> {
  const tally = new Tally(algorithms);
  for await (const chunk of chunksOf(file, what, signal)) tally.add(chunk);
  return tally;
}

/** Digests by these algorithms. @throws EoError DISK, CANCELLED */
export async function digestsBy(
  file: FileHandle,
  algorithms: string[],
  what: string,
  signal: AbortSignal,
): Promise<Map<string, Buffer>> {
  const digesters = algorithms.flatMap((algorithm) => {
    const digester = digesterFor(algorithm);
    return digester ? [[algorithm, digester] as const] : [];
  });
  for await (const chunk of chunksOf(file, what, signal)) for (const [, digester] of digesters) digester.update(chunk);
  return new Map(digesters.map(([algorithm, digester]) => [algorithm, digester.soFar()]));
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
