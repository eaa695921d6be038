/** The requests whose answers by the sandbox and by the real Keycloak are laid side by side. */

/** What both servers have, each with its own names and secrets. */
export interface Identity {
  /** `http://host:port/auth` */
  base: string;
  good: string;
  secret: string;
  disabled: string;
  noServiceAccount: string;
  unknown: string;
  username: string;
  password: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface TokenCase {
  name: string;
  ask(identity: Identity): Promise<Answer>;
}

const PATH = "/realms/dedl/protocol/openid-connect";
const GRANT = { grant_type: "client_credentials" };

async function request(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

export const post = (
  url: string,
  form: Record<string, string> | [string, string][],
  headers?: Record<string, string>,
) => request(url, { method: "POST", body: new URLSearchParams(form), ...(headers ? { headers } : {}) });

const token = (identity: Identity, form: Record<string, string>, headers?: Record<string, string>): Promise<Answer> =>
  post(`${identity.base}${PATH}/token`, form, headers);

const proven = ({ good, secret }: Identity) => ({ client_id: good, client_secret: secret });

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
});

async function accessToken(identity: Identity, form: Record<string, string>): Promise<Record<string, string>> {
  const answer = await token(identity, form);
  return JSON.parse(answer.text) as Record<string, string>;
}

const grant = (name: string, form: (identity: Identity) => Record<string, string>): TokenCase => ({
  name,
  ask: (identity) => token(identity, form(identity)),
});

const person = ({ username, password }: Identity) => ({
  ...{ grant_type: "password", client_id: "hda-public", username, password },
});

export const TOKEN_CASES: TokenCase[] = [
  grant("client credentials", (i) => ({ ...GRANT, ...proven(i) })),
  grant("client credentials, scope openid", (i) => ({ ...GRANT, ...proven(i), scope: "openid" })),
  { name: "secret by Basic", ask: (i) => token(i, GRANT, basic(i.good, i.secret)) },
  {
    name: "secret by Basic and in the form",
    ask: (i) => token(i, { ...GRANT, ...proven(i) }, basic(i.good, i.secret)),
  },
  grant("wrong secret", (i) => ({ ...GRANT, client_id: i.good, client_secret: "wrong" })),
  grant("empty secret", (i) => ({ ...GRANT, client_id: i.good, client_secret: "" })),
  grant("no secret", (i) => ({ ...GRANT, client_id: i.good })),
  grant("secret with a newline behind", (i) => ({ ...GRANT, client_id: i.good, client_secret: `${i.secret}\n` })),
  { name: "wrong secret by Basic", ask: (i) => token(i, GRANT, basic(i.good, "wrong")) },
  grant("unknown client", (i) => ({ ...GRANT, client_id: i.unknown, client_secret: i.secret })),
  grant("disabled client", (i) => ({ ...GRANT, client_id: i.disabled, client_secret: i.secret })),
  grant("no client", () => GRANT),
  grant("service accounts off", (i) => ({ ...GRANT, client_id: i.noServiceAccount, client_secret: i.secret })),
  grant("public client", () => ({ ...GRANT, client_id: "hda-public" })),
  grant("wrong grant", (i) => ({ ...proven(i), grant_type: "nonsense" })),
  grant("no grant", (i) => proven(i)),
  {
    name: "JSON body",
    ask: (i) =>
      request(`${i.base}${PATH}/token`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...GRANT, ...proven(i) }),
      }),
  },
  {
    name: "doubled parameter",
    ask: (i) =>
      post(`${i.base}${PATH}/token`, [
        ...Object.entries({ ...GRANT, ...proven(i) }),
        ["scope", "openid"],
        ["scope", "a"],
      ]),
  },
  grant("unknown scope", (i) => ({ ...GRANT, ...proven(i), scope: "nonsense" })),
  grant("scope offline_access", (i) => ({ ...GRANT, ...proven(i), scope: "openid offline_access" })),
  {
    name: "realm in capitals",
    ask: (i) => post(`${i.base}${PATH.replace("dedl", "DEDL")}/token`, { ...GRANT, ...proven(i) }),
  },
  {
    name: "path without /auth",
    ask: (i) => post(`${i.base.replace(/\/auth$/, "")}${PATH}/token`, { ...GRANT, ...proven(i) }),
  },
  { name: "GET", ask: (i) => request(`${i.base}${PATH}/token`, {}) },
  grant("password", person),
  grant("password, scope openid", (i) => ({ ...person(i), scope: "openid" })),
  grant("password wrong", (i) => ({ ...person(i), password: "wrong" })),
  grant("user unknown", (i) => ({ ...person(i), username: "nobody" })),
  grant("no user name", ({ password }) => ({ grant_type: "password", client_id: "hda-public", password })),
  {
    name: "refresh",
    ask: async (i) => {
      const { refresh_token = "" } = await accessToken(i, person(i));
      return token(i, { grant_type: "refresh_token", client_id: "hda-public", refresh_token });
    },
  },
  grant("refresh garbage", () => ({ grant_type: "refresh_token", client_id: "hda-public", refresh_token: "garbage" })),
  {
    name: "refresh after logout",
    ask: async (i) => {
      const { refresh_token = "" } = await accessToken(i, person(i));
      await post(`${i.base}${PATH}/logout`, { client_id: "hda-public", refresh_token });
      return token(i, { grant_type: "refresh_token", client_id: "hda-public", refresh_token });
    },
  },
  {
    name: "introspection of a token for others",
    ask: async (i) => {
      const { access_token = "" } = await accessToken(i, { ...GRANT, ...proven(i) });
      return post(`${i.base}${PATH}/token/introspect`, { ...proven(i), token: access_token });
    },
  },
  {
    name: "introspection of garbage",
    ask: (i) => post(`${i.base}${PATH}/token/introspect`, { ...proven(i), token: "garbage" }),
  },
  {
    name: "user info",
    ask: async (i) => {
      const { access_token = "" } = await accessToken(i, { ...GRANT, ...proven(i), scope: "openid" });
      return request(`${i.base}${PATH}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
    },
  },
  {
    name: "user info without openid",
    ask: async (i) => {
      const { access_token = "" } = await accessToken(i, { ...GRANT, ...proven(i) });
      return request(`${i.base}${PATH}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
    },
  },
  {
    name: "user info, garbage",
    ask: (i) => request(`${i.base}${PATH}/userinfo`, { headers: { authorization: "Bearer garbage" } }),
  },
  { name: "key set", ask: (i) => request(`${i.base}${PATH}/certs`, {}) },
  { name: "realm document", ask: (i) => request(`${i.base}/realms/dedl`, {}) },
];
