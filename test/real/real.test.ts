/** The frame of `npm run test:real`: its count, its cache, and that what it started ends. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { useDir } from "../support/temp.js";
import { cached, cacheFolder } from "./support/cache.js";
import { answers, run, Server } from "./support/processes.js";
import { Report } from "./support/report.js";
import { sameLines } from "./support/same-lines.js";

describe("real parts: the frame", () => {
  const dir = useDir();
  let before: string | undefined;
  beforeEach(() => {
    before = process.env["XDG_CACHE_HOME"];
    process.env["XDG_CACHE_HOME"] = dir();
  });
  afterEach(() => {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
  });

  it("counts what agrees; what differs or is missing does not", async () => {
    const lines: string[] = [];
    const report = new Report((line) => lines.push(line));
    assert.equal(report.allAgree, false, "nothing was looked at");
    const part = report.of("part");
    await part.agree("same", () => "2 items");
    assert.equal(report.allAgree, true);
    await part.agree("other", () => {
      throw new Error("one\ntwo");
    });
    part.missing(new Error("no Java"));
    assert.deepEqual(lines, [
      "ok      part: same: 2 items",
      "differs part: other: one\n        two",
      "missing part: no Java",
    ]);
    assert.equal(report.closing, "1 of 3 agree");
    assert.equal(report.allAgree, false);
  });

  it("tells only the lines that differ", () => {
    sameLines(["a", "b"], ["b", "a"]);
    assert.throws(() => sameLines(["a", "c"], ["a", "b"]), { message: "\nserver  b\nsandbox c" });
  });

  it("fills a cache folder once, however many ask", async () => {
    let fills = 0;
    const fill = async (folder: string): Promise<void> => {
      fills += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(path.join(folder, "file"), "");
    };
    const folders = await Promise.all([1, 2, 3].map(() => cached("thing-1", fill)));
    assert.equal(fills, 1);
    assert.deepEqual([...new Set(folders)], [path.join(cacheFolder(), "thing-1")]);
    assert.equal(path.relative(dir(), cacheFolder()), path.join("node-red-eo", "real"));
  });

  it("does not take an interrupted fill for a whole one", async () => {
    const left = path.join(cacheFolder(), "thing-2");
    mkdirSync(left, { recursive: true });
    writeFileSync(path.join(left, "half"), "");
    await assert.rejects(
      cached("thing-2", () => Promise.reject(new Error("no network"))),
      /no network/,
    );
    const folder = await cached("thing-2", () => Promise.resolve());
    assert.equal(existsSync(path.join(folder, "half")), false);
  });

  it("ends a program that takes too long, and what it started", async () => {
    const program = `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); setInterval(() => {}, 1000);`;
    // Its output closes only when the grandchild has ended, too.
    await assert.rejects(run(process.execPath, ["-e", program], { seconds: 0.5 }), /did not end within 0.5 s/);
  });

  it("starts a server, waits for it, and stops it", async () => {
    const program = `const s = require("http").createServer((q, r) => r.end("here")).listen(0, "127.0.0.1", () => console.log(s.address().port));`;
    const server = new Server(process.execPath, ["-e", program], {});
    const url = (): string => `http://127.0.0.1:${server.output.trim()}/`;
    await server.until(() => answers(url()), 10);
    await server.stop();
    await assert.rejects(fetch(url()));
  });

  it("tells the last words of a server that ends while starting", async () => {
    const server = new Server(process.execPath, ["-e", `console.error("no such port"); process.exit(3)`], {});
    await assert.rejects(
      server.until(() => Promise.resolve(false), 10),
      /ended while starting\.\nno such port/,
    );
  });
});
