/** What the engine sees of the one door out: requests in, answers out. Every byte to a server passes here. */
import type { Readable } from "node:stream";

export interface DoorRequest {
  method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  url: string;
  /** Names in lower case. Credentials are added by the door, never here. */
  headers?: Record<string, string>;
  /** Sent again at a redirect that keeps the method. */
  body?: string | Buffer | DoorStream;
  /** What is tried, for messages: "search", "download of X". */
  what: string;
  /** Whether the account's credentials may join the request, at origins it owns. [true] */
  credentials?: boolean;
  signal?: AbortSignal;
  /** From sending the request to the answer's head, in ms. [30000] */
  headTimeout?: number;
  /** Redirects followed before giving up; 0 hands a redirect back as the answer. [20] */
  redirects?: number;
  /** Longest silence inside the body, in ms; 0 = none. [30000] */
  bodyTimeout?: number;
  /**
   * The body is a file: it comes in the transfer thread, as a `FarBody`, and ends when it brings less than 1 KiB in
   * `stallMs` (0 = any time), counted from sending the request. `bodyTimeout` does not count then.
   */
  file?: { stallMs: number };
}

/** A body too large for memory. */
export interface DoorStream {
  /** Bytes. */
  length: number;
  /** A new stream of them, from the first. */
  open(): Readable;
}

export interface DoorAnswer {
  status: number;
  headers: AnswerHeaders;
  /** Where the answer came from after redirects. May hold a secret query: use `safeUrl` in messages. */
  url: string;
  /** The account owns the answering origin. */
  owned: boolean;
  /** Credentials went with the last hop. */
  authorized: boolean;
  /** `performance.now()` when the last hop was sent. */
  sentAt: number;
  /** The body as sent (never decoded). Must be consumed or destroyed. */
  body: Readable;
}

/** Response headers by lower-case name. */
export interface AnswerHeaders {
  /** The first value, or undefined. */
  get(name: string): string | undefined;
  /** Every value, in order. */
  all(name: string): string[];
}

export interface RepeatOptions {
  /** Requests in all, the first included. [4] */
  tries?: number;
  /** Budget over all tries in ms, without what Retry-After asks. [45000] */
  budget?: number;
}

export interface JsonOptions extends RepeatOptions {
  /** Largest decoded body in bytes; more is BAD_RESPONSE. [64 MiB] */
  maxBytes?: number;
}

export interface JsonAnswer {
  value: unknown;
  status: number;
  headers: AnswerHeaders;
  url: string;
  owned: boolean;
  authorized: boolean;
}

export interface Door {
  /**
   * One request with its redirects (20 at most, each hop judged anew). Waits for the account's rate and for a
   * host's Retry-After first. A 401 or 403 that came although credentials were sent costs one shared refresh and
   * one repeat. Any status is an answer; only what gives no answer throws.
   * @throws EoError NETWORK, TIMEOUT, CANCELLED, RATE_LIMITED (Retry-After above 15 min), AUTH_FAILED or FORBIDDEN
   * from the token endpoint, BAD_INPUT (not an http(s) URL), BAD_RESPONSE (redirect loop or bad Location).
   */
  open(request: DoorRequest): Promise<DoorAnswer>;

  /**
   * A JSON answer with status 2xx, repeated as the contract allows; every other status is thrown, see `errorOf`.
   * For requests that are safe to repeat only.
   */
  json(request: DoorRequest, options?: JsonOptions): Promise<JsonAnswer>;

  /**
   * The error for an answer that is not what was wanted: reads at most 64 KiB of its body, finds the service's
   * own words and ticket, stars known secrets, consumes the rest.
   */
  errorOf(answer: DoorAnswer, what: string): Promise<import("../errors.js").EoError>;

  /** `text` with every secret of the account starred. */
  redact(text: string): string;

  /** The account owns this origin: its credentials may go there. */
  owns(url: string): boolean;
}

/** Statuses that may pass when asked again (contract, "Repeats"). */
export function isRepeatable(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}
