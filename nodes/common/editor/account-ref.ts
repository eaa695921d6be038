/** How the endpoints are told which account is meant: as it is deployed, or as it stands in the editor. */
import { isVariable } from "./check.js";
import { current, isOpen } from "./dialog.js";
import type { Credential } from "./providers.js";
import type { EditorNode } from "./red.js";

export const SETTINGS = [
  ...["provider", "url", "tokenUrl", "scope", "auth", "header", "workspace", "endpoint", "region", "bucket", "prefix"],
  ...["hosts", "rate", "expires", "tls", "proxy"],
] as const;

export const CREDENTIALS: readonly Credential[] = [
  ...(["clientId", "clientSecret", "apiKey", "username", "password"] as const),
  ...(["accessKeyId", "secretAccessKey", "sessionToken"] as const),
];

/** What stands in the field of a secret that only the runtime knows. */
const STORED = "__PWRD__";

export interface AccountRef {
  id: string;
  settings?: Record<string, string>;
  credentials?: Record<string, string>;
}

/** The account as its dialog or the editor holds it. */
export function accountInEditor(account: EditorNode): AccountRef {
  const settings: Record<string, string> = {};
  for (const name of SETTINGS) {
    const value = current(account, name).trim();
    // A list shows the default for what was never saved; that is no change, and the stored key stays good.
    const isUnsaved = (account[name] ?? "") === "" && value === account._def.defaults[name]?.value;
    settings[name] = value === "_ADD_" || isUnsaved ? "" : value;
  }
  if (!isOpen(account) && account.credentials === undefined) return { id: account.id, settings };
  const credentials: Record<string, string> = {};
  for (const name of CREDENTIALS) {
    const value = isOpen(account) ? current(account, name) : saved(account, name);
    if (value !== "") credentials[name] = value;
  }
  return { id: account.id, settings, credentials };
}

function saved(account: EditorNode, name: Credential): string {
  const value = account.credentials?.[name];
  if (typeof value === "string" && value !== "") return value;
  return account.credentials?.[`has_${name}`] === true ? STORED : "";
}

/** The account a node has chosen: a deployed one that was not touched since goes by its id alone. */
export function chosenAccount(id: string): AccountRef | undefined {
  if (id === "" || id === "_ADD_") return undefined;
  if (isVariable(id)) return { id };
  const account = RED.nodes.node(id);
  if (account === null) return undefined;
  return account["changed"] === true ? accountInEditor(account) : { id };
}
