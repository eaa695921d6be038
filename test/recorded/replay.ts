/**
 * Replays recorded answers under their real addresses: a CONNECT proxy that ends TLS for every host with a certificate
 * of its own. Requests are matched on method, path and query, then on the parsed JSON body.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Exchange } from "./exchanges.js";

export interface Replay {
  proxy: string;
  ca: string;
  /** What was asked, as "POST https://host/path". */
  asked: string[];
  /** What was asked and is not recorded. */
  unknown: string[];
  close(): Promise<void>;
}

function certificate(hosts: string[]): { key: string; cert: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "eo-replay-"));
  try {
    const names = hosts.map((host) => `DNS:${host}`).join(",");
    execFileSync(
      "openssl",
      [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
        ...["-subj", "/CN=replay", "-addext", `subjectAltName=${names}`, "-keyout", "key.pem", "-out", "cert.pem"],
      ],
      { cwd: folder, stdio: "ignore" },
    );
    return {
      key: readFileSync(path.join(folder, "key.pem"), "utf8"),
      cert: readFileSync(path.join(folder, "cert.pem"), "utf8"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True when openssl, which makes the certificate, is there. */
export function canReplay(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? "null");
  } catch {
    return body;
  }
}

/** A client may name a page size where the recorded one did not. */
function sameBody(recordedBody: unknown, ours: unknown): boolean {
  if (isDeepStrictEqual(recordedBody, ours)) return true;
  if (
    typeof ours !== "object" ||
    ours === null ||
    (typeof recordedBody === "object" && recordedBody !== null && "limit" in recordedBody)
  ) {
    return false;
  }
  const { limit: _size, ...rest } = ours as Record<string, unknown>;
  return isDeepStrictEqual(recordedBody ?? {}, rest);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Answers not among `exchanges` are 404; `extra` may answer first. */
export async function replay(
  exchanges: Exchange[],
  extra: (method: string, url: string) => object | undefined = () => undefined,
): Promise<Replay> {
  const hosts = [...new Set(exchanges.map((exchange) => new URL(exchange.request.url).hostname))];
  const { key, cert } = certificate(hosts);
  const asked: string[] = [];
  const unknown: string[] = [];
  const sockets = new Set<Socket>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const method = request.method ?? "";
    const url = `https://${request.headers.host ?? ""}${request.url ?? ""}`;
    asked.push(`${method} ${url}`);
    const own = extra(method, url);
    if (own) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(own));
      return;
    }
    const found = exchanges.find(
      (exchange) =>
        exchange.request.method === method &&
        sameAddress(exchange.request.url, url) &&
        (method !== "POST" || sameBody(parsed(exchange.request.body), parsed(body))),
    );
    if (!found) {
      unknown.push(`${method} ${url} ${body}`);
      response.writeHead(404, { "content-type": "application/json" }).end('{"description":"not recorded"}');
      return;
    }
    response.writeHead(found.response.status, found.response.headers).end(found.response.body ?? "");
  };

  const tls = createHttps({ key, cert }, (request, response) => void answer(request, response));
  const tlsPort = await listen(tls);
  const proxy = createHttp();
  proxy.on("connect", (_request, client: Socket, head: Buffer) => {
    const upstream = connect(tlsPort, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
  });
  const port = await listen(proxy);
  return {
    proxy: `http://127.0.0.1:${port}`,
    ca: cert,
    asked,
    unknown,
    async close() {
      for (const socket of sockets) socket.destroy();
      tls.closeAllConnections();
      await Promise.all([tls, proxy].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function sameAddress(a: string, b: string): boolean {
  const [one, two] = [new URL(a), new URL(b)];
  const query = (url: URL): string =>
    [...url.searchParams]
      .map(([k, v]) => `${k}=${v}`)
      .sort()
      .join("&");
  return (
    one.host === two.host &&
    one.pathname.replace(/\/$/, "") === two.pathname.replace(/\/$/, "") &&
    query(one) === query(two)
  );
}
