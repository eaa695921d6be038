/** What the sandbox knows about a collection. */
import type { OrderForm } from "../orders/order-form.js";

export interface CollectionInfo {
  id: string;
  title: string;
  description: string;
  keywords: string[];
  /** Backends that offer it; the first one is asked. */
  backends: string[];
  /** First and last date; null is open. */
  since: string;
  until: string | null;
  /** Listed only for callers with a token. */
  hidden?: boolean;
  /** Listed, but a search says that it does not exist. */
  unsearchable?: boolean;
  /** Items are made to order. */
  order?: OrderForm;
}
