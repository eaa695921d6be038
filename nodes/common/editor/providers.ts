/** Which fields of the account dialog each service needs: the table a new service joins with one entry. */

export type Property =
  | "url"
  | "tokenUrl"
  | "scope"
  | "header"
  | "workspace"
  | "endpoint"
  | "region"
  | "bucket"
  | "prefix"
  | "hosts"
  | "rate"
  | "expires"
  | "tls"
  | "proxy";

export type Credential =
  "clientId" | "clientSecret" | "apiKey" | "username" | "password" | "accessKeyId" | "secretAccessKey" | "sessionToken";

export type Field = Property | Credential;

/** What one way of logging in needs. */
export interface Login {
  /** Shown at once, in this order. */
  main: readonly Field[];
  /** Shown under "Advanced". */
  advanced: readonly Property[];
  /** Must be filled in; with a second field: unless that one is. */
  required: readonly (Field | readonly [Field, Field])[];
  /** Both or neither. */
  pairs?: readonly (readonly [Credential, Credential])[];
}

export interface Provider {
  id: string;
  /** Where a person makes the key. */
  keyPage?: string;
  /** What a blank field means, shown in it as a placeholder. */
  own: Partial<Record<Property, string>>;
  /** Fields with a hint of the service's own. */
  hints: readonly Field[];
  /** By the property `auth`; a service with one way of logging in has the single entry "". */
  logins: Readonly<Record<string, Login>>;
}

const ANYWHERE = ["hosts", "rate", "expires", "tls", "proxy"] as const;

export const PROVIDERS: readonly Provider[] = [
  {
    id: "dedl",
    keyPage: "https://application.data.destination-earth.eu/",
    own: {
      url: "https://hda.data.destination-earth.eu/stac/v2",
      tokenUrl: "https://identity.data.destination-earth.eu/auth/realms/dedl/protocol/openid-connect/token",
      scope: "openid",
      rate: "4",
    },
    hints: ["clientId", "clientSecret"],
    logins: {
      "": {
        main: ["clientId", "clientSecret"],
        advanced: ["url", "tokenUrl", "scope", ...ANYWHERE],
        required: ["clientId", "clientSecret"],
        pairs: [["clientId", "clientSecret"]],
      },
    },
  },
  {
    id: "sesameo",
    keyPage: "https://sesameo.destine.eu/",
    own: { url: "https://api.sesameo.destine.eu/odata/v1" },
    hints: ["header"],
    logins: {
      "": { main: ["apiKey"], advanced: ["header", "url", ...ANYWHERE], required: ["apiKey"] },
    },
  },
  {
    id: "deltatwin",
    keyPage: "https://app.deltatwin.destine.eu/",
    own: { url: "https://api.deltatwin.destine.eu" },
    hints: ["username"],
    logins: {
      "": {
        main: ["username", "password"],
        advanced: ["url", "tokenUrl", ...ANYWHERE],
        required: ["username", "password"],
        pairs: [["username", "password"]],
      },
    },
  },
  {
    id: "eodh",
    keyPage: "https://eodatahub.org.uk/workspaces/",
    own: { url: "https://eodatahub.org.uk", region: "eu-west-2" },
    hints: ["workspace", "apiKey", "url", "endpoint", "bucket", "expires"],
    logins: {
      "": {
        main: ["workspace", "apiKey"],
        advanced: ["url", "endpoint", "region", "bucket", ...ANYWHERE],
        required: ["workspace", "apiKey"],
      },
    },
  },
  {
    id: "s3",
    own: {},
    hints: ["endpoint", "region", "bucket", "prefix", "sessionToken"],
    logins: {
      "": {
        main: ["endpoint", "bucket", "accessKeyId", "secretAccessKey", "sessionToken"],
        advanced: ["region", "prefix", "rate", "expires", "tls", "proxy"],
        required: ["accessKeyId", "secretAccessKey"],
        pairs: [["accessKeyId", "secretAccessKey"]],
      },
    },
  },
  {
    id: "stac",
    own: {},
    hints: [],
    logins: {
      none: { main: ["url"], advanced: ["rate", "tls", "proxy"], required: ["url"] },
      bearer: { main: ["url", "apiKey"], advanced: ANYWHERE, required: ["url", "apiKey"] },
      header: { main: ["url", "header", "apiKey"], advanced: ANYWHERE, required: ["url", "header", "apiKey"] },
      basic: {
        main: ["url", "username", "password"],
        advanced: ANYWHERE,
        required: ["url", "username", "password"],
        pairs: [["username", "password"]],
      },
      oauth2: {
        main: ["url", "tokenUrl", "clientId", "clientSecret", "scope", "username", "password"],
        advanced: ANYWHERE,
        required: ["url", "tokenUrl", "clientId", ["clientSecret", "username"]],
        pairs: [["username", "password"]],
      },
    },
  },
];

/** The way of logging in, or undefined when the service or the kind is not known here. */
export function loginOf(provider: string, auth: string): Login | undefined {
  const logins = PROVIDERS.find((entry) => entry.id === provider)?.logins;
  if (logins === undefined) return undefined;
  const kind = "" in logins ? "" : auth || "none";
  return Object.hasOwn(logins, kind) ? logins[kind] : undefined;
}

/** Why `field` may not stay as it is; undefined when all is well. `filled` tells of every field, itself included. */
export function missing(
  login: Login,
  field: Field,
  filled: (field: Field) => boolean,
): { key: "needed" } | { key: "half"; other: Credential } | undefined {
  if (filled(field)) return undefined;
  for (const pair of login.pairs ?? []) {
    const other = pair[0] === field ? pair[1] : pair[1] === field ? pair[0] : undefined;
    if (other !== undefined && filled(other)) return { key: "half", other };
  }
  const needed = login.required.some((entry) =>
    typeof entry === "string" ? entry === field : entry[0] === field && !filled(entry[1]),
  );
  return needed ? { key: "needed" } : undefined;
}
