/** Which items a search of the EO DataHub finds, in which order, and what the token of the next page is. */
import type { EodhItem, Found } from "./catalogue.js";
import { indexed } from "./conditions.js";
import { badRequest } from "./eodh-error.js";
import type { SearchRequest, SortRule } from "./search-request.js";

export interface Hit {
  found: Found;
  item: EodhItem;
}

const USUAL: SortRule[] = [
  { field: "properties.datetime", direction: "desc" },
  { field: "id", direction: "desc" },
  { field: "collection", direction: "desc" },
];

/** A place of the index that holds nothing sorts nothing. */
export function select(all: Hit[], { tests, sortby }: SearchRequest): Hit[] {
  const rules = [...sortby, ...USUAL];
  return all
    .filter(({ item }) => tests.every((test) => test(item)))
    .sort((a, b) => {
      for (const { field, direction } of rules) {
        const [left, right] = [a, b].map(({ item }) => indexed(item, field) as string | number | undefined);
        if (left === right || left === undefined || right === undefined) continue;
        return (left < right ? -1 : 1) * (direction === "asc" ? 1 : -1);
      }
      return 0;
    });
}

/** The token holds the sort values of the last item, and its place, which makes it certain. */
export function pageOf(hits: Hit[], { token, limit }: SearchRequest): { page: Hit[]; token?: string } {
  const start = token === undefined ? 0 : placeIn(token);
  const page = hits.slice(start, start + limit);
  const last = page.at(-1);
  if (!last || start + limit >= hits.length) return { page };
  const { id, collection, properties } = last.item;
  const values = [Date.parse(String(properties["datetime"])), id, collection, start + limit];
  return { page, token: Buffer.from(JSON.stringify(values)).toString("base64url") };
}

function placeIn(token: string): number {
  try {
    const values: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    const place: unknown = Array.isArray(values) ? values[3] : undefined;
    if (typeof place === "number") return place;
  } catch {
    // Not one of ours.
  }
  throw badRequest("Invalid pagination token");
}
