/** One request signed with Signature Version 4, for the sandbox's own errands at its object store. */
import { createHash, createHmac } from "node:crypto";

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Sends it and gives status and body; query names and values must need no encoding. */
export async function signedRequest(
  keys: Keys,
  service: "s3" | "sts",
  method: string,
  address: string,
  body = "",
  type = "application/octet-stream",
): Promise<{ status: number; text: string }> {
  const url = new URL(address);
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const day = date.slice(0, 8);
  const headers: Record<string, string> = {
    "content-type": type,
    host: url.host,
    "x-amz-content-sha256": hash(body),
    "x-amz-date": date,
  };
  const names = Object.keys(headers).sort().join(";");
  const canonical = [
    method,
    url.pathname,
    [...url.searchParams]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join("&"),
    ...Object.keys(headers)
      .sort()
      .map((name) => `${name}:${headers[name] ?? ""}`),
    "",
    names,
    hash(body),
  ].join("\n");
  const scope = `${day}/us-east-1/${service}/aws4_request`;
  const key = ["us-east-1", service, "aws4_request"].reduce(hmac, hmac(`AWS4${keys.secretAccessKey}`, day));
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, hash(canonical)].join("\n")).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  const answer = await fetch(url, { method, headers, ...(method === "GET" ? {} : { body }) });
  return { status: answer.status, text: await answer.text() };
}
