/** Orders that were placed, and how far each is. */
import { randomUUID } from "node:crypto";
import type { OrderMode } from "../../core/settings.js";
import type { Choices } from "./order-values.js";

export interface Order {
  id: string;
  collection: string;
  backend: string;
  choices: Choices;
  /** Milliseconds since 1970. */
  placed: number;
  /** Looks at the item so far. */
  looks: number;
  state: "ordered" | "succeeded" | "failed";
}

export class OrderBook {
  private orders = new Map<string, Order>();

  place(collection: string, backend: string, choices: Choices, first: OrderMode["first"]): Order {
    const order: Order = {
      id: randomUUID(),
      collection,
      backend,
      choices,
      placed: Date.now(),
      looks: 0,
      state: first,
    };
    this.orders.set(order.id, order);
    return order;
  }

  /** Looks at an order: each look counts, and after enough of them it is ready or has failed. */
  look(id: string, collection: string, mode: OrderMode): Order | undefined {
    const order = this.find(id, collection);
    if (!order) return undefined;
    order.looks += 1;
    if (order.state === "ordered" && order.looks > mode.polls) {
      order.state = mode.outcome === "succeeded" ? "succeeded" : "failed";
    }
    return order;
  }

  /** The order as it is, without counting. */
  find(id: string, collection: string): Order | undefined {
    const order = this.orders.get(id);
    return order?.collection === collection ? order : undefined;
  }

  list(): Order[] {
    return [...this.orders.values()];
  }

  clear(): void {
    this.orders.clear();
  }
}
