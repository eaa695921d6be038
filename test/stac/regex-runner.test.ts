/** Regular expressions run off the main loop, under a limit, and leave nothing running. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { EoError } from "../../src/errors.js";
import { parsePattern, RegexRunner } from "../../src/stac/regex-runner.js";
import { assertRejectsBadInput } from "./bad-input.js";

const SLOW = "(a+)+$";
const SLOW_TEXT = `${"a".repeat(60)}!`;

function codeOf(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof EoError && thrown.code === code;
}

describe("regex runner", () => {
  let runner: RegexRunner;
  beforeEach(() => {
    runner = new RegexRunner();
  });
  afterEach(() => runner.close());

  it("reads a pattern with or without slashes", () => {
    assert.deepEqual(parsePattern("a.b"), { source: "a.b", flags: "" });
    assert.deepEqual(parsePattern("/a.b/"), { source: "a.b", flags: "" });
    assert.deepEqual(parsePattern("/a/b/iu"), { source: "a/b", flags: "iu" });
    assert.deepEqual(parsePattern("/a/b"), { source: "/a/b", flags: "" });
    assert.deepEqual(parsePattern("/a"), { source: "/a", flags: "" });
    assert.deepEqual(parsePattern("a/i"), { source: "a/i", flags: "" });
  });

  it("gives the match and its named groups, or null", async () => {
    assert.deepEqual(await runner.run("_T(?<tile>\\d{2}[A-Z]{3})(?<rest>_x)?", ["S2A_T31UFU", "none", "_T01ABC_x"]), [
      { 0: "_T31UFU", tile: "31UFU" },
      null,
      { 0: "_T01ABC_x", tile: "01ABC", rest: "_x" },
    ]);
    assert.deepEqual(await runner.run("/OL_1/i", ["s3a_ol_1", ""]), [{ 0: "ol_1" }, null]);
    assert.deepEqual(await runner.run("/a/gy", ["ab", "ab", "ba"]), [{ 0: "a" }, { 0: "a" }, null]);
    assert.deepEqual(await runner.run("a", []), []);
  });

  it("keeps a group of any name as plain data", async () => {
    const [match] = await runner.run("(?<__proto__>a)(?<constructor>b)", ["ab"]);
    assert.ok(match);
    assert.deepEqual(Object.entries(match), [
      ["0", "ab"],
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
    assert.equal(Object.getPrototypeOf(match), Object.prototype);
  });

  it("refuses what is no regular expression with the engine's words, also without texts", async () => {
    await assertRejectsBadInput(runner.run("(a", ["x"]), '"(a"', "Unterminated group");
    await assertRejectsBadInput(runner.run("a**", []), "Nothing to repeat");
    await assertRejectsBadInput(runner.run("/a/gg", ["x"]), "flags");
    assert.deepEqual(await runner.run("a", ["a"]), [{ 0: "a" }]);
  });

  it("stops a pattern that takes too long, while the main loop goes on, and works afterwards", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 5);
    try {
      await assertRejectsBadInput(runner.run(SLOW, ["a", SLOW_TEXT]), JSON.stringify(SLOW), "longer than 100 ms");
    } finally {
      clearInterval(timer);
    }
    assert.ok(turns > 0, "the main loop stood still");
    assert.deepEqual(await runner.run(SLOW, ["aaa", "b"]), [{ 0: "aaa" }, null]);
  });

  it("does not count a main loop that is busy", async () => {
    await runner.run("a", ["a"]);
    const answer = runner.run("a", ["a"]);
    // Lets the job start and its answer come, then is busy beyond the limit before it can be taken.
    await new Promise((resolve) => setImmediate(resolve));
    const end = performance.now() + 300;
    while (performance.now() < end);
    assert.deepEqual(await answer, [{ 0: "a" }]);
  });

  it("answers calls at once in their own order, a wrong one among them", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => runner.run(index === 7 ? "(" : `^${index}$`, [String(index), "x"])),
    );
    results.forEach((result, index) => {
      if (index === 7) assert.equal(result.status, "rejected");
      else assert.deepEqual(result, { status: "fulfilled", value: [{ 0: String(index) }, null] });
    });
  });

  it("takes more texts than fit into one job", async () => {
    const texts = Array.from({ length: 2345 }, (_, index) => `id-${index}`);
    const found = await runner.run("\\d+", texts);
    assert.deepEqual(
      found.map((match) => match?.[0]),
      texts.map((_, index) => String(index)),
    );
  });

  it("rejects what runs and what waits when it is closed, and everything after", async () => {
    const running = runner.run(SLOW, [SLOW_TEXT]);
    const waiting = runner.run("a", ["a"]);
    const all = Promise.all([
      assert.rejects(running, codeOf("CANCELLED")),
      assert.rejects(waiting, codeOf("CANCELLED")),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await runner.close();
    await all;
    await assert.rejects(runner.run("a", ["a"]), codeOf("CANCELLED"));
    await runner.close();
  });

  it("rejects when it is closed while the worker starts", async () => {
    const running = assert.rejects(runner.run("a", ["a"]), codeOf("CANCELLED"));
    await Promise.resolve();
    await runner.close();
    await running;
  });

  for (const [what, crash] of [
    ["throws", 'throw new Error("boom")'],
    ["exits", "process.exit(3)"],
  ] as const) {
    it(`rejects with INTERNAL when the worker ${what} at the start`, async () => {
      const broken = new RegexRunner(crash);
      await assert.rejects(broken.run("a", ["a"]), codeOf("INTERNAL"));
      await assert.rejects(broken.run("a", ["a"]), codeOf("INTERNAL"));
      await broken.close();
    });

    it(`rejects with INTERNAL when the worker ${what} at work`, async () => {
      const broken = new RegexRunner(`
        const { parentPort } = require("node:worker_threads");
        parentPort.on("message", (job) => {
          parentPort.postMessage({ type: "started", id: job.id });
          ${crash};
        });
        parentPort.postMessage({ type: "ready" });`);
      await assert.rejects(broken.run("a", ["a"]), codeOf("INTERNAL"));
      await broken.close();
    });
  }

  it("starts a new worker when the idle one has ended", async () => {
    const mortal = new RegexRunner(`
      const { parentPort } = require("node:worker_threads");
      parentPort.once("message", (job) => {
        parentPort.postMessage({ type: "done", id: job.id, matches: [[["0", "a"]]] });
      });
      parentPort.postMessage({ type: "ready" });`);
    for (let count = 0; count < 3; count += 1) {
      assert.deepEqual(await mortal.run("a", ["a"]), [{ 0: "a" }]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await mortal.close();
  });

  it("does not keep a process alive while idle", async () => {
    const file = path.resolve(__dirname, "../../src/stac/regex-runner.ts");
    const script = `
      const { RegexRunner } = require(${JSON.stringify(file)});
      new RegexRunner().run("a", ["a"]).then((found) => console.log(JSON.stringify(found)));`;
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", script], {
      cwd: path.resolve(__dirname, "../.."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await exit) as [number];
    assert.equal(code, 0);
    assert.equal(output.trim(), '[{"0":"a"}]');
  });
});
