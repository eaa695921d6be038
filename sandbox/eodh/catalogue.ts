/** The tree of the EO DataHub's catalogue: public, commercial, and one private part for each workspace. */

/** An item as it is indexed; hrefs are made when it is sent. */
export interface EodhItem {
  id: string;
  collection: string;
  bbox: [number, number, number, number];
  /** With `datetime` among them. */
  properties: Record<string, unknown>;
  extensions: string[];
  /** Assets whose href may begin with `{ceda}`, `{stac}` or `{files}`. */
  assets: Record<string, Record<string, unknown>>;
}

export interface EodhCollection {
  id: string;
  title: string;
  description: string;
  items: EodhItem[];
}

export interface EodhCatalog {
  id: string;
  title: string;
  description: string;
  catalogs: EodhCatalog[];
  collections: EodhCollection[];
  /** Only this workspace sees it. */
  workspace?: string;
  /** Searched by a service of its own: not part of the searches above it. */
  apart?: boolean;
}

export interface Found {
  /** Ids from the root down. */
  path: string[];
  catalog: EodhCatalog;
  /** The workspace that alone sees it. */
  owner: string | undefined;
}

/** The catalogue at `path`; undefined when there is none. */
export function findCatalog(root: EodhCatalog, path: string[]): Found | undefined {
  let catalog = root;
  let owner = root.workspace;
  for (const id of path) {
    const next = catalog.catalogs.find((one) => one.id === id);
    if (!next) return undefined;
    catalog = next;
    owner ??= next.workspace;
  }
  return { path, catalog, owner };
}

/** Everything below, itself included, that `workspace` may see; catalogues with a search of their own only when named. */
export function below(start: Found, workspace: string | undefined): Found[] {
  if (start.owner !== undefined && start.owner !== workspace) return [];
  return [
    start,
    ...start.catalog.catalogs.flatMap((catalog) =>
      below({ path: [...start.path, catalog.id], catalog, owner: start.owner ?? catalog.workspace }, workspace),
    ),
  ];
}

/** `/catalogs/a/catalogs/b`. */
export function pathOf(ids: string[]): string {
  return ids.map((id) => `/catalogs/${encodeURIComponent(id)}`).join("");
}
