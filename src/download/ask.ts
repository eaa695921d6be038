/** Asks for a file, or for the rest of one, until a product answers: apologies, pointers and parts are told apart here. */
import { EoError } from "../errors.js";
import type { AnswerHeaders, Door, DoorAnswer } from "../http/door.js";
import { safeUrl } from "../http/origins.js";
import { digestsInHeaders } from "./digests/digest-headers.js";
import { firstWords, kindOf, mayBe, pointerOf } from "./first-bytes.js";
import { guards } from "./guards.js";
import { Incoming } from "./incoming.js";
import { bareType, split } from "./names.js";
import { nameSent } from "./naming.js";
import { isNotReady } from "./orders/ordering.js";
import { OVERLAP, type Part, type PartFacts } from "./part.js";
import { ignoresRange, noteIgnoresRange } from "./range-memory.js";
import type { FileRequest } from "./requests.js";
import { contentRange, isSameVersion, rangeHeaders, validatorOf } from "./validator.js";

export interface AskSetup {
  door: Door;
  what: string;
  stallMs: number;
  signal: AbortSignal;
  /** Template of the file name; its ending may say that text is meant. */
  filename: string;
  /** What is not ready yet is thrown as `NotReady`. */
  order: boolean;
}

/** A product's body with what is known of it before it is written. */
export interface Product {
  answer: DoorAnswer;
  incoming: Incoming;
  /** First bytes; empty for a continued one. */
  head: Buffer;
  /** The body goes on where the part ends. */
  continued: boolean;
  facts: PartFacts;
  /** What was asked to get it. */
  asked: Asked;
}

/** An address, and whether the account's credentials may go there. */
export interface Asked {
  url: string;
  credentials: boolean;
}

/** The product was ordered, by us or by the server itself, and is not there yet. */
export class NotReady extends Error {
  readonly headers: AnswerHeaders;
  /** Where it will be. */
  readonly location: string | undefined;

  constructor(headers: AnswerHeaders, location?: string) {
    super("not ready");
    this.headers = headers;
    this.location = location;
  }
}

/** Asks for a file, or a part of it. @throws EoError as the door; STALLED when no answer comes in time */
export async function openFile(
  { door, what, stallMs, signal }: Pick<AskSetup, "door" | "what" | "stallMs" | "signal">,
  { url, credentials }: Asked,
  range: Record<string, string>,
): Promise<DoorAnswer> {
  try {
    return await door.open({
      url,
      what,
      headers: { accept: "*/*", "accept-encoding": "identity", ...range },
      credentials,
      signal,
      headTimeout: stallMs,
      file: { stallMs: guards.stall ? stallMs : 0 },
    });
  } catch (error) {
    if (error instanceof EoError && error.code === "TIMEOUT" && error.cause.code !== "UND_ERR_CONNECT_TIMEOUT") {
      const where = safeUrl(url);
      throw new EoError(
        "STALLED",
        `${what} stalled: ${where} sent nothing in ${stallMs / 1000} s. Try again later, or allow more time.`,
        { ...error.cause, url: where },
      );
    }
    throw error;
  }
}

type Found = Omit<Product, "asked"> | { pointer: string } | "start over";

/**
 * The file's answer.
 * @param url where it is, when the request's own address led elsewhere
 * @param part what is there already; continued where the server agrees
 * @throws NotReady; EoError
 */
export async function ask(
  setup: AskSetup,
  request: FileRequest,
  url: string,
  part: Part | undefined,
): Promise<Product> {
  return await new Asking(setup, request, url).product(part);
}

class Asking {
  readonly #setup: AskSetup;
  readonly #request: FileRequest;
  readonly #url: string;
  /** What was asked last. */
  #asked: Asked;

  constructor(setup: AskSetup, request: FileRequest, url: string) {
    this.#setup = setup;
    this.#request = request;
    this.#url = url;
    this.#asked = { url, credentials: true };
  }

