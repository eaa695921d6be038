/** An answer of an identity server without what must differ: addresses, ids, tokens, times. */
import type { Answer } from "./token-cases.js";

/** Headers that say something to a client. */
const HEADERS = [
  ...["cache-control", "content-type", "pragma", "www-authenticate", "retry-after", "allow"],
  ...["referrer-policy", "strict-transport-security", "x-content-type-options", "x-frame-options", "x-robots-tag"],
];
/** Values that are words, the same wherever they come from. */
const WORDS = new Set(["error", "error_description", "token_type", "not-before-policy", "active", "alg", "use", "kty"]);
/** The key's certificate: the sandbox gives the bare key, with which tokens are checked. */
const CERTIFICATE = new Set(["x5c", "x5t", "x5t#S256"]);
const TOKENS = new Set(["access_token", "id_token", "refresh_token"]);

/** One line for each thing that counts, sorted. */
export function shapeOf({ status, headers, text }: Answer): string[] {
  const lines = [`status ${status}`];
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value !== null) lines.push(`header ${name}: ${value.replace(/; */g, ";").toLowerCase()}`);
  }
  const type = headers.get("content-type") ?? "";
  if (type.startsWith("application/json")) lines.push(...shapeOfJson("", JSON.parse(text)));
  return lines.sort();
}

function shapeOfJson(at: string, value: unknown): string[] {
  if (Array.isArray(value)) {
    return at.endsWith("roles") || at.endsWith("aud")
      ? [`${at}: list`]
      : value.flatMap((one: unknown) => shapeOfJson(`${at}[]`, one));
  }
  if (typeof value !== "object" || value === null) {
    const name = at.split(".").at(-1) ?? "";
    if (WORDS.has(name)) return [`${at} = ${String(value)}`];
    if (name === "scope") return [`${at} = ${String(value).split(" ").sort().join(" ")}`];
    if (name === "expires_in" || name === "refresh_expires_in") return [`${at} ~ ${rounded(Number(value))}`];
    return [`${at}: ${typeof value}`, ...(TOKENS.has(name) ? shapeOfToken(at, String(value)) : [])];
  }
  return Object.entries(value)
    .filter(([key]) => !CERTIFICATE.has(key))
    .flatMap(([key, one]) => shapeOfJson(at === "" ? key : `${at}.${key}`, one));
}

/** Keycloak says one second less now and then. */
const rounded = (seconds: number): number => Math.round(seconds / 10) * 10;

/** The names in a token's two readable parts. */
function shapeOfToken(at: string, token: string): string[] {
  const [head = "", claims = ""] = token.split(".");
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  // What a refresh token holds is the server's own business.
  if (at === "refresh_token") return [];
  return [...shapeOfJson(`${at}<head>`, read(head)), ...shapeOfJson(`${at}<claims>`, read(claims))];
}
