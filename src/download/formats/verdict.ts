/** What a format's own end can say of a file. */

/** Why the file is not whole, for a message; or whether it was proved to be. */
export type Verdict = { state: "whole" } | { state: "unknown" } | { state: "cut"; why: string };

export const WHOLE: Verdict = { state: "whole" };
/** A form this format check does not know: proves nothing. */
export const UNKNOWN: Verdict = { state: "unknown" };

export function cut(why: string): Verdict {
  return { state: "cut", why };
}
