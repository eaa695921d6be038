/** The one error type of the engine, its stable codes, and what a Catch node may read of it. */

export const ERROR_CODES = [
  "AUTH_FAILED",
  "FORBIDDEN",
  "NOT_FOUND",
  "RATE_LIMITED",
  "NETWORK",
  "TIMEOUT",
  "STALLED",
  "SERVER_ERROR",
  "BAD_RESPONSE",
  "BAD_INPUT",
  "NOT_READY",
  "ORDER_FAILED",
  "CHECKSUM_MISMATCH",
  "SIZE_MISMATCH",
  "TRUNCATED",
  "UNPROVED",
  "NOT_A_PRODUCT",
  "CHANGED",
  "DISK_FULL",
  "DISK",
  "EXISTS",
  "FOREIGN_HOST",
  "RUN_FAILED",
  "QUOTA",
  "KEY_EXPIRING",
  "CANCELLED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface FailedFile {
  item?: string;
  asset?: string;
  code: ErrorCode;
}

/** Plain data: Node-RED passes on nothing else. `url` never has userinfo, query or fragment. */
export interface ErrorCause {
  status?: number;
  url?: string;
  ticket?: string;
  run?: string;
  failed?: FailedFile[];
  code?: string;
  message?: string;
}

export class EoError extends Error {
  readonly code: ErrorCode;
  override readonly cause: ErrorCause;

  /** `message` says what was tried, where, what came back and what to do next; it must hold no secret. */
  constructor(code: ErrorCode, message: string, cause: ErrorCause = {}) {
    super(message);
    this.name = "EoError";
    this.code = code;
    this.cause = cause;
  }

  /** Node-RED shows a caught error by its text: the class name would only be in the way. */
  override toString(): string {
    return this.message;
  }
}

/** Bad input: nothing has been sent. */
export function badInput(message: string): EoError {
  return new EoError("BAD_INPUT", message);
}

export function cancelled(what: string): EoError {
  return new EoError("CANCELLED", `${what} was cancelled.`);
}

/** Any thrown value as an EoError; what is not ours becomes INTERNAL with the original's code and message kept. */
export function asEoError(thrown: unknown): EoError {
  if (thrown instanceof EoError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as { code?: unknown }).code;
  return new EoError("INTERNAL", `Unexpected failure inside the node: ${error.message}. Please report it.`, {
    ...(typeof code === "string" ? { code } : {}),
    message: error.message,
  });
}
