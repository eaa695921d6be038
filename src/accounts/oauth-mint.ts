/** Tokens from an OAuth2 token endpoint (RFC 6749), by client credentials or by user name and password. */
import { EoError, badInput } from "../errors.js";
import type { AccountDoor, WholeAnswer } from "../http/account-door.js";
import { errorOfAnswer } from "../http/answer-errors.js";
import { isLoopback, parseUrl, safeUrl } from "../http/origins.js";
import { serviceWords } from "../http/service-words.js";
import type { Mint, Minted } from "./token-source.js";

export interface TokenRequest {
  grant: "client_credentials" | "password";
  clientId: string;
  clientSecret: string;
  username?: string;
  password?: string;
}

const TOKEN_BYTES = 1024 * 1024;

/** @throws EoError BAD_INPUT for an address that no secret is sent to */
export function tokenEndpoint(address: string): URL {
  const url = parseUrl(address);
  if (!url || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)))) {
    throw badInput(
      `The account's token endpoint ${safeUrl(address)} is not an https address. A key is not sent over plain http.`,
    );
  }
  return url;
}

export class OAuthMint implements Mint {
  readonly #door: AccountDoor;
  readonly url: string;
  readonly #scope: string;
  readonly #request: TokenRequest;
  readonly #hint: () => string | undefined;

  /** `door` must be one that adds no credentials of its own. `hint`: what to say when the key looks like another kind. */
  constructor(
    door: AccountDoor,
    tokenUrl: string,
    scope: string,
    request: TokenRequest,
    hint: () => string | undefined,
  ) {
    this.#door = door;
    this.url = tokenUrl;
    this.#scope = scope;
    this.#request = request;
    this.#hint = hint;
  }

  async mint(): Promise<Minted> {
    const url = tokenEndpoint(this.url);
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
    return { value: token.access_token, life: token.expires_in };
  }

  /** Sends the form through the door and hands back only what a token answer needs. */
  async #ask(body: string): Promise<Response> {
    const answer = await this.#door.whole(
      {
        method: "POST",
        url: this.url,
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
    const url = safeUrl(this.url);
    return new EoError("BAD_RESPONSE", `The login failed: the token endpoint ${url} answered with ${came}.`, { url });
  }

  /** A refusal names the step: "the token endpoint said invalid_client" is not "the search said 403". */
  #refusal(answer: WholeAnswer): EoError {
    const url = safeUrl(this.url);
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
