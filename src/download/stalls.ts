/** Ends a body that brings less than 1 KiB in the time allowed. */
import type { Readable } from "node:stream";
import { guards } from "./guards.js";

const PROGRESS_BYTES = 1024;

/** Thrown into the body; the transfer turns it into STALLED. */
export class Stall extends Error {}

/**
 * The body's chunks. Only waiting for the server counts; while the disk is busy the clock stands still.
 * @param ms time allowed for 1 KiB
 * @param since when the clock started (performance.now()), for the first KiB
 */
export async function* watched(body: Readable, ms: number, since: number): AsyncGenerator<Buffer> {
  let deadline = since + ms;
  let got = 0;
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const left = Math.max(0, deadline - performance.now());
      const timer = guards.stall ? setTimeout(() => body.destroy(new Stall()), left) : undefined;
      let next: IteratorResult<Buffer>;
      try {
        next = await chunks.next();
      } finally {
        clearTimeout(timer);
      }
      if (next.done) return;
      got += next.value.length;
      if (got >= PROGRESS_BYTES) {
        got = 0;
        deadline = performance.now() + ms;
      }
      const handed = performance.now();
      yield next.value;
      deadline += performance.now() - handed;
    }
  } finally {
    body.destroy();
  }
}
