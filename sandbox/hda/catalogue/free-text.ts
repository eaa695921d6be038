/** The free-text search over collections. */
import type { CollectionInfo } from "./collection-info.js";

/**
 * Whether a collection fits `q`. Terms between commas are alternatives, as recorded in production; inside a term `AND`
 * joins parts that must all occur; quotes hold words together; case does not matter.
 */
export function matchesText(info: CollectionInfo, q: string | null): boolean {
  if (q === null || q.trim() === "") return true;
  const text = [info.id, info.title, info.description, ...info.keywords].join(" ").toLowerCase();
  const part = (term: string): boolean => text.includes(term.trim().replace(/^"|"$/g, "").trim().toLowerCase());
  return q.split(",").some((term) => term.split(/\s+AND\s+/).every(part));
}
