/** An error on its way between threads: the structured clone would lose its code. */

export interface PlainError {
  name: string;
  message: string;
  code?: string;
  /** It came from the disk. */
  disk?: boolean;
  cause?: PlainError;
}

/** Deeper causes say nothing new. */
const DEEPEST = 3;

export function toPlain(thrown: unknown, depth = 0): PlainError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const { code } = error as NodeJS.ErrnoException;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(error instanceof DiskFault ? { disk: true } : {}),
    ...(error.cause instanceof Error && depth < DEEPEST ? { cause: toPlain(error.cause, depth + 1) } : {}),
  };
}

export function fromPlain(plain: PlainError): Error {
  const error = plain.disk === true ? new DiskFault(plain.message) : new Error(plain.message);
  error.name = plain.name;
  if (plain.code !== undefined) Object.assign(error, { code: plain.code });
  if (plain.cause) error.cause = fromPlain(plain.cause);
  return error;
}

/** The disk's own words, told apart from those of a connection. */
export class DiskFault extends Error {
  static of(error: unknown): DiskFault {
    const { code, message } = error as NodeJS.ErrnoException;
    return Object.assign(new DiskFault(message), code === undefined ? {} : { code });
  }
}
