/** From an item that can be ordered to the item that is ready: ordered once, looked at politely. */
import { setTimeout as sleep } from "node:timers/promises";
import { EoError, badInput, cancelled } from "../../errors.js";
import { isRepeatable, type Door, type DoorAnswer } from "../../http/door.js";
import { isFinal } from "../../http/final.js";
import { safeUrl } from "../../http/origins.js";
import { boundedBody } from "../../http/body.js";
import { guards } from "../guards.js";
import { isObject, own, text, type JsonObject } from "../json.js";
import { provisionalName } from "../naming.js";
import { readyRequest, type FileRequest, type RetrieveLink } from "../requests.js";
import { timing } from "../timing.js";
import { OrderMemory, orderKey, type OrderNote } from "./order-memory.js";
import { orderStatus } from "./order-status.js";
import type { Patience } from "./patience.js";
import { priceIn } from "./prices.js";

export interface OrderingSetup {
  door: Door;
  request: FileRequest;
  folder: string;
  memoryFolder?: string;
  retries: number;
  /** Minutes. */
  orderTimeout: number;
  patience: Patience;
  signal: AbortSignal;
}

/** Where the ordered item can be looked at, or the item itself where it is there already. */
interface Placed {
  poll?: string;
  item?: JsonObject;
  /** It was ordered in an earlier run, and its file was delivered. */
  old?: boolean;
}

/** An answer of an item that is asked again and again. */
type Look = { item: JsonObject } | { gone: EoError } | { later: EoError } | { notReady: true };

const LARGEST_ITEM = 16 * 1024 * 1024;
const IN_PROGRESS = new Map<string, Promise<unknown>>();

export class Ordering {
  readonly #setup: OrderingSetup;
  readonly #what: string;
  readonly #link: RetrieveLink | undefined;
  readonly #memory: OrderMemory | undefined;
  #failures = 0;

  constructor(setup: OrderingSetup) {
    const { request, folder, memoryFolder } = setup;
    this.#setup = setup;
    this.#what = `Order of ${request.itemId ?? "the product"}`;
    this.#link = request.retrieve;
    this.#memory =
      this.#link && new OrderMemory(orderKey(request, this.#link), memoryFolder, folder, provisionalName(request));
  }

