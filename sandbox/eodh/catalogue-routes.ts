/** Catalogues, collections and items of the EO DataHub; lists are recursive and leave out what one may not see. */
import type { Exchange, Headers } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { keyOf, mayRead, passOptional } from "./access.js";
import { below, type EodhCollection, type EodhItem, type Found } from "./catalogue.js";
import {
  CONFORMANCE,
  catalogDocument,
  collectionDocument,
  itemDocument,
  landingDocument,
  searchedItem,
  type Places,
} from "./documents.js";
import { answeringEodh, badRequest, notFound } from "./eodh-error.js";
import { STAC_PATH, type EodhState } from "./eodh-state.js";
import { readSearch } from "./search-request.js";
import { pageOf, select, type Hit } from "./select.js";

const ABSENT: Found = {
  path: [],
  owner: undefined,
  catalog: { id: "", title: "", description: "", catalogs: [], collections: [] },
};

export function catalogueRoutes(state: EodhState): Route[] {
  const work = new Work(state);
  const answering = (handler: (exchange: Exchange) => Promise<void>) =>
    answeringEodh(async (exchange) => {
      if (await passOptional(exchange, state)) await handler(exchange);
    });
  const anywhere = (name: string, end: string, methods: Record<string, (e: Exchange) => Promise<void>>): Route[] =>
    [`${STAC_PATH}/catalogs/{catalog*}${end}`, `${STAC_PATH}${end}`].map((path) => ({
      name,
      path,
      methods: Object.fromEntries(Object.entries(methods).map(([method, handler]) => [method, answering(handler)])),
    }));
  const below = (name: string, end: string, handler: (exchange: Exchange) => Promise<void>): Route => ({
    name,
    path: `${STAC_PATH}/catalogs/{catalog*}${end}`,
    methods: { GET: answering(handler) },
  });
  const search = (exchange: Exchange): Promise<void> => work.search(exchange);
  return [
    { name: "eodh-ping", path: `${STAC_PATH}/_mgmt/ping`, methods: { GET: (e) => e.json(200, { message: "PONG" }) } },
    ...anywhere("eodh-conformance", "/conformance", { GET: (e) => e.json(200, { conformsTo: CONFORMANCE }) }),
    ...anywhere("eodh-queryables", "/queryables", { GET: (e) => work.queryables(e) }),
    ...anywhere("eodh-search", "/search", { POST: search, GET: search }),
    below("eodh-item", "/collections/{collection}/items/{item}", (e) => work.item(e)),
    below("eodh-items", "/collections/{collection}/items", (e) => work.items(e)),
    below("eodh-collection", "/collections/{collection}", (e) => work.collection(e)),
    ...anywhere("eodh-collections", "/collections", { GET: (e) => work.collections(e) }),
    ...anywhere("eodh-catalogs", "/catalogs", { GET: (e) => work.catalogs(e) }),
    below("eodh-catalog", "", (e) => work.catalog(e)),
    { name: "eodh-landing", path: STAC_PATH, methods: { GET: answering((e) => work.landing(e)) } },
  ];
}

class Work {
  constructor(private readonly state: EodhState) {}

  async landing(exchange: Exchange): Promise<void> {
    await this.send(exchange, ABSENT, landingDocument(this.state.root, this.places(exchange)));
  }

  async catalog(exchange: Exchange): Promise<void> {
    const found = this.found(exchange);
    const key = keyOf(exchange, this.state);
    mayRead(found, key, "catalog");
    await this.send(exchange, found, catalogDocument(found, this.places(exchange), key?.workspace));
  }

  async catalogs(exchange: Exchange): Promise<void> {
    const start = this.found(exchange);
    const workspace = keyOf(exchange, this.state)?.workspace;
    const all = below(start, workspace).slice(1);
    const { page, next } = this.page(exchange, all, ({ path }) => path.join("/"));
    const places = this.places(exchange);
    const catalogs = page.map((found) => catalogDocument(found, places, workspace));
    const links = this.listLinks(exchange, next);
    await this.send(exchange, start, { catalogs, links, numReturned: page.length, numMatched: all.length });
  }

  async collections(exchange: Exchange): Promise<void> {
    const start = this.found(exchange);
    const words = exchange.url.searchParams.get("q")?.toLowerCase().split(",") ?? [];
    const fits = ({ id, title, description }: EodhCollection): boolean =>
      words.length === 0 || words.some((word) => `${id} ${title} ${description}`.toLowerCase().includes(word));
    const all = below(start, keyOf(exchange, this.state)?.workspace)
      .flatMap((found) => found.catalog.collections.map((collection) => ({ found, collection })))
      .filter(({ collection }) => fits(collection))
      .sort((a, b) => (a.collection.id < b.collection.id ? -1 : 1));
    const { page, next } = this.page(
      exchange,
      all,
      ({ found, collection }) => `${collection.id} ${found.path.join("/")}`,
    );
    const places = this.places(exchange);
    const collections = page.map(({ found, collection }) => collectionDocument(found.path, collection, places));
    const links = this.listLinks(exchange, next);
    await this.send(exchange, start, { collections, links, numReturned: page.length, numMatched: all.length });
  }

  async collection(exchange: Exchange): Promise<void> {
    const found = this.found(exchange);
    mayRead(found, keyOf(exchange, this.state), "collection");
    const collection = this.collectionIn(exchange, found);
    await this.send(exchange, found, collectionDocument(found.path, collection, this.places(exchange)));
  }

  async queryables(exchange: Exchange): Promise<void> {
    const names = ["id", "collection", "geometry", "datetime", "created", "updated", "cloud_cover"];
    await exchange.json(200, {
      $schema: "https://json-schema.org/draft/2019-09/schema",
      $id: "https://stac-api.example.com/queryables",
      type: "object",
      title: "Queryables",
      properties: Object.fromEntries(names.map((name) => [name, { description: name }])),
      additionalProperties: true,
    });
  }

