/** The one door out: every request of an account leaves here. Implements the interface in door.ts. */
import type { Dispatcher } from "undici";
import { EoError, asEoError, cancelled } from "../errors.js";
import { FarBody } from "../thread/far-body.js";
import { errorOfAnswer, errorOfConnection, isCertificateTrouble } from "./answer-errors.js";
import { boundedBody, errorBody } from "./body.js";
import type { AccountDispatcher } from "./dispatcher.js";
import type { AnswerHeaders, Door, DoorAnswer, DoorRequest, JsonAnswer, JsonOptions } from "./door.js";
import { isRepeatable } from "./door.js";
import { asFinal, isFinal } from "./final.js";
import { httpUrl, parseUrl, safeUrl, type OwnedOrigins } from "./origins.js";
import { parseJson, textOf } from "./json-text.js";
import { LONGEST_WAIT_MS, capital, hostHolds, type Place, type RateLimit } from "./pace.js";
import { redactor } from "./redact.js";
import { waitAsked } from "./retry-after.js";
import { Closing, Scope } from "./scope.js";
import { send } from "./send.js";
import { oneLine } from "./service-words.js";

/** What makes a request the account's. */
export interface CredentialSource {
  /** The headers to add. May ask a token endpoint. */
  headers(signal: AbortSignal | undefined): Promise<Record<string, string>>;
  /**
   * The server refused `used`: get new ones, once for all callers that used the same. False when there is nothing
   * to renew, as with a fixed key.
   */
  renew(used: Record<string, string>, signal: AbortSignal | undefined): Promise<boolean>;
  /** Whether `used` may still be sent. Absent: credentials that never age. */
  fresh?(used: Record<string, string>): boolean;
}

export interface DoorParts {
  dispatcher: AccountDispatcher;
  origins: OwnedOrigins;
  rate: RateLimit;
  credentials?: CredentialSource | undefined;
  /** Everything that must never be seen in a text. */
  secrets: () => Iterable<string>;
  /** What to say when the key was sent and refused. */
  refusedKey?: () => string | undefined;
  /** Throws BAD_INPUT while the account is not usable; called before anything is sent. */
  guard?: () => void;
}

const MOST_REDIRECTS = 20;
const HEAD_TIMEOUT_MS = 30_000;
const BODY_TIMEOUT_MS = 30_000;
/** What is read of an answer that nobody wants, so that its connection can serve again. */
const DROP_BYTES = 64 * 1024;
const DROP_MS = 5_000;
const PAGE_BYTES = 64 * 1024 * 1024;
/** What is looked at of a body that is not JSON: 4096 characters at least. */
const SHOWN_BYTES = 4 * 4096;
const TRIES = 4;
const BUDGET_MS = 45_000;
const USER_AGENT = "node-red-eo";

class Headers implements AnswerHeaders {
  readonly #values: Record<string, string | string[] | undefined>;
  constructor(values: Record<string, string | string[] | undefined>) {
    this.#values = values;
  }
  get(name: string): string | undefined {
    return this.all(name)[0];
  }
  all(name: string): string[] {
    const value = this.#values[name];
    return value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
}

/** A whole answer of any status that is not worth repeating. */
export interface WholeAnswer extends Omit<JsonAnswer, "value"> {
  body: Buffer;
  cut: boolean;
}

/** One address to ask, on the way along the redirects. */
interface Step {
  url: URL;
  method: NonNullable<DoorRequest["method"]>;
  body: DoorRequest["body"];
}

/** An answer, and what it asks to wait in ms. */
interface Opened {
  answer: DoorAnswer;
  wait: number | undefined;
}

export class AccountDoor implements Door {
  readonly #parts: DoorParts;
  readonly redact: (text: string) => string;
  readonly #closing = new Closing();

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.redact = redactor(parts.secrets);
  }

  owns(url: string): boolean {
    const parsed = parseUrl(url);
    return parsed !== undefined && this.#parts.origins.owns(parsed);
  }

