/** How many files are transferred at once in one node; first come, first served. */
import { cancelled } from "../errors.js";

export class Slots {
  #limit: number;
  #taken = 0;
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#next();
  }

  get limit(): number {
    return this.#limit;
  }

  /** Waits for a slot; the result gives it back, once. @throws EoError CANCELLED */
  async take(signal: AbortSignal, what: string): Promise<() => void> {
    if (signal.aborted) throw cancelled(what);
    if (this.#taken >= this.#limit || this.#waiting.size > 0) {
      await new Promise<void>((resolve, reject) => {
        const go = (): void => {
          signal.removeEventListener("abort", stop);
          resolve();
        };
        const stop = (): void => {
          this.#waiting.delete(go);
          reject(cancelled(what));
        };
        this.#waiting.add(go);
        signal.addEventListener("abort", stop, { once: true });
        this.#next();
      });
    } else this.#taken += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#taken -= 1;
      this.#next();
    };
  }

  #next(): void {
    for (const go of this.#waiting) {
      if (this.#taken >= this.#limit) return;
      this.#waiting.delete(go);
      this.#taken += 1;
      go();
    }
  }
}

/** One transfer's slot, given back while it waits for something else than its bytes. */
export class Seat {
  readonly #slots: Slots;
  readonly #what: string;
  #give: (() => void) | undefined;

  constructor(slots: Slots, what: string) {
    this.#slots = slots;
    this.#what = what;
  }

  /** @throws EoError CANCELLED */
  async take(signal: AbortSignal): Promise<void> {
    this.#give ??= await this.#slots.take(signal, this.#what);
  }

  leave(): void {
    this.#give?.();
    this.#give = undefined;
  }
}
