/** One account: its provider, its origins and its door. */
import { badInput } from "../errors.js";
import { AccountDoor, type CredentialSource } from "../http/account-door.js";
import { accountDispatcher, proxySecrets, type ProxyOptions, type TlsOptions } from "../http/dispatcher.js";
import { OwnedOrigins, httpUrl, parseUrl, safeUrl } from "../http/origins.js";
import { RateLimit } from "../http/pace.js";
import { DeltaTwinLogin } from "./deltatwin-login.js";
import { OAuthMint } from "./oauth-mint.js";
import { providerIds, providerOf, type Provider, type SearchHabits } from "./provider.js";
import { HIDDEN_SECRETS, text, type AccountSecrets, type AccountSettings } from "./settings.js";
import { TokenSource, type Mint } from "./token-source.js";

export interface AccountConnection {
  tls?: TlsOptions | undefined;
  proxy?: ProxyOptions | undefined;
  /** Shared with another account of the same service; absent: one of its own. */
  rate?: RateLimit | undefined;
}

/** The last so many secrets that came later are remembered: a message may still hold an old one. */
const MOST_MINTED = 16;

function fixedCredentials(headers: Record<string, string>): CredentialSource {
  return { headers: () => Promise.resolve(headers), renew: () => Promise.resolve(false) };
}

function rateOf(settings: AccountSettings, provider: Provider): number {
  const value = String(settings.rate ?? "").trim();
  if (value === "") return provider.rate;
  const rate = Number(value);
  if (!Number.isFinite(rate) || rate < 0)
    throw badInput(`The account's rate "${value.slice(0, 40)}" is not a number of requests a second.`);
  return rate;
}

/** An account that is usable or says why not. Cheap to make; connects nowhere by itself. */
export class Account {
  readonly provider: Provider;
  /** Base URL of the STAC API, without a slash at its end. */
  readonly url: string;
  /** Base URL of the service, where that is another. */
  readonly service: string;
  readonly settings: AccountSettings;
  /** The S3 keys that were entered; undefined when there are none. */
  readonly s3Keys: () => { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** Keeps texts out of every message: secrets that came after the account was opened. */
  readonly hide: (...secrets: string[]) => void;
  /** What to say when the service refused the key. */
  readonly refusedKey: () => string | undefined;
  readonly door: AccountDoor;
  /** There are credentials that could be lost. */
  readonly hasKey: boolean;
  readonly rate: RateLimit;
  /** Requests a second; 0 = no limit. */
  readonly perSecond: number;
  /** The account's own requests carry its key: for SesamEO only where the header's name is known. */
  readonly sendsKey: boolean;
  readonly #lent: (() => string) | undefined;
  readonly #problem: string | undefined;
  readonly #doors: readonly AccountDoor[];
  readonly #tokens: readonly TokenSource[];

  private constructor(
    provider: Provider,
    urls: { url: string; service: string },
    settings: AccountSettings,
    refusedKey: () => string | undefined,
    hide: (...secrets: string[]) => void,
    s3Keys: Account["s3Keys"],
    doors: readonly [AccountDoor, ...AccountDoor[]],
    hasKey: boolean,
    problem: string | undefined,
    rate: { limit: RateLimit; perSecond: number },
    tokens: readonly TokenSource[],
    key: { sent: boolean; lent: (() => string) | undefined },
  ) {
    this.sendsKey = key.sent;
    this.#lent = key.lent;
    this.rate = rate.limit;
    this.perSecond = rate.perSecond;
    this.#tokens = tokens;
    this.hasKey = hasKey;
    this.provider = provider;
    this.url = urls.url;
    this.service = urls.service;
    this.settings = settings;
    this.refusedKey = refusedKey;
    this.hide = hide;
    this.s3Keys = s3Keys;
    this.door = doors[0];
    this.#doors = doors;
    this.#problem = problem;
  }

  /**
   * @throws EoError BAD_INPUT for settings no request could be made with (unknown provider, bad host list, bad rate).
   * Missing keys are thrown by `check`, so that an incomplete account can still be shown and tested.
   */
  static open(settings: AccountSettings, secrets: AccountSecrets, connection: AccountConnection = {}): Account {
    const provider = providerOf(text(settings.provider));
    if (!provider) {
      throw badInput(
        `The account's provider "${text(settings.provider).slice(0, 40)}" is not known. Known: ${providerIds().join(", ")}.`,
      );
    }
    const own =
      !text(settings.url) ||
      sameUrl(text(settings.url), provider.url ?? "") ||
      provider.isOwn?.(text(settings.url)) === true;
    const entered = (text(settings.url) || (provider.url ?? "")).replace(/\/+$/, "");
    const service = provider.service?.(entered) ?? entered;
    const url = provider.stac?.(entered) ?? entered;
    const tokenUrl = text(settings.tokenUrl) || (provider.tokenUrl ?? "");
    const hosts = [text(settings.hosts), own ? ownHosts(provider, service, settings) : ""].filter(Boolean).join(",");
    let problem = provider.problem(settings, secrets) ?? userinfoProblem([url, tokenUrl]);
    if (problem === undefined && url) httpUrl(url, "service in the account");

    const origins = new OwnedOrigins([url, tokenUrl], hosts);
    const perSecond = rateOf(settings, provider);
    const rate = connection.rate ?? new RateLimit(perSecond);
    const dispatcher = accountDispatcher(connection.tls, connection.proxy);
    const tokenSources: TokenSource[] = [];
    const tokenDoors: AccountDoor[] = [];
    const minted: string[] = [];
    const hidden = (): string[] => [
      ...minted,
      ...HIDDEN_SECRETS.map((name) => text(secrets[name])).filter(Boolean),
      ...(text(secrets.username) && secrets.password
        ? [Buffer.from(`${text(secrets.username)}:${secrets.password}`).toString("base64")]
        : []),
      ...proxySecrets(connection.proxy),
      ...tokenSources.flatMap((source) => source.secrets()),
    ];
    const parts = { dispatcher, origins, rate, secrets: hidden };
    const source = (mint: (door: AccountDoor) => Mint): TokenSource => {
      const tokenDoor = new AccountDoor(parts);
      const made = new TokenSource(mint(tokenDoor));
      tokenDoors.push(tokenDoor);
      tokenSources.push(made);
      return made;
    };
    const credentials = problem
      ? undefined
      : provider.credentials(settings, secrets, {
          fixed: fixedCredentials,
          tokens: (request) => {
            const scope = text(settings.scope) || (provider.scope ?? "");
            const hint = (): string | undefined => provider.wrongKey?.(secrets);
            return source((tokenDoor) => new OAuthMint(tokenDoor, tokenUrl, scope, request, hint));
          },
          deltatwin: (user) => {
            const connect = tokenUrl || `${provider.root?.(url) ?? url}/connect`;
            return source((tokenDoor) => new DeltaTwinLogin(tokenDoor, connect, user));
          },
        });
    const address = httpAddressProblem(url, credentials !== undefined, origins);
    problem ??= address;
    const refusedKey = (): string | undefined => provider.refusedKey?.(settings, secrets);
    const door = new AccountDoor({
      ...parts,
      credentials,
      refusedKey,
      guard: () => {
        if (problem) throw badInput(problem);
      },
    });
    return new Account(
      provider,
      { url, service },
      settings,
      refusedKey,
      (...given) => {
        minted.push(...given);
        minted.splice(0, minted.length - MOST_MINTED);
      },
      () => keysOf(secrets),
      [door, ...tokenDoors],
      credentials !== undefined,
      problem,
      { limit: rate, perSecond },
      tokenSources,
      {
        sent: credentials !== undefined && (provider.lists?.needsHeader !== true || text(settings.header) !== ""),
        lent: provider.lends && (() => provider.lends?.(secrets) ?? ""),
      },
    );
  }

  /**
   * How the service's STAC API is searched.
   * @throws EoError BAD_INPUT for a service without one
   */
  get search(): SearchHabits {
    const { search, title } = this.provider;
    if (!search) throw badInput(`The account is for ${title}, which has no STAC catalogue. Choose another account.`);
    return search;
  }

  /**
   * The key itself, for a service that uses it on a person's behalf: it may go there and nowhere else.
   * @throws EoError BAD_INPUT for an account whose key is not meant for that, or that is not complete
   */
  lentKey(): string {
    this.check();
    if (!this.#lent)
      throw badInput(`The account is for ${this.provider.title}, not for SesamEO. Choose a SesamEO account.`);
    return this.#lent();
  }

  /** Where the service's API begins, without a slash at its end. */
  get root(): string {
    return this.provider.root?.(this.url) ?? this.url;
  }

  /** Name of the workspace; "" where there is none. */
  get workspace(): string {
    return text(this.settings.workspace);
  }

  /** @throws EoError BAD_INPUT when something is missing, before anything is sent. */
  check(): void {
    if (this.#problem) throw badInput(this.#problem);
  }

  /**
   * Gets a token, new where none is at hand, and tells its life in seconds where the endpoint says; undefined when the
   * account logs in nowhere.
   * @throws EoError as a request that needs the token
   */
  async login(signal?: AbortSignal): Promise<{ url: string; expiresIn?: number } | undefined> {
    this.check();
    return await this.#tokens[0]?.login(signal);
  }

  /** Ends every connection and every login under way. */
  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.close()));
  }
}

