/** The admin interface of the runtime under test on a port of its own, and questions to it. */
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import helper = require("node-red-node-test-helper");

export interface Reply {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
  body: Record<string, unknown>;
}

export interface Admin {
  url: string;
  /** A question as the dialogs ask it. */
  ask(path: string, body: unknown): Promise<Reply>;
  send(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Reply>;
  /** Asks and hangs up when `when` has resolved. */
  hangUp(path: string, body: unknown, when: Promise<unknown>): Promise<void>;
}

/** For a suite; call the result after the runtime was started. */
export function useAdmin(): () => Promise<Admin> {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
          }),
      ),
    );
  });
  return async () => {
    const { _httpAdmin: app } = helper as unknown as {
      _httpAdmin: RequestListener & { set(name: string, value: string): void };
    };
    // Otherwise Express writes the stack of every malformed body to the console.
    app.set("env", "test");
    const server = createServer(app);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return adminAt(url);
  };
}

/** The admin interface at an address, `token` for one that wants to know who asks. */
export function adminAt(url: string, token?: string): Admin {
  const who: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send: Admin["send"] = (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const out = request(new URL(path, url), { method, headers: { ...who, ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          let json: unknown;
          try {
            json = JSON.parse(text);
          } catch {
            json = undefined;
          }
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            body: (json ?? {}) as Record<string, unknown>,
          });
        });
      });
      out.on("error", reject);
      out.end(body);
    });
  const asText = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));
  return {
    url,
    send,
    ask: (path, body) => send("POST", path, { "content-type": "application/json" }, asText(body)),
    hangUp: async (path, body, when) => {
      const out = request(new URL(path, url), {
        method: "POST",
        headers: { ...who, "content-type": "application/json" },
      });
      const gone = new Promise<void>((resolve) => out.on("close", resolve));
      out.on("error", () => undefined);
      out.end(asText(body));
      await when;
      out.destroy();
      await gone;
    },
  };
}

/** The error of an answer that is none. */
export function failed(reply: Reply): { code: string; message: string; words?: string; status?: number; url?: string } {
  if (reply.status !== 200 || reply.body["ok"] !== false) throw new Error(`No failure: ${reply.status} ${reply.text}`);
  return reply.body["error"] as { code: string; message: string };
}

export function good(reply: Reply): Record<string, unknown> {
  if (reply.status !== 200 || reply.body["ok"] !== true) throw new Error(`Not good: ${reply.status} ${reply.text}`);
  return reply.body;
}

export const BLANK = {
  ...{ provider: "", url: "", tokenUrl: "", scope: "", auth: "", header: "", workspace: "", endpoint: "" },
  ...{ region: "", bucket: "", prefix: "", hosts: "", rate: "", expires: "", tls: "", proxy: "" },
};
