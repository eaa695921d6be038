/** Where the body of an HTTP/1 answer ends: after its length, its last chunk, or with the connection. */
import { HeadReader, HttpError, type Head } from "./head.js";

export interface Taken {
  end: number;
  rest: number;
  error?: HttpError;
}

export interface Framing {
  /**
   * Takes bytes `from` up to `to`; what of them is body is moved to `from` on.
   * @returns the index behind it; `rest`: bytes at the end that belong to no body; `error`: what came after it is wrong
   */
  take(bytes: Buffer, from: number, to: number): Taken;
  /** All of the body has come. */
  readonly done: boolean;
  /** The connection's end is the body's end. */
  readonly untilClose: boolean;
}

class Length implements Framing {
  readonly untilClose = false;
  #left: number;
  constructor(length: number) {
    this.#left = length;
  }
  get done(): boolean {
    return this.#left === 0;
  }
  take(_bytes: Buffer, from: number, to: number): Taken {
    const got = Math.min(this.#left, to - from);
    this.#left -= got;
    return { end: from + got, rest: to - from - got };
  }
}

export class UntilClose implements Framing {
  readonly untilClose = true;
  done = false;
  take(_bytes: Buffer, _from: number, to: number): Taken {
    return { end: to, rest: 0 };
  }
}

const CR = 13;
const LF = 10;
const SEMICOLON = 59;
/** Extensions of one chunk; nobody uses them. */
const LONGEST_EXTENSION = 1024;
const EXTENSIONS =
  /^(?:;[!#$%&'*+\-.^_`|~\w]+(?:=(?:[!#$%&'*+\-.^_`|~\w]*|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/;

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

class Chunks implements Framing {
  readonly untilClose = false;
  done = false;
  #state: "size" | "extension" | "size-end" | "data" | "data-cr" | "data-lf" | "trailer" = "size";
  #digits = 0;
  #left = 0;
  #extension = "";
  #trailer: HeadReader | undefined;

  take(bytes: Buffer, from: number, to: number): Taken {
    const place = { end: from, at: from };
    try {
      this.#walk(bytes, place, to);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { end: place.end, rest: 0, error };
    }
    return { end: place.end, rest: to - place.at };
  }

  #walk(bytes: Buffer, place: { end: number; at: number }, to: number): void {
    while (place.at < to && !this.done) {
      if (this.#state === "data") {
        const { end, at } = place;
        const got = Math.min(this.#left, to - at);
        if (end !== at) bytes.copyWithin(end, at, at + got);
        place.end += got;
        place.at += got;
        this.#left -= got;
        if (this.#left === 0) this.#state = "data-cr";
      } else if (this.#state === "trailer") {
        const behind = (this.#trailer ??= new HeadReader(true)).push(bytes, place.at, to);
        place.at = behind ?? to;
        this.done = behind !== undefined;
      } else {
        this.#byte(bytes[place.at] ?? 0);
        place.at += 1;
      }
    }
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case "size": {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          this.#left = this.#left * 16 + digit;
          this.#digits += 1;
          if (!Number.isSafeInteger(this.#left)) throw new HttpError("HPE_INVALID_CHUNK_SIZE", "A chunk is too large.");
        } else if (this.#digits > 0 && byte === CR) this.#state = "size-end";
        else if (this.#digits > 0 && byte === SEMICOLON) {
          this.#state = "extension";
          this.#extension = ";";
        } else throw new HttpError("HPE_INVALID_CHUNK_SIZE", "A chunk's size is not valid.");
        return;
      }
      case "extension":
        if (byte !== CR) this.#extension += String.fromCharCode(byte);
        else if (EXTENSIONS.test(this.#extension)) this.#state = "size-end";
        if (byte !== CR ? this.#extension.length > LONGEST_EXTENSION : this.#state === "extension")
          throw new HttpError("HPE_STRICT", "A chunk's extension is not valid.");
        return;
      case "size-end":
        if (byte !== LF) throw new HttpError("HPE_STRICT", "A chunk's size does not end in CR LF.");
        this.#state = this.#left === 0 ? "trailer" : "data";
        this.#digits = 0;
        return;
      case "data-cr":
        if (byte !== CR) throw new HttpError("HPE_STRICT", "A chunk does not end in CR LF.");
        this.#state = "data-lf";
        return;
      case "data-lf":
        if (byte !== LF) throw new HttpError("HPE_STRICT", "A chunk does not end in CR LF.");
        this.#state = "size";
        return;
      case "data":
      case "trailer":
        return;
    }
  }
}

function values(head: Head, name: string): string[] {
  const value = head.headers[name];
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function tokens(head: Head, name: string): string[] {
  return values(head, name).flatMap((value) => value.split(",").map((token) => token.trim().toLowerCase()));
}

/** How the body of this answer ends. @throws HttpError where that is told in two ways, or not as it must be */
export function framingOf(method: string, head: Head): Framing {
  const lengths = values(head, "content-length");
  const codings = tokens(head, "transfer-encoding");
  // As undici does, this is taken for a fault that may pass.
  if (lengths.length > 1)
    throw Object.assign(new Error("There is more than one Content-Length."), {
      code: "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
    });
  if (lengths.length > 0 && codings.length > 0)
    throw new HttpError("HPE_UNEXPECTED_CONTENT_LENGTH", "There is a Content-Length beside a Transfer-Encoding.");
  const length = lengths[0];
  if (length !== undefined && (!/^\d+$/.test(length) || !Number.isSafeInteger(Number(length))))
    throw new HttpError("HPE_INVALID_CONTENT_LENGTH", "The Content-Length is not valid.");
  if (method === "HEAD" || head.status === 204 || head.status === 304) return new Length(0);
  if (codings.length > 0) return codings.at(-1) === "chunked" ? new Chunks() : new UntilClose();
  return length === undefined ? new UntilClose() : new Length(Number(length));
}

/** How long the connection may be kept after this answer, in ms; 0 = not at all. */
export function keptFor(head: Head, framing: Framing): number {
  const connection = tokens(head, "connection");
  const stays = head.lasting ? !connection.includes("close") : connection.includes("keep-alive");
  if (!stays || framing.untilClose) return 0;
  // A body that may not be there could come all the same, and be taken for the next answer.
  if (
    framing.done &&
    (values(head, "transfer-encoding").length > 0 || !/^0*$/.test(values(head, "content-length").join("")))
  )
    return 0;
  const asked = /timeout=(\d+)/i.exec(values(head, "keep-alive").join(","))?.[1];
  // Somewhat less than the server says: it may not wait for a request that is on its way.
  return asked === undefined
    ? DEFAULT_KEPT_MS
    : Math.max(0, Math.min(Number(asked) * 1000 - MARGIN_MS, LONGEST_KEPT_MS));
}

const DEFAULT_KEPT_MS = 4_000;
const MARGIN_MS = 2_000;
const LONGEST_KEPT_MS = 600_000;
