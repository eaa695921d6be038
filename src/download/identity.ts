/** When two requests want the same product. */
import { createHash } from "node:crypto";
import type { FileRequest } from "./requests.js";

/** The product itself: the item's asset, else the whole address. A hash, because an address may hold a secret. */
export function identityOf(request: FileRequest): string {
  return hashed(itemParts(request) ?? ["url", request.url]);
}

/**
 * What stays the same between runs: the item's asset, else the address without its query, which may be a signature made
 * for this run.
 */
export function lastingIdentityOf(request: FileRequest): string {
  return hashed(itemParts(request) ?? ["url", request.url.split("?")[0] ?? ""]);
}

function itemParts(request: FileRequest): string[] | undefined {
  if (request.itemId === undefined) return undefined;
  return [
    "item",
    request.collection ?? "",
    request.itemId,
    request.asset ?? (request.order === true ? "" : request.url),
  ];
}

function hashed(parts: string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
