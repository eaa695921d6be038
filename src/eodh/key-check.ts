/** Whether the account's key opens its workspace: a dead key looks like none, and a private catalogue like an empty one. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { safeUrl } from "../http/origins.js";
import { isRecord } from "../stac/item.js";

/** `other`: the key is good, but for another workspace. */
export type KeyVerdict = "good" | "refused" | "other";

export interface KeyCheck {
  verdict: KeyVerdict;
  url: string;
  status: number;
  /** Why, for any verdict but `good`. */
  error?: EoError;
  /** The workspace the key is for, where the service says. */
  workspace?: string;
}

const BODY_BYTES = 4 * 1024 * 1024;

/**
 * Asks for the workspace's private catalogue, which is never shown without its key.
 * @param path of the catalogue to ask for [the workspace's own]
 * @throws EoError when there is no answer to judge by
 */
export async function checkKey(account: Account, signal?: AbortSignal, path?: string): Promise<KeyCheck> {
  const own = `/catalogs/user/catalogs/${encodeURIComponent(account.workspace)}`;
  const first = await ask(account, account.url + (path ?? own), signal);
  // A new workspace has no catalogue yet; its own document tells as much.
  const answer =
    first.status === 404
      ? await ask(account, `${account.service}/api/workspaces/${encodeURIComponent(account.workspace)}`, signal)
      : first;
  const { url, status } = answer;
  if (status >= 200 && status < 300) return { verdict: "good", url, status };
  if (status === 403 || (status === 401 && first.status === 404)) {
    const workspace = await keyWorkspace(account, signal);
    if (workspace !== undefined && workspace !== account.workspace) {
      const words = `The key is for the workspace "${workspace}", and the account names "${account.workspace}". Change one of them.`;
      return { verdict: "other", url, status, workspace, error: new EoError("FORBIDDEN", words, { status, url }) };
    }
  }
  const refused = status === 401 || status === 403 || (status >= 300 && status < 400);
  const error = answer.error;
  if (refused && status >= 300 && status < 400) {
    const words =
      `${url} led to a login page instead of answering: the key is not accepted. ${account.refusedKey() ?? ""}`.trim();
    return { verdict: "refused", url, status, error: new EoError("AUTH_FAILED", words, { status, url }) };
  }
  if (refused) return { verdict: "refused", url, status, error };
  throw error;
}

/** The one workspace the service shows to the key. */
async function keyWorkspace(account: Account, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { status, body } = await ask(account, `${account.service}/api/workspaces`, signal);
  if (status !== 200) return undefined;
  try {
    const list: unknown = JSON.parse(body);
    const first: unknown = Array.isArray(list) && list.length === 1 ? list[0] : undefined;
    const name = isRecord(first) ? first["name"] : undefined;
    return typeof name === "string" ? name.slice(0, 63) : undefined;
  } catch {
    return undefined;
  }
}

async function ask(
  account: Account,
  address: string,
  signal: AbortSignal | undefined,
): Promise<{ status: number; url: string; body: string; error: EoError }> {
  const what = "checking the key";
  const answer = await account.door.whole(
    // A redirect leads to a login page; the key is of no use there.
    { url: address, what, redirects: 0, headers: { accept: "application/json" }, ...(signal ? { signal } : {}) },
    { maxBytes: BODY_BYTES },
  );
  const { status } = answer;
  const error = account.door.errorOfWhole(answer, what);
  return { status, url: safeUrl(answer.url), body: answer.body.toString("utf8"), error };
}

/**
 * What an empty search means.
 * @param cataloguePath as in `SearchRequest`
 * @returns a sentence for a person when only public data were searched; undefined when nothing fits, and that is all
 * @throws EoError AUTH_FAILED or FORBIDDEN when a private catalogue was searched without its key
 */
export async function explainEmpty(
  account: Account,
  cataloguePath: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const isPrivate = /^\/catalogs\/user\/catalogs\/[^/]+/.exec(cataloguePath);
  let check: KeyCheck;
  try {
    check = await checkKey(account, signal, isPrivate?.[0]);
  } catch (thrown) {
    if (!(thrown instanceof EoError) || thrown.code === "CANCELLED" || thrown.code === "NOT_FOUND") throw thrown;
    return `Nothing was found, and whether the key is good could not be looked up: ${thrown.message}`;
  }
  const { verdict, error } = check;
  if (verdict === "good" || !error) return undefined;
  if (isPrivate) {
    const words = "Nothing was found because the private catalogue was not opened:";
    throw new EoError(error.code, `${words} ${error.message}`, error.cause);
  }
  return `Only public data were searched, for the key is not accepted: ${error.message}`;
}