/** The door of a node without an account: open data, no credentials, no rate. */
export function openDoor(): AccountDoor {
  return new AccountDoor({
    dispatcher: accountDispatcher(),
    origins: new OwnedOrigins([], ""),
    rate: new RateLimit(0),
    secrets: () => [],
  });
}

/** Nothing but the provider's own servers is named: its key can go nowhere else. */
export function asksOwnServersOnly(settings: AccountSettings): boolean {
  const provider = providerOf(text(settings.provider));
  const own = (value: string | undefined, theirs: string | undefined): boolean =>
    theirs !== undefined && (text(value) === "" || sameUrl(text(value), theirs));
  return (
    own(settings.url, provider?.url) &&
    own(settings.tokenUrl, provider?.tokenUrl) &&
    text(settings.hosts) === "" &&
    text(settings.endpoint) === ""
  );
}

function keysOf(secrets: AccountSecrets): ReturnType<Account["s3Keys"]> {
  const accessKeyId = text(secrets.accessKeyId);
  const secretAccessKey = text(secrets.secretAccessKey);
  const sessionToken = text(secrets.sessionToken);
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function ownHosts({ hosts }: Provider, service: string, settings: AccountSettings): string {
  return typeof hosts === "function" ? hosts(service, settings) : (hosts ?? "");
}

function sameUrl(a: string, b: string): boolean {
  const plain = (url: string): string => (parseUrl(url)?.href ?? url).replace(/\/+$/, "");
  return plain(a) === plain(b);
}

function userinfoProblem(urls: readonly string[]): string | undefined {
  const found = urls.map((url) => parseUrl(url)).find((url) => url && (url.username !== "" || url.password !== ""));
  if (!found) return undefined;
  return `The account's address ${safeUrl(found)} holds a user name or password. Enter them as credentials instead.`;
}

function httpAddressProblem(url: string, hasKey: boolean, origins: OwnedOrigins): string | undefined {
  if (!url || !hasKey || origins.owns(new URL(url))) return undefined;
  return `The account has a key, but its address ${safeUrl(url)} is plain http. A key is sent over https only.`;
}
