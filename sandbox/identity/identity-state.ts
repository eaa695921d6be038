/** Everything the identity server keeps while it runs. */
import type { Exchange } from "../core/exchange.js";
import { OAuthError } from "./oauth-error.js";
import { makeRealms, type Client, type Realm, type Realms, type User } from "./realms.js";
import { makeSigningKey, type SigningKey } from "./signing-key.js";
import { TokenStore } from "./token-store.js";

export class IdentityState {
  readonly key: SigningKey = makeSigningKey();
  readonly tokens = new TokenStore(this.key);
  readonly realms: Realms = makeRealms();
  /** Codes of the login page that wait to be exchanged: code to user name and redirect address. */
  readonly codes = new Map<string, { username: string; redirectUri: string; clientId: string }>();
  private readonly start: { clients: [Realm, Client][]; users: [Realm, User][] };

  /** `ttl` is the life of a token in seconds. */
  constructor(
    public ttl: number,
    private readonly firstTtl = ttl,
  ) {
    this.start = {
      clients: this.allClients().map(([realm, client]) => [realm, { ...client }]),
      users: this.allUsers().map(([realm, user]) => [realm, { ...user }]),
    };
  }

  /** The realm of a path. Throws 404 for an unknown one and 403 for one that is switched off. */
  realm(name: string): Realm {
    const realm = name === "dedl" ? this.realms.dedl : name === "desp" ? this.realms.desp : undefined;
    if (!realm) throw new OAuthError(404, "Realm does not exist");
    if (!realm.enabled) throw new OAuthError(403, "access_denied", "Realm not enabled");
    return realm;
  }

  setRealm(name: string, enabled: boolean): void {
    if (name !== "dedl" && name !== "desp") throw new TypeError(`no realm called ${name}`);
    this.realms[name].enabled = enabled;
  }

  /** Changes a client of either realm. Throws a TypeError for an unknown one. */
  setClient(id: string, change: Partial<Omit<Client, "id">>): void {
    const client = this.allClients().find(([, one]) => one.id === id)?.[1];
    if (!client) throw new TypeError(`no client called ${id}`);
    Object.assign(client, change);
  }

  /** Changes a user in both realms. Throws a TypeError for an unknown one. */
  setUser(username: string, change: Partial<Omit<User, "username">>): void {
    const users = this.allUsers().filter(([, user]) => user.username === username);
    if (users.length === 0) throw new TypeError(`no user called ${username}`);
    for (const [, user] of users) Object.assign(user, change);
  }

  /** Life in seconds of the next token of this client. */
  lifeOf(client: Client, exchange: Exchange): number {
    return exchange.modes.token.ttl ?? client.ttl ?? this.ttl;
  }

  reset(): void {
    this.ttl = this.firstTtl;
    this.realms.dedl.enabled = true;
    this.realms.desp.enabled = true;
    for (const [realm, client] of this.start.clients) realm.clients.set(client.id, { ...client });
    for (const [realm, user] of this.start.users) realm.users.set(user.username, { ...user });
  }

  private allUsers(): [Realm, User][] {
    return [this.realms.dedl, this.realms.desp].flatMap((realm) =>
      [...realm.users.values()].map((user): [Realm, User] => [realm, user]),
    );
  }

  private allClients(): [Realm, Client][] {
    return [this.realms.dedl, this.realms.desp].flatMap((realm) =>
      [...realm.clients.values()].map((client): [Realm, Client] => [realm, client]),
    );
  }
}
