/** The catalogues inside a service, as the paths a search takes: those of all pages of its list. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { parseUrl } from "../http/origins.js";
import { isRecord } from "./item.js";
import { judgeNext, nextRequest, type PageRequest } from "./next-page.js";
import { linksOf } from "./search-link.js";

export interface CatalogueEntry {
  /** Ids from the root down, joined by `/`. */
  id: string;
  title?: string;
}

export interface CatalogueList {
  /** In the order of their paths. */
  catalogues: CatalogueEntry[];
  /** False when there may be more. */
  complete: boolean;
}

const MOST = 2_000;
const MOST_PAGES = 100;
const PAGE_BYTES = 16 * 1024 * 1024;
const PAGE = 100;

/**
 * Reads `<service>/catalogs` to its last page (STAC API – Multi-tenant Catalogs). A service without such a list has none.
 * @throws EoError what the door throws
 */
export async function catalogueList(account: Account, signal?: AbortSignal): Promise<CatalogueList> {
  account.check();
  if (account.provider.search === undefined) return { catalogues: [], complete: true };
  const found = new Map<string, CatalogueEntry>();
  const list = (complete: boolean): CatalogueList => ({
    catalogues: [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    complete,
  });
  let request: PageRequest = { method: "GET", url: `${account.url}/catalogs?limit=${PAGE}`, body: undefined };
  for (let pages = 1; pages <= MOST_PAGES; pages += 1) {
    const page = await readPage(account, request, signal);
    if (!page) return list(true);
    const before = found.size;
    for (const catalogue of page.catalogs) {
      const id = pathOf(account, catalogue);
      if (id === undefined || found.size >= MOST) continue;
      const title = isRecord(catalogue) ? catalogue["title"] : undefined;
      found.set(id, { id, ...(typeof title === "string" && title !== "" ? { title } : {}) });
    }
    const next = nextRequest(page.document, request, page.url);
    if (!next) return list(found.size < MOST);
    const verdict = judgeNext(next, page.url, (address) => account.door.owns(address), account.hasKey);
    if (!verdict.go || found.size === before) return list(false);
    request = verdict.request;
  }
  return list(false);
}

async function readPage(
  account: Account,
  request: PageRequest,
  signal: AbortSignal | undefined,
): Promise<{ document: unknown; catalogs: unknown[]; url: string } | undefined> {
  try {
    const answer = await account.door.json(
      { url: request.url, what: "reading the catalogues", ...(signal ? { signal } : {}) },
      { maxBytes: PAGE_BYTES },
    );
    const catalogs = isRecord(answer.value) ? answer.value["catalogs"] : undefined;
    return Array.isArray(catalogs) ? { document: answer.value, catalogs, url: answer.url } : undefined;
  } catch (error) {
    if (error instanceof EoError && [404, 405].includes(error.cause.status ?? 0)) return undefined;
    throw error;
  }
}

/** The ids in the catalogue's own address: ids alone are not unique. */
function pathOf(account: Account, catalogue: unknown): string | undefined {
  const self = linksOf(catalogue).find(({ rel, href }) => rel === "self" && typeof href === "string");
  const url = self && parseUrl(String(self.href), `${account.url}/`);
  const base = parseUrl(account.url)?.pathname ?? "";
  if (!url?.pathname.startsWith(`${base}/catalogs/`)) return undefined;
  const parts = url.pathname.slice(base.length).split("/").slice(1);
  const ids = parts.filter((_, index) => index % 2 === 1);
  const isPath =
    parts.length === ids.length * 2 && parts.every((part, index) => index % 2 === 1 || part === "catalogs");
  if (!isPath) return undefined;
  try {
    return ids.map(decodeURIComponent).join("/");
  } catch {
    return undefined;
  }
}
