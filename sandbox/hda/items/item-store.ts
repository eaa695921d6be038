/** All items of all collections: found by id, listed in the backend's own order, replaced by tests. */
import { givenItems } from "./given.js";
import type { ItemRecord } from "./item-record.js";

export interface ItemSet {
  items: readonly ItemRecord[];
  find(id: string): ItemRecord | undefined;
}

/** How the items of a collection are made. */
export interface Maker {
  backend: string;
  count: number;
  make(count: number): ItemRecord[];
}

export class ItemStore {
  private sets = new Map<string, ItemSet>();
  private makers = new Map<string, Maker>();
  /** Grows whenever any set changes, so that pages made before are not used again. */
  generation = 0;

  register(collection: string, maker: Maker): void {
    this.makers.set(collection, maker);
  }

  has(collection: string): boolean {
    return this.makers.has(collection);
  }

  /** The items of a collection, made at the first look; undefined where there are none to be found by search. */
  of(collection: string): ItemSet | undefined {
    const known = this.sets.get(collection);
    if (known) return known;
    const maker = this.makers.get(collection);
    if (!maker) return undefined;
    return this.keep(collection, maker.make(maker.count));
  }

  /** Makes the set anew with another number of items, or takes the given features. Throws a TypeError for an unknown collection. */
  set(collection: string, change: { count?: number; features?: readonly object[] }): void {
    const maker = this.makers.get(collection);
    if (!maker) throw new TypeError(`no items are kept for a collection called ${collection}`);
    this.generation += 1;
    if (change.features) this.keep(collection, givenItems(collection, maker.backend, change.features));
    else this.keep(collection, maker.make(change.count ?? maker.count));
  }

  reset(): void {
    this.generation += 1;
    this.sets.clear();
  }

  private keep(collection: string, items: ItemRecord[]): ItemSet {
    let byId: Map<string, ItemRecord> | undefined;
    const set: ItemSet = {
      items,
      find(id) {
        byId ??= new Map(items.map((item) => [item.id, item]));
        return byId.get(id);
      },
    };
    this.sets.set(collection, set);
    return set;
  }
}
