/** The `next` link of a page: a POST with the whole body again, or a GET with a longer query string. */
import type { SearchMode } from "../../core/settings.js";

export interface NextPlace {
  method: "POST" | "GET";
  /** Address of this search. */
  href: string;
  /** Parameters of a GET search. */
  params: URLSearchParams;
  /** Body of a POST search. */
  sent: Record<string, unknown>;
  backend: string;
  /** Base of the origin that is not ours. */
  foreign: string;
}

/** An address inside the operator's own network, over plain http, as production once sent it. */
const UNREACHABLE = "http://eo-catalogue-eodag-server:8080/search";

export function nextLink(place: NextPlace, token: string, mode: SearchMode): object {
  const query = { ...(place.sent["query"] as object | undefined), "federation:backends": { eq: place.backend } };
  let href = place.href;
  if (mode.next === "foreign") href = place.foreign + new URL(href).pathname;
  if (mode.next === "unreachable") href = UNREACHABLE;
  const link = { rel: "next", title: "Next page", type: "application/geo+json" };
  if (place.method === "GET" || mode.next === "get") {
    const params = new URLSearchParams(place.params);
    if (place.method === "POST") {
      for (const [key, value] of Object.entries(place.sent)) params.set(key, asParameter(value));
    }
    params.set("query", JSON.stringify(query));
    params.set("token", token);
    return { ...link, method: "GET", href: `${href}?${params}` };
  }
  if (mode.next === "merge") return { ...link, method: "POST", href, merge: true, body: { token, query } };
  return { ...link, method: "POST", href, body: { ...place.sent, query, token } };
}

function asParameter(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
