/**
 * A proxy on loopback for programs whose service addresses are fixed: it takes CONNECT for known hosts, ends TLS itself
 * and passes the requests on to the sandbox. Anything else is refused, and remembered.
 */
import http from "node:http";
import https from "node:https";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import type { Certificate } from "./authority.js";

export interface ConnectProxy {
  url: string;
  /** Hosts that were asked for and are not known. */
  refused: string[];
  /** `METHOD https://host/path` of what was passed on. */
  passed: string[];
  close(): Promise<void>;
}

/** `targets`: origin to pass on to, by host name. `ca`: what to trust there. */
export async function startConnectProxy(
  targets: Readonly<Record<string, string>>,
  certificate: Certificate,
  ca: string,
): Promise<ConnectProxy> {
  const refused: string[] = [];
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  const inner = https.createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const host = (request.headers.host ?? "").replace(/:443$/, "");
    const target = targets[host];
    if (target === undefined) {
      refused.push(host);
      response.writeHead(421).end();
      return;
    }
    passed.push(`${request.method} https://${host}${(request.url ?? "").split("?")[0]}`);
    const url = new URL(target);
    const onward = (url.protocol === "https:" ? https : http).request(new URL(request.url ?? "/", target), {
      method: request.method ?? "GET",
      headers: { ...request.headers, host: url.host, "x-forwarded-host": host },
      ca,
    });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      pipeline(answer, response).catch(() => response.destroy());
    });
    onward.on("error", () => response.destroy());
    pipeline(request, onward).catch(() => onward.destroy());
  });

  const outer = http.createServer((request, response) => {
    refused.push(request.url ?? "");
    response.writeHead(403).end();
  });
  outer.on("connect", (request: http.IncomingMessage, socket: Socket) => {
    socket.on("error", () => socket.destroy());
    const host = (request.url ?? "").replace(/:443$/, "");
    if (targets[host] === undefined) {
      refused.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    inner.emit("connection", socket);
  });
  outer.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  outer.listen(0, "127.0.0.1");
  await once(outer, "listening");
  return {
    url: `http://127.0.0.1:${(outer.address() as AddressInfo).port}`,
    refused,
    passed,
    close: async () => {
      const closed = once(outer, "close");
      outer.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
