/** Makes a bare clone ready: installs and builds what is missing or stale. Node built-ins only; prints to stderr. */
import { build, isBuilt } from "./outputs.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { inRoot } from "./paths.mjs";

/** @param {Array<"dist" | "sandbox">} outputs what must be built */
export async function bootstrap(outputs) {
  if (isReady(outputs)) return;
  await withLock(
    inRoot(".cache", "bootstrap.lock"),
    async () => {
      if (!isInstalled()) install();
      for (const output of outputs) if (!isBuilt(output)) await build(output);
    },
    () => process.stderr.write("Waiting for another command that is installing or building …\n"),
  );
}

/** @param {Array<"dist" | "sandbox">} outputs */
const isReady = (outputs) => isInstalled() && outputs.every(isBuilt);