  /**
   * Waits until the item is ready. Orders it first where that has not been done.
   * @returns the request for its file
   * @throws EoError BAD_INPUT (cannot be ordered, has a price), ORDER_FAILED, NOT_READY, and what the door throws
   */
  async ready(): Promise<FileRequest> {
    for (;;) {
      const placed = await this.#inTurn(() => this.#find());
      try {
        return await this.#follow(placed);
      } catch (error) {
        if (!(error instanceof EoError) || error.code !== "ORDER_FAILED") throw error;
        await this.#memory?.forget();
        // Products of old orders are cleared away at the service: then the product is ordered anew.
        if (placed.old !== true || !this.#link) throw error;
      }
    }
  }

  /** The file was fetched. */
  async delivered(): Promise<void> {
    await this.#memory?.delivered();
  }

  /** Where the order is; placed now when it has not been yet. */
  async #find(): Promise<Placed> {
    const { request } = this.#setup;
    const status = request.item ? orderStatus(request.item) : undefined;
    const link = this.#link;
    const memory = this.#memory;
    if (status !== "orderable" || !link || !memory) {
      if (request.self !== undefined && status !== "orderable") return { poll: request.self };
      throw badInput(
        `${this.#what} is not possible: the item must be ordered, and it has no link "retrieve" that says how. Order it at the service, then search again.`,
      );
    }
    const price = guards.price
      ? (priceIn({ properties: request.item?.["properties"], link }) ?? linkPrice(request))
      : undefined;
    if (price !== undefined) {
      throw badInput(
        `${this.#what} was not placed: it has a price (${price}), and nothing with a price is ordered here. Order it at the service, then search again.`,
      );
    }
    if (!guards.orderOnce) return await this.#place(link);
    for (const deadline = performance.now() + timing.orderPlacing; ;) {
      const note = await memory.read();
      if (note?.state === "placed" && note.poll !== undefined) return { poll: note.poll, old: note.done === true };
      if (note && memory.isBeingPlaced(note) && performance.now() < deadline) {
        await this.#pause(timing.leaseLook);
        continue;
      }
      if (note) {
        const found = await this.#lookUp();
        if (found === "unknown" && Date.now() < note.at + this.#setup.orderTimeout * 60_000) throw this.#unclear(note);
        if (typeof found === "object") return found;
        await memory.forget();
      }
      if (await memory.begin()) return await this.#place(link);
    }
  }

  /** Sends the order. After a failure that leaves it open whether it arrived, it is looked for before it is sent again. */
  async #place(link: RetrieveLink): Promise<Placed> {
    const { signal, retries } = this.#setup;
    for (let left = retries; ; left -= 1) {
      let failure: EoError;
      try {
        const placed = await this.#send(link);
        if (placed.poll !== undefined) await this.#memory?.placed(placed.poll);
        return placed;
      } catch (error) {
        if (!(error instanceof EoError)) throw error;
        failure = error;
      }
      if (failure.code === "ORDER_FAILED") {
        await this.#memory?.forget();
        throw failure;
      }
      const outcome = outcomeOf(failure);
      if (outcome === "refused") {
        await this.#memory?.forget();
        if (left <= 0 || isFinal(failure) || !mayBeSentAgain(failure)) throw refused(failure);
      } else {
        // Also after a cancel, what may be on its way stays noted.
        if (signal.aborted || !guards.orderOnce) await this.#memory?.unclear();
        if (signal.aborted) throw failure;
        if (guards.orderOnce) {
          await this.#pause(timing.pollFirst);
          const found = await this.#lookUp().catch(() => "unknown" as const);
          if (typeof found === "object") return found;
          if (found === "unknown" || left <= 0) {
            // An answer that says that it failed is believed the next time.
            if (outcome === "failed" || found === "not placed") await this.#memory?.forget();
            else await this.#memory?.unclear();
            throw failure;
          }
        } else if (left <= 0) throw failure;
      }
      await this.#pause(timing.firstPause * 2 ** (retries - left) * (1 + Math.random()));
      if (outcome === "refused" && guards.orderOnce && (await this.#memory?.begin()) === false)
        return await this.#find();
    }
  }

  async #send(link: RetrieveLink): Promise<Placed> {
    const { door, request, signal } = this.#setup;
    const isPost = link.method !== "GET";
    const answer = await door.open({
      method: isPost ? "POST" : "GET",
      url: link.href,
      what: this.#what,
      headers: {
        accept: "application/geo+json, application/json",
        ...(isPost ? { "content-type": "application/json" } : {}),
      },
      ...(isPost ? { body: JSON.stringify(link.body ?? {}) } : {}),
      signal,
      headTimeout: timing.orderAnswer,
    });
    if (answer.status < 200 || answer.status > 299) throw await door.errorOf(answer, this.#what);
    const location = answer.headers.get("location");
    const item = await this.#itemIn(answer).catch((error: unknown) => {
      if (location !== undefined) return undefined;
      throw error;
    });
    const poll =
      (item && selfOf(item)) ??
      (location !== undefined && URL.canParse(location, answer.url) ? new URL(location, answer.url).href : undefined) ??
      (item && itemAddress(link.href, item, request));
    if (item && orderStatus(item) === "failed") throw this.#failed(poll ?? link.href);
    if (poll === undefined && !(item && orderStatus(item) === "ready")) {
      throw new EoError(
        "BAD_RESPONSE",
        `${this.#what}: ${safeUrl(answer.url)} took it and did not say where it can be looked at. Look at the service.`,
        { status: answer.status, url: safeUrl(answer.url) },
      );
    }
    return { ...(poll === undefined ? {} : { poll }), ...(item ? { item } : {}) };
  }

