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
import { DatetimeError, readInterval } from "./search/datetime-interval.js";

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
          const info = state.catalogue.find(exchange.params["collection"] ?? "");
          if (!info) throw hdaErrorInteger(500, "'GENERIC_COLLECTION'");
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
function known(exchange: Exchange, state: HdaState): CollectionInfo {
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
    if (error instanceof DatetimeError) throw hdaError(400, error.inQuery);
    throw error;
  }
}

function list(exchange: Exchange, state: HdaState): Promise<void> {
  const params = exchange.url.searchParams;
  const number = (key: string, preset: number, least: 0 | 1): number => {
    const text = params.get(key);
    if (text === null) return preset;
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least) return value;
    const loc = ["query", key];
    const msg = Number.isNaN(value)
      ? "Input should be a valid integer, unable to parse string as an integer"
      : `Input should be greater than ${least === 0 ? "or equal to 0" : "0"}`;
    const type = Number.isNaN(value) ? "int_parsing" : least === 0 ? "greater_than_equal" : "greater_than";
    const ctx = Number.isNaN(value) ? {} : { ctx: least === 0 ? { ge: 0 } : { gt: 0 } };
    throw detailError([{ type, loc, msg, input: text, ...ctx }], null);
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
  // The service says so of its pages of collections, too.
  const geojson = "application/geo+json";
  const links: object[] = [
    { rel: "root", type: json, title: "DEDL HDA STAC API", href: `${state.stac}/` },
    {
      rel: "self",
      type: json,
      title: "Current Page",
      href: state.stac + exchange.url.pathname.replace("/stac/v2", "") + exchange.url.search,
    },
  ];
  if (offset + limit < all.length) {
    links.push({ rel: "next", type: geojson, title: "Next page", href: at(offset + limit) });
  }
  if (offset > 0) {
    links.push({
      rel: "previous",
      type: geojson,
      title: "Previous page",
      href: at(Math.max(0, offset - limit)),
    });
    links.push({ rel: "first", type: geojson, title: "First page", href: at(0) });
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
  return typeof backend !== "string" || info.backends.includes(backend);
}

function overlaps(info: CollectionInfo, datetime: string | null): boolean {
  if (datetime === null) return true;
  const { from, to } = readInterval(datetime);
  const end = info.until === null ? Infinity : Date.parse(info.until);
  return Date.parse(info.since) <= to && end >= from;
}
