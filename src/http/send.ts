/** One request to one address: from asking for a connection to the answer's head, within fixed times. */
import type { Readable } from "node:stream";
import { request, type Dispatcher } from "undici";
import { LateBreak } from "./late-break.js";

export interface SendOrder {
  dispatcher: Dispatcher;
  url: URL;
  method: Dispatcher.HttpMethod;
  headers: Record<string, string>;
  body: string | Buffer | Readable | undefined;
  /** Ends the wait for the head. */
  head: AbortSignal;
  /** Ends the body, as long as it is read. */
  life: AbortSignal | undefined;
  /** From the request leaving to the answer's head, in ms. */
  headTimeout: number;
  /** Longest silence inside the body, in ms; 0 = none. */
  bodyTimeout: number;
  /** The connection stands and the request leaves now. */
  onSent: () => void;
}

/** A connection, with a proxy and TLS, that takes longer than this is given up, in ms. */
const CONNECT_LIMIT_MS = 20_000;

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/**
 * The answer's head with its body still to come.
 * Rejects at once when `head` fires, also while a connection is being made, where undici itself would wait for it.
 */
export function send(order: SendOrder): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    let over = false;
    let controller: Dispatcher.DispatchController | undefined;
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      over = true;
      clearTimeout(timer);
      order.head.removeEventListener("abort", onAbort);
    };
    const giveUp = (error: Error): void => {
      if (over) return;
      end();
      reject(error);
      controller?.abort(error);
    };
    const onAbort = (): void => giveUp(failure("ABORT_ERR", "The request was cancelled."));
    const onStart = (started: Dispatcher.DispatchController): void => {
      if (over) return void started.abort(failure("ABORT_ERR", "Nobody waits for this any more."));
      controller = started;
      order.onSent();
      clearTimeout(timer);
      timer = setTimeout(
        () => giveUp(failure("UND_ERR_HEADERS_TIMEOUT", `No answer within ${order.headTimeout} ms.`)),
        order.headTimeout,
      );
    };
    if (order.head.aborted) return void onAbort();
    const broken = new LateBreak({ onStart, isOver: () => order.life?.aborted === true });
    order.head.addEventListener("abort", onAbort, { once: true });
    timer = setTimeout(
      () => giveUp(failure("UND_ERR_CONNECT_TIMEOUT", `No connection within ${CONNECT_LIMIT_MS} ms.`)),
      CONNECT_LIMIT_MS,
    );
    request(order.url, {
      dispatcher: order.dispatcher.compose(broken.interceptor),
      method: order.method,
      headers: order.headers,
      ...(order.body === undefined ? {} : { body: order.body }),
      ...(order.life ? { signal: order.life } : {}),
      // The own timer above also ends an endless row of 1xx answers.
      headersTimeout: 0,
      bodyTimeout: order.bodyTimeout,
    }).then(
      (answer) => {
        // A destroyed body reports itself as aborted; whoever reads it gets the error from the read.
        answer.body.on("error", () => undefined);
        broken.body = answer.body;
        if (over) return void answer.body.destroy();
        end();
        resolve(answer);
      },
      (error: unknown) => {
        if (over) return;
        end();
        reject(error instanceof Error ? error : failure("", String(error)));
      },
    );
  });
}
