/** Which items a page holds and what the token of the next page is, in every mode of paging. */
import { backendOf, type Backend } from "../backends.js";
import { backendError } from "../hda-error.js";
import type { ItemRecord } from "../items/item-record.js";
import type { SearchMode } from "../../core/settings.js";
import type { SearchRequest } from "./search-request.js";

export interface Page {
  items: readonly ItemRecord[];
  /** Token of the next page; null on the last. */
  next: string | null;
}

export function pageOf(
  found: readonly ItemRecord[],
  request: SearchRequest,
  backendName: string,
  mode: SearchMode,
): Page {
  const backend = backendOf(backendName);
  const token = pageToken(request, backend, mode);
  if (mode.endless && backend.name === "cop_marine") return endlessPage(found, request.limit, token ?? 1);
  const index = token === null ? 0 : token - backend.secondPage + 1;
  const page = plainPage(found, request.limit, Math.max(0, index), mode);
  const follows = mode.next === "always" || (mode.next !== "never" && page.follows);
  if (!follows) return { items: page.items, next: null };
  const nextIndex = mode.next === "loop" ? 0 : Math.max(0, index) + 1;
  return { items: page.items, next: String(nextIndex + backend.secondPage - 1) };
}

/** In strict paging a token without the backend filter counts as no token at all, and page one comes again. */
function pageToken(request: SearchRequest, backend: Backend, mode: SearchMode): number | null {
  if (request.token === null || request.token === "") return null;
  if (mode.paging === "strict" && request.backend === null) return null;
  const token = Number(request.token);
  if (Number.isInteger(token) && token >= 0) return token;
  throw backendError(400, backend.name, "ValidationError", "Invalid pagination token");
}

function plainPage(
  found: readonly ItemRecord[],
  limit: number,
  index: number,
  mode: SearchMode,
): { items: readonly ItemRecord[]; follows: boolean } {
  const every = mode.emptyPages + 1;
  if (index % every !== 0) return { items: [], follows: true };
  const step = Math.max(1, limit - mode.repeat);
  const start = (index / every) * step;
  const items = found.slice(start, start + limit);
  return { items, follows: items.length === limit };
}

/**
 * The real Copernicus Marine plugin: page `t` starts at `limit * (t - 1) + 1` and the next token is that start plus one
 * (1, 2, 12, 112, …), and after the second page items that were already sent come again, a full page each time.
 */
function endlessPage(found: readonly ItemRecord[], limit: number, token: number): Page {
  if (found.length < limit) return { items: token <= 1 ? found : [], next: null };
  const start = limit * (Math.max(1, token) - 1);
  const seen = Math.min(found.length, 2 * limit);
  const items: ItemRecord[] = [];
  for (let at = 0; at < limit; at++) {
    const item = found[(start + at) % seen];
    if (item) items.push(item);
  }
  return { items, next: String(start + 2) };
}
