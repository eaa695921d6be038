/** The error for work that was lost with the transfer thread. */
import { EoError } from "../errors.js";

const crashes = new WeakSet<object>();

/** @param why the kind of failure; never its text, which may hold anything */
export function crashed(why: string): EoError {
  const error = new EoError(
    "INTERNAL",
    `The thread that receives files has crashed (${why}). Send the message again; if it happens again, please report it.`,
    { message: why },
  );
  crashes.add(error);
  return error;
}

/** The thread is gone; a new one can do the same work. */
export function isCrash(error: unknown): boolean {
  return typeof error === "object" && error !== null && crashes.has(error);
}
