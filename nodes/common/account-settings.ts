/** What an eo-account config node holds: its settings, secrets and connection, as the engine takes them. */
import type { Node, NodeAPI, NodeDef } from "node-red";
import type { AccountConnection } from "../../src/accounts/account.js";
import { HIDDEN_SECRETS, type AccountSecrets, type AccountSettings } from "../../src/accounts/settings.js";
import { badInput } from "../../src/errors.js";
import type { ProxyOptions, TlsOptions } from "../../src/http/dispatcher.js";
import { shown } from "../../src/shown.js";
import { unsetVariable } from "./typed-property.js";

export interface AccountDef extends NodeDef, AccountSettings {
  tls?: string;
  proxy?: string;
}

interface TlsConfigNode extends Node {
  addTLSOptions?(options: TlsOptions): TlsOptions;
}

interface ProxyNode {
  type: string;
  credentials?: { username?: string; password?: string };
  url?: string;
  noproxy?: string[];
}

export const SETTINGS = [
  "provider",
  "url",
  "tokenUrl",
  "scope",
  "auth",
  "header",
  "workspace",
  "endpoint",
  "region",
  "bucket",
  "prefix",
  "hosts",
  "rate",
  "expires",
] as const;
export const SECRETS = ["clientId", "username", "accessKeyId", ...HIDDEN_SECRETS] as const;

type Settings = Partial<Record<(typeof SETTINGS)[number], unknown>>;

/** @throws EoError BAD_INPUT for an environment variable that is not set */
export function settingsOf(def: Settings): AccountSettings {
  const settings: Record<string, unknown> = {};
  for (const name of SETTINGS) {
    const value = def[name];
    const variable = unsetVariable(value);
    if (variable !== undefined)
      throw badInput(`The account's ${name} is taken from the environment variable ${variable}, which is not set.`);
    if (value !== undefined && value !== null) settings[name] = typeof value === "number" ? value : shown(value);
  }
  return { provider: "", ...settings };
}

/** @throws EoError BAD_INPUT for an environment variable that is not set */
export function secretsOf(credentials: object | undefined): AccountSecrets {
  const given = (credentials ?? {}) as Record<string, unknown>;
  const secrets: AccountSecrets = {};
  for (const name of SECRETS) {
    const value = given[name];
    const variable = unsetVariable(value);
    if (variable !== undefined)
      throw badInput(`The account's ${name} is taken from the environment variable ${variable}, which is not set.`);
    if (typeof value === "string") secrets[name] = value;
  }
  return secrets;
}

/**
 * The TLS settings and the proxy behind their config node ids; blank ids mean none.
 * @throws EoError BAD_INPUT when one is not there
 */
export function connectionOf(RED: NodeAPI, ids: { tls?: unknown; proxy?: unknown }): AccountConnection {
  return { tls: tlsOf(RED, ids.tls), proxy: proxyOf(RED, ids.proxy) };
}

/** The id of a chosen config node; "" for none. */
export function chosenId(id: unknown): string {
  return typeof id === "string" && id !== "_ADD_" ? id.trim() : "";
}

function tlsOf(RED: NodeAPI, chosen: unknown): TlsOptions | undefined {
  const id = chosenId(chosen);
  if (id === "") return undefined;
  const node = RED.nodes.getNode(id) as TlsConfigNode | null;
  if (typeof node?.addTLSOptions !== "function")
    throw badInput("The account's TLS settings were deleted, are switched off or were not deployed yet.");
  return node.addTLSOptions({});
}

function proxyOf(RED: NodeAPI, chosen: unknown): ProxyOptions | undefined {
  const id = chosenId(chosen);
  if (id === "") return undefined;
  const node = RED.nodes.getNode(id) as unknown as ProxyNode | null;
  if (node?.type !== "http proxy" || !node.url)
    throw badInput("The account's proxy was deleted, is switched off, was not deployed yet or has no address.");
  if (!/^https?:\/\//.test(node.url) || !URL.canParse(node.url))
    throw badInput("The account's proxy has no valid http address.");
  const { username, password } = node.credentials ?? {};
  return { url: node.url, username, password, noProxy: node.noproxy };
}
