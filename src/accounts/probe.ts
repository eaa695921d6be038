/** Whether an account works, step by step: is the service there, does the login work, does a search. */
import { EoError, asEoError } from "../errors.js";
import { safeUrl } from "../http/origins.js";
import { collectionsOf } from "../stac/collections.js";
import { isRecord } from "../stac/item.js";
import { searchRequest } from "../stac/search-request.js";
import { StacSearch } from "../stac/search.js";
import type { Account } from "./account.js";

export type ProbeStepName = "reach" | "token" | "search" | "list" | "key" | "workspace" | "expiry" | "bucket";

export interface ProbeStep {
  step: ProbeStepName;
  state: "ok" | "failed" | "skipped";
  ms: number;
  /** HTTP status of the last answer, where one is known. */
  status?: number;
  /** The safe URL that was asked. */
  url?: string;
  /** reach: the landing page's title. */
  title?: string;
  /** token: seconds. */
  expiresIn?: number;
  /** search: what was searched, and how many items came (0 or 1). */
  collection?: string;
  /** list: what was listed, and how many came. */
  listed?: string;
  items?: number;
  /** workspace: the one that the key opens. */
  workspace?: string;
  /** list: files on the first page. */
  files?: number;
  /** expiry: when the key dies, and in how many whole days; below zero when it has. */
  expires?: string;
  days?: number;
  error?: EoError;
}

type Found = Omit<ProbeStep, "step" | "state" | "ms" | "error">;

/** A step and what it does; undefined when there was nothing to do. */
export type ProbeWork = [ProbeStepName, () => Promise<Found | undefined>];

const REACH_MS = 15_000;
const LANDING_BYTES = 4 * 1024 * 1024;

/**
 * Tries the account: reach, token, and a search or, where there is no STAC API, a list; or what its provider has instead.
 * After a failure the rest is skipped; never throws for what a server does.
 * @param signal a reason that is an EoError is what a step says that it ended
 * @throws EoError BAD_INPUT when the account is not complete; nothing has been sent
 */
export async function probe(account: Account, signal: AbortSignal): Promise<ProbeStep[]> {
  account.check();
  const steps: ProbeStep[] = [];
  const work: ProbeWork[] = [
    ...(account.url === "" ? [] : [["reach", () => reach(account, signal)] satisfies ProbeWork]),
    ...(account.provider.probe?.(account, signal) ?? [
      ["token", () => account.login(signal)],
      account.provider.search ? ["search", () => search(account, signal)] : ["list", () => list(account, signal)],
    ]),
  ];
  let failed = false;
  for (const [step, run] of work) {
    if (failed) {
      steps.push({ step, state: "skipped", ms: 0 });
      continue;
    }
    const started = performance.now();
    const ms = (): number => Math.round(performance.now() - started);
    try {
      const found = await run();
      steps.push({ step, state: found ? "ok" : "skipped", ms: ms(), ...found });
    } catch (thrown) {
      failed = true;
      const error = signal.aborted && signal.reason instanceof EoError ? signal.reason : asEoError(thrown);
      const { status, url } = error.cause;
      steps.push({
        step,
        state: "failed",
        ms: ms(),
        ...(status === undefined ? {} : { status }),
        ...(url === undefined ? {} : { url }),
        error,
      });
    }
  }
  return steps;
}

/** The landing page, without the key: a refusal for want of one still shows that the service is there. */
async function reach(account: Account, signal: AbortSignal): Promise<Found> {
  const { lists } = account.provider;
  const what = lists ? `reading the ${lists.of}` : "reading the landing page";
  const answer = await account.door.whole(
    {
      url: lists ? `${account.root}/${lists.path}` : account.url,
      what,
      headers: { accept: "application/json", "accept-encoding": "gzip, br" },
      credentials: false,
      headTimeout: REACH_MS,
      signal,
    },
    { tries: 1, budget: REACH_MS, maxBytes: LANDING_BYTES },
  );
  const url = safeUrl(answer.url);
  const found = { status: answer.status, url };
  if (answer.status === 401 || answer.status === 403) return found;
  if (answer.status < 200 || answer.status > 299) throw account.door.errorOfWhole(answer, what);
  if (lists) return found;
  let page: unknown;
  try {
    page = JSON.parse(answer.body.toString("utf8"));
  } catch {
    page = undefined;
  }
  if (!isRecord(page)) {
    throw new EoError(
      "BAD_RESPONSE",
      `${url} answered ${answer.status}, but not with the landing page of a STAC API. Check the account's address.`,
      { status: answer.status, url },
    );
  }
  const title = page["title"];
  return { ...found, ...(typeof title === "string" && title !== "" ? { title } : {}) };
}

async function search(account: Account, signal: AbortSignal): Promise<Found> {
  const wanted = account.search.probe;
  try {
    return await searchIn(account, wanted, signal);
  } catch (error) {
    if (wanted === undefined || !(error instanceof EoError) || error.code !== "NOT_FOUND") throw error;
    // A service of the same kind with other collections: any of them will do.
    const { collections } = await collectionsOf(account, "", { signal, most: 1 });
    const first = collections[0];
    if (!first) throw error;
    return await searchIn(account, first.id, signal);
  }
}

async function searchIn(account: Account, collection: string | undefined, signal: AbortSignal): Promise<Found> {
  const fields = { limit: 1, max: 1, ...(collection === undefined ? {} : { collections: [collection] }) };
  const run = new StacSearch(account, searchRequest(fields, new Date()), signal);
  for await (const _page of run.pages());
  return { url: run.report.url, ...(collection === undefined ? {} : { collection }), items: run.report.items };
}

/** Undefined: the account cannot ask by itself, as its key is for somebody else to use. */
async function list(account: Account, signal: AbortSignal): Promise<Found | undefined> {
  const { lists } = account.provider;
  if (!lists || (lists.needsHeader === true && !account.sendsKey)) return undefined;
  const { value, url, status } = await account.door.json({
    url: `${account.root}/${lists.path}`,
    what: `reading the ${lists.of}`,
    signal,
  });
  const entries = isRecord(value) ? value["value"] : value;
  return { url: safeUrl(url), status, listed: lists.of, items: Array.isArray(entries) ? entries.length : 0 };
}
