/** Login at the DeltaTwin service, and who a request comes from. */
import { randomUUID } from "node:crypto";
import type { Exchange } from "../core/exchange.js";
import { parseLossless, isObject, type LosslessObject } from "../core/lossless-json.js";
import type { Route } from "../core/router.js";
import type { IdentityState } from "../identity/identity-state.js";
import { answeringDeltatwin, DeltatwinError } from "./deltatwin-error.js";

const REALM = "deltatwin";
const CLIENT = "deltatwin";

/** `POST /connect` takes a password or a refresh token. */
export function sessionRoutes(identity: IdentityState): Route[] {
  return [
    {
      name: "connect",
      path: "/v2.0/connect",
      methods: { POST: answeringDeltatwin((exchange) => connect(exchange, identity)) },
    },
  ];
}

async function connect(exchange: Exchange, identity: IdentityState): Promise<void> {
  const { username, password, refresh_token: refresh } = objectBody(exchange);
  if (typeof refresh === "string") {
    const known = identity.tokens.good(refresh, REALM);
    if (known?.kind !== "refresh") throw new DeltatwinError(401, "Invalid refresh token");
    if (exchange.modes.deltatwin.refreshOnce) identity.tokens.revoke(refresh);
    return answerTokens(exchange, identity, String(known.claims["preferred_username"]), known.session);
  }
  if (typeof username !== "string" || typeof password !== "string") {
    throw new DeltatwinError(422, "username and password, or refresh_token, are required");
  }
  const user = identity.realms.desp.users.get(username);
  if (!user?.enabled || user.locked || user.password !== password) {
    throw new DeltatwinError(401, "Invalid user credentials");
  }
  if (user.otp !== null) throw new DeltatwinError(401, "Account is not fully set up");
  return answerTokens(exchange, identity, username, randomUUID());
}

async function answerTokens(
  exchange: Exchange,
  identity: IdentityState,
  username: string,
  session: string,
): Promise<void> {
  const { token, deltatwin } = exchange.modes;
  const life = token.ttl ?? identity.ttl;
  const claims = { preferred_username: username, azp: CLIENT, typ: "Bearer" };
  const issue = (kind: "access" | "refresh", ttl: number): string =>
    identity.tokens.issue(kind, REALM, CLIENT, ttl, session, claims).token;
  await exchange.json(200, {
    access_token: issue("access", life),
    expires_in: token.said ?? life,
    refresh_expires_in: deltatwin.refreshTtl,
    refresh_token: issue("refresh", deltatwin.refreshTtl),
  });
}

export type UserHandler = (exchange: Exchange, user: string) => void | Promise<void>;

/** Makes a maker of handlers that know who asks; without a good token they answer 401. */
export function forUsers(identity: IdentityState) {
  return (handler: UserHandler): ((exchange: Exchange) => Promise<void>) =>
    answeringDeltatwin((exchange) => {
      const known = identity.tokens.good(exchange.bearer(), REALM);
      if (known?.kind !== "access") {
        const words = exchange.header("authorization") === undefined ? "Not authenticated" : "Invalid token";
        throw new DeltatwinError(401, words, { "www-authenticate": "Bearer" });
      }
      return handler(exchange, String(known.claims["preferred_username"]));
    });
}

/** The body as an object whose numbers keep their spelling. Throws 422. */
export function objectBody(exchange: Exchange): LosslessObject {
  let body: unknown;
  try {
    body = parseLossless(exchange.body.toString("utf8"));
  } catch {
    throw new DeltatwinError(422, "JSON decode error");
  }
  if (!isObject(body)) throw new DeltatwinError(422, "Input should be a valid dictionary");
  return body;
}