  async open(request: DoorRequest): Promise<DoorAnswer> {
    const scope = new Scope(request.signal, this.#closing);
    try {
      return (await this.#open(request, scope, request.signal)).answer;
    } finally {
      scope.end();
    }
  }

  /** Follows the redirects. `life` ends the answer's body. */
  async #open(request: DoorRequest, scope: Scope, life: AbortSignal | undefined): Promise<Opened> {
    this.#parts.guard?.();
    const most = request.redirects ?? MOST_REDIRECTS;
    let step: Step = { url: httpUrl(request.url, request.what), method: request.method ?? "GET", body: request.body };
    const renewal = { done: false };
    for (let hop = 1; ; hop += 1) {
      const answer = await this.#ask(request, step, scope, life, renewal);
      const location = answer.headers.get("location");
      const redirect = [301, 302, 303, 307, 308].includes(answer.status) && location !== undefined;
      if (!redirect || most === 0) {
        const wait = isRepeatable(answer.status) ? waitAsked(answer.headers, Date.now()) : undefined;
        if (wait !== undefined) hostHolds.hold(step.url.host, wait);
        return { answer, wait };
      }
      drop(answer);
      if (hop > most) throw this.#badRedirect(request, answer, `more than ${most} redirects`);
      step = this.#nextStep(request, step, answer, location);
    }
  }

  #nextStep(request: DoorRequest, step: Step, answer: DoorAnswer, location: string): Step {
    // Header values come as Latin-1; an address outside ASCII was sent as UTF-8.
    const url = parseUrl(Buffer.from(location, "latin1").toString("utf8"), step.url.href);
    if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
      throw this.#badRedirect(request, answer, "a redirect to something that is not an http address");
    }
    url.username = "";
    url.password = "";
    url.hash = "";
    // 303 asks for a GET. A search that lost its body at a 301 would be another search, so the others keep both.
    if (answer.status === 303 && step.method !== "HEAD") return { url, method: "GET", body: undefined };
    return { ...step, url };
  }

  #badRedirect(request: DoorRequest, answer: DoorAnswer, why: string): EoError {
    const message = `${capital(request.what)} failed: ${safeUrl(request.url)} answered with ${why}. Check the address.`;
    return new EoError("BAD_RESPONSE", message, { status: answer.status, url: safeUrl(answer.url) });
  }

  /** One address, with the account's credentials where it owns the origin, renewed once when they are refused. */
  async #ask(
    request: DoorRequest,
    step: Step,
    scope: Scope,
    life: AbortSignal | undefined,
    renewal: { done: boolean },
  ): Promise<DoorAnswer> {
    const source =
      request.credentials !== false && this.#parts.origins.owns(step.url) ? this.#parts.credentials : undefined;
    const first = await this.#send(request, step, scope, life, source);
    const refused = first.answer.status === 401 || first.answer.status === 403;
    if (!refused || !source || renewal.done) return first.answer;
    renewal.done = true;
    let renewed: boolean;
    try {
      renewed = await this.#login(scope, () => source.renew(first.credentials, scope.signal));
    } catch (error) {
      drop(first.answer);
      throw error;
    }
    if (!renewed) return first.answer;
    drop(first.answer);
    return (await this.#send(request, step, scope, life, source)).answer;
  }

  /** Work at the token endpoint. It has its own time and its own repeats, so the request is not repeated for it. */
  async #login<T>(scope: Scope, work: () => Promise<T>): Promise<T> {
    try {
      return await scope.uncounted(work);
    } catch (error) {
      throw asFinal(asEoError(error));
    }
  }

  async #send(
    request: DoorRequest,
    step: Step,
    scope: Scope,
    life: AbortSignal | undefined,
    source: CredentialSource | undefined,
  ): Promise<{ answer: DoorAnswer; credentials: Record<string, string> }> {
    const { place, credentials } = await this.#ready(request, step, scope, source);
    const { url, method, body } = step;
    const headers: Record<string, string> = { "user-agent": USER_AGENT, ...request.headers, ...credentials };
    if (body === undefined) delete headers["content-type"];
    const stream = typeof body === "object" && "open" in body ? body : undefined;
    if (stream) headers["content-length"] = String(stream.length);
    const sending = stream ? stream.open() : (body as string | Buffer | undefined);
    let sentAt = performance.now();
    try {
      const { dispatcher } = this.#parts;
      const order = {
        method,
        headers,
        body: sending,
        head: scope.signal,
        life,
        headTimeout: request.headTimeout ?? HEAD_TIMEOUT_MS,
        onSent: () => {
          sentAt = performance.now();
          place.sent();
        },
      };
      const answer = request.file
        ? await dispatcher.line.send({
            ...order,
            // What asks for a file is short.
            body: typeof sending === "string" ? sending : undefined,
            url: url.href,
            stallMs: request.file.stallMs,
          })
        : await send({ ...order, url, dispatcher, bodyTimeout: request.bodyTimeout ?? BODY_TIMEOUT_MS });
      return {
        credentials,
        answer: {
          status: answer.statusCode,
          headers: new Headers(answer.headers),
          url: url.href,
          owned: this.#parts.origins.owns(url),
          authorized: Object.keys(credentials).length > 0,
          sentAt,
          body: answer.body,
        },
      };
    } catch (error) {
      throw this.#broken(request, url.href, scope, error);
    } finally {
      place.free();
    }
  }

  /**
   * Waits until the request may leave: the host's Retry-After, the credentials, the account's rate. What was true may
   * have changed while waiting for the rest, so it is looked at again.
   */
  async #ready(
    request: DoorRequest,
    step: Step,
    scope: Scope,
    source: CredentialSource | undefined,
  ): Promise<{ place: Place; credentials: Record<string, string> }> {
    const { signal } = scope;
    for (let round = 1; ; round += 1) {
      await scope.uncounted(() => hostHolds.pass(step.url.host, signal, request.what));
      const credentials = source ? await this.#login(scope, () => source.headers(signal)) : {};
      const place = await scope.uncounted(() => this.#parts.rate.take(signal, request.what));
      const stale = source?.fresh?.(credentials) === false;
      // Tokens may live shorter than the wait for a place: the second one is tried as it is.
      if (!hostHolds.held(step.url.host) && (!stale || round > 1)) return { place, credentials };
      place.free();
    }
  }

  #broken(request: DoorRequest, url: string, scope: Scope, error: unknown): EoError {
    if (scope.cancelled || scope.signal.aborted) return cancelled(capital(request.what));
    const broken = errorOfConnection(request.what, url, error, this.redact);
    return isCertificateTrouble(broken) ? asFinal(broken) : broken;
  }

  /**
   * The whole answer, repeated while it may pass (contract, "Repeats"): at most `tries` requests within `budget` ms,
   * not counting what Retry-After, the account's rate and the login take. Statuses that are not worth repeating are
   * returned.
   * @throws EoError as `open`, and the last error of the tries.
   */
  async whole(request: DoorRequest, options: JsonOptions = {}): Promise<WholeAnswer> {
    const { default: pRetry } = await import("p-retry");
    const budget = options.budget ?? BUDGET_MS;
    const scope = new Scope(request.signal, this.#closing, budget);
    let last: EoError | undefined;
    try {
      if (scope.cancelled) throw cancelled(capital(request.what));
      return await pRetry(() => this.#attempt(request, scope, options.maxBytes ?? PAGE_BYTES), {
        retries: (options.tries ?? TRIES) - 1,
        // A smaller budget has smaller pauses.
        minTimeout: Math.min(500, budget / 90),
        factor: 2.5,
        maxTimeout: 8000,
        randomize: true,
        signal: scope.signal,
        shouldRetry: ({ error }) => {
          if (!(error instanceof EoError) || !mayPass(error)) return false;
          last = error;
          return true;
        },
      });
    } catch (error) {
      if (scope.cancelled) throw cancelled(capital(request.what));
      if (scope.timedOut && !(error instanceof EoError && error.code !== "CANCELLED")) throw last ?? outOfTime(request);
      throw error;
    } finally {
      scope.end();
    }
  }

  async #attempt(request: DoorRequest, scope: Scope, limit: number): Promise<WholeAnswer> {
    const { answer, wait } = await this.#open(request, scope, scope.signal);
    if (isRepeatable(answer.status)) throw await this.#errorOf(answer, request.what, wait);
    try {
      const { bytes, cut } = await boundedBody(answer.body, answer.headers, limit);
      const { status, headers, url, owned, authorized } = answer;
      return { status, headers, url, owned, authorized, body: bytes, cut };
    } catch (error) {
      if (!(error instanceof EoError)) throw this.#broken(request, answer.url, scope, error);
      const { status } = answer;
      const url = safeUrl(answer.url);
      const message = `${capital(request.what)} failed: ${url} answered ${status}. ${this.redact(error.message)}`;
      throw new EoError(error.code, message, { status, url });
    }
  }

  async json(request: DoorRequest, options: JsonOptions = {}): Promise<JsonAnswer> {
    const limit = options.maxBytes ?? PAGE_BYTES;
    const headers = {
      accept: "application/geo+json, application/json",
      "accept-encoding": "gzip, br",
      ...request.headers,
    };
    const { body, cut, ...answer } = await this.whole({ ...request, headers }, options);
    if (answer.status < 200 || answer.status > 299) throw this.errorOfWhole({ ...answer, body, cut }, request.what);
    const url = safeUrl(answer.url);
    const fail = (why: string): EoError =>
      new EoError("BAD_RESPONSE", `${capital(request.what)} failed: ${url} answered ${answer.status} ${why}.`, {
        status: answer.status,
        url,
      });
    if (cut) throw fail(`with more than ${limit} bytes. Ask for fewer items a page`);
    try {
      return { ...answer, value: await parseJson(body, capital(request.what), request.signal) };
    } catch (error) {
      if (error instanceof EoError) throw error;
      const text = textOf(body.subarray(0, SHOWN_BYTES));
      if (text.trim() === "" && textOf(body).trim() === "")
        throw fail("with an empty body. Check that the address is an API");
      // Starred before it is cut, so that no half of a secret is left.
      const start = oneLine(this.redact(text.slice(0, 4096)), 80);
      throw fail(`with something that is not JSON ("${start}"). Check that the address is an API`);
    }
  }

  /** The error for a whole answer that is not what was wanted. */
  errorOfWhole(answer: WholeAnswer, what: string): EoError {
    const facts = { ...answer, withheld: this.#withheld(answer), ...this.#hint(answer) };
    return errorOfAnswer(what, facts, this.redact);
  }

  errorOf(answer: DoorAnswer, what: string): Promise<EoError> {
    const wait = isRepeatable(answer.status) ? waitAsked(answer.headers, Date.now()) : undefined;
    return this.#errorOf(answer, what, wait);
  }

  async #errorOf(answer: DoorAnswer, what: string, wait: number | undefined): Promise<EoError> {
    const body = await errorBody(answer.body, answer.headers);
    const { status, url } = answer;
    const facts = { status, url, body, withheld: this.#withheld(answer), ...this.#hint(answer) };
    if (wait === undefined || wait <= LONGEST_WAIT_MS) return errorOfAnswer(what, facts, this.redact);
    return asFinal(errorOfAnswer(what, { ...facts, retryAt: new Date(Date.now() + wait) }, this.redact));
  }

  #withheld(answer: { owned: boolean; authorized: boolean }): boolean {
    return this.#parts.credentials !== undefined && !answer.owned && !answer.authorized;
  }

  #hint(answer: { authorized: boolean }): { hint?: string } {
    const hint = answer.authorized ? this.#parts.refusedKey?.() : undefined;
    return hint === undefined ? {} : { hint };
  }

  /** Ends every connection and every wait; requests under way end in CANCELLED. */
  async close(): Promise<void> {
    this.#closing.close();
    await this.#parts.dispatcher.destroy();
  }
}

function outOfTime(request: DoorRequest): EoError {
  const url = safeUrl(request.url);
  const message = `${capital(request.what)} failed: no whole answer from ${url} in time. Try again later.`;
  return new EoError("TIMEOUT", message, { url });
}

/** Lets a small body run out, so that its connection can serve again; ends a large or slow one. */
function drop(answer: DoorAnswer): void {
  const { body } = answer;
  if (body instanceof FarBody) return void body.dump(DROP_BYTES, DROP_MS);
  if (!("dump" in body) || typeof body.dump !== "function") return void body.destroy();
  const dumping = (body as unknown as Dispatcher.ResponseData["body"]).dump({
    limit: DROP_BYTES,
    signal: AbortSignal.timeout(DROP_MS),
  });
  dumping.catch(() => undefined);
}

/** Whether the same request may succeed when it is sent again. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof EoError) || isFinal(error)) return false;
  if (error.code === "NETWORK" || error.code === "TIMEOUT") return true;
  return error.cause.status !== undefined && isRepeatable(error.cause.status);
}
