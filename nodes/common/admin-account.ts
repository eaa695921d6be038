/** Which account an endpoint works with, and when a stored secret may be used: only where it was deployed to go. */
import { createHash } from "node:crypto";
import type { NodeAPI } from "node-red";
import { Account, asksOwnServersOnly, type AccountConnection } from "../../src/accounts/account.js";
import { HIDDEN_SECRETS, text, type AccountSecrets, type AccountSettings } from "../../src/accounts/settings.js";
import { badInput } from "../../src/errors.js";
import { parseUrl, safeUrl } from "../../src/http/origins.js";
import { RateLimit } from "../../src/http/pace.js";
import { redactor } from "../../src/http/redact.js";
import type { AccountNode } from "./account-node.js";
import { chosenId, connectionOf, secretsOf, SECRETS, SETTINGS, settingsOf } from "./account-settings.js";
import { Refusal, type Fields } from "./admin-body.js";
import { deployedConfig } from "./admin-values.js";
import { unsetVariable } from "./typed-property.js";

const NAMES = [...SETTINGS, "tls", "proxy"] as const;
type Name = (typeof NAMES)[number];
type SecretName = (typeof SECRETS)[number];

/** What decides where a secret goes, and how. With these as deployed it goes where it was deployed to go. */
const BOUND: readonly Name[] = [
  ...(["provider", "url", "tokenUrl", "auth", "header", "hosts", "tls", "proxy"] as const),
  ...(["workspace", "endpoint", "region", "bucket"] as const),
];

/** What the editor shows in place of a secret it does not know. */
const STORED = "__PWRD__";

const KEPT_MS = 120_000;
const MOST_KEPT = 8;
const MOST_RATES = 32;

/** The account as it is deployed, or, with `settings`, as it stands in the editor. */
export interface AccountRef {
  id: string;
  settings?: Partial<Record<Name, string>>;
  /** Absent: nobody has looked at them, so they are the stored ones. */
  credentials?: Partial<Record<SecretName, string>>;
}

export function accountRefOf(fields: Fields): AccountRef {
  const settings = fields.optionalObject("settings");
  const credentials = fields.optionalObject("credentials");
  return {
    id: fields.text("id"),
    ...(settings ? { settings: settings.texts(NAMES) } : {}),
    ...(settings && credentials ? { credentials: credentials.texts(SECRETS) } : {}),
  };
}

export interface AccountLease {
  account: Account;
  /** Must be called when the work is done. */
  release(): Promise<void>;
}

interface Understood {
  node: AccountNode | undefined;
  /** In nothing different from the deployed account. */
  isDeployed: boolean;
  values: Record<Name, string>;
  secrets: AccountSecrets;
}

interface Kept {
  account: Account;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

export class AccountDesk {
  readonly #RED: NodeAPI;
  /** Accounts that are not deployed, so that one look after the other shares a token. */
  readonly #kept = new Map<string, Kept>();
  readonly #rates = new Map<string, RateLimit>();

  constructor(RED: NodeAPI) {
    this.#RED = RED;
  }

  /**
   * The deployed account itself where nothing is different, so that its rate and token are shared with the flows.
   * @param fresh an account of its own, without a token; the rate is shared all the same
   * @param hide is given what stars the account's secrets in a text, before anything can fail with one
   * @throws EoError BAD_INPUT for settings that make no account; Refusal KEY_NEEDED, NOT_DEPLOYED, DEPLOY_FIRST.
   * Nothing has been sent.
   */
  lease(ref: AccountRef, fresh: boolean, hide: (redact: (text: string) => string) => void): AccountLease {
    const { node, isDeployed, values, secrets } = this.#understand(ref);
    hide(redactor(() => HIDDEN_SECRETS.map((name) => text(secrets[name])).filter(Boolean)));
    if (node && isDeployed && !fresh) {
      const account = node.openAccount();
      hide(account.door.redact);
      account.check();
      return { account, release: () => Promise.resolve() };
    }
    const settings = settingsOf(values);
    if (!isDeployed) for (const name of ["url", "tokenUrl", "endpoint"] as const) checkHost(name, settings[name]);
    const connection = connectionOf(this.#RED, values);
    if (fresh) {
      const account = this.#open(ref.id, node, settings, secrets, connection);
      hide(account.door.redact);
      return { account, release: () => account.close() };
    }
    const key = createHash("sha256")
      .update(JSON.stringify([ref.id, values, secrets, connection]))
      .digest("hex");
    const kept = this.#kept.get(key) ?? this.#keep(key, this.#open(ref.id, node, settings, secrets, connection));
    hide(kept.account.door.redact);
    kept.users += 1;
    clearTimeout(kept.timer);
    return {
      account: kept.account,
      release: async () => {
        kept.users -= 1;
        if (kept.users > 0) return;
        kept.timer = setTimeout(() => void this.#drop(key, kept), KEPT_MS);
        kept.timer.unref();
        await this.#dropOldest();
      },
    };
  }

  #keep(key: string, account: Account): Kept {
    const kept: Kept = { account, users: 0, timer: undefined };
    this.#kept.set(key, kept);
    return kept;
  }

  async #dropOldest(): Promise<void> {
    for (const [key, kept] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) return;
      if (kept.users === 0) await this.#drop(key, kept);
    }
  }

