/** How often a file is asked for again, and with which pauses. */
import { setTimeout as sleep } from "node:timers/promises";
import { EoError, cancelled } from "../errors.js";
import { isRepeatable } from "../http/door.js";
import { isFinal } from "../http/final.js";
import { guards } from "./guards.js";
import { timing } from "./timing.js";

export interface Repeats {
  what: string;
  retries: number;
  signal: AbortSignal;
  /** Bytes up to the furthest point any attempt reached. */
  furthest: () => number;
}

/**
 * Repeats what may pass: `retries` times, counted again whenever bytes passed the furthest point so far
 * (contract, "Repeats").
 */
export async function repeated<T>({ what, retries, signal, furthest }: Repeats, attempt: () => Promise<T>): Promise<T> {
  const { default: pRetry, AbortError } = await import("p-retry");
  let left = retries;
  for (;;) {
    const mark = furthest();
    try {
      return await pRetry(
        async () => {
          try {
            return await attempt();
          } catch (error) {
            if (furthest() > mark && error instanceof Error) throw new AbortError(error);
            throw error;
          }
        },
        {
          retries: guards.retryCount ? left : 100,
          minTimeout: timing.firstPause,
          maxTimeout: timing.longestPause,
          factor: 2,
          randomize: true,
          signal,
          shouldRetry: ({ error }) => mayPass(error),
        },
      );
    } catch (error) {
      if (signal.aborted) throw cancelled(what);
      // A new count: the next request is already its first repeat.
      if (!(furthest() > mark) || !mayPass(error) || retries === 0) throw error;
      left = retries - 1;
      await sleep(timing.firstPause * (1 + Math.random()), undefined, { signal }).catch(() => {
        throw cancelled(what);
      });
    }
  }
}

/** Whether the same request may succeed when it is sent again (contract, "Repeats"). */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof EoError) || isFinal(error)) return false;
  switch (error.code) {
    case "NETWORK":
    case "STALLED":
    case "TIMEOUT":
    case "TRUNCATED":
    case "SIZE_MISMATCH":
    case "CHECKSUM_MISMATCH":
      return true;
    default:
      // A host that asks for more than 15 minutes is refused by the door, without an address: that is for the user.
      return error.cause.url !== undefined && error.cause.status !== undefined && isRepeatable(error.cause.status);
  }
}
