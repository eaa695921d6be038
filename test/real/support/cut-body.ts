/** A body that ends cleanly although it is cut: what a client makes of it is set beside ours. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { runOurFlow } from "./our-flow.js";
import { lakeFlow, type Lake, type World } from "./world.js";

/** Bytes after which the sandbox ends the body, cleanly. */
export const CUT_AT = 50_000;

/** From now on every download is cut. */
export function cutDownloads({ sandbox }: Lake): void {
  sandbox.faults.add({ match: { route: "download" }, transfer: { endAfter: CUT_AT } });
}

/** Ours refuses the cut file and leaves nothing under its name; tells the code. */
export async function oursRefuses(lake: Lake, world: World): Promise<string> {
  const folder = await world.folder();
  const flow = { ...lakeFlow(lake.sandbox, folder), download: { folder, retries: "0" } };
  const { error } = await runOurFlow(await world.nodeRed(), flow);
  assert.ok(error, "ours took the cut file for whole");
  assert.ok(["TRUNCATED", "SIZE_MISMATCH"].includes(error.code), error.message);
  const whole = readdirSync(folder).filter((name) => !name.includes(".part"));
  assert.deepEqual(whole, [], "a file lies under its final name");
  return error.code;
}
