/** ETag and Last-Modified of a file, and what the conditions of a request make of them. */
import { createHash } from "node:crypto";

export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

/** Validators of one version of a file. */
export function validatorsOf(
  key: string,
  version: number,
  etag: "none" | "strong" | "weak",
  dated: boolean,
): Validators {
  const tag = createHash("md5").update(`${key} ${version}`).digest("hex");
  return {
    etag: etag === "none" ? null : etag === "strong" ? `"${tag}"` : `W/"${tag}"`,
    lastModified: dated ? new Date(Date.UTC(2026, 3, 26) + version * 60_000).toUTCString() : null,
  };
}

/** Whether an If-Match or If-Unmodified-Since of the request fails. */
export function preconditionFails(headers: NodeJS.Dict<string | string[]>, has: Validators): boolean {
  const match = headers["if-match"];
  if (typeof match === "string") return !(match === "*" || strongly(match.split(/\s*,\s*/), has.etag));
  const since = headers["if-unmodified-since"];
  if (typeof since !== "string" || has.lastModified === null) return false;
  return Date.parse(has.lastModified) > Date.parse(since);
}

/** Whether the If-Range of the request, if there is one, lets a range be sent. */
export function rangeStillHolds(headers: NodeJS.Dict<string | string[]>, has: Validators): boolean {
  const condition = headers["if-range"];
  if (typeof condition !== "string") return true;
  if (/^(W\/)?"/.test(condition)) return strongly([condition], has.etag);
  return condition === has.lastModified;
}

function strongly(given: string[], etag: string | null): boolean {
  return etag !== null && !etag.startsWith("W/") && given.includes(etag);
}
