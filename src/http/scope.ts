/** How long a piece of work may go on: until its caller cancels it, the door closes, or its time is up. */

import { setMaxListeners } from "node:events";

/** What has to end when a door closes. */
export class Closing {
  readonly #ends = new Set<() => void>();
  closed = false;

  add(end: () => void): void {
    this.#ends.add(end);
  }

  remove(end: () => void): void {
    this.#ends.delete(end);
  }

  close(): void {
    this.closed = true;
    for (const end of [...this.#ends]) end();
    this.#ends.clear();
  }
}

export class Scope {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #closing: Closing;
  readonly #abort = (): void => this.#controller.abort();
  #left: number | undefined;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  timedOut = false;

  /** `ms`: the time allowed, without what is spent in `uncounted`; undefined = no limit. `end` must be called. */
  constructor(caller: AbortSignal | undefined, closing: Closing, ms?: number) {
    this.#caller = caller;
    this.#closing = closing;
    this.#left = ms;
    if (caller?.aborted === true || closing.closed) this.#abort();
    // Any number of requests may share one signal; Node would warn of a leak from eleven on.
    if (caller) setMaxListeners(0, caller);
    caller?.addEventListener("abort", this.#abort, { once: true });
    closing.add(this.#abort);
    this.#start();
  }

  /** Fires when the work must end for any reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The caller or the closing door ended the work, not the time. */
  get cancelled(): boolean {
    return this.#caller?.aborted === true || this.#closing.closed;
  }

  /** Does `work` with the clock stopped. One at a time. */
  async uncounted<T>(work: () => Promise<T>): Promise<T> {
    this.#stop();
    try {
      return await work();
    } finally {
      this.#start();
    }
  }

  end(): void {
    this.#stop();
    this.#left = undefined;
    this.#caller?.removeEventListener("abort", this.#abort);
    this.#closing.remove(this.#abort);
  }

  #start(): void {
    if (this.#left === undefined || this.signal.aborted) return;
    this.#since = performance.now();
    this.#timer = setTimeout(
      () => {
        this.timedOut = true;
        this.#abort();
      },
      Math.max(1, this.#left),
    );
  }

  #stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#left !== undefined) this.#left -= performance.now() - this.#since;
  }
}
