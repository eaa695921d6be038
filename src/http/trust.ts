/** Whom a connection trusts, and by what it is known itself. */
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import type { TlsOptions } from "./dispatcher.js";

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<T>;
}

/** What Node itself would trust besides the built-in list; naming any `ca` takes both away. */
function extraAuthorities(): string[] {
  const file = process.env["NODE_EXTRA_CA_CERTS"];
  if (!file) return [];
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    // Node has warned about it at its start.
    return [];
  }
}

/**
 * The authorities to trust, where they are not just Node's own, and everything else that is set. A bare `ca` would
 * replace the built-in list: facts/real-parts.md §1.
 */
export function trusted(tls: TlsOptions): {
  trust: { ca?: (string | Buffer)[] };
  rest: Partial<Omit<TlsOptions, "ca">>;
} {
  const { ca, ...rest } = defined(tls);
  return { trust: ca ? { ca: [...rootCertificates, ...extraAuthorities(), ca] } : {}, rest };
}
