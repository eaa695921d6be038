/** Downloads: `/data/{backend}/{collection}/{item}/{asset}` on the download origins. */
import type { Exchange } from "../../core/exchange.js";
import type { Route } from "../../core/router.js";
import { signedPath } from "../../core/signed-path.js";
import { backendOf, findBackend } from "../backends.js";
import { passGateway } from "../gateway.js";
import type { HdaState } from "../hda-state.js";
import { answeringHda, hdaError, hdaErrorInteger } from "../hda-error.js";
import { findProduct } from "./find-product.js";
import { sendProduct } from "./send-product.js";

/** `open`: no token is asked for (the origin that is not ours). */
export function downloadRoutes(state: HdaState, open = false): Route[] {
  return [
    {
      name: "download",
      path: "/data/{backend}/{collection}/{item}/{asset*}",
      methods: {
        GET: answeringHda(async (exchange) => {
          if (open || (await passGateway(exchange, state.identity))) await download(exchange, state);
        }),
      },
    },
  ];
}

async function download(exchange: Exchange, state: HdaState): Promise<void> {
  const { backend = "", collection = "", item = "", asset = "" } = exchange.params;
  const { download: mode, order } = exchange.modes;
  if (!findBackend(backend))
    throw hdaError(404, `UnsupportedProvider: ${backend}: provider is not recognised by eodag`);
  const found = findProduct(state, collection, item, asset, mode.version);
  switch (found) {
    case "collection":
      throw hdaErrorInteger(404, `Could not find collection from alias or id ${collection}`);
    case "item":
    case "failed":
      throw hdaErrorInteger(
        404,
        `('Could not find ${item} item in ${collection} collection', ' for backend ${backend}.')`,
      );
    case "asset":
      throw hdaErrorInteger(500, `'${asset}'`);
    case "not-ready":
      if (order.notReady === "eodag-500") throw hdaErrorInteger(500, "'eodag'");
      throw hdaError(404, `NotAvailableError: ${item} (initially ordered) requested, returned: Request is running`);
  }
  const kind = backendOf(found.backend).delivery;
  if (asset !== "downloadLink") {
    const way = mode.assets === "backend" ? (kind === "s3" ? "redirect" : "stream") : mode.assets;
    const href = state.origin("store") + signedPath(collection, item, asset, mode.version);
    if (way === "redirect") return exchange.send({ status: 302, headers: { location: href }, body: "" });
    if (way === "pointer") return exchange.json(200, { href });
  }
  const key = `${collection}/${item}/${asset}`;
  await sendProduct(exchange, found.product, { kind, disposition: found.disposition, key });
}
