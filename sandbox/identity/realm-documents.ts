/** The documents of a realm beside the token endpoint: discovery, key set, introspection, user info, logout. */
import type { Exchange } from "../core/exchange.js";
import { authenticate } from "./client-auth.js";
import { readForm } from "./form.js";
import type { IdentityState } from "./identity-state.js";
import { challenge, NO_CACHE, NO_STORE, OAuthError } from "./oauth-error.js";

/** The discovery document. */
export function discovery(issuer: string): object {
  const at = (name: string): string => `${issuer}/protocol/openid-connect/${name}`;
  return {
    issuer,
    authorization_endpoint: at("auth"),
    token_endpoint: at("token"),
    introspection_endpoint: at("token/introspect"),
    userinfo_endpoint: at("userinfo"),
    end_session_endpoint: at("logout"),
    jwks_uri: at("certs"),
    grant_types_supported: [
      "authorization_code",
      "client_credentials",
      "password",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:token-exchange",
    ],
    response_types_supported: ["code"],
    subject_types_supported: ["public", "pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: ["openid", "profile", "email", "roles", "offline_access"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}

/** The realm's own document. */
export function realmDocument(name: string, issuer: string, publicKey: string): object {
  return {
    realm: name,
    public_key: publicKey,
    "token-service": `${issuer}/protocol/openid-connect`,
    "account-service": `${issuer}/account`,
    "tokens-not-before": 0,
  };
}

export async function answerIntrospect(exchange: Exchange, state: IdentityState, realmName: string): Promise<void> {
  const realm = state.realm(realmName);
  const form = readForm(exchange);
  const asker = authenticate(exchange, form, realm);
  const issued = state.tokens.good(form.get("token"), realmName);
  // A token that is not meant for the asker is none of its business.
  const meant = issued?.kind === "access" && [issued.claims["aud"]].flat().includes(asker.id);
  if (!meant) return exchange.json(200, { active: false }, NO_CACHE);
  return exchange.json(200, { ...issued.claims, client_id: issued.clientId, active: true }, NO_CACHE);
}

export async function answerUserinfo(exchange: Exchange, state: IdentityState, realmName: string): Promise<void> {
  state.realm(realmName);
  const issued = state.tokens.good(exchange.bearer(), realmName);
  if (issued?.kind !== "access") {
    const words = `realm="${realmName}", error="invalid_token", error_description="Token verification failed"`;
    return challenge(exchange, 401, words);
  }
  if (!String(issued.claims["scope"]).split(" ").includes("openid")) {
    const words = `realm="${realmName}", error="insufficient_scope", error_description="Missing openid scope"`;
    return challenge(exchange, 403, words);
  }
  const { sub, preferred_username } = issued.claims;
  const headers = { ...NO_STORE, "cache-control": "no-store, no-cache" };
  return exchange.json(200, { sub, email_verified: false, preferred_username }, headers);
}

export async function answerLogout(exchange: Exchange, state: IdentityState, realmName: string): Promise<void> {
  const realm = state.realm(realmName);
  const form = readForm(exchange);
  authenticate(exchange, form, realm);
  const issued = state.tokens.good(form.get("refresh_token"), realmName);
  if (issued?.kind !== "refresh") throw new OAuthError(400, "invalid_grant", "Invalid refresh token");
  state.tokens.endSession(issued.session);
  return exchange.send({ status: 204, headers: NO_STORE });
}
