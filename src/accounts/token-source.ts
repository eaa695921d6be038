/** Tokens from an OAuth2 token endpoint: one at a time, kept until shortly before they die. */
import { EoError, badInput, cancelled } from "../errors.js";
import type { AccountDoor, CredentialSource, WholeAnswer } from "../http/account-door.js";
import { errorOfAnswer } from "../http/answer-errors.js";
import { isLoopback, parseUrl, safeUrl } from "../http/origins.js";
import { serviceWords } from "../http/service-words.js";

export interface TokenRequest {
  grant: "client_credentials" | "password";
  clientId: string;
  clientSecret: string;
  username?: string;
  password?: string;
}

interface Token {
  value: string;
  /** `performance.now()` from which it is no longer handed out. */
  staleAt: number;
  /** What the endpoint said about its life, in seconds. */
  life: number | undefined;
}

const TOKEN_BYTES = 1024 * 1024;
/** When the endpoint does not say how long a token lives. */
const UNKNOWN_LIFE_S = 300;

/** How long a token is used, in ms: its life less a minute, or half of a short life (design §4). */
export function usableMs(lifeSeconds: number): number {
  return 1000 * (lifeSeconds > 120 ? lifeSeconds - 60 : lifeSeconds / 2);
}

export class TokenSource implements CredentialSource {
  readonly #door: AccountDoor;
  readonly #tokenUrl: string;
  readonly #scope: string;
  readonly #request: TokenRequest;
  readonly #hint: () => string | undefined;
  #token: Token | undefined;
  #inFlight: Promise<Token> | undefined;
  /** Every token seen, so that none can be shown. The last few are enough: older ones are long dead. */
  readonly #seen: string[] = [];

  /** `door` must be one that adds no credentials of its own. `hint`: what to say when the key looks like another kind. */
  constructor(
    door: AccountDoor,
    tokenUrl: string,
    scope: string,
    request: TokenRequest,
    hint: () => string | undefined,
  ) {
    this.#door = door;
    this.#tokenUrl = tokenUrl;
    this.#scope = scope;
    this.#request = request;
    this.#hint = hint;
  }

  secrets(): string[] {
    return this.#seen;
  }

