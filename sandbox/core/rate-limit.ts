/** Counts requests and says when there were too many within a second. */

/**
 * The window is a little shorter than a second: two requests that left a client a second apart may arrive closer
 * together, and a client that keeps the limit must never be refused.
 */
const WINDOW_MS = 900;

export class RateLimit {
  private times: number[] = [];

  /** `perSecond` 0 means no limit. */
  constructor(public perSecond: number) {}

  /** Whether one more request is allowed now; counts it if so. */
  allow(now: number = performance.now()): boolean {
    if (this.perSecond <= 0) return true;
    this.times = this.times.filter((time) => now - time < WINDOW_MS);
    if (this.times.length >= this.perSecond) return false;
    this.times.push(now);
    return true;
  }
}
