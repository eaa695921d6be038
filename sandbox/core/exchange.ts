/** One request and its answer, as a route sees them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { bufferContent, type FarContent } from "./content.js";
import type { FaultEffect } from "./faults.js";
import type { SeenRequest } from "./request-log.js";
import type { Modes } from "./settings.js";
import { sendBody, type Encoding } from "./wire.js";

export type Headers = Record<string, string | string[]>;

export interface Reply {
  status: number;
  headers?: Headers;
  body?: string | Buffer | FarContent | null;
  /** Whether Content-Length is declared [true]. */
  length?: boolean;
  /** Coding applied on the way out. */
  encoding?: Encoding | null;
}

export class Exchange {
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly seen: SeenRequest,
    readonly url: URL,
    readonly params: Record<string, string>,
    /** Whole body of the request. */
    readonly body: Buffer,
    readonly effect: FaultEffect,
  ) {}

  get modes(): Modes {
    return this.effect.modes;
  }

  get method(): string {
    return this.seen.method;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The bearer token of the request, if any. */
  bearer(): string | undefined {
    return /^Bearer +(\S+)$/i.exec(this.header("authorization") ?? "")?.[1];
  }

  json(status: number, value: unknown, headers: Headers = {}): Promise<void> {
    return this.send({
      status,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(value),
    });
  }

  /** The coding the client asks for, the way the real service chooses it: br before gzip. */
  askedEncoding(): Encoding | null {
    const asked = this.header("accept-encoding") ?? "";
    if (/\bbr\b/.test(asked)) return "br";
    return /\bgzip\b/.test(asked) ? "gzip" : null;
  }

  /** Sends the answer with everything the faults of this request do to it. */
  async send(reply: Reply): Promise<void> {
    const { response, effect, seen } = this;
    if (response.headersSent || response.destroyed) return;
    const { transfer } = effect;
    const wireFault = Object.keys(transfer).length > 0;
    const bodyless = this.method === "HEAD" || reply.status === 204 || reply.status === 304;
    let encoding = reply.encoding ?? null;
    const body = typeof reply.body === "string" ? Buffer.from(reply.body) : (reply.body ?? Buffer.alloc(0));
    let content: FarContent = Buffer.isBuffer(body) ? bufferContent(body) : body;

    const headers: Headers = { ...reply.headers };
    if (encoding) {
      headers["content-encoding"] = encoding;
      if (Buffer.isBuffer(body) && reply.body !== null && reply.body !== undefined) {
        content = bufferContent(packSmall(body, encoding));
        encoding = null;
      }
    }
    const declared = reply.length !== false && !encoding && transfer.endAfter === undefined;
    if (declared && !bodyless) headers["content-length"] = String(content.size + (transfer.lengthOff ?? 0));
    if (transfer.lengthOff || transfer.extra) headers["connection"] = "close";
    for (const [name, value] of Object.entries(effect.headers)) {
      if (value === null) delete headers[name.toLowerCase()];
      else headers[name.toLowerCase()] = value;
    }

    seen.status = reply.status;
    response.strictContentLength = false;
    if (effect.headers["date"] === null) response.sendDate = false;
    for (const [name, value] of Object.entries(headers)) {
      response.setHeader(name, typeof value === "string" ? latin1(value) : value.map(latin1));
    }
    response.writeHead(reply.status);
    if (bodyless || !wireFault) {
      if (bodyless || content.size === 0) {
        response.end();
        return;
      }
      if (!encoding && content.size <= 1024 * 1024) {
        seen.sent += content.size;
        response.end(await content.read(0, content.size));
        return;
      }
    }
    const end = await sendBody(response, content, encoding, transfer, (count) => (seen.sent += count));
    if (end !== "complete") seen.end = end;
  }
}

function packSmall(body: Buffer, encoding: Encoding): Buffer {
  return encoding === "br"
    ? brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })
    : gzipSync(body, { level: 1 });
}

/** Header text as bytes: what is not ISO 8859-1 goes out as UTF-8 octets, as servers do. */
function latin1(value: string): string {
  return /^[\x00-\xff]*$/.test(value) ? value : Buffer.from(value, "utf8").toString("latin1");
}
