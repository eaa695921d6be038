/** A STAC search from the first page to the last: each item once, in pages, never more than two pages in memory. */
import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Account } from "../accounts/account.js";
import { cancelled, EoError } from "../errors.js";
import { safeUrl } from "../http/origins.js";
import { serviceWords } from "../http/service-words.js";
import type { Item } from "./item.js";
import { judgeNext, nextRequest, type PageRequest } from "./next-page.js";
import { linksOf, searchTarget, type SearchTarget } from "./search-link.js";
import { searchBody, searchQuery, type SearchRequest } from "./search-request.js";
import { HabitWatch } from "./service-habits.js";

/** `msg.search` of the contract. */
export interface SearchReport {
  url: string;
  collections?: string[];
  datetime?: string;
  pages: number;
  items: number;
  numberMatched?: number;
  complete: boolean;
  warning?: string;
}

/** Accounts whose service was seen to search only the first collection. */
const searchesOnlyFirst = new WeakSet<Account>();

/** Pages without any item that are followed by another before the search gives up. */
const MOST_EMPTY_PAGES = 50;

/** Longer ids are remembered as their digest. */
const LONGEST_ID = 200;

/** What has been seen: the ids of each collection, about 100 bytes an item. */
class SeenItems {
  readonly #ids = new Map<string, Set<string>>();

  /** True the first time an item comes. */
  add(item: Item, selfIdentity = false): boolean {
    const collection = typeof item.collection === "string" ? short(item.collection) : "";
    const own = selfIdentity ? selfAddress(item) : undefined;
    const id = own ?? (typeof item.id === "string" ? short(item.id) : digest(JSON.stringify(item)));
    let ids = this.#ids.get(collection);
    if (ids === undefined) this.#ids.set(collection, (ids = new Set()));
    const before = ids.size;
    return ids.add(id).size > before;
  }
}

/** Where ids are not unique, an item is told by its own address. */
function selfAddress(item: Item): string | undefined {
  const self = linksOf(item).find(({ rel, href }) => rel === "self" && typeof href === "string");
  return self && digest(String(self.href));
}

function short(text: string): string {
  return text.length > LONGEST_ID || text.startsWith("\u0000") ? digest(text) : text;
}

/** Begins with a character that no text which is kept as it is begins with. */
function digest(text: string): string {
  return `\u0000${createHash("sha256").update(text).digest("binary")}`;
}

function numberMatchedOf(page: Record<string, unknown>): number | undefined {
  const context = page["context"] as { matched?: unknown } | undefined;
  const found = [page["numberMatched"], page["numMatched"], context?.matched].find(
    (n) => typeof n === "number" && n >= 0,
  );
  return found as number | undefined;
}

function pageKey(request: PageRequest): string {
  return digest(`${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`);
}

export class StacSearch {
  readonly report: SearchReport;
  readonly #account: Account;
  readonly #request: SearchRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #seen = new SeenItems();
  readonly #warnings = new Set<string>();
  readonly #habits: HabitWatch;
  #cut = false;
  /** An item of another collection than the first that was asked for has come. */
  #sawOther = false;
  /** Set while the service has told the number for every collection so far. */
  #matched: number | undefined = 0;

  constructor(account: Account, request: SearchRequest, signal?: AbortSignal) {
    this.#account = account;
    this.#request = request;
    this.#signal = signal;
    this.#habits = new HabitWatch(request);
    this.report = {
      url: safeUrl(account.url || "x:"),
      ...(request.collections ? { collections: request.collections } : {}),
      ...(request.datetime === undefined ? {} : { datetime: request.datetime }),
      pages: 0,
      items: 0,
      complete: false,
    };
  }

