/** One origin on loopback: a listening server that logs, counts, applies faults and hands requests to its routes. */
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Exchange } from "./exchange.js";
import { answerFault } from "./fault-answers.js";
import type { FaultBook } from "./faults.js";
import type { RateLimit } from "./rate-limit.js";
import type { RequestLog, SeenRequest } from "./request-log.js";
import { Router, type Handler } from "./router.js";
import type { Modes } from "./settings.js";
import type { TlsMaterial } from "./tls.js";

const MOST_BODY = 16 * 1024 * 1024;
const LOGGED_BODY = 64 * 1024;

/** What all origins share. */
export interface OriginContext {
  log: RequestLog;
  faults: FaultBook;
  modes(): Modes;
  /** Base URL of an origin by name, without a final slash. */
  url(name: string): string;
}

export interface OriginOptions {
  name: string;
  tls?: TlsMaterial | undefined;
  /** Counts the requests of this origin, where the service limits them. */
  limit?: RateLimit;
  /** Whether requests appear in the log and can be hit by faults [true]. */
  watched?: boolean;
  /** The path as the routes write it, where the service takes more than one spelling. */
  tidy?: (path: string) => string;
  /** Bytes of a request body that are taken [16 MiB]. */
  mostBody?: number;
  /** Answers paths that no route has. */
  notFound: Handler;
  /** Answers a known path asked with another method. */
  wrongMethod: (exchange: Exchange, allowed: string[]) => void | Promise<void>;
  /** More about a request than its path tells, such as the collection a search body names. */
  describe?: (params: Record<string, string>, body: Buffer, url: URL) => Partial<Pick<SeenRequest, "collection">>;
}

export class Origin {
  readonly router = new Router();
  private readonly server: Server;
  private base = "";

  constructor(
    private readonly context: OriginContext,
    readonly options: OriginOptions,
  ) {
    const listener: RequestListener = (request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        process.stderr.write(`sandbox: ${options.name}: ${String((error as Error).stack ?? error)}\n`);
        if (response.headersSent) response.destroy();
        else response.writeHead(500, { "content-type": "text/plain" }).end("Internal Server Error");
      });
    };
    this.server = options.tls
      ? createHttps({ key: options.tls.key, cert: options.tls.cert }, listener)
      : createHttp(listener);
    // Long, so that a client never loses the race between its next request and our closing an idle connection.
    this.server.keepAliveTimeout = 75_000;
    this.server.requestTimeout = 0;
  }

  /** Listens on 127.0.0.1. Rejects when the port is taken. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen({ host: "127.0.0.1", port, backlog: 1024 }, () => {
        this.server.off("error", reject);
        resolve();
      });
    });
    const scheme = this.options.tls ? "https" : "http";
    this.base = `${scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this.base;
  }

  get url(): string {
    return this.base;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { context, options } = this;
    const rawUrl = request.url ?? "/";
    // Two slashes at the start are a path here, not another host.
    const whole = rawUrl.startsWith("/") ? this.base + rawUrl : rawUrl;
    const url = URL.canParse(whole, this.base) ? new URL(whole, this.base) : new URL(this.base);
    const found = this.router.find(options.tidy?.(url.pathname) ?? url.pathname);
    const params = found?.params ?? {};
    const method = request.method ?? "GET";
    const body = await readBody(request, options.mostBody ?? MOST_BODY);
    if (!body) {
      response.writeHead(413, { "content-type": "text/plain", connection: "close" }).end("Payload Too Large");
      return;
    }
    const entry = describeRequest(request, options.name, found?.route.name ?? "unknown", rawUrl, params, body);
    Object.assign(entry, options.describe?.(params, body, url));
    const watched = options.watched !== false;
    const seen = watched ? context.log.add(entry) : { n: 0, ...entry };
    response.once("finish", () => (seen.end = seen.end === "open" ? "complete" : seen.end));
    response.once("close", () => (seen.end = seen.end === "open" ? "client-closed" : seen.end));

    const effect = watched
      ? context.faults.effectOn(
          {
            origin: options.name,
            route: seen.route,
            method,
            path: rawUrl,
            collection: seen.collection,
            item: seen.item,
            asset: seen.asset,
            authorized: seen.authorization !== undefined,
            range: seen.range !== undefined,
          },
          context.modes(),
        )
      : { ids: [], delay: 0, headers: {}, transfer: {}, modes: context.modes() };
    seen.faults = effect.ids;
    const exchange = new Exchange(request, response, seen, url, params, body, effect);

    if (effect.delay > 0) {
      const aborter = new AbortController();
      response.once("close", () => aborter.abort());
      await sleep(effect.delay, undefined, { signal: aborter.signal }).catch(() => undefined);
      if (response.destroyed) return;
    }
    if (effect.answer && (await answerFault(exchange, effect.answer, (name) => context.url(name)))) return;
    if (options.limit && !options.limit.allow()) {
      const tooMany = { code: "429", description: "API rate limit exceeded" };
      await exchange.json(429, tooMany, { "retry-after": "1" });
      return;
    }
    if (!found) return void (await options.notFound(exchange));
    const handler = found.route.methods[method];
    if (!handler) return void (await options.wrongMethod(exchange, Object.keys(found.route.methods)));
    await handler(exchange);
  }
}

/** The whole request body, or undefined when it is larger than any client of the service sends. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (request.method === "GET" || request.method === "HEAD") {
    request.resume();
    return Buffer.alloc(0);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of request) {
      size += (piece as Buffer).length;
      if (size > most) return undefined;
      pieces.push(piece as Buffer);
    }
  } catch {
    // The client went away in the middle; what came is answered to nobody.
  }
  return Buffer.concat(pieces);
}

function describeRequest(
  request: IncomingMessage,
  origin: string,
  route: string,
  rawUrl: string,
  params: Record<string, string>,
  body: Buffer,
): Omit<SeenRequest, "n"> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = value;
  const one = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  const entry: Omit<SeenRequest, "n"> = {
    time: new Date().toISOString(),
    origin,
    route,
    method: request.method ?? "GET",
    url: rawUrl,
    status: 0,
    headerNames: Object.keys(headers),
    headers,
    sent: 0,
    end: "open",
    faults: [],
  };
  const optional = {
    collection: params["collection"],
    item: params["item"],
    asset: params["asset"],
    authorization: one("authorization"),
    cookie: one("cookie"),
    apiKey: one("x-api-key") ?? one("apikey") ?? one("x-auth-token"),
    range: one("range"),
    body: body.length > 0 ? body.subarray(0, LOGGED_BODY).toString("utf8") : undefined,
  };
  for (const [key, value] of Object.entries(optional)) {
    if (value !== undefined) Object.assign(entry, { [key]: value });
  }
  return entry;
}
