/** JSON from an answer's bytes; a large one is read in slices, so that everything else in the process gets its turn. */
import { isAscii } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import { cancelled } from "../errors.js";

/** In bytes. */
export interface JsonSizes {
  /** Up to this size a body is read at once: a few milliseconds. */
  whole: number;
  /** Elements of an array that are read before others get their turn. */
  slice: number;
}

const SIZES: JsonSizes = { whole: 1024 * 1024, slice: 256 * 1024 };

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

// A byte order mark counts only at the very start of a body.
const sliceDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** UTF-8 as text, without a byte order mark; what is no UTF-8 becomes U+FFFD. */
export function textOf(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString("latin1") : new TextDecoder().decode(bytes);
}

/**
 * The same value as `JSON.parse` of the whole text. Above 1 MiB the arrays directly inside the outermost object, such
 * as `features`, are read slice by slice with a turn of the event loop in between.
 * @throws SyntaxError for what is not JSON; EoError CANCELLED when `signal` fires in between.
 */
export async function parseJson(
  bytes: Buffer,
  what: string,
  signal?: AbortSignal,
  sizes: JsonSizes = SIZES,
): Promise<unknown> {
  if (bytes.length <= sizes.whole) return JSON.parse(textOf(bytes));
  return await new SlicedJson(bytes, what, signal, sizes.slice).value();
}

/**
 * Finds where the arrays are and where their elements end; every piece, and the object around them with its arrays
 * empty, goes through `JSON.parse`. So what is no JSON is refused there, wherever the search for brackets was led to.
 */
class SlicedJson {
  readonly #bytes: Buffer;
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  readonly #slice: number;
  /** Where the reading is. */
  #at = 0;

  constructor(bytes: Buffer, what: string, signal: AbortSignal | undefined, slice: number) {
    this.#bytes = bytes;
    this.#what = what;
    this.#signal = signal;
    this.#slice = slice;
  }

  async value(): Promise<unknown> {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
    const start = this.#at;
    while (isSpace(bytes[this.#at])) this.#at += 1;
    if (bytes[this.#at] !== OPEN_OBJECT) return JSON.parse(textOf(bytes));
    this.#at += 1;

    const around: string[] = [];
    let aroundFrom = start;
    const arrays = new Map<string, unknown[]>();
    let text: string | undefined;
    let key: string | undefined;
    for (let byte = bytes[this.#at]; byte !== CLOSE_OBJECT; byte = bytes[this.#at]) {
      if (byte === undefined) throw ended();
      if (byte === QUOTE) {
        const from = this.#at;
        this.#passString();
        if (key === undefined) text = this.#text(from, this.#at);
      } else if (byte === COLON && key === undefined) {
        key = JSON.parse(text ?? "") as string;
        // Of members with one name the last counts.
        arrays.delete(key);
        this.#at += 1;
      } else if (byte === OPEN_ARRAY && key !== undefined) {
        this.#at += 1;
        around.push(this.#text(aroundFrom, this.#at));
        arrays.set(key, await this.#elements());
        aroundFrom = this.#at;
        this.#at += 1;
      } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        this.#passNested();
      } else {
        if (byte === COMMA) key = undefined;
        this.#at += 1;
      }
    }
    around.push(this.#text(aroundFrom, bytes.length));
    const value = JSON.parse(around.join("")) as object;
    for (const [name, elements] of arrays) {
      // Not by assignment, as the name may be __proto__.
      Object.defineProperty(value, name, { value: elements, writable: true, enumerable: true, configurable: true });
    }
    return value;
  }

  /** Every element from here to the end of the array, at whose bracket the reading then is. */
  async #elements(): Promise<unknown[]> {
    const bytes = this.#bytes;
    const elements: unknown[] = [];
    let from = this.#at;
    const take = (last: boolean): void => {
      const some = JSON.parse(`[${this.#text(from, this.#at)}]`) as unknown[];
      if (some.length === 0 && !(last && elements.length === 0)) throw new SyntaxError("A comma without an element.");
      for (const element of some) elements.push(element);
    };
    for (;;) {
      const byte = bytes[this.#at];
      if (byte === undefined) throw ended();
      if (byte === QUOTE) this.#passString();
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#passNested();
      else if (byte === CLOSE_ARRAY) break;
      else if (byte === COMMA && this.#at - from >= this.#slice) {
        take(false);
        this.#at += 1;
        from = this.#at;
        await nextTurn();
        if (this.#signal?.aborted === true) throw cancelled(this.#what);
      } else this.#at += 1;
    }
    take(true);
    return elements;
  }

  /** From an opening bracket to behind the closing one that belongs to it. */
  #passNested(): void {
    const bytes = this.#bytes;
    const end = bytes.length;
    let depth = 0;
    for (let at = this.#at; at < end; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) at = endOfString(bytes, at);
      else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
      else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
        depth -= 1;
        if (depth > 0) continue;
        this.#at = at + 1;
        return;
      }
    }
    throw ended();
  }

  /** From an opening quote to behind the closing one. */
  #passString(): void {
    this.#at = endOfString(this.#bytes, this.#at) + 1;
  }

  #text(from: number, to: number): string {
    const bytes = this.#bytes.subarray(from, to);
    return isAscii(bytes) ? bytes.toString("latin1") : sliceDecoder.decode(bytes);
  }
}

/** The closing quote of the string that opens at `at`. */
function endOfString(bytes: Buffer, at: number): number {
  const end = bytes.length;
  for (let next = at + 1; next < end; next += 1) {
    const byte = bytes[next];
    if (byte === QUOTE) return next;
    if (byte === BACKSLASH) next += 1;
  }
  throw ended();
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function ended(): SyntaxError {
  return new SyntaxError("The text ends too early.");
}
