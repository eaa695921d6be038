/** What the main thread and the transfer thread say to each other. */
import type { ProxyOptions, TlsOptions } from "../http/dispatcher.js";
import type { PlainError } from "./plain-error.js";

/** Numbers name what both sides know: lines (one account's connections), answers, files and jobs. */
export type ToThread =
  | { type: "line"; line: number; tls: TlsOptions; proxy: ProxyOptions | undefined }
  | { type: "endLine"; line: number; job: number }
  | ({ type: "ask"; answer: number; line: number } & Ask)
  /** Ends the wait for the head, or the body. */
  | { type: "abort"; answer: number }
  | { type: "pull"; answer: number; job: number }
  | { type: "dump"; answer: number; limit: number; ms: number }
  | { type: "open"; file: number; fd: number; algorithms: string[] }
  | { type: "close"; file: number }
  /** Hashes what lies on disk from where it is up to `upto`; what lies in another file, `from`, is copied. */
  | { type: "read"; file: number; job: number; upto: number; from: number | undefined }
  | { type: "write"; file: number; job: number; bytes: Uint8Array }
  /** The rest of an answer's body to the file, which may have `most` bytes. */
  | { type: "receive"; file: number; job: number; answer: number; every: number; most: number | undefined }
  /** The next `length` bytes of a body to their place in the file, not hashed; `ends`: no more are to come. */
  | {
      type: "place";
      file: number;
      job: number;
      answer: number;
      every: number;
      at: number;
      length: number;
      ends: boolean;
    }
  | { type: "digests"; file: number; job: number }
  | { type: "stop"; job: number };

export interface Ask {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
  /** ms from the request leaving to the answer's head */
  headTimeout: number;
  /** ms for 1 KiB of the body; 0 = any time */
  stallMs: number;
}

export type FromThread =
  | { type: "ready" }
  | { type: "sent"; answer: number }
  | { type: "head"; answer: number; status: number; headers: Record<string, string | string[] | undefined> }
  | { type: "failed"; answer: number; error: PlainError }
  | ({ type: "progress"; job: number } & Reached)
  | { type: "placed"; job: number; bytes: number }
  | { type: "done"; job: number; value: unknown }
  | { type: "broken"; job: number; error: PlainError };

/** How much of a file is hashed and written. */
export interface Reached {
  bytes: number;
  /** SHA-256 of them, hex. */
  sha256: string;
  /** Bytes of the answer's body so far. */
  wire: number;
}

/** How receiving a body ended; what had come is written all the same. */
export interface Received extends Reached {
  /** Why the body ended early. */
  error?: PlainError;
  /** It brought more than the file may have: that many bytes, at least. */
  tooLong?: number;
}

/** How placing a part of a body ended; what had come is written all the same. */
export interface Placed {
  /** Bytes written, one after the other. */
  bytes: number;
  error?: PlainError;
}

export interface PlainDigests {
  bytes: number;
  sha256: string;
  all: Map<string, Uint8Array>;
}
