/** Tokens, however they are minted: one at a time, kept until shortly before they die. */
import { cancelled } from "../errors.js";
import type { CredentialSource } from "../http/account-door.js";
import { safeUrl } from "../http/origins.js";

/** A token as its endpoint gave it. */
export interface Minted {
  value: string;
  /** Its whole life in seconds, where that was said. */
  life: number | undefined;
  /** What came with it and must not be seen either. */
  secrets?: readonly string[];
}

/** Where tokens come from. */
export interface Mint {
  /** The endpoint's address. */
  readonly url: string;
  /** @throws EoError AUTH_FAILED, FORBIDDEN, BAD_RESPONSE, BAD_INPUT, and what the door throws */
  mint(): Promise<Minted>;
}

interface Token {
  value: string;
  /** `performance.now()` from which it is no longer handed out. */
  staleAt: number;
  /** What the endpoint said about its life, in seconds. */
  life: number | undefined;
}

/** When the endpoint does not say how long a token lives. */
const UNKNOWN_LIFE_S = 300;
const MOST_SEEN = 40;

/** How long a token is used, in ms: its life less a minute, or half of a short life (design §4). */
export function usableMs(lifeSeconds: number): number {
  return 1000 * (lifeSeconds > 120 ? lifeSeconds - 60 : lifeSeconds / 2);
}

export class TokenSource implements CredentialSource {
  readonly #mint: Mint;
  #token: Token | undefined;
  #inFlight: Promise<Token> | undefined;
  /** Every token seen, so that none can be shown. The last few are enough: older ones are long dead. */
  readonly #seen: string[] = [];

  constructor(mint: Mint) {
    this.#mint = mint;
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
    return { url: safeUrl(this.#mint.url), ...(life === undefined ? {} : { expiresIn: life }) };
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
    this.#inFlight ??= this.#new().finally(() => (this.#inFlight = undefined));
    const shared = this.#inFlight;
    if (!signal) return await shared;
    return await new Promise<Token>((resolve, reject) => {
      const onAbort = (): void => reject(cancelled("The login"));
      signal.addEventListener("abort", onAbort, { once: true });
      shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    });
  }

  async #new(): Promise<Token> {
    const { value, life, secrets = [] } = await this.#mint.mint();
    this.#seen.push(value, ...secrets);
    this.#seen.splice(0, this.#seen.length - MOST_SEEN);
    this.#token = { value, staleAt: performance.now() + usableMs(life ?? UNKNOWN_LIFE_S), life };
    return this.#token;
  }
}

function bearer(token: Token): Record<string, string> {
  return { authorization: `Bearer ${token.value}` };
}