  async #drop(key: string, kept: Kept): Promise<void> {
    if (kept.users > 0 || this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    clearTimeout(kept.timer);
    await kept.account.close();
  }

  /** With a rate that is shared with the deployed account of the same service, or with earlier looks at this one. */
  #open(
    id: string,
    node: AccountNode | undefined,
    settings: AccountSettings,
    secrets: AccountSecrets,
    connection: AccountConnection,
  ): Account {
    const account = Account.open(settings, secrets, connection);
    try {
      account.check();
    } catch (error) {
      void account.close();
      throw error;
    }
    const deployed = deployedAccount(node);
    if (deployed && deployed.url === account.url && deployed.perSecond > 0) {
      const isSlower = account.perSecond > 0 && account.perSecond < deployed.perSecond;
      if (!isSlower) return this.#withRate(account, settings, secrets, connection, deployed.rate);
    }
    if (account.perSecond === 0) return account;
    const key = [id, account.url, account.perSecond].join("\0");
    const known = this.#rates.get(key);
    if (known) return this.#withRate(account, settings, secrets, connection, known);
    this.#rates.set(key, account.rate);
    const oldest = this.#rates.keys().next();
    if (this.#rates.size > MOST_RATES && oldest.done !== true) this.#rates.delete(oldest.value);
    return account;
  }

  #withRate(
    unused: Account,
    settings: AccountSettings,
    secrets: AccountSecrets,
    connection: AccountConnection,
    rate: RateLimit,
  ): Account {
    void unused.close();
    return Account.open(settings, secrets, { ...connection, rate });
  }

  #understand(ref: AccountRef): Understood {
    const node = this.#deployedNode(ref.id);
    const saved = node && savedValues(node.saved());
    if (!ref.settings) {
      if (!node || !saved) {
        throw new Refusal(
          "NOT_DEPLOYED",
          "This account is not deployed, or was deleted or switched off. Deploy first.",
        );
      }
      return { node, isDeployed: true, values: saved, secrets: secretsOf(node.credentials) };
    }
    const raw = node && deployedConfig(this.#RED, node.id);
    const values = Object.fromEntries(
      NAMES.map((name) => [name, settingOf(name, ref.settings?.[name], raw, saved)]),
    ) as Record<Name, string>;
    const changed = saved ? BOUND.filter((name) => values[name] !== saved[name]) : undefined;
    const secrets = this.#secretsFor(ref, node, values, changed);
    const isDeployed =
      node !== undefined &&
      saved !== undefined &&
      NAMES.every((name) => values[name] === saved[name]) &&
      SECRETS.every((name) => (secrets[name] ?? "") === storedText(node, name));
    return { node, isDeployed, values, secrets };
  }

  /** `changed`: the bound settings that are not as deployed; undefined when nothing is deployed. */
  #secretsFor(
    ref: AccountRef,
    node: AccountNode | undefined,
    values: Record<Name, string>,
    changed: Name[] | undefined,
  ): AccountSecrets {
    const raw = (node && (this.#RED.nodes.getCredentials(node.id) as unknown)) ?? {};
    const secrets: AccountSecrets = {};
    const useStored = (name: SecretName): void => {
      const value = node ? storedText(node, name) : "";
      if (!node || changed === undefined || changed.length > 0 || value === "") throw keyNeeded(changed);
      const variable = unsetVariable(value);
      if (variable !== undefined) secretsOf({ [name]: value });
      secrets[name] = value;
    };
    for (const name of SECRETS) {
      if (!ref.credentials) {
        if (node && storedText(node, name) !== "") useStored(name);
        continue;
      }
      const given = ref.credentials[name] ?? "";
      const variable = unsetVariable(given);
      if (given === "") continue;
      if (given === STORED) useStored(name);
      else if (variable === undefined) secrets[name] = given;
      else if (unsetVariable((raw as Record<string, unknown>)[name]) === variable) useStored(name);
      else secrets[name] = this.#fromEnvironment(name, variable, values);
    }
    return secrets;
  }

  /** A page could name any variable; what it holds goes to no server but the provider's own. */
  #fromEnvironment(name: SecretName, variable: string, values: Record<Name, string>): string {
    if (!asksOwnServersOnly(settingsOf(values)) || values.tls !== "" || values.proxy !== "") {
      throw new Refusal(
        "KEY_NEEDED",
        "The key is taken from the environment, which is read only for a deployed account. Deploy first, or enter the key itself.",
      );
    }
    const value = this.#environment(variable);
    if (value === undefined) {
      throw badInput(`The account's ${name} is taken from the environment variable ${variable}, which is not set.`);
    }
    return value;
  }

  #deployedNode(id: string): AccountNode | undefined {
    const variable = unsetVariable(id);
    const chosen = chosenId(variable === undefined ? id : this.#environment(variable));
    if (variable !== undefined && chosen === "") {
      throw badInput(`The account is taken from the environment variable ${variable}, which is not set.`);
    }
    const node = chosen === "" ? null : (this.#RED.nodes.getNode(chosen) as AccountNode | null);
    return typeof node?.openAccount === "function" ? node : undefined;
  }

  /** As Node-RED reads it for a config node that stands for itself. */
  #environment(name: string): string | undefined {
    const { envVarExcludes } = this.#RED.settings as unknown as { envVarExcludes?: unknown };
    if (Array.isArray(envVarExcludes) && envVarExcludes.includes(name)) return undefined;
    return Object.hasOwn(process.env, name) ? process.env[name] : undefined;
  }
}

