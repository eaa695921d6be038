/** What the `next` link of a page asks for, and whether it may be followed. */
import { isLoopback, parseUrl } from "../http/origins.js";
import { linksOf, sameHostHttps } from "./search-link.js";

export interface PageRequest {
  method: "GET" | "POST";
  url: string;
  body: Record<string, unknown> | undefined;
  headers?: Record<string, string>;
}

/**
 * The request behind `links[rel=next]`: GET or POST, the body whole, or merged into the last one with `merge: true`
 * (STAC API item-search, "Pagination"). Undefined when there is none. An address that cannot be asked is left to `judgeNext`.
 */
export function nextRequest(page: unknown, last: PageRequest, pageUrl: string): PageRequest | undefined {
  const link = linksOf(page).find((candidate) => candidate.rel === "next" && typeof candidate.href === "string") as
    { href: string; method?: unknown; body?: unknown; merge?: unknown } | undefined;
  if (!link) return undefined;
  const url = parseUrl(link.href, pageUrl) ?? { href: link.href };
  const body =
    typeof link.body === "object" && link.body !== null && !Array.isArray(link.body)
      ? (link.body as Record<string, unknown>)
      : undefined;
  const method = typeof link.method === "string" ? link.method.toUpperCase() : body ? "POST" : "GET";
  if (method !== "POST") return { method: "GET", url: url.href, body: undefined };
  if (link.merge === true) return { method, url: url.href, body: { ...last.body, ...body } };
  // Without a body of its own a POST link asks for the same search at another address.
  return { method, url: url.href, body: body ?? last.body };
}

export type NextVerdict = { go: true; request: PageRequest; warning?: string } | { go: false; warning: string };

/** 10/8, 172.16/12, 192.168/16, 169.254/16, loopback and their IPv6 kin, written as numbers. */
function isPrivateAddress(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return (
    isLoopback(host) ||
    /^(10|169\.254|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(host) ||
    /^(fe80|f[cd][0-9a-f]{2}):/i.test(host)
  );
}

/**
 * Judges a `next` by its origin. A foreign one ends the search of an account with a key; without a key there is
 * nothing to lose and it is followed, unless it points from a public host into a private network.
 * (recorded: the Data Lake's v1 `next` on an internal host over http).
 */
export function judgeNext(
  next: PageRequest,
  current: string,
  owns: (url: string) => boolean,
  hasKey: boolean,
): NextVerdict {
  const url = parseUrl(next.url);
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    const warning = "The service's next link is no web address; it was not asked for, so the result is incomplete.";
    return { go: false, warning };
  }
  const here = new URL(current);
  if (url.origin === here.origin || owns(next.url)) return { go: true, request: next };
  const mended = sameHostHttps(url, here);
  if (mended) {
    const warning = `The service's next link was plain http; it was asked over https.`;
    return { go: true, request: { ...next, url: mended.href }, warning };
  }
  if (hasKey) {
    return {
      go: false,
      warning: `The service's next page is on the foreign host ${url.host}; it was not asked for, so the result is incomplete.`,
    };
  }
  if (isPrivateAddress(url.hostname) && !isPrivateAddress(here.hostname)) {
    return {
      go: false,
      warning: `The service's next page points into a private network (${url.host}); it was not asked for, so the result is incomplete.`,
    };
  }
  return { go: true, request: next, warning: `The service's next page is on another host, ${url.host}.` };
}
