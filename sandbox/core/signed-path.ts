/** Signed object addresses, as an object store gives them out: bucket, key, signature in the query. */
import { createHmac, randomBytes } from "node:crypto";

const SECRET = randomBytes(16);
const LIFE_S = 3600;

/** Path and query of a signed object address. */
export function signedPath(collection: string, item: string, asset: string, version: number): string {
  const path = `/objects/${[collection, item, asset].map(encodeURIComponent).join("/")}`;
  const query = new URLSearchParams({
    versionId: String(version),
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Expires": String(LIFE_S),
    "X-Amz-Date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""),
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": signature(path, String(version)),
  });
  return `${path}?${query}`;
}

/** Whether the signature fits the path. */
export function isSigned(url: URL): boolean {
  const given = url.searchParams.get("X-Amz-Signature");
  return given !== null && given === signature(url.pathname, url.searchParams.get("versionId") ?? "");
}

function signature(path: string, version: string): string {
  return createHmac("sha256", SECRET).update(`${path}\n${version}`).digest("hex");
}
