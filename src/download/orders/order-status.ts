/** How far an ordered item is, by its `order:status`. */
import { isObject, own, text, type JsonObject } from "../json.js";

export type OrderStatus = "orderable" | "waiting" | "ready" | "failed" | undefined;

/** https://github.com/stac-extensions/order; `shipping` as eodag says it. Undefined: the item says nothing. */
export function orderStatus(item: JsonObject): OrderStatus {
  const properties = own(item, "properties");
  const status = isObject(properties) ? text(own(properties, "order:status")) : undefined;
  switch (status?.toLowerCase()) {
    case undefined:
      return undefined;
    case "orderable":
      return "orderable";
    case "succeeded":
    case "delivered":
      return "ready";
    case "failed":
    case "canceled":
    case "cancelled":
    case "rejected":
      return "failed";
    default:
      return "waiting";
  }
}