  async #itemIn(answer: DoorAnswer): Promise<JsonObject> {
    const url = safeUrl(answer.url);
    const { bytes, cut } = await boundedBody(answer.body, answer.headers, LARGEST_ITEM).catch((error: unknown) => {
      if (error instanceof EoError || this.#setup.signal.aborted) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw new EoError("NETWORK", `${this.#what}: the connection to ${url} broke (${code ?? message}). Try again.`, {
        url,
        ...(code === undefined ? {} : { code }),
      });
    });
    let value: unknown;
    try {
      value = cut ? undefined : JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      value = undefined;
    }
    if (isObject(value)) return value;
    throw new EoError("BAD_RESPONSE", `${this.#what} failed: ${url} answered with no item.`, {
      status: answer.status,
      url,
    });
  }

  /** Whether the order arrived after all, as far as the item itself tells. */
  async #lookUp(): Promise<Placed | "not placed" | "unknown"> {
    const { request } = this.#setup;
    if (request.self === undefined) return "unknown";
    const look = await this.#look(request.self);
    // A placeholder may stand for many products: only the item itself tells (facts/real-clients-hda.md §6).
    if (!("item" in look) || text(own(look.item, "id")) !== request.itemId) return "unknown";
    switch (orderStatus(look.item)) {
      case "orderable":
        return "not placed";
      case "waiting":
      case "ready":
        await this.#memory?.placed(request.self);
        return { poll: request.self, item: look.item };
      case "failed":
      case undefined:
        return "unknown";
    }
  }

  /** Looks until the item is ready. */
  async #follow(placed: Placed): Promise<FileRequest> {
    const { request, patience, signal } = this.#setup;
    let item = placed.item;
    for (let first = true; ; first = false) {
      if (item) {
        const status = orderStatus(item);
        if (status === "failed") throw this.#failed(placed.poll ?? "", item);
        if (status === "ready" || status === undefined) {
          const ready = readyRequest(request, item);
          if (ready) return { ...ready, self: selfOf(item) ?? placed.poll ?? request.self ?? "" };
        }
      }
      if (placed.poll === undefined) throw this.#failed(request.self ?? "", item);
      // What was ordered earlier may be ready by now.
      if (!first || item) await patience.wait();
      if (signal.aborted) throw cancelled(this.#what);
      item = await this.look(placed.poll);
    }
  }

  /**
   * The item as it is now; undefined when that could not be told this time.
   * @throws EoError ORDER_FAILED, and the failure of too many looks in a row
   */
  async look(url: string): Promise<JsonObject | undefined> {
    const look = await this.#look(url);
    if ("gone" in look) throw look.gone;
    if ("item" in look || "notReady" in look) {
      this.#failures = 0;
      return "item" in look ? look.item : undefined;
    }
    this.#failures += 1;
    if (this.#failures > this.#setup.retries || isFinal(look.later)) throw look.later;
    return undefined;
  }

  async #look(url: string): Promise<Look> {
    const { door, signal, patience } = this.#setup;
    let answer: DoorAnswer;
    try {
      answer = await door.open({
        url,
        what: this.#what,
        headers: { accept: "application/geo+json, application/json", "accept-encoding": "gzip" },
        signal,
      });
      patience.heed(answer.headers);
      if (answer.status >= 200 && answer.status < 300) return { item: await this.#itemIn(answer) };
    } catch (error) {
      if (signal.aborted) throw cancelled(this.#what);
      if (error instanceof EoError && ["NETWORK", "TIMEOUT", "BAD_RESPONSE"].includes(error.code))
        return { later: error };
      if (error instanceof EoError) throw error;
      return {
        later: new EoError("NETWORK", `${this.#what}: the connection to ${safeUrl(url)} broke.`, { url: safeUrl(url) }),
      };
    }
    const error = await door.errorOf(answer, this.#what);
    if (isNotReady(error)) return { notReady: true };
    if (isRepeatable(answer.status)) return { later: error };
    // The Data Lake answers 400 for a job that failed (facts/real-clients-hda.md §6).
    if ([400, 404, 410, 422].includes(answer.status)) {
      return { gone: new EoError("ORDER_FAILED", error.message, error.cause) };
    }
    throw error;
  }

  #failed(url: string, item?: JsonObject): EoError {
    const properties = item && own(item, "properties");
    const words = isObject(properties)
      ? (text(own(properties, "order:message")) ??
        text(own(properties, "message")) ??
        text(own(properties, "order:error")))
      : undefined;
    const said = words === undefined ? "" : `: ${this.#setup.door.redact(words).slice(0, 300)}`;
    return new EoError(
      "ORDER_FAILED",
      `${this.#what} failed at the service: ${safeUrl(url)} says so${said}. Change the order, or try again later: the next message orders anew.`,
      { url: safeUrl(url), ...(words === undefined ? {} : { message: this.#setup.door.redact(words).slice(0, 300) }) },
    );
  }

  #unclear(note: OrderNote): EoError {
    const until = new Date(note.at + this.#setup.orderTimeout * 60_000).toISOString();
    return new EoError(
      "ORDER_FAILED",
      `${this.#what} was sent at ${new Date(note.at).toISOString()}, and it is not known whether it arrived. ` +
        `So that nothing is ordered twice, it is not sent again before ${until}. Look at the service; to order anew now, remove ${this.#memory?.shared ?? "the note"}.`,
    );
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#setup.signal });
    } catch {
      throw cancelled(this.#what);
    }
  }

  /** One after another for the same order in this process. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const key = this.#memory?.key ?? "";
    if (key === "" || !guards.orderOnce) return await work();
    const before = IN_PROGRESS.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    IN_PROGRESS.set(key, settled);
    try {
      return await mine;
    } finally {
      if (IN_PROGRESS.get(key) === settled) IN_PROGRESS.delete(key);
    }
  }
}

/** What the server says of a product that was ordered and is not there yet. */
export function isNotReady(error: EoError): boolean {
  return error.cause.status === 404 && /NotAvailableError/.test(`${error.message} ${error.cause.message ?? ""}`);
}

/** "refused": certainly not placed; "failed": the server says so; "unclear": nobody knows. */
function outcomeOf(failure: EoError): "refused" | "failed" | "unclear" {
  const { status, code } = failure.cause;
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) return "refused";
  if (isFinal(failure)) return "refused";
  if (status === 502 || status === 504 || status === 408) return "unclear";
  if (status !== undefined && status >= 500) return "failed";
  const neverSent = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "UND_ERR_CONNECT_TIMEOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
  ];
  return neverSent.includes(code ?? "") || failure.code === "BAD_INPUT" ? "refused" : "unclear";
}

function mayBeSentAgain(failure: EoError): boolean {
  return (
    failure.code === "NETWORK" || failure.code === "TIMEOUT" || [408, 425, 429].includes(failure.cause.status ?? 0)
  );
}

function refused(failure: EoError): EoError {
  const { status } = failure.cause;
  if (status === undefined || ![400, 404, 405, 409, 410, 412, 422].includes(status)) return failure;
  return new EoError("ORDER_FAILED", failure.message, failure.cause);
}

function linkPrice(request: FileRequest): string | undefined {
  const links = request.item && own(request.item, "links");
  return Array.isArray(links)
    ? priceIn((links as unknown[]).filter((one) => isObject(one) && own(one, "rel") === "retrieve"))
    : undefined;
}

function selfOf(item: JsonObject): string | undefined {
  const links = own(item, "links");
  for (const link of Array.isArray(links) ? (links as unknown[]) : []) {
    if (!isObject(link) || own(link, "rel") !== "self") continue;
    const href = text(own(link, "href"));
    if (href !== undefined && /^https?:/i.test(href) && URL.canParse(href)) return href;
  }
  return undefined;
}

/** `…/collections/C/order` → `…/collections/C/items/<id>`, as the Data Lake has it. */
function itemAddress(href: string, item: JsonObject, request: FileRequest): string | undefined {
  const id = text(own(item, "id"));
  const url = new URL(href);
  url.search = "";
  const match = /^(.*\/collections\/[^/]+)\/order\/?$/.exec(url.pathname);
  if (id === undefined || id === request.itemId || !match) return undefined;
  url.pathname = `${match[1] ?? ""}/items/${encodeURIComponent(id)}`;
  return url.href;
}
