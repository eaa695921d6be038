/** The gateway in front of the service: lets a request with a good bearer token pass, turns others away. */
import { htmlPage } from "../core/canned-errors.js";
import type { Exchange, Headers } from "../core/exchange.js";
import type { IdentityState } from "../identity/identity-state.js";

const WORDS: Record<number, string> = { 401: "401 Authorization Required", 403: "403 Forbidden" };

/** Whether the request carries a good token of the Data Lake's realm. */
export function hasGoodToken(exchange: Exchange, identity: IdentityState): boolean {
  return identity.tokens.good(exchange.bearer(), "dedl")?.kind === "access";
}

/** Answers and returns false when the request may not pass. */
export async function passGateway(exchange: Exchange, identity: IdentityState): Promise<boolean> {
  if (hasGoodToken(exchange, identity)) return true;
  const { absent, invalid, body } = exchange.modes.gateway;
  const none = exchange.header("authorization") === undefined;
  const status = none ? absent : invalid;
  const headers: Headers = {};
  if (status === 401) headers["www-authenticate"] = none ? "Bearer" : 'Bearer error="invalid_token"';
  const words = WORDS[status] ?? String(status);
  if (body === "json") await exchange.json(status, { message: words }, headers);
  else if (body === "empty") await exchange.send({ status, headers, body: "" });
  else {
    headers["content-type"] = body === "html" ? "text/html" : "text/plain; charset=utf-8";
    await exchange.send({ status, headers, body: body === "html" ? htmlPage(words) : words });
  }
  return false;
}
