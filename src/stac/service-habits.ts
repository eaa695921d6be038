/** What services do otherwise than asked – ignore the order, cap the page, strip fields – noticed and said. */
import { compareInstants, parseInstant } from "./instant.js";
import { isRecord, valueAtPath, type Item } from "./item.js";
import type { SearchRequest } from "./search-request.js";

interface SortKey {
  field: string;
  direction: string;
}

/** Below zero when a stands before b; undefined when the two cannot be told apart for certain. */
function order(a: unknown, b: unknown): number | undefined {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [instantA, instantB] = [parseInstant(a), parseInstant(b)];
  // Other texts are sorted by each database's own rules.
  return instantA && instantB ? compareInstants(instantA, instantB) : undefined;
}

function sortValue(item: Item, field: string): unknown {
  return valueAtPath(item, field) ?? valueAtPath(item, `properties.${field}`);
}

/** Watches one search, page by page. */
export class HabitWatch {
  readonly #fieldsAsked: boolean;
  readonly #sort: SortKey | undefined;
  #last: unknown;

  constructor(request: SearchRequest) {
    this.#fieldsAsked = request.rest["fields"] !== undefined;
    const sortby = request.rest["sortby"];
    this.#sort = Array.isArray(sortby) ? (sortby[0] as SortKey | undefined) : undefined;
  }

  /** The habits that the page shows, as sentences. `first`: it is the first of its search; `limit`: what was asked for by name. */
  look(items: Item[], first: boolean, hasNext: boolean, limit: number | undefined): string[] {
    const found: string[] = [];
    if (first) this.#last = undefined;
    if (!this.#sorted(items)) found.push(`The service did not sort by ${this.#sort?.field ?? ""} as asked.`);
    if (first && limit !== undefined && hasNext && items.length > 0 && items.length < limit) {
      found.push(`The service sends at most ${items.length} items a page.`);
    }
    if (first && items.length > 0 && !this.#fieldsAsked && items.every(isBare)) {
      found.push("The service sent the items without most of their fields; ask for them with fields.");
    }
    return found;
  }

  #sorted(items: Item[]): boolean {
    const key = this.#sort;
    if (!key) return true;
    for (const item of items) {
      const value = sortValue(item, key.field);
      const compared = order(this.#last, value);
      if (compared !== undefined && (key.direction === "desc" ? compared < 0 : compared > 0)) return false;
      if (value !== undefined && value !== null) this.#last = value;
    }
    return true;
  }
}

/** No assets, and nothing in `properties` but a date: what EODH sends unless asked for more (facts/eodh.md). */
function isBare(item: Item): boolean {
  const properties = isRecord(item.properties) ? Object.keys(item.properties) : [];
  return !isRecord(item.assets) && properties.every((name) => name === "datetime");
}
