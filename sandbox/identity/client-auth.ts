/** Which client asks, and whether it proved it: secret by Basic or in the form. */
import type { Exchange } from "../core/exchange.js";
import type { Form } from "./form.js";
import { OAuthError } from "./oauth-error.js";
import type { Client, Realm } from "./realms.js";

const SAME_WORDS = "Invalid client or Invalid client credentials";

/** The client, proved. Throws the 401 of the identity server otherwise. */
export function authenticate(exchange: Exchange, form: Form, realm: Realm): Client {
  const basic = readBasic(exchange.header("authorization"));
  const id = basic?.id ?? form.get("client_id");
  const client = id === undefined ? undefined : realm.clients.get(id);
  if (!client?.enabled) throw new OAuthError(401, "invalid_client", SAME_WORDS);
  if (client.secret === null) return client;
  if ((basic?.secret ?? form.get("client_secret")) !== client.secret) {
    throw new OAuthError(401, "unauthorized_client", SAME_WORDS);
  }
  return client;
}

function readBasic(header: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { id: unescapeForm(text.slice(0, colon)), secret: unescapeForm(text.slice(colon + 1)) };
}

/** RFC 6749 2.3.1: both halves are form-encoded before they are joined. */
function unescapeForm(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}
