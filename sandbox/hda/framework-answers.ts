/** What the web framework under the API says to unknown paths and wrong methods. */
import type { Exchange } from "../core/exchange.js";
import { hdaError } from "./hda-error.js";

export async function frameworkNotFound(exchange: Exchange): Promise<void> {
  await exchange.json(404, hdaError(404, "Not Found").body);
}

export async function frameworkWrongMethod(exchange: Exchange): Promise<void> {
  const { body } = hdaError(405, "Method Not Allowed");
  // Also of HEAD it says how long the answer would be.
  await exchange.json(405, body, { "content-length": String(Buffer.byteLength(JSON.stringify(body))) });
}
