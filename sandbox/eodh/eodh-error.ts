/** Errors of the EO DataHub's catalogue in its own envelopes. Routes throw them; one place answers them. */
import type { Exchange } from "../core/exchange.js";

export class EodhError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(JSON.stringify(body));
  }
}

export function notFound(description: string): EodhError {
  return new EodhError(404, { code: "NotFoundError", description });
}

/** A bad request; never 422. */
export function badRequest(detail: unknown, body?: unknown): EodhError {
  return new EodhError(400, body === undefined ? { detail } : { detail, body });
}

/** Runs a handler and answers the EodhError it may throw. */
export function answeringEodh(handler: (exchange: Exchange) => void | Promise<void>): (e: Exchange) => Promise<void> {
  return async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      if (!(error instanceof EodhError)) throw error;
      await exchange.json(error.status, error.body);
    }
  };
}

export async function eodhNotFound(exchange: Exchange): Promise<void> {
  await exchange.json(404, { detail: "Not Found" });
}

export async function eodhWrongMethod(exchange: Exchange): Promise<void> {
  await exchange.json(405, { detail: "Method Not Allowed" });
}
