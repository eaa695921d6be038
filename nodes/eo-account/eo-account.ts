/** The config node eo-account: which service, which credentials. */
import type { Node, NodeAPI, NodeDef } from "node-red";
import { Account } from "../../src/accounts/account.js";
import { keyExpiry } from "../../src/accounts/key-expiry.js";
import { HIDDEN_SECRETS, type AccountSecrets, type AccountSettings } from "../../src/accounts/settings.js";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import type { ProxyOptions, TlsOptions } from "../../src/http/dispatcher.js";
import type { AccountNode } from "../common/account-node.js";
import { unsetVariable } from "../common/typed-property.js";

interface AccountDef extends NodeDef, AccountSettings {
  tls?: string;
  proxy?: string;
}

interface TlsConfigNode extends Node {
  addTLSOptions(options: TlsOptions): TlsOptions;
}

interface ProxyNode extends Node<{ username?: string; password?: string }> {
  url?: string;
  noproxy?: string[];
}

const SETTINGS = [
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
const SECRETS = ["clientId", "username", "accessKeyId", ...HIDDEN_SECRETS] as const;
const CHECK_EVERY_MS = 3_600_000;

/** Days on which an account was warned about; kept over redeploys, so that one warning a day is one. */
const warnedOn = new Map<string, string>();

function settingsOf(def: AccountDef): AccountSettings {
  const settings: Record<string, unknown> = {};
  for (const name of SETTINGS) {
    const value: unknown = def[name];
    const variable = unsetVariable(value);
    if (variable !== undefined)
      throw badInput(`The account's ${name} is taken from the environment variable ${variable}, which is not set.`);
    if (value !== undefined && value !== null) settings[name] = typeof value === "number" ? value : shown(value);
  }
  return { provider: "", ...settings };
}

function secretsOf(credentials: Record<string, unknown> | undefined): AccountSecrets {
  const secrets: AccountSecrets = {};
  for (const name of SECRETS) {
    const value = credentials?.[name];
    const variable = unsetVariable(value);
    if (variable !== undefined)
      throw badInput(`The account's ${name} is taken from the environment variable ${variable}, which is not set.`);
    if (typeof value === "string") secrets[name] = value;
  }
  return secrets;
}

export = (RED: NodeAPI): void => {
  function tlsOf(id: string | undefined): TlsOptions | undefined {
    if (!id) return undefined;
    const node = RED.nodes.getNode(id) as TlsConfigNode | null;
    if (!node) throw badInput("The account's TLS settings were deleted or are switched off.");
    return node.addTLSOptions({});
  }

  function proxyOf(id: string | undefined): ProxyOptions | undefined {
    if (!id) return undefined;
    const node = RED.nodes.getNode(id) as ProxyNode | null;
    if (!node?.url) throw badInput("The account's proxy was deleted, is switched off or has no address.");
    if (!/^https?:\/\//.test(node.url) || !URL.canParse(node.url))
      throw badInput("The account's proxy has no valid http address.");
    return {
      url: node.url,
      username: node.credentials.username,
      password: node.credentials.password,
      noProxy: node.noproxy,
    };
  }

  function EoAccount(this: AccountNode, def: AccountDef): void {
    RED.nodes.createNode(this, def);
    this.users = {};
    let account: Account | undefined;
    let timer: NodeJS.Timeout | undefined;

    this.openAccount = () => {
      account ??= Account.open(settingsOf(def), secretsOf(this.credentials), {
        tls: tlsOf(def.tls),
        proxy: proxyOf(def.proxy),
      });
      return account;
    };

    const lookAtExpiry = (): void => {
      const expiry = keyExpiry(def.expires, new Date());
      if (!expiry) return;
      const name = this.name ? `"${this.name}"` : `"${def.provider}"`;
      this.status({ fill: "yellow", shape: "ring", text: expiry.text });
      const today = new Date().toISOString().slice(0, 10);
      if (warnedOn.get(this.id) === today) return;
      warnedOn.set(this.id, today);
      this.warn(
        `KEY_EXPIRING: The key of EO account ${name} ${expiry.text}. Make a new key and enter it in the account.`,
      );
    };
    // After the constructor, so that the nodes that use the account are there to show it.
    const first = setTimeout(lookAtExpiry, 100);
    timer = setInterval(lookAtExpiry, CHECK_EVERY_MS);
    timer.unref();

    this.on("close", (_removed: boolean, done: () => void) => {
      clearTimeout(first);
      clearInterval(timer);
      timer = undefined;
      const closed = account;
      account = undefined;
      if (closed)
        void closed
          .close()
          .catch(() => undefined)
          .then(() => done());
      else done();
    });
  }

  RED.nodes.registerType("eo-account", EoAccount as unknown as (this: Node, def: NodeDef) => void, {
    credentials: {
      clientId: { type: "text" },
      clientSecret: { type: "password" },
      apiKey: { type: "password" },
      username: { type: "text" },
      password: { type: "password" },
      accessKeyId: { type: "text" },
      secretAccessKey: { type: "password" },
      sessionToken: { type: "password" },
    },
  });
};
