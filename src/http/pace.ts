/** When the next request may leave: the account's rate, and what each host asked for by Retry-After. */
import { setTimeout as sleep } from "node:timers/promises";
import { EoError, cancelled } from "../errors.js";
import { asFinal } from "./final.js";

/** Waits `ms`, or throws CANCELLED when the signal fires first. */
export async function pause(ms: number, signal: AbortSignal | undefined, what: string): Promise<void> {
  if (signal?.aborted) throw cancelled(capital(what));
  if (ms <= 0) return;
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch {
    throw cancelled(capital(what));
  }
}

/** Requests arrive a little closer together than they left; the window is that much wider than one second. */
const WINDOW_MS = 1100;

/** The right to send one request. */
export interface Place {
  /** The request leaves now. */
  sent(): void;
  /** The request will not leave; nothing when it has left. */
  free(): void;
}

const NO_LIMIT: Place = { sent: () => undefined, free: () => undefined };

/**
 * Never more than `perSecond` requests in any one second, for all callers together; 0 = no limit. Counts requests when
 * they leave, not when they were planned: a slow connection or a busy event loop would let two seconds' worth go at once.
 */
export class RateLimit {
  readonly #places: number;
  readonly #window: number;
  /** Taken, not yet sent. */
  #taken = 0;
  /** `performance.now()` of what was sent within the window, oldest first. */
  readonly #sent: number[] = [];
  /** In the order of their coming. */
  readonly #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(perSecond: number) {
    // A rate below one a second is a longer gap between single requests.
    this.#places = perSecond > 0 ? Math.max(1, Math.floor(perSecond)) : 0;
    this.#window = perSecond > 0 && perSecond < 1 ? WINDOW_MS / perSecond : WINDOW_MS;
  }

  /** Waits for a free place. `sent` or `free` must be called on it. */
  async take(signal: AbortSignal | undefined, what: string): Promise<Place> {
    if (signal?.aborted) throw cancelled(capital(what));
    if (this.#places === 0) return NO_LIMIT;
    if (this.#waiting.size > 0 || !this.#hasRoom()) await this.#turn(signal, what);
    else this.#taken += 1;
    return this.#place();
  }

  #turn(signal: AbortSignal | undefined, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(go);
        this.#wake();
        reject(cancelled(capital(what)));
      };
      this.#waiting.add(go);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#wake();
    });
  }

  #place(): Place {
    let used = false;
    const use = (sent: boolean): void => {
      if (used) return;
      used = true;
      this.#taken -= 1;
      if (sent) this.#sent.push(performance.now());
      this.#wake();
    };
    return { sent: () => use(true), free: () => use(false) };
  }

  #hasRoom(): boolean {
    const since = performance.now() - this.#window;
    while ((this.#sent[0] ?? Infinity) <= since) this.#sent.shift();
    return this.#taken + this.#sent.length < this.#places;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    for (const go of this.#waiting) {
      if (!this.#hasRoom()) break;
      this.#waiting.delete(go);
      this.#taken += 1;
      go();
    }
    const oldest = this.#sent[0];
    if (this.#waiting.size === 0 || oldest === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, oldest + this.#window - performance.now()));
  }
}

/** Above this a wait is not worth keeping a flow open for (contract, "Repeats"). */
export const LONGEST_WAIT_MS = 15 * 60_000;
/** A host cannot shut itself off for longer than this by one header. */
const LONGEST_HOLD_MS = 24 * 3_600_000;

/** Holds by host and port, shared by everything in the process. */
export class HostHolds {
  readonly #until = new Map<string, number>();

  /** Notes that `host` asked for a pause of `ms` from now. */
  hold(host: string, ms: number): void {
    const until = Date.now() + Math.min(ms, LONGEST_HOLD_MS);
    if (until > (this.#until.get(host) ?? 0)) this.#until.set(host, until);
  }

  /** Whether the host still asks to wait. */
  held(host: string): boolean {
    return (this.#until.get(host) ?? 0) > Date.now();
  }

  /**
   * Waits until the host takes requests again.
   * @throws EoError RATE_LIMITED at once when that is more than 15 minutes away.
   */
  async pass(host: string, signal: AbortSignal | undefined, what: string): Promise<void> {
    for (;;) {
      const until = this.#until.get(host);
      const left = until === undefined ? 0 : until - Date.now();
      if (until === undefined || left <= 0) {
        this.#until.delete(host);
        return;
      }
      if (left > LONGEST_WAIT_MS) {
        const when = new Date(until).toISOString();
        throw asFinal(
          new EoError(
            "RATE_LIMITED",
            `${capital(what)} was not sent: ${host} asks to wait until ${when}. Try again after that time.`,
            { status: 429, message: `Retry-After until ${when}` },
          ),
        );
      }
      await pause(left, signal, what);
    }
  }
}

export const hostHolds = new HostHolds();

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
