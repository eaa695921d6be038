/** Where an account's objects are: endpoint, region, bucket and prefix, and the addresses of objects. */
import type { Account } from "../accounts/account.js";
import { text } from "../accounts/settings.js";
import { environmentOf } from "../eodh/environments.js";
import { workspaceStore } from "../eodh/workspace.js";
import { badInput } from "../errors.js";
import { isLoopback, parseUrl, safeUrl } from "../http/origins.js";
import { accountPrefix, inUrl } from "./path.js";

export interface S3Place {
  /** Base URL of the store, without a slash at its end; undefined: Amazon's own. */
  endpoint: string | undefined;
  region: string;
  /** "" where the account names none. */
  bucket: string;
  /** With a slash at its end; "" for the whole bucket. */
  prefix: string;
}

const EODH_REGION = "eu-west-2";
const USUAL_REGION = "us-east-1";
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i;

/**
 * An account's `endpoint`, checked: https, or plain http on loopback, for requests are signed and may carry data.
 * @throws EoError BAD_INPUT
 */
export function s3Endpoint(value: string): string | undefined {
  if (value === "") return undefined;
  const url = parseUrl(value);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (!url || !isSafe || url.username !== "" || url.password !== "" || url.search !== "")
    throw badInput(
      `The account's endpoint ${safeUrl(value)} is no address of an object store. Give one such as https://s3.example.org; plain http is for this computer only.`,
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** @throws EoError BAD_INPUT for a name no bucket has */
export function checkBucket(bucket: string): string {
  if (!BUCKET.test(bucket)) throw badInput(`"${bucket.slice(0, 63)}" cannot be the name of a bucket.`);
  return bucket;
}

/**
 * The place of an `eodh` or `s3` account.
 * @throws EoError BAD_INPUT; for eodh also what asking for the workspace throws
 */
export async function s3Place(account: Account, signal?: AbortSignal): Promise<S3Place> {
  const { settings } = account;
  const endpoint = s3Endpoint(text(settings.endpoint));
  const bucket = text(settings.bucket);
  if (account.provider.id === "s3") {
    return {
      endpoint,
      region: text(settings.region) || USUAL_REGION,
      bucket: bucket === "" ? "" : checkBucket(bucket),
      prefix: accountPrefix(text(settings.prefix)),
    };
  }
  const store = await workspaceStore(account, signal);
  return {
    endpoint: endpoint ?? ownEndpoint(account, store.s3Host),
    region: text(settings.region) || EODH_REGION,
    bucket: checkBucket(bucket || store.bucket),
    prefix: store.prefix,
  };
}

/** The service's own installations use Amazon's store; one elsewhere has to name its own, at a host the account owns. */
function ownEndpoint(account: Account, s3Host: string | undefined): string | undefined {
  if (environmentOf(account.service) !== undefined) return undefined;
  const url = s3Host === undefined ? undefined : `${new URL(account.service).protocol}//${s3Host}`;
  if (url !== undefined && account.door.owns(url)) return url;
  throw badInput("The account's service does not say where its object store is. Enter the endpoint in the account.");
}

/** Base address of a bucket's objects, without a slash at its end. */
export function bucketUrl({ endpoint, region }: S3Place, bucket: string): string {
  if (endpoint !== undefined) return `${endpoint}/${bucket}`;
  // A dot in the name would not fit Amazon's certificate.
  return bucket.includes(".")
    ? `https://s3.${region}.amazonaws.com/${bucket}`
    : `https://${bucket}.s3.${region}.amazonaws.com`;
}

export function objectUrl(place: S3Place, bucket: string, key: string): string {
  return `${bucketUrl(place, bucket)}/${inUrl(key)}`;
}
