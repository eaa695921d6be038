/** The workspaces' file host: objects by HTTPS with the API key, `public/` open to all; no listing this way. */
import { createHash } from "node:crypto";
import { bufferContent, sliceContent } from "../core/content.js";
import type { Exchange, Headers } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { readRange } from "../hda/download/byte-range.js";
import { preconditionFails, rangeStillHolds } from "../hda/download/validators.js";
import { keyOf } from "./access.js";
import type { EodhState } from "./eodh-state.js";
import type { StoredObject } from "./object-store.js";
import { BUCKET } from "./stock.js";

const HOST = /^([a-z0-9-]+)\.(?:\w+\.)?eodatahub-workspaces\.org\.uk$/;

export function fileRoutes(state: EodhState): Route[] {
  const methods: Route["methods"] = {};
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) methods[method] = (exchange) => serve(exchange, state);
  return [
    { name: "eodh-file", path: "/workspace-host/{workspace}/files/{bucket}/{path*}", methods },
    { name: "eodh-file", path: "/files/{bucket}/{path*}", methods },
  ];
}

async function serve(exchange: Exchange, state: EodhState): Promise<void> {
  const { method, params } = exchange;
  const key = keyOf(exchange, state);
  const workspace =
    params["workspace"] ?? HOST.exec(new URL(state.base(exchange)).host)?.[1] ?? key?.workspace ?? state.own.workspace;
  const path = params["path"] ?? "";
  if (!state.workspaces.includes(workspace) || !(params["bucket"] ?? "").startsWith(BUCKET)) {
    return exchange.send({ status: 404, headers: { server: "CloudFront" }, body: "" });
  }
  const reads = method === "GET" || method === "HEAD";
  const open = reads && path.startsWith("public/");
  if (!open && !key) return exchange.send({ status: 401, headers: { server: "CloudFront" }, body: "Unauthorized" });
  if (!open && key?.workspace !== workspace) {
    const body = `User not authorized for workspace '${workspace}'`;
    return exchange.send({ status: 403, headers: { server: "CloudFront" }, body });
  }
  await serveObject(exchange, state, workspace, path);
}

/** Reads, writes or removes an object, as the store does for whoever may. */
export async function serveObject(
  exchange: Exchange,
  state: EodhState,
  workspace: string,
  path: string,
): Promise<void> {
  const { method } = exchange;
  const reads = method === "GET" || method === "HEAD";
  const server = { server: "AmazonS3", "x-amz-server-side-encryption": "AES256" };
  const there = await state.store.get(workspace, path);
  const has = { etag: there ? `"${there.etag}"` : null, lastModified: there ? httpDate(there) : null };
  const { headers } = exchange.request;
  const shouldBeNew = headers["if-none-match"] === "*";
  const changed = (!reads || there !== undefined) && preconditionFails(headers, has);
  if ((!reads && shouldBeNew && there) || changed) return sendFailed(exchange);
  if (method === "PUT") {
    const type = exchange.header("content-type") ?? "binary/octet-stream";
    const stored = await state.store.put(workspace, path, exchange.body, type, shouldBeNew);
    // Another one was quicker.
    if (!stored) return sendFailed(exchange);
    const checksum = createHash("sha256").update(exchange.body).digest().subarray(0, 8).toString("base64");
    const said = {
      ...server,
      etag: `"${stored.etag}"`,
      "x-amz-checksum-crc64nvme": checksum,
      "x-amz-checksum-type": "FULL_OBJECT",
    };
    return exchange.send({ status: 200, headers: said, body: "" });
  }
  if (method === "DELETE") {
    await state.store.delete(workspace, path);
    return exchange.send({ status: 204, headers: server, body: "" });
  }
  if (!there) return sendXml(exchange, 404, "NoSuchKey", "The specified key does not exist.");
  await sendObject(exchange, there, has, server);
}

function sendFailed(exchange: Exchange): Promise<void> {
  const words = "At least one of the pre-conditions you specified did not hold";
  return sendXml(exchange, 412, "PreconditionFailed", words);
}

function httpDate({ modified }: StoredObject): string {
  return new Date(modified).toUTCString();
}

async function sendObject(
  exchange: Exchange,
  { content, type }: StoredObject,
  has: { etag: string | null; lastModified: string | null },
  more: Headers,
): Promise<void> {
  const headers: Headers = {
    ...more,
    "content-type": type,
    "accept-ranges": "bytes",
    etag: has.etag ?? "",
    "last-modified": has.lastModified ?? "",
  };
  const range = rangeStillHolds(exchange.request.headers, has)
    ? readRange(exchange.header("range"), content.size)
    : null;
  if (range === "beyond") {
    return exchange.send({ status: 416, headers: { "content-range": `bytes */${content.size}` }, body: "" });
  }
  if (range) {
    headers["content-range"] = `bytes ${range.start}-${range.end}/${content.size}`;
    const body = sliceContent(content, range.start, range.end - range.start + 1);
    return exchange.send({ status: 206, headers, body });
  }
  if (exchange.method === "HEAD") {
    headers["content-length"] = String(content.size);
    return exchange.send({ status: 200, headers, body: null });
  }
  await exchange.send({ status: 200, headers, body: content });
}

/** An object store's error document. */
export function sendXml(exchange: Exchange, status: number, code: string, message: string): Promise<void> {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>0A49CE4060975EAC</RequestId></Error>`;
  const headers = { "content-type": "application/xml" };
  return exchange.send({ status, headers, body: exchange.method === "HEAD" ? bufferContent(Buffer.alloc(0)) : body });
}
