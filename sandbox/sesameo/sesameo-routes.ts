/** Routes of the SesamEO OData service, and what it says outside them. */
import type { Exchange } from "../core/exchange.js";
import type { Route } from "../core/router.js";
import { catalogueRoutes } from "./catalogue-routes.js";
import { downloadRoutes } from "./download-routes.js";
import type { SesameoState } from "./sesameo-state.js";

export function sesameoRoutes(state: SesameoState): Route[] {
  return [...downloadRoutes(state), ...catalogueRoutes(state)];
}

/** Quotes, brackets, colons and `$` may come escaped; inside a key an escaped slash stays escaped. */
export function tidySesameoPath(path: string): string {
  return path.replace(/%(24|27|28|29|3a)/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export async function sesameoNotFound(exchange: Exchange): Promise<void> {
  await exchange.json(404, { error: { code: "404", message: "Not Found" } });
}

export async function sesameoWrongMethod(exchange: Exchange, allowed: string[]): Promise<void> {
  await exchange.json(405, { error: { code: "405", message: "Method Not Allowed" } }, { allow: allowed.join(", ") });
}
