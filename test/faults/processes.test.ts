/** Several processes, one folder: stopped, killed and with clocks a day apart, one of them transfers and all get the file. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { useDir } from "../support/temp.js";
import type { Job } from "./support/child.js";
import { Origin, type Script } from "./support/origin.js";
import { item, ranges } from "./support/play.js";
import { BODY, hex, ranged, trickle, whole } from "./support/steps.js";

interface Outcome {
  files: { path: string; source: string; sha256: string; resumedFrom?: number }[];
  code: string;
}

describe("several processes", () => {
  const dir = useDir();
  const origins: Origin[] = [];
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const origin of origins.splice(0)) await origin.close();
  });

  async function serve(script: Script): Promise<Origin> {
    const origin = await new Origin(script).listen();
    origins.push(origin);
    return origin;
  }

  const QUICK = { leaseBeat: 100, leaseStale: 1500, leaseLook: 50, recordEvery: 20, firstPause: 10 };
  const folder = (): string => path.join(dir(), "data");

  /** Starts a download of the product at `base`. */
  function start(
    origin: Origin,
    n: number,
    more: Partial<Job> = {},
  ): { child: ChildProcess; outcome: Promise<Outcome> } {
    const job: Job = {
      payload: item("product", { d: { href: `${origin.base}/product.bin` } }),
      folder: folder(),
      memoryFolder: path.join(dir(), `memory-${n}`),
      timing: QUICK,
      ...more,
    };
    const child = spawn(process.execPath, ["--require", "tsx", path.join(__dirname, "support", "child.ts")], {
      env: { ...process.env, JOB: JSON.stringify(job) },
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.push(child);
    const outcome = text(child.stdout).then((out) =>
      out === "" ? { files: [], code: "killed" } : (JSON.parse(out) as Outcome),
    );
    return { child, outcome };
  }

  async function until(condition: () => boolean, what: string): Promise<void> {
    for (const deadline = Date.now() + 20_000; !condition();) {
      if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}.`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  const recorded = (bytes: number): Promise<void> => {
    const record = path.join(folder(), "product.bin.part.record");
    return until(
      () => existsSync(record) && Number(/"hashed":(\d+)/.exec(readFileSync(record, "utf8"))?.[1] ?? 0) >= bytes,
      `${bytes} recorded bytes`,
    );
  };

  function right(outcomes: Outcome[]): void {
    for (const { files, code } of outcomes) {
      assert.equal(code, "");
      assert.equal(files[0]?.sha256, hex("sha256"));
      assert.equal(files[0].path, path.join(folder(), "product.bin"));
    }
    assert.deepEqual(readdirSync(folder()), ["product.bin"]);
    assert.ok(readFileSync(path.join(folder(), "product.bin")).equals(BODY));
  }

  for (const [title, filename] of [
    ["a name known before", "product.bin"],
    ["a name only the server knows", undefined],
  ] as const) {
    it(`two at once, clocks a day apart, ${title}: one transfers, the other waits and verifies`, async () => {
      const origin = await serve(trickle(40_000, 100, { etag: '"a"' }));
      const given = filename === undefined ? {} : { filename };
      const one = start(origin, 1, given);
      const two = start(origin, 2, { ...given, clock: 86_400_000 });
      const outcomes = await Promise.all([one.outcome, two.outcome]);
      right(outcomes);
      assert.deepEqual(outcomes.map((each) => each.files[0]?.source).sort(), ["disk", "network"]);
    });
  }

  it("the first is stopped: the second takes over, goes on, and the first wakes up to the finished file", async () => {
    const origin = await serve([ranged({ etag: '"a"', cut: 200_000, hang: true }), ranged({ etag: '"a"' })]);
    const first = start(origin, 1);
    await recorded(200_000);
    first.child.kill("SIGSTOP");
    const second = start(origin, 2, { clock: -86_400_000 });
    const done = await second.outcome;
    first.child.kill("SIGCONT");
    right([done, await first.outcome]);
    assert.equal(done.files[0]?.resumedFrom, 200_000);
    assert.deepEqual(ranges(origin.seen), ["", `bytes=${200_000 - 65_536}-`]);
  });

  it("the first is stopped and wakes up in the middle of the second's work: no bytes are mixed", async () => {
    const origin = await serve([
      ranged({ etag: '"a"', cut: 200_000, hang: true }),
      trickle(20_000, 60, { etag: '"b"' }),
    ]);
    const first = start(origin, 1);
    await recorded(200_000);
    first.child.kill("SIGSTOP");
    const second = start(origin, 2);
    await until(() => origin.seen.length === 2, "the second's request");
    first.child.kill("SIGCONT");
    right(await Promise.all([first.outcome, second.outcome]));
  });

  it("the first is killed: the next one goes on at once", async () => {
    const origin = await serve([ranged({ etag: '"a"', cut: 200_000, hang: true }), ranged({ etag: '"a"' })]);
    const first = start(origin, 1);
    await recorded(200_000);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    // Longer than the test may take: only that the process is gone can make it go on.
    const second = start(origin, 1, { timing: { ...QUICK, leaseStale: 60_000 } });
    const outcome = await second.outcome;
    right([outcome]);
    assert.equal(outcome.files[0]?.resumedFrom, 200_000);
  });

  it("two items of one name, two processes that know nothing of each other: two files", async () => {
    const headers = { "Content-Disposition": "attachment; filename=same.bin" };
    const origin = await serve({ "/1": whole({ headers }), "/2": whole({ headers, body: BODY.subarray(1) }) });
    const jobs = ["1", "2"].map((id, n) =>
      start(origin, n, { payload: item(id, { d: { href: `${origin.base}/${id}` } }) }),
    );
    const outcomes = await Promise.all(jobs.map((job) => job.outcome));
    assert.deepEqual(
      outcomes.map((each) => each.code),
      ["", ""],
    );
    assert.deepEqual(readdirSync(folder()), ["same-2.bin", "same.bin"]);
    assert.equal(new Set(outcomes.map((each) => each.files[0]?.sha256)).size, 2);
  });
});
