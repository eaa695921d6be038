/** What a server does with a request: the vocabulary of the table of faults. */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { Request, Step } from "./origin.js";

/** Bytes of no format that differ at every place. */
export function bytes(length: number, seed = 1): Buffer {
  const buffer = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    buffer[at] = state >>> 24;
  }
  buffer[0] = 0;
  return buffer;
}

export const SIZE = 300_000;
/** The product, and another version of it, of the same size, equal in its first half. */
export const BODY = bytes(SIZE);
export const OTHER = Buffer.concat([BODY.subarray(0, SIZE / 2), bytes(SIZE / 2, 7)]);
export const hex = (algorithm: string, body = BODY): string => createHash(algorithm).update(body).digest("hex");

type Headers = Record<string, string | string[] | undefined>;

export interface Answer {
  body?: Buffer | string;
  /** Entity tag, with its quotes. */
  etag?: string;
  /** Last-Modified, in seconds before now. */
  age?: number;
  /** Ends the connection after so many bytes of the body. */
  cut?: number;
  /** Chunked, without a length. With `cut`: the clean end of a chunked body, too early. */
  chunked?: boolean;
  /** Chunked, and broken instead of ended. */
  broken?: boolean;
  headers?: Headers;
  status?: number;
  /** Send no Date. */
  noDate?: boolean;
  /** Keeps the connection open and sends nothing more. */
  hang?: boolean;
}

const REASONS: Record<number, string> = { 200: "OK", 206: "Partial Content" };

/** Sends one answer. */
export function answer(socket: Socket, request: Request, what: Answer, head: Headers = {}): void {
  const body = Buffer.from(what.body ?? BODY);
  const cut = what.cut === undefined ? body : body.subarray(0, what.cut);
  const now = Date.now();
  const headers: Headers = {
    ...(what.noDate ? {} : { Date: new Date(now).toUTCString() }),
    ETag: what.etag,
    "Last-Modified": what.age === undefined ? undefined : new Date(now - what.age * 1000).toUTCString(),
    ...(what.chunked || what.broken ? { "Transfer-Encoding": "chunked" } : { "Content-Length": String(body.length) }),
    Connection: "close",
    ...head,
    ...what.headers,
  };
  const status = what.status ?? 200;
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  socket.write(Buffer.from(`HTTP/1.1 ${status} ${REASONS[status] ?? "Status"}\r\n${lines.join("")}\r\n`, "latin1"));
  if (request.method === "HEAD") return void socket.end();
  if (what.chunked || what.broken) {
    for (let at = 0; at < cut.length; at += 60_000) {
      const chunk = cut.subarray(at, at + 60_000);
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      socket.write("\r\n");
    }
    if (!what.broken) socket.write("0\r\n\r\n");
  } else socket.write(cut);
  if (!what.hang) socket.end();
}

/** The whole file, whatever was asked. */
export const whole =
  (what: Answer = {}): Step =>
  (request, socket) =>
    answer(socket, request, what);

export interface Ranged extends Answer {
  /** The server does not look at If-Match, If-Range, If-Unmodified-Since. */
  careless?: boolean;
  /** Content-Range as it is sent, in place of the true one. */
  range?: (start: number, end: number, total: number) => string | undefined;
  /** Bytes from here, in place of those that were asked for. */
  from?: number;
}

/** A server that knows ranges and conditions. */
export const ranged =
  (what: Ranged = {}): Step =>
  (request, socket) => {
    const body = Buffer.from(what.body ?? BODY);
    const asked = /^bytes=(\d+)-$/.exec(request.headers["range"] ?? "");
    const { "if-match": match, "if-range": ifRange } = request.headers;
    if (!what.careless && match !== undefined && match !== what.etag)
      return answer(socket, request, { status: 412, body: "" });
    const dated = what.age !== undefined && ifRange !== undefined && /GMT$/.test(ifRange);
    const fits = ifRange === undefined || ifRange === what.etag || dated;
    if (!asked || (!what.careless && !fits)) return answer(socket, request, what);
    const start = Number(asked[1]);
    if (start >= body.length) {
      return answer(socket, request, { status: 416, body: "", headers: { "Content-Range": `bytes */${body.length}` } });
    }
    const range = what.range
      ? what.range(start, body.length - 1, body.length)
      : `bytes ${start}-${body.length - 1}/${body.length}`;
    answer(
      socket,
      request,
      { ...what, body: body.subarray(what.from ?? start), status: what.status ?? 206 },
      { "Content-Range": range },
    );
  };

export const status =
  (code: number, body = "", headers: Headers = {}): Step =>
  (request, socket) =>
    answer(socket, request, { status: code, body, headers });

export const json =
  (value: unknown, headers: Headers = {}, code = 200): Step =>
  (request, socket) => {
    const text = JSON.stringify(typeof value === "function" ? (value as (r: Request) => unknown)(request) : value);
    answer(socket, request, { status: code, body: text, headers: { "Content-Type": "application/json", ...headers } });
  };

/** To another address, with the same path unless one is given. */
export const redirect =
  (to: (request: Request) => string, code = 302): Step =>
  (request, socket) =>
    answer(socket, request, { status: code, body: "", headers: { Location: to(request) } });

/** As the Data Lake says that a product is not there yet. */
export const NOT_READY = status(
  404,
  '{"code":"404","description":"NotAvailableError: x (initially ordered) requested, returned: offline"}',
  { "Content-Type": "application/json" },
);

export const reset: Step = (_, socket) => void socket.resetAndDestroy();
export const silent: Step = () => undefined;
/** Exactly these bytes. */
export const raw =
  (text: string | Buffer): Step =>
  (_, socket) =>
    void socket.end(text);

/** A little at a time. */
export const trickle =
  (bytesEach: number, everyMs: number, what: Answer = {}): Step =>
  (request, socket) => {
    const body = Buffer.from(what.body ?? BODY);
    answer(socket, request, { ...what, body, cut: 0, hang: true });
    let at = 0;
    const timer = setInterval(() => {
      socket.write(body.subarray(at, at + bytesEach));
      at += bytesEach;
      if (at >= body.length) {
        clearInterval(timer);
        socket.end();
      }
    }, everyMs);
    socket.on("close", () => clearInterval(timer));
  };
