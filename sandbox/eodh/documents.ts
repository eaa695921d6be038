/** Catalogue, collection and item documents, with the links the EO DataHub gives them. */
import { pathOf, type EodhCatalog, type EodhCollection, type EodhItem, type Found } from "./catalogue.js";

export const CONFORMANCE = [
  "https://api.stacspec.org/v1.0.0/core",
  "https://api.stacspec.org/v1.0.0/collections",
  "https://api.stacspec.org/v1.0.0/ogcapi-features",
  "https://api.stacspec.org/v1.0.0/item-search",
  "https://api.stacspec.org/v1.0.0/item-search#fields",
  "https://api.stacspec.org/v1.0.0/item-search#sort",
  "https://api.stacspec.org/v1.0.0/item-search#query",
  "https://api.stacspec.org/v1.0.0-rc.2/item-search#filter",
  "https://api.stacspec.org/v1.0.0-rc.1/item-search#free-text",
  "https://api.stacspec.org/v1.0.0-rc.1/collection-search",
  "https://api.stacspec.org/v1.0.0-rc.1/collection-search#free-text",
  "https://api.stacspec.org/v0.3.0/aggregation",
  "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/simple-query",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
  "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
  "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
  "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
  "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
  "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
  "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
];

const JSON_TYPE = "application/json";
const GEOJSON = "application/geo+json";

export interface Places {
  /** `<host>/api/catalogue/stac`. */
  stac: string;
  /** Base of the files of a workspace. */
  files: (workspace: string) => string;
  ceda: string;
}

interface Link {
  rel: string;
  type?: string;
  title?: string;
  href: string;
  method?: string;
}

function searchLinks(self: string): Link[] {
  return [
    { rel: "search", type: GEOJSON, title: "STAC search", href: `${self}/search`, method: "GET" },
    { rel: "search", type: GEOJSON, title: "STAC search", href: `${self}/search`, method: "POST" },
  ];
}

/** `visible`: which workspace looks. */
export function landingDocument(root: EodhCatalog, places: Places): object {
  const self = places.stac;
  return {
    type: "Catalog",
    id: root.id,
    title: root.title,
    description: root.description,
    stac_version: "1.0.0",
    conformsTo: CONFORMANCE,
    links: [
      { rel: "self", type: JSON_TYPE, href: `${self}/` },
      { rel: "root", type: JSON_TYPE, href: `${self}/` },
      { rel: "data", type: JSON_TYPE, href: `${self}/collections` },
      { rel: "conformance", type: JSON_TYPE, title: "STAC/WFS3 conformance classes", href: `${self}/conformance` },
      ...searchLinks(self),
      { rel: "catalogs", type: JSON_TYPE, href: `${self}/catalogs` },
      ...root.catalogs.map(({ id, title }) => ({
        rel: "child",
        type: JSON_TYPE,
        title,
        href: self + pathOf([id]),
      })),
      { rel: "service-desc", type: "application/vnd.oai.openapi+json;version=3.0", href: `${self}/api` },
      { rel: "service-doc", type: "text/html", href: `${self}/api.html` },
    ],
    stac_extensions: [],
  };
}

export function catalogDocument({ path, catalog }: Found, places: Places, workspace: string | undefined): object {
  const self = places.stac + pathOf(path);
  const parent = path.length === 1 ? `${places.stac}/` : places.stac + pathOf(path.slice(0, -1));
  const children = catalog.catalogs.filter((one) => one.workspace === undefined || one.workspace === workspace);
  return {
    id: catalog.id,
    description: catalog.description,
    stac_version: "1.0.0",
    links: [
      { rel: "catalogs", type: GEOJSON, href: `${self}/catalogs` },
      { rel: "collections", type: GEOJSON, href: `${self}/collections` },
      { rel: "data", type: GEOJSON, href: `${self}/collections` },
      { rel: "conformance", type: JSON_TYPE, href: `${places.stac}/conformance` },
      ...searchLinks(self),
      { rel: "parent", type: JSON_TYPE, href: parent },
      { rel: "root", type: JSON_TYPE, href: `${places.stac}/` },
      { rel: "self", type: JSON_TYPE, href: self },
      ...children.map(({ id, title }) => ({ rel: "child", type: JSON_TYPE, href: self + pathOf([id]), title })),
      ...catalog.collections.map(({ id, title }) => ({
        rel: "child",
        type: JSON_TYPE,
        href: `${self}/collections/${encodeURIComponent(id)}`,
        title,
      })),
    ],
    stac_extensions: [],
    title: catalog.title,
    type: "Catalog",
    conformsTo: CONFORMANCE,
  };
}

