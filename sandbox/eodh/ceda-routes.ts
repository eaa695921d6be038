/** CEDA's data host: open, with ranges, and an ETag made of time and size, not of the content. */
import { sliceContent } from "../core/content.js";
import type { Exchange, Headers } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { readRange } from "../hda/download/byte-range.js";
import { preconditionFails, rangeStillHolds } from "../hda/download/validators.js";
import type { EodhState } from "./eodh-state.js";

const MODIFIED = Date.UTC(2024, 1, 19, 14, 11, 44);

export function cedaRoutes(state: EodhState): Route[] {
  const serve = (exchange: Exchange): Promise<void> => send(exchange, state);
  return [{ name: "ceda-file", path: "/{path*}", methods: { GET: serve, HEAD: serve } }];
}

async function send(exchange: Exchange, state: EodhState): Promise<void> {
  const file = state.archive.get(`/${exchange.params["path"] ?? ""}`);
  if (!file) return exchange.send({ status: 404, headers: { "content-type": "text/html" }, body: "Not Found" });
  const { content, type } = file;
  const lastModified = new Date(MODIFIED).toUTCString();
  const etag = `"${Math.floor(MODIFIED / 1000).toString(16)}-${content.size.toString(16)}"`;
  const headers: Headers = { "content-type": type, "accept-ranges": "bytes", etag, "last-modified": lastModified };
  const has = { etag, lastModified };
  if (preconditionFails(exchange.request.headers, has)) return exchange.send({ status: 412, headers, body: "" });
  if (exchange.method === "HEAD") {
    return exchange.send({ status: 200, headers: { ...headers, "content-length": String(content.size) }, body: null });
  }
  const range = rangeStillHolds(exchange.request.headers, has)
    ? readRange(exchange.header("range"), content.size)
    : null;
  if (range === "beyond") {
    return exchange.send({ status: 416, headers: { "content-range": `bytes */${content.size}` }, body: "" });
  }
  if (range === null) return exchange.send({ status: 200, headers, body: content });
  headers["content-range"] = `bytes ${range.start}-${range.end}/${content.size}`;
  const body = sliceContent(content, range.start, range.end - range.start + 1);
  await exchange.send({ status: 206, headers, body });
}
