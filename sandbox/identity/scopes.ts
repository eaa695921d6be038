/** Which scopes may be asked for, and which a token ends up with. */
import { OAuthError } from "./oauth-error.js";

const DEFAULT = ["email", "profile"];
/** Scopes every client has, which do not show in the answer. */
const SILENT = new Set(["roles", "web-origins", "acr", "basic", "service_account"]);
const OPTIONAL = new Set(["address", "phone", "offline_access", "microprofile-jwt", "organization"]);

/** The scope of a token. Throws 400 for a scope the realm does not know. */
export function grantedScope(asked: string | undefined): { scope: string; openid: boolean } {
  const names = (asked ?? "").split(" ").filter((name) => name !== "");
  const openid = names.includes("openid");
  const known = (name: string): boolean =>
    name === "openid" || DEFAULT.includes(name) || SILENT.has(name) || OPTIONAL.has(name);
  if (!names.every(known)) throw new OAuthError(400, "invalid_scope", `Invalid scopes: ${asked}`);
  const more = names.filter((name) => OPTIONAL.has(name));
  return { scope: [...(openid ? ["openid"] : []), ...DEFAULT, ...more].join(" "), openid };
}
