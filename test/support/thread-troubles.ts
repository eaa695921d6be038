/** Harm done to the transfer thread, and what can be seen of it from outside. */
import path from "node:path";
import { threadSetup } from "../../src/thread/thread.js";

threadSetup.preload.push(path.join(__dirname, "thread-troubles.cjs"));
for (const name of ["EO_BAD_DISK", "EO_BAD_SYNC", "EO_SLOW_DISK", "EO_CRASH"]) process.env[name] = "";

/** The thread that runs now ends by an error nobody caught. */
export function crashThread(): void {
  process.env["EO_CRASH"] = "now";
}

/** Each write takes `ms` longer; 0 = as usual. */
export function slowDisk(ms: number): void {
  process.env["EO_SLOW_DISK"] = String(ms);
}

/** Syncs while bytes come fail with `code`; "" = as usual. */
export function badSync(code: string): void {
  process.env["EO_BAD_SYNC"] = code;
}

/** How many transfer threads were started so far. */
export function threadsStarted(): number {
  return Number(process.env["EO_THREADS"] ?? 0);
}

/** Threads of this process that run now; a loader may have some. */
export function threadsRunning(): number {
  return (process.report.getReport() as { workers: unknown[] }).workers.length;
}