  async headers(signal: AbortSignal | undefined): Promise<Record<string, string>> {
    if (this.#token && performance.now() < this.#token.staleAt) return bearer(this.#token);
    return bearer(await this.#shared(signal));
  }

  async renew(used: Record<string, string>, signal: AbortSignal | undefined): Promise<boolean> {
    // Somebody else has renewed it since: that one is good for this caller too.
    if (this.#token && bearer(this.#token)["authorization"] !== used["authorization"]) return true;
    this.#token = undefined;
    await this.#shared(signal);
    return true;
  }

  /** A token, new where none is at hand: who gave it, and its whole life in seconds where that was said. */
  async login(signal: AbortSignal | undefined): Promise<{ url: string; expiresIn?: number }> {
    await this.headers(signal);
    const life = this.#token?.life;
    return { url: safeUrl(this.#tokenUrl), ...(life === undefined ? {} : { expiresIn: life }) };
  }

  fresh(used: Record<string, string>): boolean {
    const token = this.#token;
    return (
      token !== undefined &&
      performance.now() < token.staleAt &&
      bearer(token)["authorization"] === used["authorization"]
    );
  }

  /** One request for all who wait; a caller who leaves does not take the token from the others. */
  async #shared(signal: AbortSignal | undefined): Promise<Token> {
    if (signal?.aborted) throw cancelled("The login");
    this.#inFlight ??= this.#mint().finally(() => (this.#inFlight = undefined));
    const shared = this.#inFlight;
    if (!signal) return await shared;
    return await new Promise<Token>((resolve, reject) => {
      const onAbort = (): void => reject(cancelled("The login"));
      signal.addEventListener("abort", onAbort, { once: true });
      shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  async #mint(): Promise<Token> {
    const url = parseUrl(this.#tokenUrl);
    if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))) {
      throw badInput(
        `The account's token endpoint ${safeUrl(this.#tokenUrl)} is not an https address. A key is not sent over plain http.`,
      );
    }
    const oauth = await import("oauth4webapi");
    const server = { issuer: url.origin, token_endpoint: url.href };
    const client = { client_id: this.#request.clientId };
    const authentication = this.#request.clientSecret
      ? oauth.ClientSecretPost(this.#request.clientSecret)
      : oauth.None();
    const scope: Record<string, string> = this.#scope ? { scope: this.#scope } : {};
    const options = {
      // On loopback only, as checked above.
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to make it stand out
      [oauth.allowInsecureRequests]: url.protocol === "http:",
      [oauth.customFetch]: (_url: string, init: { body?: unknown }): Promise<Response> => this.#ask(String(init.body)),
    };
    const answer =
      this.#request.grant === "password"
        ? await oauth.genericTokenEndpointRequest(
            server,
            client,
            authentication,
            "password",
            { ...scope, username: this.#request.username ?? "", password: this.#request.password ?? "" },
            options,
          )
        : await oauth.clientCredentialsGrantRequest(server, client, authentication, scope, options);
    let token;
    try {
      token = await oauth.processGenericTokenEndpointResponse(server, client, answer);
    } catch {
      throw this.#notAToken("an answer that is not a token answer");
    }
    const seconds = token.expires_in ?? UNKNOWN_LIFE_S;
    this.#seen.push(token.access_token);
    if (this.#seen.length > 20) this.#seen.shift();
    this.#token = {
      value: token.access_token,
      staleAt: performance.now() + usableMs(seconds),
      life: token.expires_in,
    };
    return this.#token;
  }

  /** Sends the form through the door and hands back only what a token answer needs. */
  async #ask(body: string): Promise<Response> {
    const answer = await this.#door.whole(
      {
        method: "POST",
        url: this.#tokenUrl,
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body,
        what: "the login at the token endpoint",
        credentials: false,
        // A login must not be carried on to wherever a redirect points.
        redirects: 0,
      },
      { maxBytes: TOKEN_BYTES },
    );
    if (answer.status >= 300 && answer.status < 400)
      throw this.#notAToken("a redirect. Check the token endpoint's address");
    if (answer.status !== 200) throw this.#refusal(answer);
    if (answer.cut) throw this.#notAToken(`more than ${TOKEN_BYTES} bytes`);
    let fields: unknown;
    try {
      fields = JSON.parse(new TextDecoder().decode(answer.body));
    } catch {
      throw this.#notAToken("something that is not JSON");
    }
    return new Response(JSON.stringify(this.#needed(fields)), { headers: { "content-type": "application/json" } });
  }

  /**
   * What is used of a token answer; the rest need not be believed. Some servers leave out the token type, or send the
   * lifetime as text.
   */
  #needed(fields: unknown): Record<string, unknown> {
    const { access_token, token_type, expires_in } = (fields ?? {}) as Record<string, unknown>;
    if (typeof access_token !== "string" || access_token === "") throw this.#notAToken("an answer without a token");
    if (!/^[\x21-\x7e]+$/.test(access_token)) throw this.#notAToken("a token that cannot be sent in a header");
    const seconds = typeof expires_in === "string" && expires_in.trim() !== "" ? Number(expires_in) : expires_in;
    const known = typeof seconds === "number" && Number.isFinite(seconds) && seconds > 0;
    return { access_token, token_type: token_type ?? "Bearer", ...(known ? { expires_in: seconds } : {}) };
  }

  #notAToken(came: string): EoError {
    const url = safeUrl(this.#tokenUrl);
    return new EoError("BAD_RESPONSE", `The login failed: the token endpoint ${url} answered with ${came}.`, { url });
  }

  /** A refusal names the step: "the token endpoint said invalid_client" is not "the search said 403". */
  #refusal(answer: WholeAnswer): EoError {
    const url = safeUrl(this.#tokenUrl);
    const words = serviceWords(Buffer.from(this.#door.redact(answer.body.toString("utf8"))));
    const said = this.#door.redact(words.text);
    if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403) {
      return errorOfAnswer("the login at the token endpoint", { ...answer, withheld: false }, this.#door.redact);
    }
    const advice: Record<string, string> = {
      unauthorized_client:
        "The client id is known, but the secret is wrong or has been replaced. Enter the secret again.",
      invalid_client: "No such client id, or it is switched off. Check the client id.",
      invalid_grant: "The user name or password is wrong, or the user is locked out.",
      invalid_scope: "The account's scope is not allowed. Correct it or leave it blank.",
    };
    const next = [advice[words.code ?? ""] ?? "Check the credentials in the account node.", this.#hint()]
      .filter(Boolean)
      .join(" ");
    return new EoError(
      answer.status === 403 ? "FORBIDDEN" : "AUTH_FAILED",
      `The login failed: the token endpoint ${url} answered ${answer.status}${said ? `: ${said.replace(/\.+$/, "")}` : ""}. ${next}`,
      {
        status: answer.status,
        url,
        ...(words.code ? { code: this.#door.redact(words.code) } : {}),
        ...(words.ticket ? { ticket: this.#door.redact(words.ticket) } : {}),
        ...(said ? { message: said } : {}),
      },
    );
  }
}

function bearer(token: Token): Record<string, string> {
  return { authorization: `Bearer ${token.value}` };
}
