/** The connection pool of one account: its TLS settings and its proxy. */
import { Socket } from "node:net";
import { Agent, Dispatcher, EnvHttpProxyAgent, Pool, buildConnector } from "undici";
import { badInput } from "../errors.js";
import { Line } from "../thread/line.js";
import { isLoopback, parseUrl, safeUrl } from "./origins.js";
import { finishWhenPaused } from "./paused-end.js";
import { trusted } from "./trust.js";

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

/** Every connection of an account, the ones still being made included: undici forgets those when it is destroyed. */
class Connections {
  readonly #sockets = new Set<Socket>();

  connector(options: buildConnector.BuildOptions): buildConnector.connector {
    // The types do not say that the socket comes back at once.
    const connect: (...to: Parameters<buildConnector.connector>) => unknown = buildConnector(options);
    return (to, callback) => {
      const socket = connect(to, callback);
      if (!(socket instanceof Socket)) return;
      finishWhenPaused(socket);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    };
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A pool whose connections, made through a proxy, are guarded like the direct ones. */
function tunnelled(origin: string | URL, options: object): Pool {
  const { connect, ...rest } = options as { connect: buildConnector.connector };
  return new Pool(origin, {
    ...rest,
    connect: (to, callback) =>
      connect(to, (...[error, socket]) => {
        if (socket) finishWhenPaused(socket);
        (callback as (...result: unknown[]) => void)(error, socket);
      }),
  });
}

/** Ends its connections when it is destroyed, and may keep plain http on loopback away from a proxy elsewhere. */
export class AccountDispatcher extends Dispatcher {
  /** The connections for files, which are not made in this thread. */
  readonly line: Line;
  readonly #connections: Connections;
  readonly #usual: Dispatcher;
  readonly #loopback: Dispatcher;

  /** `loopback`: for plain http on this machine, where credentials may be on it in the clear. */
  constructor(line: Line, connections: Connections, usual: Dispatcher, loopback: Dispatcher = usual) {
    super();
    this.line = line;
    this.#connections = connections;
    this.#usual = usual;
    this.#loopback = loopback;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = parseUrl(String(options.origin));
    const local = url?.protocol === "http:" && isLoopback(url.hostname);
    return (local ? this.#loopback : this.#usual).dispatch(options, handler);
  }

  override async destroy(): Promise<void> {
    const ended = [this.#usual, this.#loopback].map((dispatcher) => dispatcher.destroy());
    this.#connections.destroy();
    await Promise.all([...ended, this.line.close()]);
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
 * A dispatcher that trusts the built-in authorities and the account's own, by the account's proxy, else by HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @throws EoError BAD_INPUT for a proxy that is not an http(s) address.
 */
export function accountDispatcher(tls: TlsOptions = {}, proxy?: ProxyOptions): AccountDispatcher {
  const line = new Line(tls, proxy);
  const { trust, rest } = trusted(tls);
  const requestTls = { timeout: CONNECT_TIMEOUT_MS, ...rest, ...trust } as buildConnector.BuildOptions;
  const proxyTls = { timeout: CONNECT_TIMEOUT_MS, ...trust } as buildConnector.BuildOptions;
  const connections = new Connections();
  const direct = (): Agent => new Agent({ connect: connections.connector(requestTls) });
  const viaProxy = (options: EnvHttpProxyAgent.Options): EnvHttpProxyAgent =>
    new EnvHttpProxyAgent({
      ...options,
      requestTls,
      proxyTls,
      connect: connections.connector(requestTls),
      factory: tunnelled,
      clientFactory: (origin) => new Pool(origin, { connect: connections.connector(proxyTls) }),
    });
  if (proxy) {
    const url = proxyUrl(proxy.url, "the account's proxy");
    const { user, password } = userOf(url, proxy);
    url.username = "";
    url.password = "";
    const agent = viaProxy({
      ...(user || password ? { token: `Basic ${basic(user, password)}` } : {}),
      httpProxy: url.href,
      httpsProxy: url.href,
      noProxy: (proxy.noProxy ?? []).join(","),
    });
    return new AccountDispatcher(line, connections, agent, isLoopback(url.hostname) ? agent : direct());
  }
  const named = variable("http_proxy", "HTTP_PROXY");
  const secure = variable("https_proxy", "HTTPS_PROXY");
  if (named === undefined && secure === undefined) return new AccountDispatcher(line, connections, direct());
  if (secure !== undefined) proxyUrl(secure, "HTTPS_PROXY");
  const local = named === undefined || isLoopback(proxyUrl(named, "HTTP_PROXY").hostname);
  const agent = viaProxy({});
  return new AccountDispatcher(line, connections, agent, local ? agent : direct());
}
