/** How long to wait until an order is looked at again: politely, and not longer than the user allowed. */
import { setTimeout as sleep } from "node:timers/promises";
import { EoError, cancelled } from "../../errors.js";
import type { AnswerHeaders } from "../../http/door.js";
import { waitAsked } from "../../http/retry-after.js";
import { timing } from "../timing.js";

export class Patience {
  readonly #what: string;
  readonly #minutes: number;
  readonly #signal: AbortSignal;
  readonly #until: number;
  #next = timing.pollFirst;
  #asked = 0;

  /** @param minutes in all */
  constructor(what: string, minutes: number, signal: AbortSignal) {
    this.#what = what;
    this.#minutes = minutes;
    this.#signal = signal;
    this.#until = performance.now() + minutes * 60_000;
  }

  /** The service may say when to ask again. */
  heed(headers: AnswerHeaders): void {
    this.#asked = waitAsked(headers, Date.now()) ?? 0;
  }

  /** Waits for the next look. @throws EoError NOT_READY when the time is up, CANCELLED */
  async wait(): Promise<void> {
    const pause = Math.max(this.#next, this.#asked);
    this.#asked = 0;
    this.#next = Math.min(this.#next * timing.pollGrowth, timing.pollLongest);
    const left = this.#until - performance.now();
    try {
      await sleep(Math.min(pause, Math.max(0, left)), undefined, { signal: this.#signal });
    } catch {
      throw cancelled(this.#what);
    }
    if (pause > left) throw this.#over();
  }

  #over(): EoError {
    return new EoError(
      "NOT_READY",
      `${this.#what}: the product was ordered and is not ready after ${this.#minutes} min. ` +
        "The order goes on at the service; send the message again later, and it is looked at again, not ordered again.",
    );
  }
}
