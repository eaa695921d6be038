/** The collections a service offers, from all pages of its list. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { parseUrl, safeUrl } from "../http/origins.js";
import { isRecord } from "./item.js";
import { judgeNext, nextRequest, type PageRequest } from "./next-page.js";
import { linksOf, sameHostHttps } from "./search-link.js";

export interface CollectionEntry {
  id: string;
  title?: string;
}

export interface CollectionList {
  collections: CollectionEntry[];
  /** False when there may be more. */
  complete: boolean;
  pages: number;
}

export interface CollectionsOptions {
  signal?: AbortSignal;
  /** Collections in all. [5000] */
  most?: number;
}

const MOST = 5_000;
const MOST_PAGES = 500;
/** A page of collections with everything they describe. */
const PAGE_BYTES = 16 * 1024 * 1024;

/**
 * Reads `<service><catalogue>/collections` to its last page (OGC API – Features, "collections"; STAC API – Collections).
 * @param cataloguePath as in `SearchRequest`
 * @throws EoError what the door throws; BAD_RESPONSE for an answer that is no list of collections
 */
export async function collectionsOf(
  account: Account,
  cataloguePath: string,
  options: CollectionsOptions = {},
): Promise<CollectionList> {
  account.check();
  const most = options.most ?? MOST;
  const found = new Map<string, CollectionEntry>();
  const list = (complete: boolean, pages: number): CollectionList => ({
    collections: [...found.values()],
    complete,
    pages,
  });
  let request: PageRequest = {
    method: "GET",
    url: await listUrl(account, cataloguePath, options.signal),
    body: undefined,
  };
  const asked = new Set<string>();
  for (let pages = 1; ; pages += 1) {
    asked.add(keyOf(request));
    const { page, url } = await readPage(account, request, options.signal);
    const before = found.size;
    for (const entry of page["collections"] as unknown[]) {
      if (!isRecord(entry) || typeof entry["id"] !== "string" || entry["id"] === "" || found.has(entry["id"])) continue;
      if (found.size >= most) return list(false, pages);
      const title = entry["title"];
      found.set(entry["id"], { id: entry["id"], ...(typeof title === "string" && title !== "" ? { title } : {}) });
    }
    const next = nextRequest(page, request, url);
    if (!next) return list(true, pages);
    const verdict = judgeNext(next, url, (address) => account.door.owns(address), account.hasKey);
    if (!verdict.go || found.size === before || pages >= MOST_PAGES) return list(false, pages);
    if (asked.has(keyOf(verdict.request))) return list(false, pages);
    request = verdict.request;
  }
}

function keyOf(request: PageRequest): string {
  return `${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`;
}

async function readPage(
  account: Account,
  request: PageRequest,
  signal: AbortSignal | undefined,
): Promise<{ page: Record<string, unknown>; url: string }> {
  const answer = await account.door.json(
    {
      method: request.method,
      url: request.url,
      headers: request.body ? { "content-type": "application/json" } : {},
      ...(request.body ? { body: JSON.stringify(request.body) } : {}),
      what: "reading the collections",
      ...(signal ? { signal } : {}),
    },
    { maxBytes: PAGE_BYTES },
  );
  if (isRecord(answer.value) && Array.isArray(answer.value["collections"])) {
    return { page: answer.value, url: answer.url };
  }
  const url = safeUrl(answer.url);
  throw new EoError(
    "BAD_RESPONSE",
    `Reading the collections failed: ${url} answered ${answer.status} with JSON that is not a list of collections. Check that the account's address is a STAC API.`,
    { status: answer.status, url },
  );
}

/** The landing page's `data` link where the service has one to read, else the path the standard gives. */
async function listUrl(account: Account, cataloguePath: string, signal: AbortSignal | undefined): Promise<string> {
  const base = account.url + cataloguePath;
  const { landing, collectionsLimit } = account.search;
  if (!landing) return withLimit(`${base}/collections`, collectionsLimit);
  const answer = await account.door.json(
    { url: base, what: "reading the landing page", ...(signal ? { signal } : {}) },
    { maxBytes: PAGE_BYTES },
  );
  const data = linksOf(answer.value).find((link) => link.rel === "data" && typeof link.href === "string");
  const link = data && parseUrl(String(data.href), `${answer.url}${answer.url.endsWith("/") ? "" : "/"}`);
  if (!link) return `${base}/collections`;
  const current = new URL(answer.url);
  const url = sameHostHttps(link, current) ?? link;
  // A list on a foreign host would be read without the key; the service's own path is the better guess.
  return url.origin === current.origin || account.door.owns(url.href) ? url.href : `${base}/collections`;
}

function withLimit(address: string, limit: number | undefined): string {
  if (limit === undefined) return address;
  const url = new URL(address);
  url.searchParams.set("limit", String(limit));
  return url.href;
}
