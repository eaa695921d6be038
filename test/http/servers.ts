/** Servers on loopback for the tests of the door: plain, TLS and raw, all ended after each test. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createServer as createRawServer, type AddressInfo, type Server as RawServer, type Socket } from "node:net";
import { Account, type AccountConnection } from "../../src/accounts/account.js";
import type { AccountSecrets, AccountSettings } from "../../src/accounts/settings.js";
import { EoError, type ErrorCode } from "../../src/errors.js";

export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
  at: number;
}

export interface TestServer {
  url: string;
  host: string;
  port: number;
  seen: Seen[];
  sockets: Set<Socket>;
  /** Connections so far. */
  count(): number;
}

const ends: (() => Promise<void>)[] = [];
const rejections: unknown[] = [];
const note = (reason: unknown): void => void rejections.push(reason);

/** Ends servers and accounts after each test of the suite, and fails it on an unhandled rejection. */
export function cleanUp(): void {
  before(() => process.on("unhandledRejection", note));
  after(() => process.off("unhandledRejection", note));
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
    await new Promise((done) => setImmediate(done));
    assert.deepEqual(rejections.splice(0), []);
  });
}

async function listen(server: Server | RawServer, scheme: string): Promise<Omit<TestServer, "seen">> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${scheme}://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, port, sockets, count: () => connections };
}

type Handler = (request: IncomingMessage, response: ServerResponse, seen: Seen, count: number) => void;

function listener(seen: Seen[], handler: Handler): RequestListener {
  return (request, response) => {
    const entry: Seen = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: "",
      at: performance.now(),
    };
    seen.push(entry);
    const count = seen.length;
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (entry.body += chunk));
    request.on("end", () => handler(request, response, entry, count));
  };
}

/** An http server; `handler` gets the request once its body is there, and how many came so far. */
export async function serve(handler: Handler): Promise<TestServer> {
  const seen: Seen[] = [];
  return { ...(await listen(createServer(listener(seen, handler)), "http")), seen };
}

export async function serveTls(options: ServerOptions, handler: Handler): Promise<TestServer> {
  const seen: Seen[] = [];
  return { ...(await listen(createTlsServer(options, listener(seen, handler)), "https")), seen };
}

/** A server that speaks whatever `onData` writes; called once a connection, when its first bytes are there. */
export async function serveRaw(onData: (socket: Socket, head: string, count: number) => void): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createRawServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      const head = bytes.toString("latin1");
      seen.push({ method: "", url: "", headers: {}, body: head, at: performance.now() });
      onData(socket, head, seen.length);
    });
  });
  return { ...(await listen(server, "http")), seen };
}

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof value === "string" ? value : JSON.stringify(value));
}

/** An account that is closed after the test. */
export function account(
  settings: AccountSettings,
  secrets: AccountSecrets = {},
  connection: AccountConnection = {},
): Account {
  const opened = Account.open(settings, secrets, connection);
  ends.push(() => opened.close());
  return opened;
}

export const KEY = "s3cr3t-K3Y/with+odd=chars";

/** An account of the provider `stac` that sends `KEY` as a bearer token. */
export function bearerAccount(
  url: string,
  settings: Partial<AccountSettings> = {},
  connection: AccountConnection = {},
): Account {
  return account({ provider: "stac", auth: "bearer", url, ...settings }, { apiKey: KEY }, connection);
}

export const CLIENT_ID = "9e68b4cd-6041-44d2-83a9-0123456789ab";
export const CLIENT_SECRET = "cl13nt-s3cr3t";

/** An account of the provider `dedl` at another address; no rate limit unless named. */
export function dedlAccount(url: string, tokenUrl: string, settings: Partial<AccountSettings> = {}): Account {
  return account(
    { provider: "dedl", url, tokenUrl, rate: 0, ...settings },
    { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET },
  );
}

/** Everything of an error that a person or a log may see. */
export function allOf(error: Error): string {
  return [error.message, error.stack, JSON.stringify(error), JSON.stringify(error.cause)].join("\n");
}

/** The error of work that must fail with `code`; none of the known secrets is in it. */
export async function failure(work: Promise<unknown>, code: ErrorCode): Promise<EoError> {
  let value: unknown;
  try {
    value = await work;
  } catch (error) {
    assert.ok(error instanceof EoError, `not an EoError: ${String((error as Error).stack)}`);
    assert.equal(error.code, code, error.message);
    for (const secret of [KEY, CLIENT_SECRET, encodeURIComponent(KEY)])
      assert.ok(!allOf(error).includes(secret), allOf(error));
    return error;
  }
  assert.fail(`did not fail: ${JSON.stringify(value)}`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Waits until `what` is true; fails after five seconds. */
export async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if (what()) return;
    await sleep(10);
  }
  assert.fail(`never: ${what.toString()}`);
}

/** The most entries of `times` (ms) that lie within any one second. */
export function mostInOneSecond(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.max(0, ...sorted.map((from) => sorted.filter((t) => t >= from && t < from + 1000).length));
}
