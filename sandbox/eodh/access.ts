/** Who asks, and what a request without the right key is told. */
import { htmlPage } from "../core/canned-errors.js";
import type { Exchange } from "../core/exchange.js";
import type { Found } from "./catalogue.js";
import { EodhError } from "./eodh-error.js";
import type { EodhState } from "./eodh-state.js";
import type { KeyRecord } from "./keys.js";

/** The key of the request, when it is good. */
export function keyOf(exchange: Exchange, state: EodhState): KeyRecord | undefined {
  return state.keys.good(exchange.bearer());
}

/**
 * Lets a request to the catalogue pass: a bad key counts as none, so that public data still come.
 * Answers and returns false where the service is set to refuse such a key.
 */
export async function passOptional(exchange: Exchange, state: EodhState): Promise<boolean> {
  if (exchange.modes.eodh.deadKey === "anonymous") return true;
  if (exchange.header("authorization") === undefined || keyOf(exchange, state)) return true;
  await refuse(exchange);
  return false;
}

/** The key, or undefined after the refusal was answered. */
export async function passProtected(exchange: Exchange, state: EodhState): Promise<KeyRecord | undefined> {
  const key = keyOf(exchange, state);
  if (!key) await refuse(exchange);
  return key;
}

/** What the proxy or the service behind it says without a good key; the form differs from place to place. */
async function refuse(exchange: Exchange): Promise<void> {
  const form = exchange.modes.eodh.unauthorized;
  if (form === "redirect") {
    const location = `${exchange.url.origin}/keycloak/realms/eodhp/protocol/openid-connect/auth?client_id=eodhp`;
    return exchange.send({ status: 302, headers: { location }, body: "" });
  }
  if (form === "json") return exchange.json(401, { detail: "User is not authenticated" });
  if (form === "text") {
    const given = exchange.header("authorization");
    const words =
      given === undefined
        ? "authorization header missing"
        : exchange.bearer() === undefined
          ? "invalid token format"
          : "invalid bearer jwt token";
    return exchange.send({ status: 401, headers: { "content-type": "text/plain; charset=utf-8" }, body: words });
  }
  return exchange.send({
    status: 401,
    headers: { "content-type": "text/html" },
    body: htmlPage("401 Authorization Required"),
  });
}

/** Throws 401 or 403 when the part of the tree is somebody else's. */
export function mayRead(found: Found, key: KeyRecord | undefined, what: "catalog" | "collection" | "item"): void {
  if (found.owner === undefined || found.owner === key?.workspace) return;
  if (!key) throw new EodhError(401, { detail: "User is not authenticated" });
  throw new EodhError(403, { detail: `User is not authorized to access this ${what}` });
}
