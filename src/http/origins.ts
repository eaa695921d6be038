/** Which origins may receive an account's credentials, and how URLs are shown without secrets. */
import { badInput } from "../errors.js";

/** The URL, or undefined when the text is not an absolute one. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

/** 127.0.0.0/8, ::1 and localhost: the only hosts that may get credentials over plain http. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function portOf(url: URL): string {
  return url.port || (url.protocol === "http:" ? "80" : "443");
}

/** https anywhere, http on loopback only. */
function mayCarrySecrets(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

interface HostPattern {
  /** Lower-case host; with `wildcard` the suffix that begins with a dot. */
  host: string;
  wildcard: boolean;
  /** A port number as text, "*", or "" for https on its own port. */
  port: string;
}

const HOST_ENTRY = /^(\*\.)?([^\s:/?#@\\*[\]]+|\[[0-9a-f:.]+\])(?::(\d{1,5}|\*))?$/;

/** The host as it stands in a URL: lower case, Punycode, IP addresses in their one form. */
function canonicalHost(text: string): string | undefined {
  return parseUrl(`https://${text}/`)?.hostname;
}

/**
 * The entries of the account property `hosts`: `host`, `host:port`, `host:*`, `*.example.org`, comma or newline
 * separated (contract, eo-account).
 * @throws EoError BAD_INPUT for an entry of any other form.
 */
export function hostPatterns(text: string): HostPattern[] {
  return text
    .split(/[,\n]/)
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .map((entry) => {
      const match = HOST_ENTRY.exec(entry);
      const host = match?.[2] === undefined ? undefined : canonicalHost(match[2]);
      if (!match || !host || Number(match[3] ?? 0) > 65_535) {
        throw badInput(
          `The account's list of hosts has "${entry.slice(0, 100)}". Allowed are host, host:port, host:* and *.example.org, without https:// and without a path.`,
        );
      }
      const wildcard = match[1] !== undefined;
      const port = match[3] === undefined || match[3] === "*" ? (match[3] ?? "") : String(Number(match[3]));
      return { host: wildcard ? `.${host}` : host, wildcard, port };
    });
}

/** The origins of one account. An origin is scheme, host and port. */
export class OwnedOrigins {
  readonly #exact: Set<string>;
  readonly #patterns: HostPattern[];

  /** `urls`: their exact origins are owned; `hosts`: patterns as in the account property. */
  constructor(urls: readonly string[], hosts: string) {
    this.#exact = new Set();
    for (const url of urls) {
      const parsed = parseUrl(url);
      if (parsed && mayCarrySecrets(parsed)) this.#exact.add(parsed.origin);
    }
    this.#patterns = hostPatterns(hosts);
  }

  owns(url: URL): boolean {
    if (!mayCarrySecrets(url)) return false;
    if (this.#exact.has(url.origin)) return true;
    const host = url.hostname.toLowerCase();
    const port = portOf(url);
    return this.#patterns.some(
      (p) =>
        (p.port === "*" || p.port === port || (p.port === "" && url.protocol === "https:" && port === "443")) &&
        (p.wildcard ? host.endsWith(p.host) && host.length > p.host.length : host === p.host),
    );
  }
}

/** A URL as it may stand in a message: no userinfo, query or fragment. Not a URL: a fixed placeholder. */
export function safeUrl(url: string | URL): string {
  const parsed = typeof url === "string" ? parseUrl(url) : url;
  if (!parsed) return "(not a URL)";
  return parsed.host ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : parsed.protocol;
}

/**
 * An http(s) URL, without userinfo.
 * @throws EoError BAD_INPUT naming `what` when it is not one.
 */
export function httpUrl(text: string, what: string): URL {
  const url = parseUrl(text);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw badInput(`The URL of the ${what} is not an http or https address: ${safeUrl(text)}.`);
  }
  url.username = "";
  url.password = "";
  return url;
}
