/** Error and success answers of the identity server, to the letter, with the headers it sends. */
import type { Exchange, Headers } from "../core/exchange.js";

export const NO_STORE: Headers = {
  "cache-control": "no-store",
  pragma: "no-cache",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
};

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
    return exchange.json(this.status, body, NO_STORE);
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
