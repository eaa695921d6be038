/** The login of the platform: authorization endpoint, login form, one-time code, and the way back with a code. */
import { randomUUID } from "node:crypto";
import type { Exchange, Headers } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { readForm } from "./form.js";
import type { IdentityState } from "./identity-state.js";
import { codePage, passwordPage, stopPage } from "./login-pages.js";
import { answering } from "./oauth-error.js";

/** A login that has begun. */
interface Login {
  clientId: string;
  redirectUri: string;
  state: string | null;
  /** Set once the password was right and a code is still asked for. */
  username: string | null;
}

const MOST_OPEN = 1000;

export function despRoutes(identity: IdentityState, base: () => string): Route[] {
  const logins = new Map<string, Login>();
  return [
    {
      name: "login-page",
      path: "/realms/{realm}/protocol/openid-connect/auth",
      methods: { GET: answering((exchange) => begin(exchange, identity, logins, base())) },
    },
    {
      name: "login",
      path: "/realms/{realm}/login-actions/authenticate",
      methods: { POST: answering((exchange) => step(exchange, identity, logins, base())) },
    },
    {
      name: "required-action",
      path: "/realms/{realm}/login-actions/required-action",
      methods: { GET: (exchange) => html(exchange, 200, stopPage("Terms and Conditions")) },
    },
  ];
}

async function begin(
  exchange: Exchange,
  identity: IdentityState,
  logins: Map<string, Login>,
  base: string,
): Promise<void> {
  const realm = identity.realm(exchange.params["realm"] ?? "");
  const asked = exchange.url.searchParams;
  const client = realm.clients.get(asked.get("client_id") ?? "");
  if (!client?.enabled) return html(exchange, 400, stopPage("Client not found."));
  const redirectUri = asked.get("redirect_uri") ?? "";
  const allowed = client.redirectUris.includes("*") || client.redirectUris.includes(redirectUri);
  if (!URL.canParse(redirectUri) || !allowed) {
    return html(exchange, 400, stopPage("Invalid parameter: redirect_uri"));
  }
  if (asked.get("response_type") !== "code") {
    return html(exchange, 400, stopPage("Invalid parameter: response_type"));
  }
  const login: Login = { clientId: client.id, redirectUri, state: asked.get("state"), username: null };
  const action = open(logins, login, base, realm.name);
  const cookie = `AUTH_SESSION_ID=${randomUUID()}; Path=/realms/${realm.name}/; HttpOnly; SameSite=None${secure(base)}`;
  return html(exchange, 200, passwordPage(action), { "set-cookie": [cookie] });
}

async function step(
  exchange: Exchange,
  identity: IdentityState,
  logins: Map<string, Login>,
  base: string,
): Promise<void> {
  const realm = identity.realm(exchange.params["realm"] ?? "");
  const key = exchange.url.searchParams.get("session_code") ?? "";
  const login = logins.get(key);
  logins.delete(key);
  if (!login)
    return html(exchange, 400, stopPage("Your login attempt timed out. Login will start from the beginning."));
  const form = readForm(exchange);
  const again = (): string => open(logins, login, base, realm.name);
  if (login.username === null) {
    const user = realm.users.get(form.get("username") ?? "");
    if (!user || user.locked || user.password !== form.get("password")) {
      return html(exchange, 200, passwordPage(again(), "Invalid username or password."));
    }
    if (!user.enabled) {
      return html(exchange, 200, passwordPage(again(), "Account is disabled, contact your administrator."));
    }
    login.username = user.username;
    if (user.otp !== null) return html(exchange, 200, codePage(again()));
  } else if (realm.users.get(login.username)?.otp !== form.get("otp")) {
    return html(exchange, 200, codePage(again(), "Invalid authenticator code."));
  }
  return goBack(exchange, identity, login, base, realm.name);
}

async function goBack(
  exchange: Exchange,
  identity: IdentityState,
  login: Login,
  base: string,
  realm: string,
): Promise<void> {
  const username = login.username ?? "";
  if (identity.realm(realm).users.get(username)?.terms === false) {
    const location = `${base}/realms/${realm}/login-actions/required-action?execution=TERMS_AND_CONDITIONS&client_id=${login.clientId}`;
    return exchange.send({ status: 302, headers: { location }, body: "" });
  }
  const code = `${randomUUID()}.${randomUUID()}.${randomUUID()}`;
  identity.codes.set(code, { username, redirectUri: login.redirectUri, clientId: login.clientId });
  const target = new URL(login.redirectUri);
  if (login.state !== null) target.searchParams.set("state", login.state);
  target.searchParams.set("session_state", randomUUID());
  target.searchParams.set("iss", `${base}/realms/${realm}`);
  target.searchParams.set("code", code);
  return exchange.send({ status: 302, headers: { location: target.href }, body: "" });
}

/** Remembers a login and returns the address its form goes to. */
function open(logins: Map<string, Login>, login: Login, base: string, realm: string): string {
  const [oldest] = logins.keys();
  if (logins.size >= MOST_OPEN && oldest !== undefined) logins.delete(oldest);
  const key = randomUUID();
  logins.set(key, login);
  const query = new URLSearchParams({
    session_code: key,
    execution: randomUUID(),
    client_id: login.clientId,
    tab_id: key.slice(0, 8),
  });
  return `${base}/realms/${realm}/login-actions/authenticate?${query}`;
}

function secure(base: string): string {
  return base.startsWith("https:") ? "; Secure" : "";
}

function html(exchange: Exchange, status: number, body: string, headers: Headers = {}): Promise<void> {
  return exchange.send({
    status,
    headers: { "content-type": "text/html;charset=utf-8", "cache-control": "no-store", ...headers },
    body,
  });
}
