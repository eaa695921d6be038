/** A helper file of one JSON object, rewritten in place by a single small write, so that no reader sees half of it. */
import { constants } from "node:fs";
import { open, unlink, type FileHandle } from "node:fs/promises";
import { isObject, type JsonObject } from "./json.js";

const STEP = 512;
const LARGEST = 64 * 1024;
const NOFOLLOW = constants.O_NOFOLLOW | 0;

/** The only form of helper files there is so far; another one is not read. */
export const SCHEMA = 1;

export class SmallFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Creates it with its first content. @throws EEXIST when something stands there */
  static async create(path: string, content: JsonObject): Promise<SmallFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NOFOLLOW, 0o666);
    const file = new SmallFile(path, handle);
    try {
      await file.write(content);
      return file;
    } catch (error) {
      await handle.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
      throw error;
    }
  }

  async write(content: JsonObject): Promise<void> {
    const text = Buffer.from(JSON.stringify({ schema: SCHEMA, ...content }));
    // Padded with spaces: a shorter content covers a longer one before it.
    this.#size = Math.max(this.#size, Math.ceil((text.length + 1) / STEP) * STEP);
    const buffer = Buffer.alloc(this.#size, " ");
    text.copy(buffer);
    buffer[this.#size - 1] = 10;
    await this.#handle.write(buffer, 0, buffer.length, 0);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** The text of a helper file; undefined when there is none. Links are not followed. */
export async function readSmall(path: string): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | NOFOLLOW);
    const buffer = Buffer.alloc(LARGEST);
    const { bytesRead } = await handle.read(buffer, 0, LARGEST, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ELOOP" || code === "EISDIR") return undefined;
    throw error;
  } finally {
    await handle?.close();
  }
}

/** The object in a helper file's text; undefined for what is not one, also of a schema that is not known. */
export function objectIn(text: string | undefined, anySchema = false): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && (anySchema || value["schema"] === SCHEMA) ? value : undefined;
  } catch {
    return undefined;
  }
}
