/** The connections of one account that files come by: direct ones here, and through a proxy by undici. */
import { createSecureContext, type ConnectionOptions } from "node:tls";
import type { AccountDispatcher, ProxyOptions, TlsOptions } from "../dispatcher.js";
import type { Source } from "../../thread/source.js";
import { trusted } from "../trust.js";
import { Connection, ConnectionBody } from "./connection.js";
import type { Head } from "./head.js";

export interface FileOrder {
  url: URL;
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  headers: Record<string, string>;
  body: string | undefined;
  /** Ends the wait for the head. */
  signal: AbortSignal;
  /** From the request leaving to the answer's head, in ms. */
  headTimeout: number;
  /** The connection stands and the request leaves now. */
  onSent: () => void;
}

export interface FileAnswer {
  statusCode: number;
  headers: Head["headers"];
  source: Source;
}

const CONNECT_TIMEOUT_MS = 10_000;

interface Kept {
  connection: Connection;
  timer: NodeJS.Timeout;
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const PROXIES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

export class FileLine {
  readonly #tls: TlsOptions;
  readonly #proxy: ProxyOptions | undefined;
  #dispatcher: AccountDispatcher | undefined;
  #options: ConnectionOptions | undefined;
  readonly #kept = new Map<string, Kept[]>();
  readonly #sessions = new Map<string, Buffer>();
  readonly #open = new Set<Connection>();
  #closed = false;

  constructor(tls: TlsOptions, proxy: ProxyOptions | undefined) {
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** The answer's head with its body still to come. Rejects at once when the signal fires. */
  async send(order: FileOrder): Promise<FileAnswer> {
    if (this.#proxy || PROXIES.some((name) => process.env[name])) return await this.#viaProxy(order);
    const text = requestText(order);
    const key = order.url.origin;
    const connection = this.#keptFor(key) ?? (await this.#connect(order));
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => connection.destroy(failure("ABORT_ERR", "The request was cancelled."));
    try {
      order.onSent();
      timer = setTimeout(
        () => connection.destroy(failure("UND_ERR_HEADERS_TIMEOUT", `No answer within ${order.headTimeout} ms.`)),
        order.headTimeout,
      );
      order.signal.addEventListener("abort", onAbort, { once: true });
      const { status, headers } = await connection.request(order.method, text, (ms) => this.#keep(key, connection, ms));
      return { statusCode: status, headers, source: new ConnectionBody(connection) };
    } finally {
      clearTimeout(timer);
      order.signal.removeEventListener("abort", onAbort);
    }
  }

  async #connect({ url, signal }: FileOrder): Promise<Connection> {
    const key = url.origin;
    return await new Promise<Connection>((resolve, reject) => {
      if (signal.aborted) return void reject(failure("ABORT_ERR", "The request was cancelled."));
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
      };
      const connection = new Connection({
        url,
        tls: url.protocol === "https:" ? this.#tlsOptions() : {},
        session: this.#sessions.get(key),
        onSession: (session) => this.#sessions.set(key, session),
        onReady: () => {
          end();
          resolve(connection);
        },
        onClose: (error) => {
          end();
          this.#open.delete(connection);
          this.#forget(key, connection);
          reject(error);
        },
      });
      this.#open.add(connection);
      const giveUp = (error: Error): void => {
        reject(error);
        connection.destroy(error);
      };
      const onAbort = (): void => giveUp(failure("ABORT_ERR", "The request was cancelled."));
      const timer = setTimeout(
        () => giveUp(failure("UND_ERR_CONNECT_TIMEOUT", `No connection within ${CONNECT_TIMEOUT_MS} ms.`)),
        CONNECT_TIMEOUT_MS,
      );
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #tlsOptions(): ConnectionOptions {
    if (this.#options) return this.#options;
    const { trust, rest } = trusted(this.#tls);
    const { servername, rejectUnauthorized, ...keys } = rest;
    // Made once: with many authorities that is as much work as a connection.
    const secureContext = createSecureContext({ ...keys, ...trust });
    this.#options = {
      secureContext,
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    return this.#options;
  }

  // ---- connections kept for the next request ----

  #keptFor(key: string): Connection | undefined {
    const found = this.#kept.get(key)?.pop();
    clearTimeout(found?.timer);
    return found?.connection;
  }

  #keep(key: string, connection: Connection, ms: number): void {
    if (this.#closed) return void connection.end();
    const timer = setTimeout(() => connection.end(), ms);
    const kept = this.#kept.get(key) ?? [];
    this.#kept.set(key, kept);
    kept.push({ connection, timer });
  }

  #forget(key: string, connection: Connection): void {
    const kept = this.#kept.get(key) ?? [];
    const found = kept.findIndex((one) => one.connection === connection);
    if (found < 0) return;
    clearTimeout(kept[found]?.timer);
    kept.splice(found, 1);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of [...this.#open]) connection.end();
    await this.#dispatcher?.destroy();
  }

  // ---- proxies ----

  async #viaProxy({ url, method, headers, body, signal, headTimeout, onSent }: FileOrder): Promise<FileAnswer> {
    // Only now: most threads never need undici, which takes 10 MB. Not by import(), which goes past a loader of CommonJS.
    /* eslint-disable @typescript-eslint/no-require-imports */
    const { accountDispatcher } = require("../dispatcher.js") as typeof import("../dispatcher.js");
    const { send } = require("../send.js") as typeof import("../send.js");
    const { StreamSource } = require("./stream-source.js") as typeof import("./stream-source.js");
    /* eslint-enable @typescript-eslint/no-require-imports */
    this.#dispatcher ??= accountDispatcher(this.#tls, this.#proxy);
    const answer = await send({
      dispatcher: this.#dispatcher,
      url,
      method,
      headers,
      body,
      head: signal,
      life: undefined,
      headTimeout,
      bodyTimeout: 0,
      onSent,
    });
    return { statusCode: answer.statusCode, headers: answer.headers, source: new StreamSource(answer.body) };
  }
}

/** Request line, headers and body. @throws code UND_ERR_INVALID_ARG for what could not be sent as it is */
function requestText({ url, method, headers, body }: FileOrder): string {
  const lines = [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`, "connection: keep-alive"];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw failure("UND_ERR_INVALID_ARG", `invalid ${name.slice(0, 40)} header`);
    lines.push(`${name}: ${value}`);
  }
  // Written as Latin-1: the body's bytes one by one.
  const bytes = body === undefined ? "" : Buffer.from(body).toString("latin1");
  if (body !== undefined) lines.push(`content-length: ${bytes.length}`);
  return `${lines.join("\r\n")}\r\n\r\n${bytes}`;
}
