/** What the sandbox keeps of an item, and what a kind of items knows about all of them. */
import type { SearchMode } from "../../core/settings.js";
import type { Product } from "../../products/product.js";

/** Names of the origins that hand out files. */
export const DOWNLOAD_HOSTS = ["lumi", "central", "leonardo"] as const;
export type DownloadHost = (typeof DOWNLOAD_HOSTS)[number];

export type Box = [number, number, number, number];

export interface ItemRecord {
  id: string;
  collection: string;
  backend: string;
  /** Milliseconds since 1970; null where the item has only a range. */
  datetime: number | null;
  start: number;
  end: number;
  bbox: Box;
  /** Properties that a search may ask for. */
  facts: Readonly<Record<string, unknown>>;
  host: DownloadHost;
  kind: ItemKind;
}

/** What the text of an item depends on beside the item. */
export interface ItemContext {
  /** Base URL of the API, such as `http://127.0.0.1:1/stac/v2`. */
  stac: string;
  /** Base URL of an origin by name. */
  origin(name: string): string;
  search: SearchMode;
  /** Version of the objects. */
  version: number;
  /** Size of a product in bytes. */
  bytes: number;
}

export interface ItemKind {
  /** The item as JSON text. */
  text(record: ItemRecord, context: ItemContext): string;
  /** The file behind an asset; undefined for an unknown asset. */
  product(record: ItemRecord, asset: string, context: Pick<ItemContext, "bytes" | "version">): Product | undefined;
  /** What Content-Disposition looks like for files of this kind. */
  disposition: "quoted" | "unquoted" | "missing";
}

/** Which host hands out the files of an item. */
export function hostOf(index: number): DownloadHost {
  return DOWNLOAD_HOSTS[index % DOWNLOAD_HOSTS.length] ?? "lumi";
}
