/**
 * The workspaces' bucket for holders of temporary credentials: its listing (S3, ListObjectsV2), the only way to see what
 * lies below the root, and its objects in one piece. Sessions and the prefix rule count; signatures are not looked at, and
 * there are no uploads in parts: for those there is a real object store.
 */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import type { EodhState } from "./eodh-state.js";
import { sendXml, serveObject } from "./file-routes.js";
import { BUCKET } from "./stock.js";

const MOST = 1000;

export function listingRoutes(state: EodhState): Route[] {
  const object = (exchange: Exchange): Promise<void> => one(exchange, state);
  return [
    { name: "eodh-listing", path: `/${BUCKET}`, methods: { GET: (exchange) => list(exchange, state) } },
    {
      name: "eodh-object",
      path: `/${BUCKET}/{key*}`,
      methods: { GET: object, HEAD: object, PUT: object, DELETE: object },
    },
  ];
}

/** The workspace of the request's session; undefined after the refusal was answered. */
async function workspaceOf(exchange: Exchange, state: EodhState): Promise<string | undefined> {
  const accessKey = /Credential=([^/]+)\//.exec(exchange.header("authorization") ?? "")?.[1];
  const session = state.session(exchange.header("x-amz-security-token") ?? "", accessKey ?? "");
  if (session?.good === true) return session.workspace;
  if (session) await sendXml(exchange, 400, "ExpiredToken", "The provided token has expired.");
  else
    await sendXml(
      exchange,
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  return undefined;
}

async function one(exchange: Exchange, state: EodhState): Promise<void> {
  const workspace = await workspaceOf(exchange, state);
  if (workspace === undefined) return;
  const key = exchange.params["key"] ?? "";
  if (!key.startsWith(`${workspace}/`)) return sendXml(exchange, 403, "AccessDenied", "Access Denied");
  await serveObject(exchange, state, workspace, key.slice(workspace.length + 1));
}

async function list(exchange: Exchange, state: EodhState): Promise<void> {
  const params = exchange.url.searchParams;
  const workspace = await workspaceOf(exchange, state);
  if (workspace === undefined) return;
  const prefix = params.get("prefix") ?? "";
  if (!prefix.startsWith(`${workspace}/`)) return sendXml(exchange, 403, "AccessDenied", "Access Denied");
  const delimiter = params.get("delimiter") ?? "";
  const most = Math.min(MOST, Number(params.get("max-keys") ?? MOST));
  const after = params.get("continuation-token") ?? params.get("start-after") ?? "";
  const folders = new Set<string>();
  const contents: string[] = [];
  let last = "";
  let more = false;
  for (const [path, { content, etag, modified }] of await state.store.list(workspace)) {
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