  async product(part: Part | undefined): Promise<Product> {
    const facts = part?.facts;
    const rest = part?.canContinue === true && facts && !ignoresRange(facts.origin) ? part : undefined;
    const direct = rest && facts?.pointer === false ? rest : undefined;
    const found = await this.#once(this.#url, [this.#request.url], true, direct);
    if (!("pointer" in found)) return found;
    // Pointers lead to addresses that carry their own right; a key beside it is refused there. Where the account owns
    // the place and is asked for its key, it may give it.
    const urls = [this.#request.url, found.pointer];
    const behind = rest && facts?.pointer === true ? rest : undefined;
    const target = await this.#once(found.pointer, urls, false, behind);
    if (!("pointer" in target)) return { ...target, facts: { ...target.facts, pointer: true } };
    throw new EoError(
      "NOT_A_PRODUCT",
      `${this.#setup.what} failed: ${safeUrl(this.#url)} points to an address that points to yet another one.`,
      { url: safeUrl(found.pointer) },
    );
  }

  /** One address; asked once more, for the whole, where the rest cannot be had. */
  async #once(
    url: string,
    urls: string[],
    credentials: boolean,
    part: Part | undefined,
  ): Promise<Product | { pointer: string }> {
    const found = await this.#look(await this.#open(url, credentials, part), urls, part);
    if (found !== "start over") return { ...found, asked: this.#asked };
    const whole = await this.#look(await this.#open(url, credentials, undefined), urls, undefined);
    if (whole === "start over") throw new EoError("INTERNAL", "A whole file was taken for a part. Please report it.");
    return { ...whole, asked: this.#asked };
  }

  async #open(url: string, credentials: boolean, part: Part | undefined): Promise<DoorAnswer> {
    const answer = await this.#send(url, credentials, part);
    const refused = answer.status === 401 || answer.status === 403;
    if (credentials || !refused || !this.#setup.door.owns(url)) return answer;
    answer.body.destroy();
    return await this.#send(url, true, part);
  }

  async #send(url: string, credentials: boolean, part: Part | undefined): Promise<DoorAnswer> {
    this.#asked = { url, credentials };
    const validator = part?.facts?.validator;
    const range = part && validator ? rangeHeaders(validator, part.position - OVERLAP) : {};
    return await openFile(this.#setup, this.#asked, range);
  }

  /** Sorts out errors, apologies, pointers and parts by status and first bytes. */
  async #look(answer: DoorAnswer, urls: string[], part: Part | undefined): Promise<Found> {
    const { door, what, order } = this.#setup;
    const url = safeUrl(answer.url);
    if (part && (answer.status === 412 || answer.status === 416)) {
      answer.body.destroy();
      return "start over";
    }
    if (part && answer.status === 206) return await this.#continued(answer, part);
    const location = answer.headers.get("location");
    if (answer.status === 202) {
      answer.body.destroy();
      const target =
        location !== undefined && URL.canParse(location, answer.url) ? new URL(location, answer.url) : undefined;
      if (order && target && /^https?:$/.test(target.protocol)) throw new NotReady(answer.headers, target.href);
      throw new EoError("NOT_READY", `${what}: ${url} is preparing the product. Send the message again later.`, {
        status: answer.status,
        url,
      });
    }
    if (answer.status !== 200 && answer.status !== 203) {
      if (answer.status > 203 && answer.status < 300) {
        answer.body.destroy();
        const why = answer.status === 206 ? "a part of the file although the whole was asked for" : "no content";
        throw new EoError("BAD_RESPONSE", `${what} failed: ${url} answered ${answer.status}, ${why}.`, {
          status: answer.status,
          url,
        });
      }
      const error = await door.errorOf(answer, what);
      if (!isNotReady(error)) throw error;
      if (order) throw new NotReady(answer.headers);
      throw new EoError(
        "NOT_READY",
        `${error.message} Ordering and waiting are switched off in this node.`,
        error.cause,
      );
    }
    const validator = part?.facts?.validator;
    // The same version, whole, although the rest was asked for: this host does not do ranges.
    if (validator && isSameVersion(validator, answer.headers)) noteIgnoresRange(answer.url);
    return await this.#whole(answer, urls);
  }

  async #whole(answer: DoorAnswer, urls: string[]): Promise<Found> {
    const { what, stallMs, signal, filename } = this.#setup;
    const url = safeUrl(answer.url);
    const incoming = new Incoming(answer, {
      what,
      stallMs,
      signal,
      keepEncoded: isGzipFile(this.#request, answer),
    });
    let keep = false;
    try {
      const head = await incoming.look();
      if (head.length === 0) {
        if (incoming.isShort) throw incoming.short();
        throw new EoError("BAD_RESPONSE", `${what} failed: ${url} answered ${answer.status} with an empty body.`, {
          status: answer.status,
          url,
        });
      }
      const kind = kindOf(head, answer.headers.get("content-type"));
      const names = [...urls, nameSent(answer), filename];
      if (guards.firstBytes && kind !== undefined && !mayBe(kind, this.#request.type, names)) {
        const whole = kind === "json" ? await incoming.whole() : undefined;
        const pointer = whole === undefined ? undefined : pointerOf(whole, answer.url);
        if (pointer !== undefined) return { pointer };
        throw this.#notAProduct(kind, answer, head);
      }
      keep = true;
      return { answer, incoming, head, continued: false, facts: factsOf(answer, incoming) };
    } finally {
      if (!keep) incoming.drop();
    }
  }

  /** The rest of the part, when it certainly is that. */
  async #continued(answer: DoorAnswer, part: Part): Promise<Found> {
    const { what, stallMs, signal } = this.#setup;
    const facts = part.facts;
    const start = part.position - OVERLAP;
    const range = contentRange(answer.headers);
    const coding = answer.headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
    const length = answer.headers.get("content-length");
    const fits =
      facts?.validator !== undefined &&
      isSameVersion(facts.validator, answer.headers) &&
      coding === "identity" &&
      (!guards.contentRange ||
        (range !== undefined &&
          range.first === start &&
          range.total >= part.position &&
          (facts.total === undefined || range.total === facts.total) &&
          (length === undefined || Number(length) === range.last - range.first + 1)));
    if (!fits) {
      answer.body.destroy();
      return "start over";
    }
    const incoming = new Incoming(answer, {
      what,
      stallMs,
      signal,
      ...(range ? { expected: range.last - range.first + 1 } : {}),
    });
    let keep = false;
    try {
      const again = await incoming.take(OVERLAP);
      if (again.length < OVERLAP && incoming.isShort) throw incoming.short();
      if (guards.overlap && !again.equals(await part.tail())) return "start over";
      keep = true;
      return {
        answer,
        incoming,
        head: Buffer.alloc(0),
        continued: true,
        facts: { ...facts, ...(range ? { total: range.total } : {}), digests: digestsInHeaders(answer.headers, false) },
      };
    } finally {
      if (!keep) incoming.drop();
    }
  }

  #notAProduct(kind: string, answer: DoorAnswer, head: Buffer): EoError {
    const { what, door } = this.#setup;
    const url = safeUrl(answer.url);
    const words = door.redact(firstWords(head));
    const said = words === "" ? "" : `, and begins "${words}"`;
    return new EoError(
      "NOT_A_PRODUCT",
      `${what} failed: what ${url} sent is ${kind === "html" ? "an HTML page" : `${kind.toUpperCase()} text`}, not the product${said}. ` +
        `Open the address in a browser to see what the service says.`,
      { status: answer.status, url, ...(words === "" ? {} : { message: words }) },
    );
  }
}

