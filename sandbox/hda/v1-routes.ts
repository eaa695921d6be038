/** The old API `/stac`, as far as it is still in use: a landing page, items, and the download that answers 202 until it is ready. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { passGateway } from "./gateway.js";
import { answeringHda, hdaError } from "./hda-error.js";
import type { HdaState } from "./hda-state.js";
import { findProduct } from "./download/find-product.js";
import { sendProduct } from "./download/send-product.js";
import { v1Search } from "./v1-search.js";

const QUEUED = "Product is not available yet, please try again using given updated location";

export function v1Routes(state: HdaState): Route[] {
  const guarded = (handler: (exchange: Exchange) => Promise<void>) =>
    answeringHda(async (exchange) => {
      if (await passGateway(exchange, state.identity)) await handler(exchange);
    });
  return [
    {
      name: "v1-landing",
      path: "/stac",
      methods: { GET: (exchange) => exchange.json(200, landing(state)) },
    },
    { name: "v1-search", path: "/stac/search", methods: { POST: guarded((exchange) => v1Search(exchange, state)) } },
    {
      name: "v1-download",
      path: "/stac/collections/{collection}/items/{item}/download",
      methods: { GET: guarded((exchange) => download(exchange, state)) },
    },
  ];
}

function landing(state: HdaState): object {
  const base = `${state.origin("hda")}/stac`;
  return {
    type: "Catalog",
    id: "dedl-hda-stac-api-v1",
    title: "DEDL HDA STAC API (deprecated)",
    description: "Deprecated, use version 2",
    stac_version: "1.0.0",
    links: [
      { rel: "self", type: "application/json", href: `${base}/` },
      { rel: "root", type: "application/json", href: `${base}/` },
      { rel: "search", type: "application/geo+json", href: `${base}/search`, method: "POST" },
    ],
  };
}

/** 202 with a new location until the order was looked at often enough, then the file with an unquoted name. */
async function download(exchange: Exchange, state: HdaState): Promise<void> {
  const { collection = "", item = "" } = exchange.params;
  const { order: mode, download: way } = exchange.modes;
  const info = state.catalogue.find(collection);
  if (!info) throw hdaError(404, `Collection ${collection} does not exist.`);
  if (!info.order) {
    const found = findProduct(state, collection, item, "downloadLink", way.version);
    if (typeof found === "string") throw hdaError(404, `Item ${item} does not exist.`);
    const delivery = { kind: "http", disposition: "unquoted", key: `${collection}/${item}` } as const;
    return sendProduct(exchange, found.product, delivery);
  }
  const backend = info.backends[0] ?? "";
  const orderId = exchange.url.searchParams.get("orderId");
  const order =
    orderId === null
      ? state.orders.place(collection, backend, {}, mode.first)
      : state.orders.look(orderId, collection, mode);
  if (!order) throw hdaError(404, `Item ${item} does not exist. Please order it first`);
  if (order.state === "failed") throw hdaError(500, `DownloadError: ${item} request status: failed`);
  if (order.state === "succeeded") {
    const found = findProduct(state, collection, order.id, "downloadLink", way.version);
    if (typeof found === "string") throw hdaError(404, `Item ${item} does not exist.`);
    const delivery = { kind: "s3", disposition: "unquoted", key: order.id } as const;
    return sendProduct(exchange, found.product, delivery);
  }
  const next = new URL(exchange.url);
  next.searchParams.set("orderId", order.id);
  next.searchParams.set("provider", backend);
  const status = order.looks === 0 ? "queued" : "running";
  next.searchParams.set("status", status);
  const body = { description: QUEUED, status, location: next.href };
  return exchange.json(202, body, { location: next.href });
}
