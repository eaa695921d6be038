/** Everything the Data Lake keeps while it runs. */
import type { IdentityState } from "../identity/identity-state.js";
import { Catalogue } from "./catalogue/catalogue.js";
import type { ItemContext } from "./items/item-record.js";
import { ItemStore } from "./items/item-store.js";
import { OrderBook } from "./orders/order-book.js";
import { PageCache } from "./search/page-cache.js";
import { stockItems } from "./stock.js";

export interface HdaOptions {
  /** Number of items of the ocean colour collection. */
  items: number;
  /** Size of each product in bytes. */
  bytes: number;
  /** All dates of the ocean colour items lie in the last week. */
  seedWeek: boolean;
}

export class HdaState {
  readonly catalogue = new Catalogue();
  readonly items = new ItemStore();
  readonly orders = new OrderBook();
  readonly pages = new PageCache();

  constructor(
    readonly options: HdaOptions,
    readonly identity: IdentityState,
    /** Base URL of an origin by name. */
    readonly origin: (name: string) => string,
  ) {
    stockItems(this.items, this.catalogue, options, Date.now());
  }

  get stac(): string {
    return `${this.origin("hda")}/stac/v2`;
  }

  context(search: ItemContext["search"], version: number): ItemContext {
    return { stac: this.stac, origin: this.origin, search, version, bytes: this.options.bytes };
  }

  setItems(collection: string, change: { count?: number; features?: readonly object[] }): void {
    this.items.set(collection, change);
    this.pages.clear();
  }

  reset(): void {
    this.items.reset();
    this.orders.clear();
    this.pages.clear();
  }
}