/** What the bytes of a whole answer are. */
function factsOf(answer: DoorAnswer, incoming: Incoming): PartFacts {
  const total = incoming.encoded ? undefined : incoming.announced;
  // Decoded bytes have no places on the server that could be asked for.
  const ranges = !incoming.encoded && !/\bnone\b/i.test(answer.headers.get("accept-ranges") ?? "");
  const validator = ranges && !ignoresRange(answer.url) ? validatorOf(answer.headers) : undefined;
  return {
    ...(validator ? { validator } : {}),
    ...(total === undefined ? {} : { total }),
    origin: new URL(answer.url).origin,
    pointer: false,
    digests: incoming.encoded ? [] : digestsInHeaders(answer.headers, true),
  };
}

/** A .gz product labelled `Content-Encoding: gzip`: the label describes the file, it was not packed on the way. */
function isGzipFile(request: FileRequest, answer: DoorAnswer): boolean {
  if (!/^(x-)?gzip$/i.test((answer.headers.get("content-encoding") ?? "").trim())) return false;
  const types = [request.type, answer.headers.get("content-type")].map(bareType);
  if (types.some((type) => type === "application/gzip" || type === "application/x-gzip")) return true;
  const sent = nameSent(answer);
  return /(^|\.)t?gz$/i.test(split(sent ?? new URL(request.url).pathname).ext);
}
