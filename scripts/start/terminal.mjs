/** Lines in the terminal, and one progress line that replaces itself; in a pipe it becomes a line a second. */

export class Terminal {
  #out;
  #pending = false;
  #lastTime = 0;
  #lastKind = "";

  /** @param {NodeJS.WriteStream} out */
  constructor(out) {
    this.#out = out;
  }

  /** @param {string} text */
  line(text) {
    if (this.#pending) this.#out.write("\n");
    this.#pending = false;
    this.#out.write(`${text}\n`);
  }

  /**
   * @param {string} text
   * @param {string} kind a change of it is always shown
   */
  progress(text, kind) {
    if (this.#out.isTTY) {
      this.#out.write(`\r\x1b[K${text.slice(0, (this.#out.columns ?? 80) - 1)}`);
      this.#pending = true;
      return;
    }
    const now = Date.now();
    if (kind === this.#lastKind && now - this.#lastTime < 1000) return;
    this.#lastTime = now;
    this.#lastKind = kind;
    this.#out.write(`${text}\n`);
  }
}
