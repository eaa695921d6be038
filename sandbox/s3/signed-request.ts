/** One request signed with Signature Version 4, for the sandbox's own errands at its object store. */
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Sent {
  query?: Record<string, string>;
  /** Names in lower case. */
  headers?: Record<string, string>;
  body?: Buffer;
}

const hash = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Percent-encoded as signatures want it. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Sends it to `endpoint`, an http origin, with an encoded `path` that stays as it is, and gives the whole answer. */
export async function signedRequest(
  keys: Keys,
  service: "s3" | "sts",
  method: string,
  endpoint: string,
  path: string,
  { query = {}, headers: more = {}, body = Buffer.alloc(0) }: Sent = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  const { host, hostname, port } = new URL(endpoint);
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = date.slice(0, 8);
  const headers: Record<string, string> = { ...more, host, "x-amz-content-sha256": hash(body), "x-amz-date": date };
  const names = Object.keys(headers).sort();
  const search = Object.entries(query)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
  const lines = names.map((name) => `${name}:${headers[name] ?? ""}`);
  const signed = names.join(";");
  const canonical = [method, path, search, ...lines, "", signed, hash(body)].join("\n");
  const scope = `${day}/us-east-1/${service}/aws4_request`;
  const key = ["us-east-1", service, "aws4_request"].reduce(hmac, hmac(`AWS4${keys.secretAccessKey}`, day));
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, hash(canonical)].join("\n")).toString("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
  const asked = request({
    hostname,
    port,
    method,
    path: search === "" ? path : `${path}?${search}`,
    headers: { ...headers, authorization, "content-length": body.length },
  });
  asked.end(body);
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of answer) pieces.push(piece as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) };
}
