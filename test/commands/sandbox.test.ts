/** `npm run -s sandbox`: one line on stdout, and nothing left when npm is told to end. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../support/clone.js";

describe("npm run -s sandbox", () => {
  before(async function () {
    this.timeout(0);
    const { bootstrap } = await import("../../scripts/bootstrap.mjs");
    await bootstrap(["sandbox"]);
  });

  it("prints its ready line alone and ends with npm", async () => {
    const { isAlive } = await import("../../scripts/lock.mjs");
    const child = spawn("npm", ["run", "-s", "sandbox", "--", "--items", "20"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "ignore"],
      shell: process.platform === "win32",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const closed = once(child.stdout, "close");
    while (!output.includes("\n")) await once(child.stdout, "data");
    const ready = JSON.parse(output) as { pid: number; hda: { stac: string } };
    assert.equal((await fetch(ready.hda.stac)).status, 200);

    assert.equal(isAlive(ready.pid), true);
    child.kill("SIGTERM");
    // stdout closes as the last process that holds it ends.
    await closed;
    for (let i = 0; i < 100 && isAlive(ready.pid); i++) await sleep(50);
    assert.equal(isAlive(ready.pid), false);
    assert.equal(output.split("\n").length, 2);
  });
});
