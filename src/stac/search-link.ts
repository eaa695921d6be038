/** Where a service is searched: its search link and method, read from the landing page where that is needed. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { parseUrl, safeUrl } from "../http/origins.js";

export interface SearchTarget {
  url: string;
  method: "GET" | "POST";
  /** The link does not name its method: when a POST is refused as unknown, a GET may be right. */
  orGet?: boolean;
}

interface Link {
  rel?: unknown;
  href?: unknown;
  method?: unknown;
}

const KEPT_MS = 3_600_000;
const targets = new WeakMap<Account, Map<string, { target: SearchTarget; at: number }>>();

/** Links of any STAC document; foreign data, so every field may be anything. */
export function linksOf(document: unknown): Link[] {
  const links = (document as { links?: unknown } | null)?.links;
  return Array.isArray(links) ? links.filter((link): link is Link => typeof link === "object" && link !== null) : [];
}

/**
 * `http:` that a service behind a gateway writes for its own `https:` address, mended: same host, both on their
 * default port (recorded: Astraea's `next`).
 */
export function sameHostHttps(link: URL, current: URL): URL | undefined {
  if (link.protocol !== "http:" || current.protocol !== "https:") return undefined;
  if (link.hostname !== current.hostname || link.port !== "" || current.port !== "") return undefined;
  const mended = new URL(link.href);
  mended.protocol = "https:";
  return mended;
}

/**
 * The search link of the account's service, or of a catalogue in it.
 * @throws EoError BAD_RESPONSE when the address is no STAC API with search; as `Door.json` otherwise.
 */
export async function searchTarget(
  account: Account,
  cataloguePath: string,
  signal?: AbortSignal,
): Promise<SearchTarget> {
  const base = account.url + cataloguePath;
  if (!account.search.landing) return { url: `${base}/search`, method: "POST" };
  const kept = targets.get(account)?.get(base);
  if (kept && performance.now() - kept.at < KEPT_MS) return kept.target;
  const target = await readTarget(account, base, signal);
  const known = targets.get(account) ?? new Map<string, { target: SearchTarget; at: number }>();
  known.set(base, { target, at: performance.now() });
  targets.set(account, known);
  return target;
}

async function readTarget(account: Account, base: string, signal?: AbortSignal): Promise<SearchTarget> {
  const answer = await account.door
    .json({ url: base, what: "reading the landing page", ...(signal ? { signal } : {}) })
    .catch((error: unknown) => {
      // Some services have no landing page of their own below a catalogue; the search says it better if there is none.
      if (error instanceof EoError && (error.cause.status === 404 || error.cause.status === 405)) return undefined;
      throw error;
    });
  if (!answer) return { url: `${base}/search`, method: "POST", orGet: true };
  const page = answer.value as { type?: unknown; conformsTo?: unknown } | null;
  if (page?.type === "FeatureCollection" && base.endsWith("/search")) {
    // Somebody entered the search itself instead of the landing page.
    return { url: base, method: "POST" };
  }
  const links = linksOf(page).filter((link) => link.rel === "search" && typeof link.href === "string");
  const chosen = links.find((link) => String(link.method).toUpperCase() === "POST") ?? links[0];
  if (!chosen) {
    const searches =
      Array.isArray(page?.conformsTo) &&
      page.conformsTo.some((c) => typeof c === "string" && c.includes("item-search"));
    if (searches) return { url: `${base}/search`, method: "POST" };
    throw new EoError(
      "BAD_RESPONSE",
      `${safeUrl(base)} is not a STAC API with search: its landing page has no search link. Enter the landing page of the API.`,
      { status: answer.status, url: safeUrl(base) },
    );
  }
  const current = new URL(answer.url);
  const link = parseUrl(String(chosen.href), `${answer.url}${answer.url.endsWith("/") ? "" : "/"}`);
  const named = typeof chosen.method === "string" ? chosen.method.toUpperCase() : undefined;
  const how = named === "GET" ? { method: "GET" as const } : { method: "POST" as const, orGet: named === undefined };
  if (!link) return { url: `${base}/search`, ...how };
  const url = sameHostHttps(link, current) ?? link;
  // A link to a foreign host would be searched without the key; the service's own address is the better guess.
  const usable = url.origin === current.origin || account.door.owns(url.href) || !account.hasKey;
  return { url: usable ? url.href : `${base}/search`, ...how };
}
