/** The object store: signed addresses, no bearer. A request that carries Authorization beside a signature is refused, as S3 does. */
import type { Exchange } from "../../core/exchange.js";
import type { Route } from "../../core/router.js";
import { isSigned } from "../../core/signed-path.js";
import { pngProduct } from "../../products/png.js";
import type { HdaState } from "../hda-state.js";
import { findProduct } from "./find-product.js";
import { sendProduct } from "./send-product.js";

export function storeRoutes(state: HdaState): Route[] {
  return [
    {
      name: "store",
      path: "/objects/{collection}/{item}/{asset*}",
      methods: { GET: (exchange) => object(exchange, state) },
    },
    {
      name: "thumbnail",
      path: "/thumbnails/{asset}",
      methods: { GET: (exchange) => thumbnail(exchange) },
    },
  ];
}

/** What the store says to unknown paths and methods. */
export function storeNotFound(exchange: Exchange): Promise<void> {
  return storeError(exchange, 404, "NoSuchKey", "The specified key does not exist.");
}

export function storeWrongMethod(exchange: Exchange): Promise<void> {
  return storeError(exchange, 403, "SignatureDoesNotMatch", "The request signature we calculated does not match.");
}

async function object(exchange: Exchange, state: HdaState): Promise<void> {
  if (await refusesAuthorization(exchange)) return;
  if (!isSigned(exchange.url)) return storeError(exchange, 403, "AccessDenied", "Access Denied");
  const { collection = "", item = "", asset = "" } = exchange.params;
  const version = Number(exchange.url.searchParams.get("versionId") ?? "1");
  const found = findProduct(state, collection, item, asset, version);
  if (typeof found === "string") return storeNotFound(exchange);
  const key = `${collection}/${item}/${asset}/${version}`;
  await sendProduct(exchange, found.product, { kind: "store", disposition: "missing", key });
}

async function thumbnail(exchange: Exchange): Promise<void> {
  if (await refusesAuthorization(exchange)) return;
  const name = exchange.params["asset"] ?? "";
  const picture = pngProduct(name, name.length);
  await sendProduct(exchange, picture, { kind: "store", disposition: "missing", key: name });
}

async function refusesAuthorization(exchange: Exchange): Promise<boolean> {
  if (exchange.header("authorization") === undefined) return false;
  const words =
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
  await storeError(exchange, 400, "InvalidArgument", words);
  return true;
}

async function storeError(exchange: Exchange, status: number, code: string, message: string): Promise<void> {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  await exchange.send({ status, headers: { "content-type": "application/xml" }, body });
}
