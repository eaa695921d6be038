/** The connection pool of one account: its TLS settings and its proxy. */
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { Agent, Dispatcher, EnvHttpProxyAgent } from "undici";
import { badInput } from "../errors.js";
import { isLoopback, parseUrl, safeUrl } from "./origins.js";

/** As Node-RED's tls-config node fills it. */
export interface TlsOptions {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  pfx?: string | Buffer | undefined;
  passphrase?: string | undefined;
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
}

/** As Node-RED's http proxy node holds it. */
export interface ProxyOptions {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Hosts reached directly. */
  noProxy?: readonly string[] | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<T>;
}

/** What Node itself would trust besides the built-in list; naming any `ca` takes both away. */
function extraAuthorities(): string[] {
  const file = process.env["NODE_EXTRA_CA_CERTS"];
  if (!file) return [];
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    // Node has warned about it at its start.
    return [];
  }
}

/** Plain http on loopback never goes to a proxy elsewhere: credentials may be on it. */
class LoopbackDirect extends Dispatcher {
  readonly #direct: Agent;
  readonly #proxied: Dispatcher;

  constructor(direct: Agent, proxied: Dispatcher) {
    super();
    this.#direct = direct;
    this.#proxied = proxied;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = parseUrl(String(options.origin));
    const direct = url?.protocol === "http:" && isLoopback(url.hostname);
    return (direct ? this.#direct : this.#proxied).dispatch(options, handler);
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct.destroy(), this.#proxied.destroy()]);
  }
}

function variable(...names: string[]): string | undefined {
  return names.map((name) => process.env[name]).find((value) => value !== undefined && value !== "");
}

function proxyUrl(text: string, whose: string): URL {
  const url = parseUrl(text);
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw badInput(`The address of ${whose} is not an http or https address: ${safeUrl(text)}.`);
  }
  return url;
}

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`, "utf8").toString("base64");
}

function userOf(url: URL, proxy?: ProxyOptions): { user: string; password: string } {
  const plain = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return { user: proxy?.username || plain(url.username), password: proxy?.password || plain(url.password) };
}

/** Every text by which the proxies in use would give away their password. */
export function proxySecrets(proxy?: ProxyOptions): string[] {
  const addresses = proxy
    ? [proxy.url]
    : ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].map((name) => process.env[name] ?? "");
  return addresses.flatMap((address) => {
    const url = parseUrl(address);
    if (!url) return [];
    const { user, password } = userOf(url, proxy);
    return password ? [password, basic(user, password)] : [];
  });
}

/**
 * A dispatcher that trusts the built-in authorities and the account's own (a bare `ca` would replace the built-in
 * list: facts/real-parts.md §1), by the account's proxy, else by HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @throws EoError BAD_INPUT for a proxy that is not an http(s) address.
 */
export function accountDispatcher(tls: TlsOptions = {}, proxy?: ProxyOptions): Dispatcher {
  const { ca, ...rest } = defined(tls);
  const trust = ca ? { ca: [...rootCertificates, ...extraAuthorities(), ca] } : {};
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...rest, ...trust };
  const options: Agent.Options = { connect: connect };
  const viaProxy = { ...options, requestTls: connect, proxyTls: { timeout: CONNECT_TIMEOUT_MS, ...trust } };
  if (proxy) {
    const url = proxyUrl(proxy.url, "the account's proxy");
    const { user, password } = userOf(url, proxy);
    url.username = "";
    url.password = "";
    const agent = new EnvHttpProxyAgent({
      ...viaProxy,
      ...(user || password ? { token: `Basic ${basic(user, password)}` } : {}),
      httpProxy: url.href,
      httpsProxy: url.href,
      noProxy: (proxy.noProxy ?? []).join(","),
    });
    return isLoopback(url.hostname) ? agent : new LoopbackDirect(new Agent(options), agent);
  }
  const named = variable("http_proxy", "HTTP_PROXY");
  const secure = variable("https_proxy", "HTTPS_PROXY");
  if (named === undefined && secure === undefined) return new Agent(options);
  if (named !== undefined) proxyUrl(named, "HTTP_PROXY");
  if (secure !== undefined) proxyUrl(secure, "HTTPS_PROXY");
  const agent = new EnvHttpProxyAgent(viaProxy);
  const local = named === undefined || isLoopback(new URL(named).hostname);
  return local ? agent : new LoopbackDirect(new Agent(options), agent);
}
