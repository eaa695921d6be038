/** What the node asks of a place where files lie, whichever way it is reached. */
import type { DoorStream, Door } from "../http/door.js";

export interface StoredFile {
  /** In the workspace or under the prefix. */
  path: string;
  bytes: number;
  /** RFC 3339, where it is known. */
  modified?: string;
  /** Without quotes, where it is known. */
  etag?: string;
}

/** What stands at one path. */
export interface Standing extends StoredFile {
  /** SHA-256 noted beside the file when it was put, in hex. */
  sha256?: string;
}

/** What has to be there for a write to happen. */
export type Condition = { absent: true } | { etag: string } | undefined;

export interface PutSource extends DoorStream {
  /** MD5 of all bytes, in hex. */
  md5: string;
  sha256: string;
  type: string;
}

export interface Store {
  /** The address of a file for messages and for reading: no query, no secret. @throws EoError BAD_INPUT for a path that leads out */
  url(path: string): string;
  /** The door through which `url` is read. */
  readonly door: Door;
  /** Pages of files below `path`: those directly in it, or with `recursive` all. */
  list(path: string, recursive: boolean, signal: AbortSignal): AsyncGenerator<StoredFile[], void, undefined>;
  /** @throws EoError; undefined when nothing stands there */
  head(path: string, signal: AbortSignal): Promise<Standing | undefined>;
  /**
   * Writes a whole file in one request.
   * @returns the store's ETag, without quotes; undefined where it names none
   * @throws EoError CHANGED when the condition does not hold
   */
  put(path: string, source: PutSource, condition: Condition, signal: AbortSignal): Promise<string | undefined>;
  /** Removes a file; one that is not there is no error. */
  remove(path: string, signal: AbortSignal): Promise<void>;
}
