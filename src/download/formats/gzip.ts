/** Whether a gzip file unpacks to its trailer, whose checksum and length hold. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { pipeline } from "node:stream/promises";
import { Writable } from "node:stream";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const CHUNK = 1024 * 1024;

/** RFC 1952. The trailer is only found by unpacking; that is done off the main thread, and nothing of it is kept. */
export async function gzipEnd(path: string, signal: AbortSignal): Promise<Verdict> {
  const nowhere = new Writable({ highWaterMark: CHUNK, write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(path, { highWaterMark: CHUNK }), createGunzip({ chunkSize: CHUNK }), nowhere, {
      signal,
    });
    return WHOLE;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR" || /unexpected end of file/.test(message)) return cut("it ends before its trailer");
    if (code === "Z_DATA_ERROR" && /incorrect (data|length) check/.test(message))
      return cut("its trailer does not fit its content");
    if (code === "Z_DATA_ERROR") return /unknown compression method/.test(message) ? UNKNOWN : cut("it is damaged");
    throw error;
  }
}
