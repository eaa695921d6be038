/** Turns short rows into collections. */
import type { CollectionInfo } from "./collection-info.js";

/** End of the id, title, and what differs from the group. */
export type Row = readonly [id: string, title: string, more?: Partial<CollectionInfo>];

export interface Group {
  /** Start of every id. */
  prefix: string;
  backends: string[];
  since: string;
  /** One sentence that is true of all of them. */
  about: string;
  keywords: string[];
}

export function collectionsOf(group: Group, rows: readonly Row[]): CollectionInfo[] {
  return rows.map(([end, title, more]) => ({
    id: group.prefix + end,
    title,
    description: `${title}. ${group.about}`,
    keywords: group.keywords,
    backends: group.backends,
    since: group.since,
    until: null,
    ...more,
  }));
}
