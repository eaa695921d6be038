/** What the EO DataHub tells about a workspace and its key: where the files are, and when the key dies. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { parseUrl } from "../http/origins.js";
import { isRecord } from "../stac/item.js";
import { usualBucket, usualFilesUrl } from "./environments.js";

/** An object store of a workspace. */
export interface WorkspaceStore {
  bucket: string;
  /** Every key of the workspace begins with it; ends with a slash. */
  prefix: string;
  /** Base of the workspace's files over HTTPS, without a slash at its end; paths below it lack the prefix. */
  filesUrl: string;
  /** The store's own S3 host, where it is named. */
  s3Host?: string;
}

const stores = new WeakMap<Account, Promise<WorkspaceStore>>();

/** The address of something below the workspace's part of the service. */
export function workspaceUrl(account: Account, path: string): string {
  return `${account.service}/api/workspaces/${encodeURIComponent(account.workspace)}${path}`;
}

/**
 * The workspace's object store, asked for once.
 * @throws EoError AUTH_FAILED, FORBIDDEN, NOT_FOUND for a key or workspace that does not fit; FOREIGN_HOST when the files
 * lie on a host the account does not own
 */
export async function workspaceStore(account: Account, signal?: AbortSignal): Promise<WorkspaceStore> {
  const known = stores.get(account);
  if (known) return await known;
  const asked = askStore(account, signal);
  stores.set(account, asked);
  // A failure is asked anew.
  asked.catch(() => stores.delete(account));
  return await asked;
}

async function askStore(account: Account, signal?: AbortSignal): Promise<WorkspaceStore> {
  const answer = await account.door.json({
    url: workspaceUrl(account, ""),
    what: `reading the workspace ${account.workspace}`,
    headers: { accept: "application/json" },
    ...(signal ? { signal } : {}),
  });
  const given = objectStoreIn(answer.value);
  const text = (name: string): string | undefined => {
    const value = given?.[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const filesUrl = text("access_url") ?? usualFilesUrl(account.service, account.workspace);
  if (filesUrl === undefined || !parseUrl(filesUrl)) {
    throw new EoError(
      "BAD_RESPONSE",
      `Reading the workspace ${account.workspace} failed: the service does not say where its files are.`,
    );
  }
  const s3Host = text("host");
  return {
    bucket: text("bucket") ?? usualBucket(account.service),
    prefix: `${(text("prefix") ?? account.workspace).replace(/\/+$/, "")}/`,
    filesUrl: filesUrl.replace(/\/+$/, ""),
    ...(s3Host === undefined ? {} : { s3Host }),
  };
}

/** `stores[0].object[0]` of the workspace's document. */
function objectStoreIn(document: unknown): Record<string, unknown> | undefined {
  const all = isRecord(document) ? document["stores"] : undefined;
  const first: unknown = Array.isArray(all) ? all[0] : undefined;
  const objects = isRecord(first) ? first["object"] : undefined;
  const object: unknown = Array.isArray(objects) ? objects[0] : undefined;
  return isRecord(object) ? object : undefined;
}

/**
 * When the account's key dies. Undefined when the service does not say, or shows several keys and nobody knows which is ours.
 * @throws EoError as the request
 */
export async function keyEnd(account: Account, signal?: AbortSignal): Promise<string | undefined> {
  const answer = await account.door.json({
    url: workspaceUrl(account, "/me/tokens"),
    what: "reading when the key expires",
    headers: { accept: "application/json" },
    ...(signal ? { signal } : {}),
  });
  const records = Array.isArray(answer.value) ? answer.value.filter(isRecord) : [];
  const ends = new Set(
    records
      .filter((record) => record["workspace"] === undefined || record["workspace"] === account.workspace)
      .map((record) => record["expiry"])
      .filter((end): end is string => typeof end === "string" && !Number.isNaN(Date.parse(end))),
  );
  const [only] = ends;
  return ends.size === 1 ? only : undefined;
}
