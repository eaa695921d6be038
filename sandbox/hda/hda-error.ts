/** Errors of the Data Lake's API in its own envelopes. Routes throw them; one place answers them. */
import { newTicket } from "../core/canned-errors.js";
import type { Exchange } from "../core/exchange.js";

export class HdaError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(JSON.stringify(body));
  }
}

/** `{code, ticket, description}` with the code as text, as most handlers write it. */
export function hdaError(status: number, description: string): HdaError {
  return new HdaError(status, { code: String(status), ticket: newTicket(), description });
}

/** The same with a number as code, as one handler writes it. */
export function hdaErrorInteger(status: number, description: string): HdaError {
  return new HdaError(status, { code: status, ticket: newTicket(), description });
}

/** A failure of the backend behind the service. */
export function backendError(
  status: number,
  provider: string,
  error: string,
  message: string,
  detail?: string,
): HdaError {
  const errors = [{ provider, error, status_code: status, message, ...(detail === undefined ? {} : { detail }) }];
  return new HdaError(status, {
    code: String(status),
    ticket: newTicket(),
    description: "Something went wrong",
    errors,
  });
}

export interface Detail {
  type: string;
  loc: (string | number)[];
  msg: string;
  input: unknown;
  ctx?: object;
}

/** The answer of the framework itself to a request that does not validate: no code, no ticket. */
export function detailError(details: Detail[], body: unknown): HdaError {
  return new HdaError(400, { detail: details, body });
}

/** Runs a handler and answers the HdaError it may throw. */
export function answeringHda(handler: (exchange: Exchange) => void | Promise<void>): (e: Exchange) => Promise<void> {
  return async (exchange) => {
    try {
      await handler(exchange);
    } catch (error) {
      if (!(error instanceof HdaError)) throw error;
      await exchange.json(error.status, error.body);
    }
  };
}
