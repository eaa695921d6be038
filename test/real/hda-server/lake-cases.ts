/** Requests to the Data Lake whose answers by the sandbox and by the real software are laid side by side. */
import { EMISSIONS, OCEAN_COLOUR } from "./providers.js";

export interface LakeSide {
  /** `…/stac/v2` */
  stac: string;
  token: string;
  /** A download link of an item of the ocean colour collection, which lies in an object store. */
  downloadLink: string;
}

export interface LakeAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface LakeCase {
  name: string;
  ask(side: LakeSide): Promise<LakeAnswer>;
  /**
   * What is compared beside the headers: nothing, the entries of lists, or the parts outside `collections`.
   * [the error, or the names of an answer's parts]
   */
  compare?: "status" | "list" | "frame";
}

const NEVER = "0f9f5f0e-3d8e-4b0a-9f7e-0c1d2e3f4a5b";

async function request(side: LakeSide, url: string, init: RequestInit = {}): Promise<LakeAnswer> {
  const headers = {
    "accept-encoding": "identity",
    authorization: `Bearer ${side.token}`,
    ...(init.headers as Record<string, string> | undefined),
  };
  const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(30_000), ...init, headers });
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}

const get = (name: string, place: string): LakeCase => ({ name, ask: (side) => request(side, side.stac + place) });

const postJson = (side: LakeSide, place: string, body: string): Promise<LakeAnswer> =>
  request(side, side.stac + place, { method: "POST", headers: { "content-type": "application/json" }, body });

const search = (name: string, body: object): LakeCase => ({
  name: `search: ${name}`,
  ask: (side) => postJson(side, "/search", JSON.stringify({ collections: [OCEAN_COLOUR], ...body })),
});

const order = (name: string, body: object, collection = EMISSIONS): LakeCase => ({
  name: `order: ${name}`,
  ask: (side) => postJson(side, `/collections/${collection}/order`, JSON.stringify(body)),
});

const download = (name: string, init: RequestInit, place = (link: string) => link): LakeCase => ({
  name: `download: ${name}`,
  ask: (side) => request(side, place(side.downloadLink), init),
});

const GOOD_ORDER = { variable: ["methane"], source: ["anthropogenic"], version: "v5.3", year: ["2020"] };
const chosen = (changes: object = {}) => {
  const all = { ...GOOD_ORDER, ...changes };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`ecmwf:${name}`, { eq: value }]));
};

export const LAKE_CASES: LakeCase[] = [
  { ...get("landing page", "/"), compare: "status" },
  { ...get("conformance", "/conformance"), compare: "list" },
  { ...get("collections", "/collections?limit=1"), compare: "frame" },
  get("a collection", `/collections/${OCEAN_COLOUR}`),
  get("unknown collection", "/collections/NOPE"),
  get("items of an unknown collection", "/collections/NOPE/items"),
  get("queryables", `/collections/${EMISSIONS}/queryables`),
  // What goes wrong in there depends on the providers; that it does is the fact.
  { ...get("queryables of an unknown collection", "/collections/NOPE/queryables"), compare: "status" },
  search("page one", { limit: 10 }),
  search("everything on one page", { limit: 100 }),
  search("no collection", { collections: undefined }),
  search("an empty list of collections", { collections: [] }),
  search("unknown collection", { collections: ["NOPE"] }),
  search("a known and an unknown collection", { collections: [OCEAN_COLOUR, "NOPE"], limit: 2 }),
  search("an unknown and a known collection", { collections: ["NOPE", OCEAN_COLOUR] }),
  search("unknown key", { page: 2 }),
  search("fields", { fields: { include: ["id"] } }),
  search("limit 0", { limit: 0 }),
  search("limit −1", { limit: -1 }),
  search("limit as text", { limit: "5" }),
  search("limit null", { limit: null }),
  search("date without time", { datetime: "2026-04-20" }),
  search("interval backwards", { datetime: "2026-04-27T00:00:00Z/2026-04-20T00:00:00Z" }),
  search("interval open on both sides", { datetime: "../..", limit: 2 }),
  search("box of three numbers", { bbox: [1, 2, 3] }),
  search("box and geometry", { bbox: [0, 0, 1, 1], intersects: { type: "Point", coordinates: [0, 0] } }),
  search("sortby without direction", { sortby: [{ field: "datetime" }] }),
  search("sortby that the backend ignores", { sortby: [{ field: "datetime", direction: "desc" }], limit: 2 }),
  search("CQL2 text in a body", { filter: "id = 'a'", "filter-lang": "cql2-text" }),
  search("query with lt", { query: { "eo:cloud_cover": { lt: 10 } } }),
  search("query of an unknown property", { query: { nonsense: { eq: 1 } }, limit: 2 }),
  search("unknown backend", { query: { "federation:backends": { eq: "nope" } } }),
  search("backends with in", { query: { "federation:backends": { in: ["cop_marine"] } } }),
  {
    name: "search: bad JSON",
    ask: (side) => postJson(side, "/search", "no JSON"),
  },
  get("search by GET: unknown parameter", `/search?collections=${OCEAN_COLOUR}&limit=2&page=2`),
  get("item", `/collections/${OCEAN_COLOUR}/items/NOPE`),
  search("an orderable product", { collections: [EMISSIONS], query: chosen() }),
  search("an orderable product, a field missing", {
    collections: [EMISSIONS],
    query: { "ecmwf:year": { eq: ["2020"] } },
  }),
  search("an orderable product, a bad value", { collections: [EMISSIONS], query: chosen({ version: "v9" }) }),
  order("accepted", GOOD_ORDER),
  order("a field missing", { variable: ["methane"] }),
  order("a bad value", { ...GOOD_ORDER, version: "v9" }),
  order("a prefix too many", { ...GOOD_ORDER, "ecmwf:variable": ["methane"] }),
  { ...order("unknown collection", GOOD_ORDER, "NOPE"), compare: "status" },
  order("not orderable", {}, OCEAN_COLOUR),
  get("an order that was never made", `/collections/${EMISSIONS}/items/${NEVER}`),
  download("whole", {}),
  download("HEAD", { method: "HEAD" }),
  download("a range", { headers: { range: "bytes=0-9" } }),
  download("unknown item", {}, (link) => link.replace(/\/[^/]+\/downloadLink$/, "/NOPE/downloadLink")),
  download("unknown backend", {}, (link) => link.replace("/data/cop_marine/", "/data/nope/")),
  download("unknown collection", {}, (link) => link.replace(OCEAN_COLOUR, "NOPE")),
  download("unknown asset", {}, (link) => link.replace(/downloadLink$/, "nope")),
  download("a single asset", {}, (link) => link.replace(/downloadLink$/, "native")),
  download("an order that was never made", {}, (link) =>
    link
      .replace(/\/[^/]+\/downloadLink$/, `/${NEVER}/downloadLink`)
      .replace(OCEAN_COLOUR, EMISSIONS)
      .replace("/data/cop_marine/", "/data/cop_ads/"),
  ),
];
