/** Routes of the identity server: `/auth/realms/dedl/…`, and `/realms/desp/…` on the platform's own host. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import type { IdentityState } from "./identity-state.js";
import { answering, NO_CACHE, SHOWN } from "./oauth-error.js";
import { answerIntrospect, answerLogout, answerUserinfo, discovery, realmDocument } from "./realm-documents.js";
import { answerToken } from "./token-endpoint.js";

/** `prefix` is `/auth` for the Data Lake's server and empty for the platform's. `base` tells the origin's URL. */
export function identityRoutes(state: IdentityState, prefix: string, base: () => string): Route[] {
  const issuer = (exchange: Exchange): string => `${base()}${prefix}/realms/${exchange.params["realm"] ?? ""}`;
  const realm = (exchange: Exchange): string => exchange.params["realm"] ?? "";
  const at = (name: string): string => `${prefix}/realms/{realm}/protocol/openid-connect/${name}`;
  return [
    {
      name: "token",
      path: at("token"),
      methods: { POST: answering((e) => answerToken(e, state, realm(e), issuer(e))) },
    },
    {
      name: "certs",
      path: at("certs"),
      methods: {
        GET: answering((e) => {
          state.realm(realm(e));
          return e.json(200, state.key.jwks, NO_CACHE);
        }),
      },
    },
    {
      name: "introspect",
      path: at("token/introspect"),
      methods: { POST: answering((e) => answerIntrospect(e, state, realm(e))) },
    },
    {
      name: "userinfo",
      path: at("userinfo"),
      methods: { GET: answering((e) => answerUserinfo(e, state, realm(e))) },
    },
    { name: "logout", path: at("logout"), methods: { POST: answering((e) => answerLogout(e, state, realm(e))) } },
    {
      name: "openid-configuration",
      path: `${prefix}/realms/{realm}/.well-known/openid-configuration`,
      methods: {
        GET: answering((e) => {
          state.realm(realm(e));
          return e.json(200, discovery(issuer(e)), NO_CACHE);
        }),
      },
    },
    {
      name: "realm",
      path: `${prefix}/realms/{realm}`,
      methods: {
        GET: answering((e) => {
          state.realm(realm(e));
          return e.json(200, realmDocument(realm(e), issuer(e), state.key.publicKey), {
            ...NO_CACHE,
            "content-type": "application/json;charset=UTF-8",
          });
        }),
      },
    },
  ];
}

const PAGE =
  '<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>Resource not found</title></head>\n<body><h1>Resource not found</h1></body>\n</html>\n';

/** Outside the prefix the server shows a page; inside it answers JSON. */
export async function identityNotFound(exchange: Exchange, prefix: string): Promise<void> {
  if (exchange.url.pathname.startsWith(`${prefix}/realms/`)) {
    await exchange.json(404, { error: "HTTP 404 Not Found" }, SHOWN);
    return;
  }
  await exchange.send({ status: 404, headers: { "content-type": "text/html;charset=UTF-8" }, body: PAGE });
}

export async function identityWrongMethod(exchange: Exchange): Promise<void> {
  await exchange.json(405, { error: "HTTP 405 Method Not Allowed" }, SHOWN);
}
