/** Where the UK EO DataHub is: its environments, and the hosts that belong to a workspace in each (facts: services.md). */
import { parseUrl } from "../http/origins.js";

/** Path of the STAC API below the service's address. */
const STAC_PATH = "/api/catalogue/stac";
const DOMAIN = "eodatahub.org.uk";
const FILES_DOMAIN = "eodatahub-workspaces.org.uk";
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** A workspace's name: a DNS label. */
export function isWorkspaceName(name: string): boolean {
  return LABEL.test(name);
}

/** The service's address without the path of its STAC API, which people paste too. */
export function serviceUrl(url: string): string {
  const plain = url.replace(/\/+$/, "");
  return plain.endsWith(STAC_PATH) ? plain.slice(0, -STAC_PATH.length) : plain;
}

export function stacUrl(url: string): string {
  return serviceUrl(url) + STAC_PATH;
}

/** `prod`, `staging`, `test` or `dev` for the service's own addresses; undefined for any other. */
export function environmentOf(url: string): string | undefined {
  const parsed = parseUrl(url);
  if (parsed?.protocol !== "https:" || parsed.port !== "") return undefined;
  const host = parsed.hostname.toLowerCase();
  if (host === DOMAIN) return "prod";
  const match = /^(prod|staging|test|dev)\.(.+)$/.exec(host);
  return match?.[2] === DOMAIN ? match[1] : undefined;
}

/** The hosts of one workspace's files, in the form of the account property `hosts`; "" for a service elsewhere. */
export function workspaceHosts(url: string, workspace: string): string {
  const environment = environmentOf(url);
  if (environment === undefined || !isWorkspaceName(workspace)) return "";
  const parts = environment === "prod" ? ["", "prod."] : [`${environment}.`];
  return parts.map((part) => `${workspace}.${part}${FILES_DOMAIN}`).join(",");
}

/** Bucket of all workspaces, where the service does not say. */
export function usualBucket(url: string): string {
  const environment = environmentOf(url) ?? "prod";
  return environment === "prod" ? "workspaces-eodhp" : `workspaces-eodhp-${environment}`;
}

/** Where the files of a workspace are, where the service does not say; undefined for a service elsewhere. */
export function usualFilesUrl(url: string, workspace: string): string | undefined {
  const environment = environmentOf(url);
  if (environment === undefined) return undefined;
  const part = environment === "prod" ? "" : `${environment}.`;
  return `https://${workspace}.${part}${FILES_DOMAIN}/files/${usualBucket(url)}`;
}
