/** Which items are the newest, per group, of any number of items that come in pages: only the winners are remembered. */
import { badInput } from "../errors.js";
import { compileGlob } from "./glob.js";
import { compareInstants, type Instant, parseInstant } from "./instant.js";
import { isItem, type Item, itemId, itemInstant, parsePath, valueAt } from "./item.js";
import { parsePattern, type RegexRunner } from "./regex-runner.js";

export type MatchMode = "contains" | "glob" | "regex";

export interface LatestOptions {
  /** Tested on the item id; blank matches all. */
  match?: string | undefined;
  matchMode: MatchMode;
  /** Blank for one group, a path, or `id:/regex with (?<group>)/`. */
  groupBy?: string | undefined;
  /** How many of each group, 1 or more. */
  count: number;
  /** Path to the date that counts, in place of datetime, end_datetime, start_datetime. */
  dateField?: string | undefined;
  /** Runs the regular expressions; belongs to the caller. */
  regex: RegexRunner;
}

interface Candidate {
  item: Item;
  id: string;
  instant: Instant;
  updated: Instant | undefined;
  created: Instant | undefined;
}

type GroupBy = { kind: "none" } | { kind: "path"; path: string[] } | { kind: "regex"; pattern: string };

/** Items looked at before other work gets its turn. */
const ITEMS_A_TURN = 1000;

const NO_INSTANT: Instant = { seconds: Number.NEGATIVE_INFINITY, leap: 0, fraction: "" };

export class LatestSelection {
  /** Items given so far. */
  seen = 0;
  /** Of these, those whose id matches. */
  matched = 0;
  /** Of the matching ones, those without a date that can be read. */
  undated = 0;
  /** Of the matching ones with a date, those without a value to group by. */
  ungrouped = 0;

  readonly #options: LatestOptions;
  readonly #match: string;
  readonly #glob: ((text: string) => boolean) | undefined;
  readonly #groupBy: GroupBy;
  readonly #datePath: string[] | undefined;
  readonly #groups = new Map<string, Candidate[]>();
  #queue: Promise<void> = Promise.resolve();

  /** @throws EoError BAD_INPUT when a path or `groupBy` is malformed or `count` is not 1 or more */
  constructor(options: LatestOptions) {
    if (!Number.isSafeInteger(options.count) || options.count < 1) {
      throw badInput(`count is ${options.count}. It must be a whole number, 1 or more.`);
    }
    this.#options = options;
    this.#match = options.match ?? "";
    this.#glob = options.matchMode === "glob" && this.#match !== "" ? compileGlob(this.#match) : undefined;
    this.#groupBy = parseGroupBy(options.groupBy ?? "");
    const dateField = (options.dateField ?? "").trim();
    this.#datePath = dateField === "" ? undefined : parsePath(dateField);
  }

  /**
   * Looks at more items, in the order of the calls. Not everything has to be an item: what is none never wins.
   *
   * @throws EoError BAD_INPUT for a regular expression that is wrong or slow
   */
  add(items: readonly unknown[]): Promise<void> {
    const added = this.#queue.then(() => this.#addInTurns(items));
    this.#queue = added.catch(() => undefined);
    return added;
  }

