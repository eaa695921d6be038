/** Any STAC API: no key, a bearer token, a key in a header, basic, or OAuth2. */
import type { Provider } from "../provider.js";
import { text, type AccountSecrets, type AccountSettings } from "../settings.js";
import { headerProblem } from "./key-header.js";

/** What may stand in a header (RFC 9110 §5.5); beyond ASCII is read differently by every server. */
const SENDABLE = /^[\x20-\x7e]*$/;

function apiKeyProblem(key: string, missing: string): string | undefined {
  if (!key) return missing;
  return SENDABLE.test(key)
    ? undefined
    : "The account's key has a line break or another character that cannot be sent.";
}

function keyProblem(settings: AccountSettings, secrets: AccountSecrets): string | undefined {
  const has = (name: keyof AccountSecrets): boolean => text(secrets[name]) !== "";
  switch (text(settings.auth) || "none") {
    case "none":
      return undefined;
    case "bearer":
      return apiKeyProblem(text(secrets.apiKey), "The account sends a bearer token, but has none.");
    case "header": {
      const header = text(settings.header).toLowerCase();
      if (!header) return "The account sends its key in a header, but the header has no name.";
      const problem = headerProblem(header);
      if (problem !== undefined) return problem;
      return apiKeyProblem(text(secrets.apiKey), "The account sends a key in a header, but has none.");
    }
    case "basic":
      if (!has("username")) return "The account uses basic authentication, but has no user name.";
      if (text(secrets.username).includes(":"))
        return "A user name with a colon cannot be used with basic authentication.";
      return has("password") ? undefined : "The account has a user name, but no password.";
    case "oauth2":
      if (!text(settings.tokenUrl)) return "The account uses OAuth2, but has no token endpoint.";
      if (!has("clientId")) return "The account uses OAuth2, but has no client id.";
      if (has("username") !== has("password")) return "The account has only one of user name and password.";
      if (!has("username") && !has("clientSecret")) return "The account has a client id, but no client secret.";
      return undefined;
    default:
      return `The account's authentication "${text(settings.auth).slice(0, 40)}" is not known.`;
  }
}

export const stac: Provider = {
  id: "stac",
  title: "STAC API",
  rate: 0,
  search: { landing: true, oneCollection: false, limit: 100 },
  problem(settings, secrets) {
    if (!text(settings.url)) return "The account has no address. Enter the landing page of the STAC API.";
    return keyProblem(settings, secrets);
  },
  credentials(settings, secrets, tools) {
    switch (text(settings.auth) || "none") {
      case "bearer":
        return tools.fixed({ authorization: `Bearer ${text(secrets.apiKey)}` });
      case "header":
        return tools.fixed({ [text(settings.header).toLowerCase()]: text(secrets.apiKey) });
      case "basic": {
        const pair = Buffer.from(`${text(secrets.username)}:${secrets.password ?? ""}`, "utf8").toString("base64");
        return tools.fixed({ authorization: `Basic ${pair}` });
      }
      case "oauth2":
        return tools.tokens({
          grant: text(secrets.username) ? "password" : "client_credentials",
          clientId: text(secrets.clientId),
          clientSecret: text(secrets.clientSecret),
          username: text(secrets.username),
          password: secrets.password ?? "",
        });
      default:
        return undefined;
    }
  },
};
