/** One plain HTTP request over a real socket, nothing followed, nothing decoded. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
  /** The connection broke before the body was whole. */
  broken: boolean;
  text(): string;
  json<T = Record<string, unknown>>(): T;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: string | object;
  ca?: string;
  agent?: Agent;
}

export function ask(url: string, { method, headers = {}, body, ca, agent }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const isObject = typeof body === "object";
    const options = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...(isObject ? { "content-type": "application/json" } : {}), ...headers },
      agent: agent ?? false,
      ...(ca === undefined ? {} : { ca }),
    };
    const request = send(url, options, (response) => {
      const pieces: Buffer[] = [];
      const done = (broken: boolean): void => {
        const whole = Buffer.concat(pieces);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: whole,
          broken,
          text: () => whole.toString("utf8"),
          json: <T>() => JSON.parse(whole.toString("utf8")) as T,
        });
      };
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => done(false));
      response.on("error", () => done(true));
    });
    request.on("error", reject);
    request.end(isObject ? JSON.stringify(body) : body);
  });
}

/** A form body. */
export function form(fields: Record<string, string>): Ask {
  return {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  };
}

export interface FeatureLike {
  id: string;
  collection: string;
  properties: Record<string, unknown>;
  assets: Record<string, { href: string; type?: string; "file:size"?: number; "file:checksum"?: string }>;
  links: { rel: string; href: string; method?: string; body?: Record<string, unknown> }[];
}

export interface PageLike {
  type: string;
  features: FeatureLike[];
  links: { rel: string; href: string; method?: string; merge?: boolean; body?: Record<string, unknown> }[];
  numberReturned: number;
  numberMatched?: number | null;
}
