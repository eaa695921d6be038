/** API keys of SesamEO: who holds one, and for which providers that person has stored credentials. */
import { randomBytes } from "node:crypto";
import type { Exchange } from "../core/exchange.js";
import { OdataError } from "./odata-error.js";

export interface SesameoKey {
  /** Providers configured by the key's owner. */
  providers: string[];
  /** False: expired, or generated anew elsewhere. */
  enabled: boolean;
}

/** Where the real service looks for the key is not known: any of these, unless a setting names one. */
const USUAL_HEADERS = ["x-api-key", "apikey", "api-key", "x-auth-token"];

export class KeyRing {
  /** The key that the ready line names. */
  readonly first = randomBytes(24).toString("hex");
  private keys = new Map<string, SesameoKey>();

  /** `providers` are those that the first key may use. */
  constructor(private readonly providers: readonly string[]) {
    this.reset();
  }

  /** Changes a key, or makes it. */
  set(key: string, change: Partial<SesameoKey>): void {
    const known = this.keys.get(key) ?? { providers: [...this.providers], enabled: true };
    this.keys.set(key, { ...known, ...change });
  }

  /** The key that came with a request. Throws 401 when there is none, or none that is good. */
  need(exchange: Exchange): SesameoKey {
    const given = keyOf(exchange);
    if (given === undefined) throw new OdataError(401, "An API key is required.");
    const key = this.keys.get(given);
    if (!key?.enabled) throw new OdataError(401, "The API key is not valid.");
    return key;
  }

  list(): Record<string, SesameoKey> {
    return Object.fromEntries(this.keys);
  }

  reset(): void {
    this.keys = new Map([[this.first, { providers: [...this.providers], enabled: true }]]);
  }
}

function keyOf(exchange: Exchange): string | undefined {
  const { header } = exchange.modes.sesameo;
  if (header !== null) return exchange.header(header.toLowerCase())?.replace(/^Bearer +/i, "");
  const name = USUAL_HEADERS.find((one) => exchange.header(one) !== undefined);
  return name === undefined ? exchange.bearer() : exchange.header(name);
}
