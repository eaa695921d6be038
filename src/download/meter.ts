/** How far one transfer is: state, bytes, rate; tells its listeners each change of state at once and bytes every second. */

export type LiveState = "queued" | "ordering" | "downloading" | "verifying";

export interface Reading {
  state: LiveState;
  file: string;
  bytes: number;
  total?: number;
  /** Bytes a second, of late. */
  rate: number;
}

const EVERY_MS = 1000;

export class Meter {
  readonly #listeners = new Set<(reading: Reading) => void>();
  #state: LiveState = "queued";
  #bytes = 0;
  #total: number | undefined;
  #rate = 0;
  #timer: NodeJS.Timeout | undefined;
  #shownBytes = 0;
  #marked = { at: performance.now(), bytes: 0 };
  file: string;

  constructor(file: string) {
    this.file = file;
  }

  reading(): Reading {
    return {
      state: this.#state,
      file: this.file,
      bytes: this.#bytes,
      ...(this.#total === undefined ? {} : { total: this.#total }),
      rate: Math.round(this.#rate),
    };
  }

  listen(listener: (reading: Reading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(state: LiveState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#measure();
    this.#tell();
    if (state === "downloading") {
      this.#timer ??= setInterval(() => this.#tick(), EVERY_MS);
      this.#timer.unref();
    } else this.stop();
  }

  /** A transfer begins at `bytes`, of `total` when known. */
  begin(bytes: number, total: number | undefined): void {
    this.#bytes = bytes;
    this.#total = total;
    this.#marked = { at: performance.now(), bytes };
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#measure();
    if (this.#bytes !== this.#shownBytes) this.#tell();
  }

  #measure(): void {
    const now = performance.now();
    const seconds = (now - this.#marked.at) / 1000;
    if (seconds < 0.05) return;
    const latest = Math.max(0, this.#bytes - this.#marked.bytes) / seconds;
    this.#rate = this.#rate === 0 ? latest : 0.5 * this.#rate + 0.5 * latest;
    this.#marked = { at: now, bytes: this.#bytes };
  }

  #tell(): void {
    this.#shownBytes = this.#bytes;
    const reading = this.reading();
    for (const listener of this.#listeners) listener(reading);
  }
}
