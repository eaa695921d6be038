/** The token endpoint: client credentials, password, refresh, code and exchange grants, answered as Keycloak 26 does. */
import { createHash, randomUUID } from "node:crypto";
import type { Exchange } from "../core/exchange.js";
import { authenticate } from "./client-auth.js";
import { readForm, type Form } from "./form.js";
import type { IdentityState } from "./identity-state.js";
import { NO_STORE, OAuthError } from "./oauth-error.js";
import type { Client, Realm, User } from "./realms.js";
import { grantedScope } from "./scopes.js";

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const REFRESH_LIFE = 1800;

type Grant = (ask: Ask) => Promise<void>;

interface Ask {
  exchange: Exchange;
  state: IdentityState;
  realm: Realm;
  client: Client;
  form: Form;
  issuer: string;
}

const GRANTS: Record<string, Grant> = {
  client_credentials: clientCredentials,
  password,
  refresh_token: refresh,
  authorization_code: code,
  [EXCHANGE]: tokenExchange,
};

/** Answers `POST …/token`. `issuer` is the address of the realm. */
export async function answerToken(
  exchange: Exchange,
  state: IdentityState,
  realmName: string,
  issuer: string,
): Promise<void> {
  const realm = state.realm(realmName);
  const form = readForm(exchange);
  const type = form.get("grant_type");
  if (type === undefined || type === "") {
    throw new OAuthError(400, "invalid_request", "Missing form parameter: grant_type");
  }
  const grant = Object.hasOwn(GRANTS, type) ? GRANTS[type] : undefined;
  if (!grant) throw new OAuthError(400, "unsupported_grant_type", "Unsupported grant_type");
  if (form.doubled) throw new OAuthError(400, "invalid_request", "duplicated parameter");
  const client = authenticate(exchange, form, realm);
  await grant({ exchange, state, realm, client, form, issuer });
}

async function clientCredentials(ask: Ask): Promise<void> {
  const { client, form } = ask;
  if (client.secret === null) {
    throw new OAuthError(401, "unauthorized_client", "Public client not allowed to retrieve service account");
  }
  if (!client.serviceAccounts) {
    throw new OAuthError(401, "unauthorized_client", "Client not enabled to retrieve service account");
  }
  const { scope, openid } = grantedScope(form.get("scope"));
  const name = `service-account-${client.id.toLowerCase()}`;
  const who = {
    subject: stableUuid(client.id),
    username: name,
    roles: ["offline_access", "hda-public-data-access", "uma_authorization"],
    extra: { clientHost: "127.0.0.1", clientAddress: "127.0.0.1", client_id: client.id },
  };
  await give(ask, who, scope, openid, randomUUID(), false);
}

async function password(ask: Ask): Promise<void> {
  const { realm, client, form } = ask;
  if (!client.passwordGrant) {
    throw new OAuthError(400, "unauthorized_client", "Client not allowed for direct access grants");
  }
  const username = form.get("username");
  if (username === undefined) throw new OAuthError(401, "invalid_request", "Missing parameter: username");
  const user = realm.users.get(username);
  if (!user || user.locked || user.password !== form.get("password")) {
    throw new OAuthError(400, "invalid_grant", "Invalid user credentials");
  }
  if (!user.enabled) throw new OAuthError(400, "invalid_grant", "Account disabled");
  const { scope, openid } = grantedScope(form.get("scope"));
  await give(ask, person(user), scope, openid, randomUUID(), true);
}

async function refresh(ask: Ask): Promise<void> {
  const { state, realm, client, form } = ask;
  const token = form.get("refresh_token");
  if (token === undefined) throw new OAuthError(400, "invalid_request", "No refresh token");
  if (state.tokens.ended(token)) throw new OAuthError(400, "invalid_grant", "Session not active");
  const issued = state.tokens.good(token, realm.name);
  if (issued?.kind !== "refresh" || issued.clientId !== client.id) {
    throw new OAuthError(400, "invalid_grant", "Invalid refresh token");
  }
  const user = realm.users.get(String(issued.claims["username"]));
  if (!user?.enabled) throw new OAuthError(400, "invalid_grant", "Session not active");
  const scope = String(issued.claims["scope"]);
  await give(ask, person(user), scope, scope.startsWith("openid"), issued.session, true);
}

