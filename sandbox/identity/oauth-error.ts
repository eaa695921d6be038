/** Error and success answers of the identity server, to the letter, with the headers it sends. */
import type { Exchange, Headers } from "../core/exchange.js";

/** On every answer. */
const COMMON: Headers = {
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "none",
};
/** On answers with a body that a browser could show. */
export const SHOWN: Headers = { ...COMMON, "x-frame-options": "SAMEORIGIN" };
export const NO_STORE: Headers = { ...SHOWN, "cache-control": "no-store", pragma: "no-cache" };
export const NO_CACHE: Headers = { ...SHOWN, "cache-control": "no-cache" };

/** What the user info endpoint says without a body: only the challenge tells why. */
export function challenge(exchange: Exchange, status: 401 | 403, words: string): Promise<void> {
  const headers = { ...COMMON, "cache-control": "no-store", pragma: "no-cache", "www-authenticate": `Bearer ${words}` };
  return exchange.send({ status, headers: { ...headers, "content-type": "text/plain;charset=UTF-8" }, body: "" });
}

/** An answer that a route throws when it cannot go on. */
export class OAuthError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    readonly description?: string,
  ) {
    super(description ?? error);
  }

  send(exchange: Exchange): Promise<void> {
    const body =
      this.description === undefined
        ? { error: this.error }
        : { error: this.error, error_description: this.description };
    return exchange.json(this.status, body, this.status === 404 ? SHOWN : NO_STORE);
  }
}

/** Runs a handler and answers the OAuthError it may throw. */
export function answering(handler: (exchange: Exchange) => Promise<void>): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      await error.send(exchange);
    }
  };
}
