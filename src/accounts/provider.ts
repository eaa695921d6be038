/** One service an account can be for, and the table of all. Adding a service is one file and one line here. */
import type { CredentialSource } from "../http/account-door.js";
import type { Account } from "./account.js";
import type { TokenRequest } from "./oauth-mint.js";
import type { ProbeWork } from "./probe.js";
import { dedl } from "./providers/dedl.js";
import { deltatwin } from "./providers/deltatwin.js";
import { eodh } from "./providers/eodh.js";
import { s3 } from "./providers/s3.js";
import { sesameo } from "./providers/sesameo.js";
import { stac } from "./providers/stac.js";
import type { AccountSecrets, AccountSettings, ProviderId } from "./settings.js";

export interface SearchHabits {
  /** The landing page names the search link; otherwise `<url>/search` is known to take a POST. */
  landing: boolean;
  /** Only the first of several collections is searched, so each is asked in turn. */
  oneCollection: boolean;
  /** Items a page when the user names no number. */
  limit: number;
  /** Collections a page, where the service is known to take a number. */
  collectionsLimit?: number;
  /** A collection to try a search with, where none is an error. */
  probe?: string;
  /** Ids are not unique: items are told apart by their own address. */
  selfIdentity?: true;
  /** The body to send in place of the standard one, and what a person should know of the difference. */
  body?(body: Record<string, unknown>): { body: Record<string, unknown>; warnings: string[] };
  /** Asked after a search that found nothing: a sentence for a person, or an error. */
  whenEmpty?(account: Account, cataloguePath: string, signal?: AbortSignal): Promise<string | undefined>;
}

export interface ProviderTools {
  /** Credentials that are minted at a token endpoint and kept until they die. */
  tokens(request: TokenRequest): CredentialSource;
  /** A login at DeltaTwin, refreshed while that goes. */
  deltatwin(user: { username: string; password: string }): CredentialSource;
  /** Credentials that never change. */
  fixed(headers: Record<string, string>): CredentialSource;
}

export interface Provider {
  id: ProviderId;
  /** For messages. */
  title: string;
  url?: string;
  tokenUrl?: string;
  scope?: string;
  /** The provider's own hosts, owned while `url` is the provider's own. In the form of the property `hosts`. */
  hosts?: string | ((url: string, settings: AccountSettings) => string);
  /** Whether an address is the provider's own, where it has more than `url`. */
  isOwn?(url: string): boolean;
  /** The address of the service for the one that was entered. */
  service?(url: string): string;
  /** The address of the STAC API, where that is not the service's own. */
  stac?(url: string): string;
  /** Requests a second. */
  rate: number;
  /** Absent: it has no STAC API. */
  search?: SearchHabits;
  /** What a service without STAC API lists, to try the account with. The path is relative to its root. */
  lists?: { of: string; path: string; needsHeader?: boolean };
  /** Where the API begins, for this base address. Absent: there. */
  root?(url: string): string;
  /** What keeps the account from being used, as a whole sentence; undefined when it is complete. */
  problem(settings: AccountSettings, secrets: AccountSecrets): string | undefined;
  credentials(settings: AccountSettings, secrets: AccountSecrets, tools: ProviderTools): CredentialSource | undefined;
  /** The key, where another service uses it on a person's behalf. */
  lends?(secrets: AccountSecrets): string;
  /** What to say when the service refused the key, in place of the general advice. */
  refusedKey?(settings: AccountSettings, secrets: AccountSecrets): string | undefined;
  /** The steps of a test after reaching the service, in place of login and search. */
  probe?(account: Account, signal: AbortSignal): ProbeWork[];
  /** When the key dies, where the service tells; an RFC 3339 instant. */
  keyEnd?(account: Account, signal?: AbortSignal): Promise<string | undefined>;
  /** A hint when the token endpoint refused a key that looks like another kind. */
  wrongKey?(secrets: AccountSecrets): string | undefined;
}

const PROVIDERS = new Map<string, Provider>(
  [dedl, sesameo, deltatwin, eodh, s3, stac].map((provider) => [provider.id, provider]),
);

export function providerOf(id: string): Provider | undefined {
  return PROVIDERS.get(id);
}

export function providerIds(): string[] {
  return [...PROVIDERS.keys()];
}
