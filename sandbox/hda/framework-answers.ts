/** What the web framework under the API says to unknown paths and wrong methods. */
import type { Exchange } from "../core/exchange.js";

export async function frameworkNotFound(exchange: Exchange): Promise<void> {
  await exchange.json(404, { detail: "Not Found" });
}

export async function frameworkWrongMethod(exchange: Exchange, allowed: string[]): Promise<void> {
  await exchange.json(405, { detail: "Method Not Allowed" }, { allow: allowed.join(", ") });
}
