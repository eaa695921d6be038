/** One service an account can be for, and the table of all. Adding a service is one file and one line here. */
import type { CredentialSource } from "../http/account-door.js";
import type { TokenRequest } from "./oauth-mint.js";
import { dedl } from "./providers/dedl.js";
import { deltatwin } from "./providers/deltatwin.js";
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
  hosts?: string;
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
  /** A hint when the token endpoint refused a key that looks like another kind. */
  wrongKey?(secrets: AccountSecrets): string | undefined;
}

const PROVIDERS = new Map<string, Provider>(
  [dedl, sesameo, deltatwin, stac].map((provider) => [provider.id, provider]),
);

export function providerOf(id: string): Provider | undefined {
  return PROVIDERS.get(id);
}

export function providerIds(): string[] {
  return [...PROVIDERS.keys()];
}