  /**
   * The pages, each with the items not seen before; pages that bring none are left out. `report` grows on the way
   * and is final after the last page.
   * @throws EoError what the door throws, BAD_RESPONSE for an answer that is not a page of items.
   */
  async *pages(): AsyncGenerator<Item[], void, undefined> {
    this.#account.check();
    const { collections } = this.#request;
    const several = collections !== undefined && collections.length > 1;
    const oneByOne = several && (this.#account.search.oneCollection || searchesOnlyFirst.has(this.#account));
    const target = await searchTarget(this.#account, this.#request.cataloguePath, this.#signal);
    this.report.url = safeUrl(target.url);
    for (const group of oneByOne ? collections.map((id) => [id]) : [collections]) {
      if (this.#cut) break;
      yield* this.#pagesOf(target, group);
    }
    const matched = this.#matched;
    if (several && !oneByOne && !this.#cut && !this.#sawOther) yield* this.#othersInTurn(target, collections);
    if (matched !== undefined && !(oneByOne && this.#cut))
      this.report.numberMatched = Math.max(matched, this.report.items);
    if (this.report.items === 0) {
      const why = await this.#account.search.whenEmpty?.(this.#account, this.#request.cataloguePath, this.#signal);
      if (why !== undefined) this.#warnings.add(why);
    }
    this.report.complete = !this.#cut;
    if (this.#warnings.size > 0) this.report.warning = [...this.#warnings].join(" ");
  }

  /**
   * Nothing came of any collection but the first. Either the others are empty, or the service searches only the
   * first and says nothing: asking each in turn gives the same result in both cases.
   */
  async *#othersInTurn(target: SearchTarget, collections: string[]): AsyncGenerator<Item[], void, undefined> {
    const before = this.report.items;
    for (const id of collections.slice(1)) {
      if (this.#cut) break;
      yield* this.#pagesOf(target, [id]);
    }
    if (this.report.items === before) return;
    searchesOnlyFirst.add(this.#account);
    this.#warnings.add("The service searches only the first of several collections; each was asked in turn.");
  }

  #stop(warning: string): void {
    this.#cut = true;
    this.#warnings.add(warning);
  }

  #left(): number {
    return this.#request.max === 0 ? Infinity : this.#request.max - this.report.items;
  }

  /**
   * The pages of one search. The next one is asked for while the present one is handed over, never more than one ahead,
   * and only where the present one leads on.
   */
  async *#pagesOf(target: SearchTarget, collections: string[] | undefined): AsyncGenerator<Item[], void, undefined> {
    // With max reached, one more item tells whether it cut the search short; no service takes a limit of 0.
    const limit = Math.min(this.#request.limit ?? this.#account.search.limit, Math.max(1, this.#left()));
    const shaped = this.#account.search.body?.(searchBody(this.#request, collections, limit));
    for (const warning of shaped?.warnings ?? []) this.#warnings.add(warning);
    const body = shaped?.body ?? searchBody(this.#request, collections, limit);
    let request: PageRequest = firstRequest(target, body);
    const asked = new Set([pageKey(request)]);
    let empty = 0;
    let read = 0;
    let matched: number | undefined;
    const end = new AbortController();
    const onAbort = (): void => end.abort();
    this.#signal?.addEventListener("abort", onAbort, { once: true });
    if (this.#signal?.aborted === true) end.abort();
    try {
      let coming = this.#page(request, end.signal).catch((error: unknown) => {
        if (!target.orGet || !isUnknownMethod(error)) throw error;
        request = firstRequest({ ...target, method: "GET" }, body);
        return this.#page(request, end.signal);
      });
      for (let number = 1; ; number += 1) {
        const { page, url } = await coming;
        if (end.signal.aborted) throw cancelled("The search");
        this.report.pages += 1;
        if (number === 1) {
          matched = numberMatchedOf(page);
          this.#matched = matched === undefined || this.#matched === undefined ? undefined : this.#matched + matched;
        }
        const came = (page["features"] as unknown[]).filter((f): f is Item => typeof f === "object" && f !== null);
        const fresh = came.filter((item) => this.#seen.add(item, this.#account.search.selfIdentity));
        const next = nextRequest(page, request, url);
        for (const habit of this.#habits.look(came, number === 1, next !== undefined, this.#request.limit && limit))
          this.#warnings.add(habit);
        this.#sawOther ||= came.some((item) => item.collection !== this.#request.collections?.[0]);
        const kept = fresh.slice(0, this.#left());
        this.report.items += kept.length;
        read += came.length;
        empty = came.length === 0 ? empty + 1 : 0;
        const full = this.#left() <= 0;
        if (full && (kept.length < fresh.length || next !== undefined || (matched ?? 0) > read))
          this.#stop(`Stopped after max = ${this.#request.max} items; there may be more.`);
        const following = full || !next ? undefined : this.#followed(next, url, { number, came, fresh, empty, asked });
        if (following) {
          request = following;
          coming = this.#page(following, end.signal);
          // It is told when its turn comes, after what was already sent.
          coming.catch(() => undefined);
        }
        if (kept.length > 0) yield kept;
        if (!following) return;
        await nextTurn();
      }
    } finally {
      this.#signal?.removeEventListener("abort", onAbort);
      // Nobody takes the page that may be on its way.
      end.abort();
    }
  }

  /** The request that a page's `next` leads to; undefined when the search ends here, which is then said. */
  #followed(
    next: PageRequest,
    url: string,
    read: { number: number; came: Item[]; fresh: Item[]; empty: number; asked: Set<string> },
  ): PageRequest | undefined {
    const { number, came, fresh, empty, asked } = read;
    if (came.length > 0 && fresh.length === 0) {
      this.#stop(
        `The service began to repeat itself: page ${number} had no item that was not seen before, so the result is incomplete. A larger limit or a shorter datetime may help.`,
      );
      return undefined;
    }
    if (empty >= MOST_EMPTY_PAGES) {
      this.#stop(`The service sent ${empty} empty pages in a row, so the search was ended.`);
      return undefined;
    }
    const verdict = judgeNext(next, url, (address) => this.#account.door.owns(address), this.#account.hasKey);
    if (verdict.warning) this.#warnings.add(verdict.warning);
    if (!verdict.go) {
      this.#cut = true;
      return undefined;
    }
    const key = pageKey(verdict.request);
    if (asked.has(key)) {
      this.#stop("The service's next link leads back to a page that was already read, so the search was ended.");
      return undefined;
    }
    asked.add(key);
    return verdict.request;
  }

  async #page(request: PageRequest, signal: AbortSignal): Promise<{ page: Record<string, unknown>; url: string }> {
    const answer = await this.#account.door.json({
      method: request.method,
      url: request.url,
      headers: request.body ? { "content-type": "application/json" } : {},
      ...(request.body ? { body: JSON.stringify(request.body) } : {}),
      what: "the search",
      signal,
    });
    const page = answer.value as Record<string, unknown> | null;
    if (typeof page !== "object" || page === null || !Array.isArray(page["features"])) {
      const url = safeUrl(answer.url);
      const said = this.#account.door.redact(
        serviceWords(Buffer.from(JSON.stringify(page ?? null).slice(0, 65_536))).text,
      );
      throw new EoError(
        "BAD_RESPONSE",
        `The search failed: ${url} answered ${answer.status} with JSON that is not a FeatureCollection${said ? `: ${said}` : ""}. Check that the account's address is a STAC API.`,
        { status: answer.status, url },
      );
    }
    return { page, url: answer.url };
  }
}

function isUnknownMethod(error: unknown): boolean {
  return error instanceof EoError && [404, 405, 501].includes(error.cause.status ?? 0);
}

function firstRequest(target: SearchTarget, body: Record<string, unknown>): PageRequest {
  if (target.method === "POST") return { ...target, method: "POST", body };
  const url = new URL(target.url);
  for (const [name, value] of searchQuery(body)) url.searchParams.set(name, value);
  return { method: "GET", url: url.href, body: undefined };
}
