/** What an account is made of: the settings and secrets of the contract's eo-account. */

export type ProviderId = "dedl" | "eodh" | "sesameo" | "deltatwin" | "stac" | "s3";

/** The settings as saved; blank (or absent) means the provider's own. */
export interface AccountSettings {
  provider: string;
  url?: string;
  tokenUrl?: string;
  scope?: string;
  auth?: string;
  header?: string;
  workspace?: string;
  endpoint?: string;
  region?: string;
  bucket?: string;
  prefix?: string;
  hosts?: string;
  rate?: string | number;
  expires?: string;
}

export interface AccountSecrets {
  clientId?: string;
  clientSecret?: string;
  apiKey?: string;
  username?: string;
  password?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
}

/** The secrets that must never be seen; names of users and clients are not among them. */
export const HIDDEN_SECRETS = ["clientSecret", "apiKey", "password", "secretAccessKey", "sessionToken"] as const;

/** A text property, trimmed; "" when blank or absent. */
export function text(value: string | number | undefined): string {
  return String(value ?? "").trim();
}
