/** Puts the body of an answer on the wire, with everything a fault does to it on the way. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { constants, createBrotliCompress, createDeflate, createGzip } from "node:zlib";
import type { FarContent } from "./content.js";
import type { FaultTransfer } from "./faults.js";

const CHUNK = 256 * 1024;

export type Encoding = "gzip" | "br" | "deflate";

/** How sending ended. */
export type WireEnd = "complete" | "client-closed" | "cut";

/** Sends the content and ends the response as the fault says. `onBytes` hears of every piece given to the socket. */
export async function sendBody(
  response: ServerResponse,
  content: FarContent,
  encoding: Encoding | null,
  fault: FaultTransfer,
  onBytes: (count: number) => void,
): Promise<WireEnd> {
  const aborter = new AbortController();
  const closed = new Promise<void>((resolve) => {
    response.once("close", () => {
      aborter.abort();
      resolve();
    });
  });
  const gone = (): boolean => response.destroyed || response.closed;
  const pause = async (ms: number): Promise<void> => {
    await sleep(ms, undefined, { signal: aborter.signal }).catch(() => undefined);
  };
  let sent = 0;
  const limit = Math.min(fault.cutAfter ?? Infinity, fault.endAfter ?? Infinity);
  let stall = fault.stallAfter ?? Infinity;

  const put = async (piece: Buffer): Promise<void> => {
    if (gone() || piece.length === 0) return;
    const free = response.write(piece);
    sent += piece.length;
    onBytes(piece.length);
    if (!free && !gone()) await Promise.race([once(response, "drain").catch(() => undefined), closed]);
  };
  const stop = async (): Promise<void> => {
    if (!response.headersSent) response.flushHeaders();
    if (fault.stallFor === undefined) await closed;
    else await pause(fault.stallFor);
  };

  for await (const chunk of encoded(withFaults(content, fault), encoding)) {
    let rest = chunk.length > limit - sent ? chunk.subarray(0, limit - sent) : chunk;
    while (rest.length > 0 && !gone()) {
      if (sent >= stall) {
        stall = Infinity;
        await stop();
        continue;
      }
      const take = Math.min(rest.length, stall - sent, fault.drip?.bytes ?? Infinity);
      await put(rest.subarray(0, take));
      rest = rest.subarray(take);
      if (fault.drip) await pause(fault.drip.every);
    }
    if (gone() || sent >= limit) break;
  }
  if (!gone() && sent >= stall) await stop();
  if (gone()) return "client-closed";
  if (fault.cutAfter !== undefined && sent >= fault.cutAfter) {
    await cut(response, fault.reset === true);
    return "cut";
  }
  response.end();
  return fault.endAfter !== undefined ? "cut" : "complete";
}

/** Breaks the connection after everything written so far has reached the socket. */
export async function cut(response: ServerResponse, reset: boolean): Promise<void> {
  const { socket } = response;
  if (!socket || socket.destroyed) return;
  if (!response.headersSent) response.flushHeaders();
  response.uncork();
  await nextTurn();
  const flushing = (): boolean => socket.writableLength > 0 && !socket.destroyed;
  for (let waited = 0; flushing() && waited < 2000; waited += 5) await sleep(5);
  if (reset && "resetAndDestroy" in socket && !("encrypted" in socket)) socket.resetAndDestroy();
  else socket.destroy();
}

async function* withFaults(content: FarContent, fault: FaultTransfer): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < content.size; offset += CHUNK) {
    let piece = await content.read(offset, Math.min(CHUNK, content.size - offset));
    const flip = (fault.flipAt ?? -1) - offset;
    if (flip >= 0 && flip < piece.length) {
      piece = Buffer.from(piece);
      piece[flip] = (piece[flip] ?? 0) ^ 0xff;
    }
    yield piece;
  }
  if (fault.extra) yield Buffer.alloc(fault.extra, "x");
}

async function* encoded(pieces: AsyncIterable<Buffer>, encoding: Encoding | null): AsyncGenerator<Buffer> {
  if (!encoding) {
    yield* pieces;
    return;
  }
  const { Readable } = await import("node:stream");
  const packer =
    encoding === "gzip"
      ? createGzip({ level: 1 })
      : encoding === "deflate"
        ? createDeflate({ level: 1 })
        : createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  const source = Readable.from(pieces, { objectMode: false });
  source.pipe(packer);
  try {
    for await (const chunk of packer) yield chunk as Buffer;
  } finally {
    source.destroy();
    packer.destroy();
  }
}
