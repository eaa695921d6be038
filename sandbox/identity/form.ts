/** A form body, read the way the identity server reads it. */
import type { Exchange } from "../core/exchange.js";

export interface Form {
  get(name: string): string | undefined;
  /** Whether a parameter came more than once. */
  doubled: boolean;
}

/** The form; anything that is not form-encoded counts as an empty form. */
export function readForm(exchange: Exchange): Form {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(exchange.header("content-type") ?? "");
  const fields = new URLSearchParams(isForm ? exchange.body.toString("utf8") : "");
  const names = [...fields.keys()];
  return { get: (name) => fields.get(name) ?? undefined, doubled: new Set(names).size < names.length };
}
