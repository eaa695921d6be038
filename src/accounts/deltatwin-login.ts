/** Tokens of DeltaTwin: a login with user name and password, then a refresh token (facts/deltatwin-sesameo.md §3.1). */
import { EoError } from "../errors.js";
import type { AccountDoor, WholeAnswer } from "../http/account-door.js";
import { errorOfAnswer } from "../http/answer-errors.js";
import { safeUrl } from "../http/origins.js";
import { isRecord } from "../stac/item.js";
import { tokenEndpoint } from "./oauth-mint.js";
import { usableMs, type Mint, type Minted } from "./token-source.js";

const ANSWER_BYTES = 1024 * 1024;

interface Refresh {
  token: string;
  /** `performance.now()` from which it is not worth a try. */
  deadAt: number;
}

export class DeltaTwinLogin implements Mint {
  readonly url: string;
  readonly #door: AccountDoor;
  readonly #user: { username: string; password: string };
  #refresh: Refresh | undefined;

  /** @param door one that adds no credentials of its own */
  constructor(door: AccountDoor, url: string, user: { username: string; password: string }) {
    this.#door = door;
    this.url = url;
    this.#user = user;
  }

  /** By the refresh token while that lives; when the service refuses it, with the password. */
  async mint(): Promise<Minted> {
    tokenEndpoint(this.url);
    const refresh = this.#refresh;
    // Some services let it be used once only.
    this.#refresh = undefined;
    if (refresh && performance.now() < refresh.deadAt) {
      const answer = await this.#ask({ refresh_token: refresh.token });
      if (answer.status === 200 || answer.status === 201) return this.#take(answer);
      if (answer.status < 400 || answer.status > 499) throw this.#refusal(answer);
    }
    const answer = await this.#ask(this.#user);
    if (answer.status !== 200 && answer.status !== 201) throw this.#refusal(answer);
    return this.#take(answer);
  }

  async #ask(body: object): Promise<WholeAnswer> {
    return await this.#door.whole(
      {
        method: "POST",
        url: this.url,
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(body),
        what: "the login",
        credentials: false,
        // A login must not be carried on to wherever a redirect points.
        redirects: 0,
      },
      { maxBytes: ANSWER_BYTES },
    );
  }

  #take(answer: WholeAnswer): Minted {
    let fields: unknown;
    try {
      fields = JSON.parse(answer.body.toString("utf8"));
    } catch {
      throw this.#badAnswer("something that is not JSON");
    }
    const { access_token, expires_in, refresh_token, refresh_expires_in } = isRecord(fields) ? fields : {};
    if (typeof access_token !== "string" || access_token === "") throw this.#badAnswer("an answer without a token");
    if (!/^[\x21-\x7e]+$/.test(access_token)) throw this.#badAnswer("a token that cannot be sent in a header");
    const life = seconds(expires_in);
    if (typeof refresh_token !== "string" || refresh_token === "") return { value: access_token, life };
    this.#refresh = {
      token: refresh_token,
      deadAt: performance.now() + usableMs(seconds(refresh_expires_in) ?? 0),
    };
    return { value: access_token, life, secrets: [refresh_token] };
  }

  #badAnswer(came: string): EoError {
    const url = safeUrl(this.url);
    return new EoError("BAD_RESPONSE", `The login failed: ${url} answered with ${came}. Check the account's address.`, {
      url,
    });
  }

  #refusal(answer: WholeAnswer): EoError {
    const error = errorOfAnswer("the login", { ...answer, withheld: false }, this.#door.redact);
    const url = safeUrl(answer.url);
    if (answer.status >= 300 && answer.status < 400) return this.#badAnswer("a redirect");
    if (answer.status === 410 || answer.status === 404) {
      return new EoError(
        "BAD_RESPONSE",
        `The login failed: ${url} answered ${answer.status}. Check the account's address; if it is right, the service does not speak version 2.0 of its API any more.`,
        error.cause,
      );
    }
    if (answer.status !== 400 && answer.status !== 401 && answer.status !== 403 && answer.status !== 422) return error;
    const said = error.cause.message === undefined ? "" : `: ${error.cause.message.replace(/[.\s]+$/, "")}`;
    return new EoError(
      answer.status === 403 ? "FORBIDDEN" : "AUTH_FAILED",
      `The login failed: ${url} answered ${answer.status}${said}. The user name or password is wrong, or the account can log in on the web page only.`,
      error.cause,
    );
  }
}

function seconds(value: unknown): number | undefined {
  const found = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof found === "number" && Number.isFinite(found) && found > 0 ? found : undefined;
}
