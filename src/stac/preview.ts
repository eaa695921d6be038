/** What a search would find, looked at before anything runs: the first thousand items, and which are kept of them. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { isItem, itemId, valueAtPath, type Item } from "./item.js";
import { LatestSelection, type LatestOptions } from "./latest.js";
import { RegexRunner } from "./regex-runner.js";
import { StacSearch, type SearchReport } from "./search.js";
import type { SearchRequest } from "./search-request.js";

/** Items looked at. */
const MOST_ITEMS = 1_000;
/** Of all items together, as JSON text. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

export interface SearchPreview {
  /** In the service's order. */
  items: Item[];
  report: SearchReport;
  /** Every item of the search is among `items`. */
  complete: boolean;
  /** By the rules of filter latest; absent when no item has a date. */
  newest?: Item;
  oldest?: Item;
}

/**
 * Runs a search until a thousand items came, 16 MiB, or the time is up.
 * @param time ms; what came by then is given, with a warning
 * @throws EoError as the search; TIMEOUT when nothing came in time
 */
export async function previewSearch(
  account: Account,
  request: SearchRequest,
  signal: AbortSignal,
  time: number,
): Promise<SearchPreview> {
  const most = request.max === 0 ? MOST_ITEMS : Math.min(request.max, MOST_ITEMS);
  const limit = AbortSignal.timeout(time);
  const search = new StacSearch(account, { ...request, max: most }, AbortSignal.any([signal, limit]));
  const { report } = search;
  const items: Item[] = [];
  let characters = 0;
  let why = "";
  try {
    read: for await (const page of search.pages()) {
      for (const item of page) {
        characters += JSON.stringify(item).length;
        if (characters > MOST_CHARACTERS) {
          why = `The items are large: the preview looked at the first ${items.length} only.`;
          break read;
        }
        items.push(item);
      }
    }
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    if (items.length === 0) {
      throw new EoError(
        "TIMEOUT",
        `The search failed: ${report.url} sent no items within ${Math.round(time / 1000)} s. Try again later, or search less.`,
        { url: report.url },
      );
    }
    why = `The service is slow: the preview looked at the first ${items.length} items only.`;
  }
  if (most !== request.max) withoutOurOwnLimit(report, most);
  if (why !== "") report.warning = [report.warning, why].filter(Boolean).join(" ");
  const [newest, oldest] = await ends(items);
  return {
    items,
    report,
    complete: report.complete && why === "",
    ...(newest ? { newest } : {}),
    ...(oldest ? { oldest } : {}),
  };
}

/** The search was cut by the preview, not by the user's `max`; `complete` says so. */
function withoutOurOwnLimit(report: SearchReport, most: number): void {
  const warning = report.warning?.replace(`Stopped after max = ${most} items; there may be more.`, "").trim();
  if (warning === undefined || warning === "") delete report.warning;
  else report.warning = warning;
}

async function ends(items: Item[]): Promise<[Item | undefined, Item | undefined]> {
  if (items.length === 0) return [undefined, undefined];
  // Without an expression to run the worker is never started.
  const order = new LatestSelection({ matchMode: "contains", count: items.length, regex: new RegexRunner() });
  await order.add(items);
  const sorted = order.result();
  return [sorted[0], sorted[sorted.length - 1]];
}

/** The text of the date an item counts by; undefined where there is none to show. @param dateField path */
export function dateText(item: unknown, dateField?: string): string | undefined {
  const paths = dateField ? [dateField] : ["datetime", "end_datetime", "start_datetime"].map((n) => `properties.${n}`);
  const value = paths.map((path) => valueAtPath(item, path)).find((one) => one !== undefined && one !== null);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export interface LatestPreview {
  items: Item[];
  seen: number;
  /** Why nothing is left; "" when something is. */
  reason: string;
  /** The value each item was grouped by, in the order of `items`; absent without `groupBy`. */
  groups?: (string | undefined)[];
}

/**
 * What filter latest keeps of `items`.
 * @param shown for how many of the kept the group is told
 * @throws EoError BAD_INPUT as LatestSelection
 */
export async function previewLatest(
  items: Item[],
  options: Omit<LatestOptions, "regex">,
  shown: number,
): Promise<LatestPreview> {
  const regex = new RegexRunner();
  try {
    const selection = new LatestSelection({ ...options, regex });
    await selection.add(items);
    const kept = selection.result();
    const groupBy = (options.groupBy ?? "").trim();
    const groups = groupBy === "" ? undefined : await groupsOf(kept.slice(0, shown), groupBy, regex);
    return { items: kept, seen: selection.seen, reason: selection.reason(), ...(groups ? { groups } : {}) };
  } finally {
    await regex.close();
  }
}

async function groupsOf(items: Item[], groupBy: string, regex: RegexRunner): Promise<(string | undefined)[]> {
  if (groupBy.startsWith("id:/")) {
    const found = await regex.run(
      groupBy.slice(3),
      items.map((item) => (isItem(item) ? (itemId(item) ?? "") : "")),
    );
    return found.map((match) => match?.["group"]);
  }
  return items.map((item) => {
    const value = valueAtPath(item, groupBy);
    return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
  });
}
