/** Reads the head of an HTTP/1 answer as it comes, as strictly as undici's parser does. */

/** Not HTTP, or not as the standard wants it. */
export class HttpError extends Error {
  override readonly name = "HTTPParserError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Of names and values together, as in undici. */
const MOST_FIELDS = 16 * 1024;
/** A line that is longer without an end is no header. */
const LONGEST_LINE = 64 * 1024;
const LF = 10;

const STATUS = /^HTTP\/(0\.9|1\.0|1\.1|2\.0) (\d{3})(?: (.*))?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface Head {
  status: number;
  /** HTTP/1.1 or later: the connection stays by default. */
  lasting: boolean;
  /** Names in lower case; values as Latin-1. */
  headers: Record<string, string | string[] | undefined>;
}

/** The lines up to an empty one: first a status line, then fields; trailers are fields only. */
export class HeadReader {
  #line = "";
  #size = 0;
  #status: { status: number; lasting: boolean } | undefined;
  #fields: [name: string, value: string][] = [];
  readonly #trailer: boolean;

  constructor(trailer = false) {
    this.#trailer = trailer;
  }

  /** Takes bytes from `from` on; the index behind the head, undefined when more is to come. @throws HttpError */
  push(bytes: Buffer, from: number, to: number): number | undefined {
    for (let at = from; at < to;) {
      const end = bytes.indexOf(LF, at);
      const stop = end < 0 || end >= to ? to : end + 1;
      this.#line += bytes.toString("latin1", at, stop);
      at = stop;
      if (this.#line.length > LONGEST_LINE) throw tooLarge();
      if (!this.#line.endsWith("\n")) {
        this.#look();
        continue;
      }
      if (!this.#line.endsWith("\r\n")) throw new HttpError("HPE_STRICT", "A line does not end in CR LF.");
      const line = this.#line.slice(0, -2);
      this.#line = "";
      if (this.#isLast(line)) return at;
    }
    return undefined;
  }

  /** Nothing else than an answer begins so. */
  #look(): void {
    if (this.#trailer || this.#status || this.#line === "\r") return;
    if (!"HTTP/".startsWith(this.#line.slice(0, 5)))
      throw new HttpError("HPE_INVALID_CONSTANT", "The answer is not HTTP.");
  }

  #isLast(line: string): boolean {
    if (!this.#trailer && !this.#status) {
      // Empty lines before an answer are let pass.
      if (line === "") return false;
      const match = STATUS.exec(line);
      if (!match || !VALUE.test(match[3] ?? "")) throw new HttpError("HPE_INVALID_CONSTANT", "The answer is not HTTP.");
      this.#status = { status: Number(match[2]), lasting: match[1] === "1.1" };
      return false;
    }
    if (line === "") return true;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!NAME.test(name)) throw new HttpError("HPE_INVALID_HEADER_TOKEN", "A header's name is not valid.");
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (!VALUE.test(value)) throw new HttpError("HPE_INVALID_HEADER_TOKEN", "A header's value is not valid.");
    this.#size += name.length + value.length;
    if (this.#size >= MOST_FIELDS) throw tooLarge();
    this.#fields.push([name.toLowerCase(), value]);
    return false;
  }

  /** The whole head. */
  head(): Head {
    const { status, lasting } = this.#status ?? { status: 0, lasting: false };
    // Names such as __proto__ are names like others.
    const all = new Map<string, string | string[]>();
    for (const [name, value] of this.#fields) {
      const before = all.get(name);
      if (before === undefined) all.set(name, value);
      else if (typeof before === "string") all.set(name, [before, value]);
      else before.push(value);
    }
    return { status, lasting, headers: Object.fromEntries(all) };
  }
}

function tooLarge(): HttpError {
  return new HttpError("UND_ERR_HEADERS_OVERFLOW", "The answer's headers are too large.");
}
