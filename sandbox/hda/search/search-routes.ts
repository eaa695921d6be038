/** Search, item listings and single items. */
import type { Exchange } from "../../core/exchange.js";
import type { Route } from "../../core/router.js";
import { newTicket } from "../../core/canned-errors.js";
import { backendOf, findBackend } from "../backends.js";
import type { CollectionInfo } from "../catalogue/collection-info.js";
import { passGateway } from "../gateway.js";
import type { HdaState } from "../hda-state.js";
import { answeringHda, backendError, HdaError, hdaError, hdaErrorInteger } from "../hda-error.js";
import type { ItemRecord } from "../items/item-record.js";
import { orderItem, placeholder } from "../orders/order-items.js";
import { searchOrderable } from "../orders/orderable-search.js";
import { nextLink } from "./next-link.js";
import { sameQuestion } from "./page-cache.js";
import { pageOf } from "./paging.js";
import { readGetSearch, readPostSearch, type SearchRequest } from "./search-request.js";
import { select } from "./select.js";

const GEOJSON = "application/geo+json";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `open`: no token is asked for (the origin that is not ours). */
export function searchRoutes(state: HdaState, open = false): Route[] {
  const guarded = (handler: (exchange: Exchange) => Promise<void>) =>
    answeringHda(async (exchange) => {
      if (open || (await passGateway(exchange, state.identity))) await handler(exchange);
    });
  return [
    {
      name: "search",
      path: "/stac/v2/search",
      methods: {
        POST: guarded((exchange) => searched(exchange, state, null)),
        GET: guarded((exchange) => searched(exchange, state, null)),
      },
    },
    {
      name: "items",
      path: "/stac/v2/collections/{collection}/items",
      methods: { GET: guarded((exchange) => searched(exchange, state, exchange.params["collection"] ?? "")) },
    },
    {
      name: "item",
      path: "/stac/v2/collections/{collection}/items/{item}",
      methods: { GET: guarded((exchange) => oneItem(exchange, state)) },
    },
  ];
}

/** `listing` is the collection of an item listing, null for a search. */
async function searched(exchange: Exchange, state: HdaState, listing: string | null): Promise<void> {
  const { search, download } = exchange.modes;
  const asked =
    exchange.method === "POST"
      ? sameQuestion(exchange.body.toString("utf8"))
      : exchange.url.pathname + exchange.url.search;
  const key = `${exchange.method} ${JSON.stringify(search)} ${download.version} ${asked}`;
  let page = state.pages.get(key);
  if (!page) {
    const made = makePage(exchange, state, listing);
    page = Buffer.from(made.text);
    if (made.keep) state.pages.set(key, page);
  }
  await exchange.send({
    status: 200,
    headers: { "content-type": GEOJSON, ...(search.compress === "asked" ? { vary: "Accept-Encoding, Origin" } : {}) },
    body: page,
    encoding: search.compress === "asked" ? exchange.askedEncoding() : null,
  });
}

function makePage(exchange: Exchange, state: HdaState, listing: string | null): { text: string; keep: boolean } {
  const post = exchange.method === "POST";
  const request = post ? readPostSearch(exchange) : readGetSearch(exchange, listing ?? undefined);
  const info = collectionOf(state, request, listing);
  const backend = backendFor(info, request);
  const { search, download } = exchange.modes;
  const context = state.context(search, download.version);
  const base =
    listing === null ? `${state.stac}/search` : `${state.stac}/collections/${encodeURIComponent(info.id)}/items`;
  const self = {
    rel: "self",
    title: "Current Page",
    type: "application/json",
    href: post ? base : base + exchange.url.search,
  };
  if (info.order) {
    const first = backendOf(backend).secondPage - 1;
    const beyond = request.token !== null && Number(request.token) > first;
    const found = beyond ? [] : [searchOrderable(info, info.order, backend, request, context)];
    const page = { type: "FeatureCollection", features: found, links: [self], numberReturned: found.length };
    return { text: JSON.stringify(page), keep: false };
  }
  const set = state.items.of(info.id);
  if (!set) throw noMatch(listing, info.id);
  const found = select(set.items, request, backend);
  const page = pageOf(found, request, backend, search);
  const links: object[] = [];
  if (page.next !== null) {
    const place = {
      method: post ? ("POST" as const) : ("GET" as const),
      href: base,
      params: exchange.url.searchParams,
      sent: request.sent,
      backend,
      foreign: state.origin("foreign"),
    };
    links.push(nextLink(place, page.next, search));
  }
  links.push(self);
  const features = page.items.map((item) => item.kind.text(item, context)).join(",");
  const counted = {
    absent: "",
    null: ',"numberMatched":null',
    right: `,"numberMatched":${found.length}`,
    wrong: `,"numberMatched":${found.length + 7}`,
  };
  return {
    text: `{"type":"FeatureCollection","features":[${features}],"links":${JSON.stringify(links)}${counted[search.numberMatched]},"numberReturned":${page.items.length}}`,
    keep: true,
  };
}

/** Only the first collection is searched; the others are not even looked at. */
function collectionOf(state: HdaState, request: SearchRequest, listing: string | null): CollectionInfo {
  const [id] = request.collections;
  if (id === undefined) throw hdaError(400, "A collection is required");
  const info = state.catalogue.find(id);
  if (!info || info.unsearchable) throw noMatch(listing, id);
  return info;
}

function noMatch(listing: string | null, id: string): HdaError {
  return listing === null
    ? hdaError(404, `NoMatchingCollection: Collection ${id} does not exist.`)
    : hdaErrorInteger(404, `Collection ${id} does not exist.`);
}

function backendFor(info: CollectionInfo, request: SearchRequest): string {
  if (request.backendList) {
    throw new HdaError(500, { code: 500, ticket: newTicket(), description: "unhashable type: 'list'" });
  }
  const wanted = request.backend;
  if (wanted === null) return info.backends[0] ?? "dedl_static";
  if (!findBackend(wanted) || !info.backends.includes(wanted)) {
    throw hdaError(404, `UnsupportedProvider: ${wanted}: provider is not recognised by eodag`);
  }
  return wanted;
}

async function oneItem(exchange: Exchange, state: HdaState): Promise<void> {
  const collection = exchange.params["collection"] ?? "";
  const info = state.catalogue.find(collection);
  if (!info) throw noMatch(null, collection);
  const id = exchange.params["item"] ?? "";
  const { modes } = exchange;
  const context = state.context(modes.search, modes.download.version);
  const send = (text: string): Promise<void> =>
    exchange.send({
      status: 200,
      headers: { "content-type": GEOJSON },
      body: text,
      encoding: modes.search.compress === "asked" ? exchange.askedEncoding() : null,
    });
  const record: ItemRecord | undefined = state.items.of(info.id)?.find(id);
  if (record) return send(record.kind.text(record, context));
  const backend = info.backends[0] ?? "dedl_static";
  if (info.order) {
    if (id.includes("_ORDERABLE_")) {
      return send(JSON.stringify(placeholder(info.order, info, backend, {}, context, true)));
    }
    const order = state.orders.look(id, info.id, modes.order);
    if (order?.state === "failed" && modes.order.outcome === "failed") {
      throw backendError(400, backend, "ValidationError", `Provider ${backend} returned: request status: failed`);
    }
    if (order) return send(JSON.stringify(orderItem(info.order, info, order, context)));
    if (UUID.test(id)) {
      throw backendError(400, backend, "ValidationError", `Requested data is not available on ${backend} (${id}).`);
    }
  }
  throw hdaErrorInteger(404, `Item ${id} in Collection ${info.id} does not exist.`);
}
