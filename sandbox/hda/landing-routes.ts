/** Landing page, conformance and the service list. */
import type { Route } from "../core/router.js";
import type { HdaState } from "./hda-state.js";

const CONFORMANCE = [
  "https://api.stacspec.org/v1.0.0/core",
  "https://api.stacspec.org/v1.0.0/collections",
  "https://api.stacspec.org/v1.0.0/ogcapi-features",
  "https://api.stacspec.org/v1.0.0/ogcapi-features#sort",
  "https://api.stacspec.org/v1.0.0/item-search",
  "https://api.stacspec.org/v1.0.0-rc.2/item-search#filter",
  "https://api.stacspec.org/v1.0.0-rc.1/collection-search",
  "https://api.stacspec.org/v1.0.0-rc.1/collection-search#free-text",
  "https://api.stacspec.org/v1.0.0-rc.1/collection-search#query",
  "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/simple-query",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
  "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
  "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
  "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
  "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
  "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
  "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
];

const SERVICES = [
  ["dedl-hook", "DEDL Hook service"],
  ["dedl-islet", "DEDL Islet service"],
  ["dedl-stack", "DEDL Stack service"],
  ["dedl-fdp", "DEDL Fresh Data Pool"],
] as const;

export function landingRoutes(state: HdaState): Route[] {
  return [
    {
      name: "landing",
      path: "/stac/v2",
      methods: { GET: (exchange) => exchange.json(200, landing(state)) },
    },
    {
      name: "conformance",
      path: "/stac/v2/conformance",
      methods: { GET: (exchange) => exchange.json(200, { conformsTo: CONFORMANCE }) },
    },
    {
      name: "services",
      path: "/services",
      methods: {
        GET: (exchange) =>
          exchange.json(200, { type: "FeatureCollection", features: SERVICES.map(service), links: [] }),
      },
    },
    {
      name: "service",
      path: "/services/{service}",
      methods: {
        GET: async (exchange) => {
          const id = exchange.params["service"] ?? "";
          const found = SERVICES.find(([name]) => name === id);
          if (found) return exchange.json(200, service(found));
          const description = `Item ${id} in Collection services does not exist.`;
          return exchange.json(404, { code: "NotFoundError", description });
        },
      },
    },
  ];
}

function service([id, title]: readonly [string, string]): object {
  return { type: "Feature", stac_version: "1.0.0", id, properties: { title }, assets: {}, links: [] };
}

function landing(state: HdaState): object {
  const base = state.stac;
  const json = "application/json";
  const geojson = "application/geo+json";
  const title = "DEDL HDA STAC API";
  const backends = new Set(state.catalogue.all().flatMap((one) => one.backends));
  return {
    type: "Catalog",
    id: "dedl-hda-stac-api",
    title,
    description: "Harmonised access to the data of the DestinE Data Lake",
    stac_version: "1.0.0",
    stac_extensions: [],
    conformsTo: CONFORMANCE,
    federation: Object.fromEntries([...backends].map((name) => [name, { title: name, description: name, url: "" }])),
    links: [
      { rel: "self", type: json, title, href: `${base}/` },
      { rel: "root", type: json, title, href: `${base}/` },
      { rel: "data", type: json, title: "Collections", href: `${base}/collections` },
      {
        rel: "conformance",
        type: json,
        title: "STAC/OGC conformance classes implemented by this server",
        href: `${base}/conformance`,
      },
      { rel: "search", type: geojson, title: "STAC search [GET]", href: `${base}/search`, method: "GET" },
      { rel: "search", type: geojson, title: "STAC search [POST]", href: `${base}/search`, method: "POST" },
      {
        rel: "http://www.opengis.net/def/rel/ogc/1.0/queryables",
        type: "application/schema+json",
        title: "Queryables available for this Catalog",
        href: `${base}/queryables`,
        method: "GET",
      },
      {
        rel: "service-desc",
        type: "application/vnd.oai.openapi+json;version=3.0",
        title: "OpenAPI service description",
        href: `${base}/api`,
      },
      { rel: "service-doc", type: "text/html", title: "OpenAPI service documentation", href: `${base}/api.html` },
    ],
  };
}
