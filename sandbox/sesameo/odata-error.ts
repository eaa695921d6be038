/** Errors of SesamEO in the envelope of OData. Routes throw them; one place answers them. */
import type { Exchange, Headers } from "../core/exchange.js";

export class OdataError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Headers = {},
  ) {
    super(message);
  }
}

/** Runs a handler and answers the OdataError it may throw. */
export function answeringOdata(handler: (exchange: Exchange) => void | Promise<void>): (e: Exchange) => Promise<void> {
  return async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      if (!(error instanceof OdataError)) throw error;
      const { status, message, headers } = error;
      await exchange.json(status, { error: { code: String(status), message } }, headers);
    }
  };
}
