/** A short request to a store, repeated while it may pass, as searches are (contract, "Repeats"). */
import { EoError, cancelled } from "../errors.js";
import { capital } from "../http/pace.js";
import { mayPass } from "../http/account-door.js";

const TRIES = 4;
const FIRST_PAUSE_MS = 500;

/** @throws EoError the last one */
export async function repeatedCall<T>(what: string, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const { default: pRetry } = await import("p-retry");
  try {
    return await pRetry(call, {
      retries: TRIES - 1,
      minTimeout: FIRST_PAUSE_MS,
      factor: 2.5,
      randomize: true,
      signal,
      shouldRetry: ({ error }) => error instanceof EoError && mayPass(error),
    });
  } catch (error) {
    if (signal.aborted) throw cancelled(capital(what));
    throw error;
  }
}