function deployedAccount(node: AccountNode | undefined): Account | undefined {
  try {
    return node?.openAccount();
  } catch {
    return undefined;
  }
}

function storedText(node: AccountNode, name: SecretName): string {
  const value = (node.credentials as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : "";
}

function savedValues(def: object): Record<Name, string> {
  const fields = def as Record<string, unknown>;
  return Object.fromEntries(
    NAMES.map((name) => {
      const value = fields[name];
      const given = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
      return [name, given === "_ADD_" ? "" : given];
    }),
  ) as Record<Name, string>;
}

/** A setting as it stands in the editor; `${NAME}` only where the deployed account has the same. */
function settingOf(
  name: Name,
  given: string | undefined,
  raw: Record<string, unknown> | undefined,
  saved: Record<Name, string> | undefined,
): string {
  const value = (given ?? "").trim();
  if (value === "_ADD_") return "";
  if (unsetVariable(value) === undefined) return value;
  if (raw && saved && typeof raw[name] === "string" && raw[name].trim() === value) return saved[name];
  throw new Refusal(
    "DEPLOY_FIRST",
    `The account's ${name} is taken from the environment, which is read only for a deployed account. Deploy first, then try again.`,
  );
}

function keyNeeded(changed: Name[] | undefined): Refusal {
  return new Refusal(
    "KEY_NEEDED",
    changed === undefined
      ? "This account is not deployed, so there is no stored key to use. Enter the key again."
      : changed.length === 0
        ? "There is no stored key any more. Enter the key again."
        : `The stored key goes only where it was deployed to go, and the account was changed since (${changed.join(", ")}). Enter the key again, or deploy first.`,
  );
}

/** Addresses of the machine's own network link: where clouds hand out their machines' credentials. */
function checkHost(name: string, value: string | undefined): void {
  const url = parseUrl(text(value));
  if (!url) return;
  const host = url.hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  const isLinkLocal =
    /^169\.254\./.test(host) ||
    /^(::ffff:a9fe:|fe[89ab][0-9a-f]:|fd00:ec2::)/.test(host) ||
    host === "metadata.google.internal" ||
    host === "100.100.100.200";
  if (isLinkLocal) throw badInput(`The account's ${name} ${safeUrl(url)} is no address of a service. Correct it.`);
}
