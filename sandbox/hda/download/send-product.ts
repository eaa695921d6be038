/** Sends a product the way a backend does, or the way the modes of the request say. */
import { sliceContent } from "../../core/content.js";
import type { Exchange, Headers } from "../../core/exchange.js";
import type { Product } from "../../products/product.js";
import { readRange } from "./byte-range.js";
import { dispositionOf } from "./disposition.js";
import { preconditionFails, rangeStillHolds, validatorsOf } from "./validators.js";

/** What the backend of the product is like. */
export interface Delivery {
  /** `s3` and `http` backends behind the service; `store`: the object store itself; `plain`: length, nothing else. */
  kind: "s3" | "http" | "store" | "plain";
  disposition: "quoted" | "unquoted" | "missing";
  /** Names the object for its validators. */
  key: string;
}

export async function sendProduct(exchange: Exchange, product: Product, delivery: Delivery): Promise<void> {
  const mode = exchange.modes.download;
  const { kind } = delivery;
  const store = kind === "store";
  const bare = kind === "s3" || kind === "plain";
  const etag = mode.etag === "backend" ? (bare ? "none" : "strong") : mode.etag;
  const dated = mode.lastModified === "backend" ? !bare : mode.lastModified === "always";
  const has = validatorsOf(delivery.key, mode.version, etag, dated);
  const encoding = encodingOf(exchange);

  const headers: Headers = { "content-type": mode.type ?? product.type };
  if (has.etag) headers["etag"] = has.etag;
  if (has.lastModified) headers["last-modified"] = has.lastModified;
  if (kind === "s3" || store || mode.range === "honour") headers["accept-ranges"] = "bytes";
  if (kind === "http") Object.assign(headers, twice());
  const disposition = dispositionOf(mode.disposition, delivery.disposition, product.name);
  if (disposition !== null) headers["content-disposition"] = disposition;
  if (encoding) headers["vary"] = "Accept-Encoding, Origin";
  const length = mode.length === "always" || (mode.length === "backend" && kind !== "s3");
  const { content } = product;

  const honoured = mode.range === "honour" || store;
  if (honoured && mode.ifRange && preconditionFails(exchange.request.headers, has)) {
    await exchange.send({ status: 412, headers, body: "" });
    return;
  }
  if (honoured && !encoding && (!mode.ifRange || rangeStillHolds(exchange.request.headers, has))) {
    const range = readRange(exchange.header("range"), content.size);
    if (range === "beyond") {
      await exchange.send({ status: 416, headers: { "content-range": `bytes */${content.size}` }, body: "" });
      return;
    }
    if (range) {
      headers["content-range"] = `bytes ${range.start}-${range.end}/${content.size}`;
      const body = sliceContent(content, range.start, range.end - range.start + 1);
      await exchange.send({ status: 206, headers, body, length: mode.length !== "never" });
      return;
    }
  }
  await exchange.send({ status: 200, headers, body: content, length: length && !encoding, encoding });
}

function encodingOf(exchange: Exchange): "gzip" | "br" | "deflate" | null {
  const { compress } = exchange.modes.download;
  if (compress === "off") return null;
  return compress === "asked" ? exchange.askedEncoding() : compress;
}

/** The headers of the upstream are passed on beside the service's own, these two therefore twice. */
function twice(): Headers {
  const date = new Date().toUTCString();
  return { date: [date, date], server: ["uvicorn", "Apache"] };
}