  /** The winners: groups in the order in which they first appeared, the newest of a group first. */
  result(): Item[] {
    return [...this.#groups.values()].flatMap((group) => group.map((candidate) => candidate.item));
  }

  /** Why nothing is left, in a few words; "" when something is. */
  reason(): string {
    if (this.#groups.size > 0) return "";
    if (this.seen === 0) return "there were no items";
    if (this.matched === 0) {
      const of = this.seen === 1 ? "the only item does not match" : `none of the ${this.seen} items matches`;
      return this.#match === "" ? "no item could be read" : `${of} ${JSON.stringify(this.#match)}`;
    }
    const which = this.#match === "" ? "" : " matching";
    const undated = `${this.#datePath ? `no date at ${this.#options.dateField?.trim()}` : "no date"} that can be read`;
    const ungrouped = `no value for ${JSON.stringify(this.#options.groupBy ?? "")}`;
    if (this.ungrouped === 0) return `${all(this.matched, which)} ${undated}`;
    if (this.undated === 0) return `${all(this.matched, which)} ${ungrouped}`;
    return `of ${this.matched}${which} items ${this.undated} have ${undated}, ${this.ungrouped} have ${ungrouped}`;
  }

  async #addInTurns(items: readonly unknown[]): Promise<void> {
    for (let at = 0; at < items.length; at += ITEMS_A_TURN) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      await this.#addSome(items.slice(at, at + ITEMS_A_TURN));
    }
  }

  async #addSome(items: readonly unknown[]): Promise<void> {
    const readable: { item: Item; id: string }[] = [];
    for (const item of items) {
      const id = isItem(item) ? itemId(item) : undefined;
      if (id !== undefined) readable.push({ item: item as Item, id });
    }
    const fits = await this.#matches(readable.map(({ id }) => id));
    const matching = readable.filter((_, index) => fits[index]);
    const groups = await this.#groupKeys(matching);
    this.seen += items.length;
    this.matched += matching.length;
    matching.forEach(({ item, id }, index) => {
      const instant = itemInstant(item, this.#datePath);
      const group = groups[index];
      if (!instant) this.undated += 1;
      else if (group === undefined) this.ungrouped += 1;
      else this.#keep(group, candidate(item, id, instant));
    });
  }

  async #matches(ids: string[]): Promise<boolean[]> {
    const match = this.#match;
    if (match === "") return ids.map(() => true);
    if (this.#glob) return ids.map(this.#glob);
    if (this.#options.matchMode === "contains") return ids.map((id) => id.includes(match));
    return (await this.#options.regex.run(match, ids)).map((found) => found !== null);
  }

  /** A key for each item's group; undefined when it has no value to group by. */
  async #groupKeys(items: { item: Item; id: string }[]): Promise<(string | undefined)[]> {
    const by = this.#groupBy;
    if (by.kind === "none") return items.map(() => "");
    if (by.kind === "path") return items.map(({ item }) => groupKey(valueAt(item, by.path)));
    const found = await this.#options.regex.run(
      by.pattern,
      items.map(({ id }) => id),
    );
    return found.map((match) => (match && Object.hasOwn(match, "group") ? groupKey(match["group"]) : undefined));
  }

  #keep(key: string, newcomer: Candidate): void {
    const group = this.#groups.get(key);
    if (!group) {
      this.#groups.set(key, [newcomer]);
      return;
    }
    const last = group.at(-1);
    if (group.length >= this.#options.count && last && compareCandidates(newcomer, last) <= 0) return;
    const twin = group.findIndex(
      (kept) => kept.id === newcomer.id && collectionOf(kept.item) === collectionOf(newcomer.item),
    );
    if (twin >= 0) {
      const kept = group[twin];
      if (kept && compareCandidates(newcomer, kept) <= 0) return;
      group.splice(twin, 1);
    }
    let low = 0;
    let high = group.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = group[middle];
      if (other && compareCandidates(newcomer, other) > 0) high = middle;
      else low = middle + 1;
    }
    group.splice(low, 0, newcomer);
    if (group.length > this.#options.count) group.pop();
  }
}

function all(number: number, which: string): string {
  return number === 1 ? `the only${which} item has` : `all ${number}${which} items have`;
}

function parseGroupBy(groupBy: string): GroupBy {
  const text = groupBy.trim();
  if (text === "") return { kind: "none" };
  if (!text.startsWith("id:/")) return { kind: "path", path: parsePath(text) };
  const pattern = text.slice(3);
  if (parsePattern(pattern).source === pattern) {
    throw badInput(`groupBy ${JSON.stringify(text)} is not closed. Write it like "id:/_T(?<group>\\d{2}[A-Z]{3})_/".`);
  }
  if (!pattern.includes("(?<group>")) {
    throw badInput(
      `groupBy ${JSON.stringify(text)} has no group called "group". Write it like "id:/_T(?<group>\\d{2}[A-Z]{3})_/".`,
    );
  }
  return { kind: "regex", pattern };
}

/** A text, number, boolean or a list of these; anything else, and an empty text, is no value. */
function groupKey(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const keys = value.map((entry) => (Array.isArray(entry) ? undefined : groupKey(entry)));
    return keys.length > 0 && keys.every((key) => key !== undefined) ? `[${keys.join(",")}]` : undefined;
  }
  if (value === "" || (typeof value === "number" && !Number.isFinite(value))) return undefined;
  const isScalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isScalar ? JSON.stringify(value) : undefined;
}

function candidate(item: Item, id: string, instant: Instant): Candidate {
  const read = (name: string): Instant | undefined =>
    parseInstant(valueAt(item, ["properties", name]), { dateOnly: true });
  return { item, id, instant, updated: read("updated"), created: read("created") };
}

/** Positive when `a` wins: later date, then later `updated`, later `created`, greater id, greater collection. */
function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    compareInstants(a.instant, b.instant) ||
    compareInstants(a.updated ?? NO_INSTANT, b.updated ?? NO_INSTANT) ||
    compareInstants(a.created ?? NO_INSTANT, b.created ?? NO_INSTANT) ||
    compareText(a.id, b.id) ||
    compareText(collectionOf(a.item), collectionOf(b.item))
  );
}

function collectionOf(item: Item): string {
  return typeof item.collection === "string" ? item.collection : "";
}

/** By code units: the same everywhere, whatever the language of the machine. */
function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
