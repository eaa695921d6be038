/** Where the bytes of a body come from, piece by piece. */

/** Bytes that are the reader's until it lets go of them. */
export interface Piece {
  bytes: Uint8Array;
  release: () => void;
}

export interface Source {
  /** The next bytes; undefined at the end. */
  next(): Promise<Piece | undefined>;
  /** Ends it, with its connection where there is more to come. */
  destroy(error?: Error): void;
  /** Lets a rest of at most `limit` bytes run out within `ms`. */
  dump(limit: number, ms: number): void;
}
