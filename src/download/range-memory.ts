/** Hosts that were found to ignore Range: they are not asked with it again for a while. */
import { guards } from "./guards.js";
import { timing } from "./timing.js";

const ignoring = new Map<string, number>();

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

export function noteIgnoresRange(url: string): void {
  ignoring.set(hostOf(url), performance.now());
}

/** @param url any address on the host */
export function ignoresRange(url: string): boolean {
  if (!guards.rangeMemory) return false;
  const since = ignoring.get(hostOf(url));
  return since !== undefined && performance.now() - since < timing.rangeMemory;
}

/** For tests: ports are used again. @public */
export function forgetRanges(): void {
  ignoring.clear();
}
