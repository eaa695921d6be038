/**
 * The listing of the workspaces' bucket (S3, ListObjectsV2) for holders of temporary credentials: the only way to see
 * what lies below the root. Sessions and the prefix rule count; signatures are not looked at.
 */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import type { EodhState } from "./eodh-state.js";
import { sendXml } from "./file-routes.js";
import { BUCKET } from "./stock.js";

const MOST = 1000;

export function listingRoutes(state: EodhState): Route[] {
  return [{ name: "eodh-listing", path: `/${BUCKET}`, methods: { GET: (exchange) => list(exchange, state) } }];
}

async function list(exchange: Exchange, state: EodhState): Promise<void> {
  const params = exchange.url.searchParams;
  const accessKey = /Credential=([^/]+)\//.exec(exchange.header("authorization") ?? "")?.[1];
  const session = state.session(exchange.header("x-amz-security-token") ?? "", accessKey ?? "");
  if (session?.good === false) return sendXml(exchange, 400, "ExpiredToken", "The provided token has expired.");
  if (!session) {
    return sendXml(
      exchange,
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  }
  const { workspace } = session;
  const prefix = params.get("prefix") ?? "";
  if (!prefix.startsWith(`${workspace}/`)) return sendXml(exchange, 403, "AccessDenied", "Access Denied");
  const delimiter = params.get("delimiter") ?? "";
  const most = Math.min(MOST, Number(params.get("max-keys") ?? MOST));
  const after = params.get("continuation-token") ?? params.get("start-after") ?? "";
  const folders = new Set<string>();
  const contents: string[] = [];
  let last = "";
  let more = false;
  for (const [path, { content, etag, modified }] of state.objects.list(workspace)) {
    const key = `${workspace}/${path}`;
    if (!key.startsWith(prefix) || key <= after) continue;
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    if (folder !== undefined && (folders.has(folder) || after.startsWith(folder))) {
      last = key;
      continue;
    }
    if (contents.length + folders.size >= most) {
      more = true;
      break;
    }
    last = key;
    if (folder !== undefined) folders.add(folder);
    else {
      const date = new Date(modified).toISOString();
      contents.push(
        `<Contents><Key>${encoded(key)}</Key><LastModified>${date}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${content.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
      );
    }
  }
  const common = [...folders].map((one) => `<CommonPrefixes><Prefix>${encoded(one)}</Prefix></CommonPrefixes>`);
  const next = more ? `<NextContinuationToken>${encoded(last)}</NextContinuationToken>` : "";
  await exchange.send({
    status: 200,
    headers: { "content-type": "application/xml", server: "AmazonS3" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${BUCKET}</Name><Prefix>${encoded(prefix)}</Prefix><KeyCount>${contents.length + folders.size}</KeyCount><MaxKeys>${most}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${contents.join("")}${common.join("")}${next}</ListBucketResult>`,
  });
}

/** Names are sent percent-encoded, as `encoding-type=url` asks, so that any byte survives XML. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/");
}
