/** The Test button's steps for the EO DataHub: key, workspace, days left. */
import type { Account } from "../accounts/account.js";
import { expiryTime } from "../accounts/key-expiry.js";
import type { ProbeWork } from "../accounts/probe.js";
import { checkKey, type KeyCheck } from "./key-check.js";
import { keyEnd } from "./workspace.js";

const DAY_MS = 86_400_000;

/** What comes after reaching the service. */
export function eodhProbe(account: Account, signal: AbortSignal): ProbeWork[] {
  let check: KeyCheck | undefined;
  return [
    [
      "key",
      async () => {
        check = await checkKey(account, signal);
        if (check.verdict === "refused" && check.error) throw check.error;
        return { url: check.url, status: check.status };
      },
    ],
    [
      "workspace",
      () => {
        if (check?.error) return Promise.reject(check.error);
        return Promise.resolve({ workspace: account.workspace });
      },
    ],
    ["expiry", () => expiry(account, signal)],
  ];
}

/** Undefined where neither the service nor the account tells. */
async function expiry(account: Account, signal: AbortSignal): Promise<{ expires: string; days: number } | undefined> {
  // That the service does not tell is no fault of the account.
  const told = await keyEnd(account, signal).catch(() => undefined);
  const time = told === undefined ? expiryTime(account.settings.expires) : Date.parse(told);
  if (time === undefined) return undefined;
  return { expires: new Date(time).toISOString(), days: Math.floor((time - Date.now()) / DAY_MS) };
}
