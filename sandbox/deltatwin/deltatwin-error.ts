/** Errors of the DeltaTwin API, as its framework writes them. Routes throw them; one place answers them. */
import type { Exchange, Headers } from "../core/exchange.js";

export class DeltatwinError extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly headers: Headers = {},
  ) {
    super(detail);
  }
}

/** Runs a handler and answers the DeltatwinError it may throw. */
export function answeringDeltatwin(
  handler: (exchange: Exchange) => void | Promise<void>,
): (e: Exchange) => Promise<void> {
  return async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      if (!(error instanceof DeltatwinError)) throw error;
      await exchange.json(error.status, { detail: error.message }, error.headers);
    }
  };
}

/** Paths outside the current version of the API are gone; inside it they are unknown. */
export async function deltatwinNotFound(exchange: Exchange): Promise<void> {
  if (/^\/v2\.0(\/|$)/.test(exchange.url.pathname)) return exchange.json(404, { detail: "Not Found" });
  return exchange.json(410, { detail: "This version of the API is no longer served. Please use v2.0." });
}

export async function deltatwinWrongMethod(exchange: Exchange, allowed: string[]): Promise<void> {
  await exchange.json(405, { detail: "Method Not Allowed" }, { allow: allowed.join(", ") });
}
