/** Collection list, single collections and queryables. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import type { CollectionInfo } from "./catalogue/collection-info.js";
import { collectionDocument } from "./catalogue/collection-document.js";
import { matchesText } from "./catalogue/free-text.js";
import { queryables } from "./catalogue/queryables.js";
import { hasGoodToken } from "./gateway.js";
import type { HdaState } from "./hda-state.js";
import { answeringHda, detailError, hdaError, hdaErrorInteger } from "./hda-error.js";
import { readInterval } from "./search/datetime-interval.js";

export function collectionRoutes(state: HdaState): Route[] {
  return [
    {
      name: "collections",
      path: "/stac/v2/collections",
      methods: { GET: answeringHda((exchange) => list(exchange, state)) },
    },
    {
      name: "collection",
      path: "/stac/v2/collections/{collection}",
      methods: {
        GET: answeringHda((exchange) => exchange.json(200, collectionDocument(known(exchange, state), state.stac))),
      },
    },
    {
      name: "queryables",
      path: "/stac/v2/collections/{collection}/queryables",
      methods: {
        GET: answeringHda((exchange) => {
          const info = known(exchange, state);
          checkDatetime(exchange);
          const id = `${state.stac}/collections/${encodeURIComponent(info.id)}/queryables`;
          return sendSchema(exchange, queryables(info, id, exchange.url.searchParams));
        }),
      },
    },
    {
      name: "queryables",
      path: "/stac/v2/queryables",
      methods: {
        GET: answeringHda((exchange) => {
          checkDatetime(exchange);
          const wanted = exchange.url.searchParams.get("collections") ?? exchange.url.searchParams.get("collection");
          const info = wanted ? state.catalogue.find(wanted) : undefined;
          if (wanted && !info) throw hdaErrorInteger(404, `Collection ${wanted} does not exist.`);
          return sendSchema(exchange, queryables(info, `${state.stac}/queryables`, exchange.url.searchParams));
        }),
      },
    },
  ];
}

/** The collection of the path. Throws 404 when there is none. */
export function known(exchange: Exchange, state: HdaState): CollectionInfo {
  const id = exchange.params["collection"] ?? "";
  const info = state.catalogue.find(id);
  if (!info) throw hdaErrorInteger(404, `Collection ${id} does not exist.`);
  return info;
}

function sendSchema(exchange: Exchange, schema: object): Promise<void> {
  return exchange.json(200, schema, { "content-type": "application/schema+json" });
}

function checkDatetime(exchange: Exchange): void {
  const datetime = exchange.url.searchParams.get("datetime");
  if (datetime === null) return;
  try {
    readInterval(datetime);
  } catch (error) {
    const msg = `Value error, ${(error as Error).message}`;
    throw detailError([{ type: "value_error", loc: ["query", "datetime"], msg, input: datetime }], null);
  }
}

function list(exchange: Exchange, state: HdaState): Promise<void> {
  const params = exchange.url.searchParams;
  const number = (key: string, preset: number, least: number): number => {
    const text = params.get(key);
    if (text === null) return preset;
    const value = /^-?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least) return value;
    const bound = { type: "greater_than_equal", msg: `Input should be greater than or equal to ${least}` };
    const parsing = {
      type: "int_parsing",
      msg: "Input should be a valid integer, unable to parse string as an integer",
    };
    const detail = Number.isNaN(value) ? parsing : bound;
    throw detailError([{ ...detail, loc: ["query", key], input: text }], null);
  };
  const limit = number("limit", 10, 1);
  const offset = number("offset", 0, 0);
  checkDatetime(exchange);
  const seesAll = hasGoodToken(exchange, state.identity);
  const all = state.catalogue
    .all()
    .filter((one) => (seesAll || !one.hidden) && matchesText(one, params.get("q")) && offers(one, params.get("query")))
    .filter((one) => overlaps(one, params.get("datetime")));
  const page = all.slice(offset, offset + limit);
  const at = (start: number): string => {
    const next = new URLSearchParams(params);
    next.set("limit", String(limit));
    next.set("offset", String(start));
    return `${state.stac}/collections?${next}`;
  };
  const json = "application/json";
  const links: object[] = [
    { rel: "root", type: json, title: "DEDL HDA STAC API", href: `${state.stac}/` },
    {
      rel: "self",
      type: json,
      title: "Collections",
      href: state.stac + exchange.url.pathname.replace("/stac/v2", "") + exchange.url.search,
    },
  ];
  if (offset + limit < all.length) {
    links.push({ rel: "next", type: json, method: "GET", title: "Next page", href: at(offset + limit) });
  }
  if (offset > 0) {
    links.push({
      rel: "previous",
      type: json,
      method: "GET",
      title: "Previous page",
      href: at(Math.max(0, offset - limit)),
    });
    links.push({ rel: "first", type: json, method: "GET", title: "First page", href: at(0) });
  }
  return exchange.json(200, {
    collections: page.map((one) => collectionDocument(one, state.stac)),
    links,
    numberMatched: all.length,
    numberReturned: page.length,
  });
}

function offers(info: CollectionInfo, query: string | null): boolean {
  if (query === null) return true;
  let backend: unknown;
  try {
    const parsed = JSON.parse(query) as Record<string, { eq?: unknown } | undefined>;
    backend = parsed["federation:backends"]?.eq;
  } catch {
    throw hdaError(400, "Invalid JSON in parameter query");
  }
  if (typeof backend !== "string") throw hdaError(400, "Only federation:backends can be queried");
  return info.backends.includes(backend);
}

function overlaps(info: CollectionInfo, datetime: string | null): boolean {
  if (datetime === null) return true;
  const { from, to } = readInterval(datetime);
  const end = info.until === null ? Infinity : Date.parse(info.until);
  return Date.parse(info.since) <= to && end >= from;
}
