/** Everything SesamEO keeps while it runs: its products are those of the Data Lake, under ids of their providers. */
import { createHash } from "node:crypto";
import type { HdaState } from "../hda/hda-state.js";
import type { ItemRecord } from "../hda/items/item-record.js";
import { SENTINEL_2 } from "../hda/stock.js";
import type { Product } from "../products/product.js";
import { KeyRing } from "./key-ring.js";

/** The prefix of the how-to's example; other prefixes are not known, this second one is made up. */
export const PROVIDERS = ["CDSE", "DEDL"] as const;

/** The product of the how-to's example: here the newest one of its collection. */
const EXAMPLE = "91e28786-0c30-4ccd-879d-e7eb4d42b75c";

export interface SesameoProduct {
  /** `<provider>:<id at the provider>`. */
  id: string;
  provider: string;
  record: ItemRecord;
}

export class SesameoState {
  readonly keys = new KeyRing(PROVIDERS);
  /** Ids of products that have to be retrieved first, and how often each was asked for. */
  readonly offline = new Map<string, number>();
  private added = new Map<string, SesameoProduct[]>();
  private sets = new Map<string, Map<string, SesameoProduct>>();
  private generation = -1;

  constructor(
    readonly hda: HdaState,
    /** Base URL of the service's origin. */
    private readonly origin: () => string,
  ) {}

  /** Base URL of the OData service. */
  get url(): string {
    return `${this.origin()}/odata/v1`;
  }

  /** Ids and titles of all collections that hold products. */
  collections(): { id: string; title: string; description: string }[] {
    return this.hda.catalogue.all().filter(({ id, order }) => !order && this.hda.items.has(id));
  }

  /** Products of a collection by id, oldest first; undefined for an unknown collection. */
  products(collection: string): Map<string, SesameoProduct> | undefined {
    if (this.generation !== this.hda.items.generation) {
      this.sets.clear();
      this.generation = this.hda.items.generation;
    }
    const known = this.sets.get(collection);
    if (known) return known;
    const items = this.hda.items.of(collection)?.items;
    if (!items) return undefined;
    const all = items.map((record, index) =>
      productOf(record, collection === SENTINEL_2 && index === items.length - 1 ? EXAMPLE : idOf(record)),
    );
    const set = new Map([...all, ...(this.added.get(collection) ?? [])].map((one) => [one.id, one]));
    this.sets.set(collection, set);
    return set;
  }

  /** The download link of the newest product of Sentinel-2 Level-2A. */
  get exampleLink(): string {
    return `${this.url}/${productPath(SENTINEL_2, `CDSE:${EXAMPLE}`)}/$value`;
  }

  file({ record }: SesameoProduct, version: number): Product | undefined {
    return record.kind.product(record, "downloadLink", { bytes: this.hda.options.bytes, version });
  }

  /**
   * Changes a product; an id that is not known yet becomes a copy of the collection's newest product, called `name`.
   * Throws a TypeError for an unknown collection.
   */
  setProduct(collection: string, id: string, { name, online }: { name?: string; online?: boolean }): void {
    const products = this.products(collection);
    if (!products) throw new TypeError(`no collection called ${collection}`);
    if (!products.has(id)) {
      const newest = [...products.values()].at(-1);
      if (!newest) throw new TypeError(`the collection ${collection} is empty`);
      const [provider = ""] = id.split(":");
      const record = { ...newest.record, id: name ?? `${newest.record.id}-${id.replace(/\W/g, "-")}` };
      const more = [...(this.added.get(collection) ?? []), { id, provider, record }];
      this.added.set(collection, more);
      this.sets.delete(collection);
    }
    if (online === false) this.offline.set(id, 0);
    if (online === true) this.offline.delete(id);
  }

  reset(): void {
    this.keys.reset();
    this.offline.clear();
    this.added.clear();
    this.sets.clear();
  }
}

/** The path of a product below the service; a quote inside an id is doubled. */
export function productPath(collection: string, id: string): string {
  const key = (text: string): string => `('${encodeURIComponent(text.replaceAll("'", "''")).replaceAll("%3A", ":")}')`;
  return `Collections${key(collection)}/Products${key(id)}`;
}

function productOf(record: ItemRecord, id: string): SesameoProduct {
  const provider = /^(external_fdp|creodias)$/.test(record.backend) ? PROVIDERS[0] : PROVIDERS[1];
  return { id: `${provider}:${id}`, provider, record };
}

/** An id that is always the same for the same item, in the form of a UUID. */
function idOf({ collection, id }: ItemRecord): string {
  const hex = createHash("sha1").update(`${collection}/${id}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