export function collectionDocument(path: string[], collection: EodhCollection, places: Places): object {
  const parent = places.stac + pathOf(path);
  const self = `${parent}/collections/${encodeURIComponent(collection.id)}`;
  const dates = collection.items.map((item) => String(item.properties["datetime"])).sort();
  return {
    id: collection.id,
    description: collection.description,
    stac_version: "1.0.0",
    links: [
      { rel: "items", type: GEOJSON, href: `${self}/items` },
      { rel: "parent", type: JSON_TYPE, href: parent },
      { rel: "queryables", type: JSON_TYPE, href: `${self}/queryables` },
      { rel: "root", type: JSON_TYPE, href: `${places.stac}/` },
      { rel: "self", type: JSON_TYPE, href: self },
    ],
    stac_extensions: [],
    title: collection.title,
    type: "Collection",
    license: "other",
    extent: {
      spatial: { bbox: [[-180, -90, 180, 90]] },
      temporal: { interval: [[dates[0] ?? null, dates.at(-1) ?? null]] },
    },
  };
}

/** A whole item, as its own address gives it. */
export function itemDocument({ path, owner }: Found, item: EodhItem, places: Places): Record<string, unknown> {
  const collection = `${places.stac}${pathOf(path)}/collections/${encodeURIComponent(item.collection)}`;
  const [west, south, east, north] = item.bbox;
  const href = (text: unknown): string =>
    String(text)
      .replace("{ceda}", places.ceda)
      .replace("{stac}", places.stac)
      .replace("{files}", owner === undefined ? "" : places.files(owner));
  return {
    type: "Feature",
    stac_version: "1.0.0",
    stac_extensions: item.extensions,
    id: item.id,
    collection: item.collection,
    geometry: {
      type: "Polygon",
      coordinates: [
        [
          [west, south],
          [east, south],
          [east, north],
          [west, north],
          [west, south],
        ],
      ],
    },
    bbox: item.bbox,
    properties: item.properties,
    links: [
      { rel: "self", type: GEOJSON, href: `${collection}/items/${encodeURIComponent(item.id)}` },
      { rel: "parent", type: JSON_TYPE, href: collection },
      { rel: "collection", type: JSON_TYPE, href: collection },
      { rel: "root", type: JSON_TYPE, href: `${places.stac}/` },
    ],
    assets: Object.fromEntries(
      Object.entries(item.assets).map(([key, asset]) => [key, { ...asset, href: href(asset["href"]) }]),
    ),
  };
}

const ALWAYS = ["id", "type", "stac_version", "geometry", "bbox", "links", "assets", "collection"];

/** What a search sends of an item: everything that was not asked for by name is dropped, of the properties all but one. */
export function searchedItem(
  whole: Record<string, unknown>,
  include: readonly string[],
  exclude: readonly string[],
): object {
  const given = whole["properties"] as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(whole)) if (ALWAYS.includes(key) || include.includes(key)) out[key] = whole[key];
  const properties: Record<string, unknown> = { datetime: given["datetime"] };
  if (include.includes("properties")) Object.assign(properties, given);
  for (const field of include) {
    const name = field.replace(/^properties\./, "");
    if (field.startsWith("properties.") && name in given) properties[name] = given[name];
  }
  for (const field of exclude) {
    if (field.startsWith("properties.")) delete properties[field.slice(11)];
    else if (!["id", "type"].includes(field)) delete out[field];
  }
  return exclude.includes("properties") ? out : { ...out, properties };
}
