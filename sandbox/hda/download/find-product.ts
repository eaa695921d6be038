/** Finds the file behind collection, item and asset. */
import type { HdaState } from "../hda-state.js";
import { orderProduct } from "../orders/order-items.js";
import type { Product } from "../../products/product.js";

export interface FoundProduct {
  product: Product;
  disposition: "quoted" | "unquoted" | "missing";
  backend: string;
}

export type Missing = "collection" | "item" | "asset" | "not-ready" | "failed";

/** The file of one version, or what is missing. */
export function findProduct(
  state: HdaState,
  collection: string,
  item: string,
  asset: string,
  version: number,
): FoundProduct | Missing {
  const info = state.catalogue.find(collection);
  if (!info) return "collection";
  const record = state.items.of(collection)?.find(item);
  if (record) {
    const product = record.kind.product(record, asset, { bytes: state.options.bytes, version });
    return product ? { product, disposition: record.kind.disposition, backend: record.backend } : "asset";
  }
  const order = state.orders.find(item, collection);
  if (!order || !info.order) return "item";
  if (order.state === "ordered") return "not-ready";
  if (order.state === "failed") return "failed";
  if (asset !== "downloadLink") return "asset";
  const product = orderProduct(info.order, order, state.options.bytes, version);
  return { product, disposition: "quoted", backend: order.backend };
}
