/** Where the bytes of a body come from, piece by piece. */

/** Bytes that are the reader's until it lets go of them. */
export interface Piece {
  bytes: Uint8Array;
  release: () => void;
}

export interface Source {
  /**
   * The next bytes, undefined at the end. One that can collects `least` bytes first, or what comes in `ms`.
   * @throws what broke the connection, when everything before it was handed out
   */
  next(least?: number, ms?: number): Promise<Piece | undefined>;
  /** Ends it, with its connection where there is more to come. */
  destroy(error?: Error): void;
  /** Lets a rest of at most `limit` bytes run out within `ms`. */
  dump(limit: number, ms: number): void;
}
