/** Reading an answer's body into memory, decoded and bounded. */
import type { Readable, Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { EoError } from "../errors.js";
import type { AnswerHeaders } from "./door.js";
import { oneLine } from "./service-words.js";

/** The decoder for a Content-Encoding, undefined for identity. Unknown codings: null. */
export function decoderFor(encoding: string | undefined): Transform | undefined | null {
  switch ((encoding ?? "").trim().toLowerCase()) {
    case "":
    case "identity":
      return undefined;
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "deflate":
      return createInflate();
    case "br":
      return createBrotliDecompress();
    default:
      return null;
  }
}

export interface BoundedBody {
  bytes: Buffer;
  /** The body went on beyond the limit; the rest was not read. */
  cut: boolean;
}

/** Reads into `chunks` until the stream ends, breaks, or `limit` bytes are there; true when there was more. */
async function collect(source: Readable, limit: number, chunks: Buffer[]): Promise<boolean> {
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    if (size + chunk.length > limit) {
      chunks.push(chunk.subarray(0, limit - size));
      return true;
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  return false;
}

function isCodingError(error: unknown): boolean {
  return /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_PADDING|ERR_DICTIONARY)/.test((error as NodeJS.ErrnoException).code ?? "");
}

function decoded(body: Readable, decoder: Transform): Transform {
  body.on("error", (error) => decoder.destroy(error));
  return body.pipe(decoder);
}

/**
 * At most `limit` decoded bytes of the body; the rest is dropped and the stream ended.
 * @throws EoError BAD_RESPONSE for an unknown or broken encoding; the stream's own error when it breaks.
 */
export async function boundedBody(body: Readable, headers: AnswerHeaders, limit: number): Promise<BoundedBody> {
  const coding = oneLine(headers.get("content-encoding") ?? "", 40);
  const decoder = decoderFor(headers.get("content-encoding"));
  if (decoder === null) {
    body.destroy();
    throw new EoError("BAD_RESPONSE", `The answer is encoded as ${coding}, which was not asked for.`);
  }
  const chunks: Buffer[] = [];
  try {
    const cut = await collect(decoder ? decoded(body, decoder) : body, limit, chunks);
    return { bytes: Buffer.concat(chunks), cut };
  } catch (error) {
    if (!decoder || !isCodingError(error)) throw error;
    throw new EoError("BAD_RESPONSE", `The answer's ${coding} encoding is broken.`);
  } finally {
    body.destroy();
    decoder?.destroy();
  }
}

const ERROR_BODY_BYTES = 64 * 1024;
const ERROR_BODY_MS = 10_000;

/** What can be read of an error's body: at most 64 KiB within ten seconds, also when it breaks. Never throws. */
export async function errorBody(body: Readable, headers: AnswerHeaders): Promise<Buffer> {
  const decoder = decoderFor(headers.get("content-encoding")) ?? undefined;
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => body.destroy(), ERROR_BODY_MS);
  try {
    await collect(decoder ? decoded(body, decoder) : body, ERROR_BODY_BYTES, chunks);
  } catch {
    // The status and what came so far say enough.
  } finally {
    clearTimeout(timer);
    body.destroy();
    decoder?.destroy();
  }
  return Buffer.concat(chunks);
}
