/** A small gateway as in front of the Data Lake: it checks the bearer token, then passes the request on. */
import http from "node:http";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";

export interface GatewayOptions {
  /** Where a path goes: the first whose prefix fits; the prefix is cut off. */
  routes: { prefix: string; target: string }[];
  /** The status to refuse with, when the bearer token (undefined: there was none) is not good. */
  refuse(token: string | undefined, path: string): number | undefined | Promise<number | undefined>;
  /** Headers for the server behind, given this gateway's own `host:port`. */
  onward?(host: string): Record<string, string | undefined>;
  /** What stands in JSON bodies, and what a client shall read in its place. */
  rewrite?(own: string): [from: string, to: string][];
  /** Milliseconds before a request is passed on. */
  delay?(path: string): number;
}

export interface Passed {
  method: string;
  path: string;
  token: string | undefined;
  status: number;
}

export interface Gateway {
  /** Without a final slash. */
  origin: string;
  passed: Passed[];
  close(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const passed: Passed[] = [];
  const sockets = new Set<Socket>();
  let origin = "";
  const server = http.createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const seen: Passed = { method: request.method ?? "GET", path, token, status: 0 };
    passed.push(seen);
    const refused = await options.refuse(token, path);
    const route = options.routes.find(({ prefix }) => path.startsWith(prefix));
    if (refused !== undefined || route === undefined) {
      seen.status = refused ?? 404;
      request.resume();
      response.writeHead(seen.status, { "content-type": "text/html" });
      response.end(`<html><body><h1>${seen.status}</h1></body></html>`);
      return;
    }
    const wait = options.delay?.(path) ?? 0;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const target = new URL(route.target);
    const headers = Object.fromEntries(
      Object.entries({ ...request.headers, host: target.host, ...options.onward?.(new URL(origin).host) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
    const onward = http.request(new URL(path.slice(route.prefix.length), route.target), {
      method: seen.method,
      headers,
      // A kept connection may be closed by the server just when it is used again.
      agent: false,
    });
    const broken = new Promise<never>((_resolve, reject) => onward.on("error", reject));
    broken.catch(() => undefined);
    const answered = once(onward, "response");
    await pipeline(request, onward);
    const [answer] = (await Promise.race([answered, broken])) as [http.IncomingMessage];
    seen.status = answer.statusCode ?? 502;
    const changes = options.rewrite?.(origin) ?? [];
    if (changes.length > 0 && /json/.test(answer.headers["content-type"] ?? "")) {
      let body = await text(answer);
      for (const [from, to] of changes) body = body.replaceAll(from, to);
      const kept = { ...answer.headers };
      delete kept["content-length"];
      delete kept["transfer-encoding"];
      response.writeHead(seen.status, kept).end(body);
      return;
    }
    response.writeHead(seen.status, answer.rawHeaders);
    await pipeline(answer, response);
  }

  return {
    origin,
    passed,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
