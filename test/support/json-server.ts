/** A server that answers with what a function returns, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  json: unknown;
}

export interface Answer {
  status?: number;
  headers?: Record<string, string | string[]>;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
}

export interface JsonServer {
  url: string;
  seen: SeenRequest[];
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Listens on a free loopback port. */
export async function jsonServer(
  answer: (request: SeenRequest, index: number) => Answer | Promise<Answer>,
): Promise<JsonServer> {
  const seen: SeenRequest[] = [];
  const server: Server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      let json: unknown;
      try {
        json = JSON.parse(body);
      } catch {
        json = undefined;
      }
      const entry = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body, json };
      seen.push(entry);
      const { status = 200, headers = {}, json: value, text, bytes } = await answer(entry, seen.length - 1);
      response.writeHead(status, {
        "content-type": value === undefined ? "text/plain" : "application/json",
        ...headers,
      });
      response.end(value === undefined ? (bytes ?? text ?? "") : JSON.stringify(value));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