  async item(exchange: Exchange): Promise<void> {
    const found = this.found(exchange);
    mayRead(found, keyOf(exchange, this.state), "item");
    const collection = this.collectionIn(exchange, found);
    const id = exchange.params["item"] ?? "";
    const item = collection.items.find((one) => one.id === id);
    if (!item) throw notFound(`Item ${id} does not exist in Collection ${collection.id}`);
    await this.send(exchange, found, itemDocument(found, item, this.places(exchange)));
  }

  /** A listing sends whole items. */
  async items(exchange: Exchange): Promise<void> {
    const found = this.found(exchange);
    mayRead(found, keyOf(exchange, this.state), "collection");
    const collection = this.collectionIn(exchange, found);
    const hits = collection.items.map((item) => ({ found, item }));
    await this.sendPage(exchange, found, hits, true);
  }

  async search(exchange: Exchange): Promise<void> {
    const start = this.found(exchange);
    const workspace = keyOf(exchange, this.state)?.workspace;
    const hits = below(start, workspace)
      .filter(({ catalog }) => catalog.apart !== true || start.catalog === catalog)
      .flatMap((found) => found.catalog.collections.flatMap(({ items }) => items.map((item) => ({ found, item }))));
    await this.sendPage(exchange, start, hits, false);
  }

  private async sendPage(exchange: Exchange, start: Found, all: Hit[], whole: boolean): Promise<void> {
    const request = readSearch(exchange);
    const apart = start.catalog.apart === true;
    if (apart) request.limit = Math.min(request.limit, 10);
    const hits = select(all, request);
    const { page, token } = pageOf(hits, request);
    const places = this.places(exchange);
    const features = page.map(({ found, item }: { found: Found; item: EodhItem }) => {
      const document = itemDocument(found, item, places);
      return whole || apart ? document : searchedItem(document, request.include, request.exclude);
    });
    const self = `${this.state.base(exchange)}${exchange.url.pathname}`;
    const links: object[] = [
      { rel: "root", type: "application/json", href: `${places.stac}/` },
      { rel: "self", type: "application/json", href: self },
    ];
    if (token !== undefined) {
      const query = exchange.url.search.replace(/^\?/, "").replace(/&?token=[^&]*/, "");
      const get = `${self}?${[query, `limit=${request.limit}`, `token=${encodeURIComponent(token)}`].filter(Boolean).join("&")}`;
      if (apart) {
        links.push(
          {
            rel: "next",
            type: "application/geo+json",
            method: "GET",
            href: `${self}?token=${encodeURIComponent(token)}`,
          },
          { rel: "next", type: "application/geo+json", method: "POST", href: self, body: { token } },
        );
      } else if (request.body) {
        const body = { ...request.body, token };
        links.push({ rel: "next", type: "application/json", method: "POST", href: self, body });
      } else links.push({ rel: "next", type: "application/json", method: "GET", href: get });
    }
    const counts = apart ? {} : { numReturned: page.length, numMatched: hits.length };
    await this.send(exchange, start, { type: "FeatureCollection", features, links, ...counts });
  }

  private places(exchange: Exchange): Places {
    const { state } = this;
    return {
      stac: `${state.base(exchange)}${STAC_PATH}`,
      files: (workspace) => state.filesBase(exchange, workspace),
      ceda: state.origin("ceda"),
    };
  }

  /** The catalogue of the path. Throws 404. */
  private found(exchange: Exchange): Found {
    const given = exchange.params["catalog"];
    const path = given === undefined ? [] : given.split("/catalogs/");
    const found = path.some((id) => id.includes("/")) ? undefined : this.state.find(path);
    if (!found) throw notFound(`Catalog ${path.at(-1) ?? ""} not found`);
    return found;
  }

  private collectionIn(exchange: Exchange, found: Found): EodhCollection {
    const id = exchange.params["collection"] ?? "";
    const collection = found.catalog.collections.find((one) => one.id === id);
    if (!collection) throw notFound(`Collection ${id} not found`);
    return collection;
  }

  /** A page of a list by its token, which is the last name of the page before. */
  private page<T>(exchange: Exchange, all: T[], name: (one: T) => string): { page: T[]; next: string | undefined } {
    const params = exchange.url.searchParams;
    const limit = Number(params.get("limit") ?? "10");
    if (!Number.isInteger(limit) || limit < 1) throw badRequest("limit must be a number above 0");
    const after = params.get("token");
    const start = after === null ? 0 : all.findIndex((one) => name(one) === after) + 1;
    const page = all.slice(start, start + limit);
    const last = page.at(-1);
    return { page, next: last !== undefined && start + limit < all.length ? name(last) : undefined };
  }

  private listLinks(exchange: Exchange, next: string | undefined): object[] {
    const self = `${this.state.base(exchange)}${exchange.url.pathname}`;
    const type = "application/json";
    const links: object[] = [
      { rel: "root", type, href: `${this.state.base(exchange)}${STAC_PATH}/` },
      { rel: "self", type, href: self },
    ];
    if (next === undefined) return links;
    const query = new URLSearchParams(exchange.url.searchParams);
    query.set("token", next);
    return [...links, { rel: "next", type, method: "GET", href: `${self}?${query}` }];
  }

  private async send(exchange: Exchange, found: Found, body: object): Promise<void> {
    const headers: Headers = {
      "access-control-allow-origin": "*",
      "cache-control": found.owner === undefined ? "max-age=300, stale-while-revalidate=300" : "max-age=0",
    };
    await exchange.json(200, body, headers);
  }
}