async function code(ask: Ask): Promise<void> {
  const { state, realm, client, form } = ask;
  const given = form.get("code");
  if (given === undefined) throw new OAuthError(400, "invalid_request", "Missing parameter: code");
  const waiting = state.codes.get(given);
  state.codes.delete(given);
  if (!waiting || waiting.clientId !== client.id) throw new OAuthError(400, "invalid_grant", "Code not valid");
  if (waiting.redirectUri !== form.get("redirect_uri")) {
    throw new OAuthError(400, "invalid_grant", "Incorrect redirect_uri");
  }
  const user = realm.users.get(waiting.username);
  if (!user) throw new OAuthError(400, "invalid_grant", "User not found");
  const { scope } = grantedScope(form.get("scope"));
  await give(ask, person(user), `openid ${scope}`.replace("openid openid", "openid"), true, randomUUID(), true);
}

async function tokenExchange(ask: Ask): Promise<void> {
  const { state, realm, form } = ask;
  const subject = state.tokens.good(form.get("subject_token"), "desp");
  if (form.get("subject_issuer") !== "desp-oidc") {
    throw new OAuthError(400, "invalid_issuer", "Invalid subject_issuer parameter");
  }
  if (!subject) throw new OAuthError(400, "invalid_token", "invalid token");
  const user = realm.users.get(String(subject.claims["preferred_username"]));
  if (!user) throw new OAuthError(400, "invalid_token", "User not found");
  await give(ask, person(user), "email profile", false, randomUUID(), true);
}

interface Who {
  subject: string;
  username: string;
  roles: string[];
  extra: object;
}

function person(user: User): Who {
  const extra = { name: "Wilma Example", given_name: "Wilma", family_name: "Example", email: "wilma@example.org" };
  return { subject: stableUuid(user.username), username: user.username, roles: user.roles, extra };
}

async function give(
  ask: Ask,
  who: Who,
  scope: string,
  openid: boolean,
  session: string,
  withRefresh: boolean,
): Promise<void> {
  const { exchange, state, realm, client, issuer } = ask;
  const ttl = state.lifeOf(client, exchange);
  const common = { iss: issuer, sub: who.subject, azp: client.id };
  const access = state.tokens.issue("access", realm.name, client.id, ttl, session, {
    ...common,
    ...audience(ask),
    typ: "Bearer",
    ...(withRefresh ? { sid: session } : {}),
    acr: "1",
    realm_access: { roles: [`default-roles-${realm.name}`, ...who.roles] },
    resource_access: { account: { roles: ["manage-account", "manage-account-links", "view-profile"] } },
    scope,
    email_verified: false,
    preferred_username: who.username,
    ...who.extra,
  });
  const said = exchange.modes.token.said ?? ttl;
  const answer: Record<string, unknown> = { access_token: access.token, expires_in: said };
  answer["refresh_expires_in"] = withRefresh ? REFRESH_LIFE : 0;
  if (withRefresh) {
    const claims = { ...common, aud: issuer, typ: "Refresh", sid: session, scope, username: who.username };
    answer["refresh_token"] = state.tokens.issue("refresh", realm.name, client.id, REFRESH_LIFE, session, claims).token;
  }
  answer["token_type"] = "Bearer";
  if (openid) {
    const claims = {
      ...common,
      aud: client.id,
      typ: "ID",
      ...(withRefresh ? { sid: session } : {}),
      at_hash: halfHash(access.token),
      acr: "1",
      email_verified: false,
      preferred_username: who.username,
      ...who.extra,
    };
    answer["id_token"] = state.tokens.issue("id", realm.name, client.id, ttl, session, claims).token;
  }
  answer["not-before-policy"] = 0;
  if (withRefresh) answer["session_state"] = session;
  answer["scope"] = scope;
  await exchange.json(200, answer, NO_STORE);
}

/** OpenID Connect 3.1.3.6: the left half of the token's hash. */
function halfHash(token: string): string {
  return createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");
}

/**
 * Whom a token is meant for. Tokens of the platform name nobody: eodag refuses them otherwise. An exchanged token is
 * for the audience that was asked for.
 */
function audience({ realm, form }: Ask): { aud?: string } {
  if (realm.name === "desp") return {};
  return { aud: form.get("audience") ?? "account" };
}

/** A UUID that is always the same for the same name. */
function stableUuid(name: string): string {
  const hex = createHash("md5").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}
