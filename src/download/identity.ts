/** When two requests want the same product. */
import { createHash } from "node:crypto";
import type { FileRequest } from "./requests.js";

/** The product itself: the item's asset, else the whole address. A hash, because an address may hold a secret. */
export function identityOf(request: FileRequest): string {
  const parts =
    request.itemId === undefined
      ? ["url", request.url]
      : [
          "item",
          request.collection ?? "",
          request.itemId,
          request.asset ?? (request.order === true ? "" : request.url),
        ];
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
