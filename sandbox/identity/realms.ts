/** Realms, clients and users of the identity server, and their state at the start. */
import { randomBytes, randomUUID } from "node:crypto";

export interface Client {
  id: string;
  /** A public client has no secret. */
  secret: string | null;
  enabled: boolean;
  serviceAccounts: boolean;
  passwordGrant: boolean;
  redirectUris: string[];
  /** Life of this client's tokens in seconds; null: the realm's. */
  ttl: number | null;
}

export interface User {
  username: string;
  password: string;
  enabled: boolean;
  /** Roles in the tokens of this user. */
  roles: string[];
  /** One-time code asked for at the login page; null: none. */
  otp: string | null;
  /** After too many wrong passwords: even the right one is refused. */
  locked: boolean;
  /** Whether the terms and conditions were accepted. */
  terms: boolean;
}

export interface Realm {
  name: string;
  enabled: boolean;
  clients: Map<string, Client>;
  users: Map<string, User>;
}

export interface Realms {
  dedl: Realm;
  desp: Realm;
  /** The service account that the ready line names. */
  account: { clientId: string; clientSecret: string };
  /** A person with a login. */
  person: { username: string; password: string };
}

export function makeRealms(): Realms {
  const clientId = randomUUID();
  const clientSecret = randomBytes(24).toString("base64url").replace(/[-_]/g, "x");
  const username = "wilma";
  const password = randomBytes(12).toString("hex");
  const user = (): User => ({
    username,
    password,
    enabled: true,
    roles: ["hda-public-data-access", "DPAD_Direct_Access"],
    otp: null,
    locked: false,
    terms: true,
  });
  const openClient = (id: string, redirectUris: string[]): Client => ({
    id,
    secret: null,
    enabled: true,
    serviceAccounts: false,
    passwordGrant: true,
    redirectUris,
    ttl: null,
  });
  const account: Client = { ...openClient(clientId, []), secret: clientSecret, serviceAccounts: true };
  account.passwordGrant = false;
  return {
    dedl: {
      name: "dedl",
      enabled: true,
      clients: new Map([
        [clientId, account],
        ["hda-public", openClient("hda-public", ["*"])],
      ]),
      users: new Map([[username, user()]]),
    },
    desp: {
      name: "desp",
      enabled: true,
      clients: new Map([["dedl-hda", openClient("dedl-hda", ["*"])]]),
      users: new Map([[username, user()]]),
    },
    account: { clientId, clientSecret },
    person: { username, password },
  };
}
