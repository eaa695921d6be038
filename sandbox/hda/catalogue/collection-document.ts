/** The JSON of a collection. */
import type { CollectionInfo } from "./collection-info.js";

/** `stac` is the base URL of the API. */
export function collectionDocument(info: CollectionInfo, stac: string): object {
  const home = `${stac}/collections/${encodeURIComponent(info.id)}`;
  const links: object[] = [
    {
      rel: "http://www.opengis.net/def/rel/ogc/1.0/queryables",
      type: "application/schema+json",
      title: "Queryables",
      href: `${home}/queryables`,
    },
    { rel: "items", type: "application/geo+json", title: "Items", href: `${home}/items` },
    { rel: "self", type: "application/json", title: info.title, href: home },
  ];
  if (info.order) {
    links.unshift({
      rel: "retrieve",
      method: "POST",
      type: "application/geo+json",
      title: "Retrieve",
      href: `${home}/order`,
    });
  }
  return {
    type: "Collection",
    stac_version: "1.1.0",
    stac_extensions: ["https://api.openeo.org/extensions/federation/0.1.0"],
    id: info.id,
    title: info.title,
    description: info.description,
    keywords: info.keywords,
    license: "proprietary",
    providers: [{ name: info.backends[0] ?? "dedl", roles: ["host"] }],
    extent: {
      spatial: { bbox: [[-180, -90, 180, 90]] },
      temporal: { interval: [[info.since, info.until]] },
    },
    summaries: { "federation:backends": info.backends },
    "dedl:short_description": info.description.split(". ")[0],
    links,
  };
}
