/** `…/Products('id')/$value`: the whole product, for a key whose owner has configured the product's provider. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { sendProduct } from "../hda/download/send-product.js";
import { answeringOdata, OdataError } from "./odata-error.js";
import type { SesameoProduct, SesameoState } from "./sesameo-state.js";

export function downloadRoutes(state: SesameoState): Route[] {
  const value = answeringOdata((exchange) => download(exchange, state));
  return [
    {
      name: "value",
      path: "/odata/v1/Collections('{collection}')/Products('{item}')/$value",
      methods: { GET: value, HEAD: value },
    },
  ];
}

async function download(exchange: Exchange, state: SesameoState): Promise<void> {
  const key = state.keys.need(exchange);
  const found = findProduct(exchange, state);
  if (!key.providers.includes(found.provider)) {
    const words = `SesamEO cannot authorize the download: the provider ${found.provider} is not configured in your account.`;
    throw new OdataError(403, words);
  }
  if (await stillOffline(exchange, state, found)) return;
  const { version } = exchange.modes.download;
  const product = state.file(found, version);
  if (!product) throw new OdataError(404, `Product ${found.id} not found.`);
  await sendProduct(exchange, product, { kind: "store", disposition: "quoted", key: found.id });
}

/** The product that the path names. Throws 404 for an unknown one. */
export function findProduct(exchange: Exchange, state: SesameoState): SesameoProduct {
  const { collection = "", item = "" } = exchange.params;
  const products = state.products(unquoted(collection));
  if (!products) throw new OdataError(404, `Collection ${collection} not found.`);
  const found = products.get(unquoted(item));
  if (!found) throw new OdataError(404, `Product ${item} not found.`);
  return found;
}

/** A quote inside a key is doubled in the path. */
export function unquoted(key: string): string {
  return key.replaceAll("''", "'");
}

/** As the previous generation of the software answers: 202 until the product has come back from the archive. */
async function stillOffline(exchange: Exchange, state: SesameoState, { id }: SesameoProduct): Promise<boolean> {
  const asked = state.offline.get(id);
  if (asked === undefined) return false;
  const { offlinePolls } = exchange.modes.sesameo;
  if (offlinePolls > 0 && asked >= offlinePolls) {
    state.offline.delete(id);
    return false;
  }
  state.offline.set(id, asked + 1);
  const words = `Product ${id} is offline. Its retrieval has been accepted.`;
  await exchange.json(202, { message: words }, { "cause-message": words });
  return true;
}
