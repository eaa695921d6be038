/** `npm start -- --once` in a copy of the clone: a real Node-RED, one file, nothing left running. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { copyClone } from "../support/clone.js";
import { makeDir, removeDir } from "../support/temp.js";

interface Ended {
  code: number | null;
  output: string;
}

describe("npm start", () => {
  let dir: string;
  const children: ChildProcess[] = [];

  before(async function () {
    this.timeout(0);
    const { bootstrap } = await import("../../scripts/bootstrap.mjs");
    await bootstrap(["dist", "sandbox"]);
    dir = await makeDir();
    copyClone(dir, { built: true });
  });

  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  });

  after(async () => {
    await removeDir(dir);
  });

  function start(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [path.join(dir, "scripts", "run.cjs"), "start", ...args], {
      cwd: dir,
      env: { ...process.env, HDA_CLIENT_ID: "", HDA_CLIENT_SECRET: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    const ended: Ended = { code: null, output: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (ended.output += text));
    }
    return { child, ended };
  }

  async function run(args: string[], env?: Record<string, string>): Promise<Ended> {
    const { child, ended } = start(args, env);
    const [code] = (await once(child, "close")) as [number | null];
    return { ...ended, code };
  }

  function productFiles(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const place = path.join(folder, entry.name);
      if (entry.isDirectory()) return productFiles(place);
      return entry.name.endsWith(".nc") ? [place] : [];
    });
  }

  function editorPort(output: string): number {
    return Number(/Node-RED runs at http:\/\/127\.0\.0\.1:(\d+)\//.exec(output)?.[1]);
  }

  function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => {
        resolve(false);
      });
    });
  }

  it("--once writes the newest product and ends", async () => {
    const { code, output } = await run(["--once"]);
    assert.equal(code, 0, output);
    const result = /^Wrote: (.+\.nc) · (\d+) bytes · SHA-256 ([0-9a-f]{64}) · \d+\.\d\d s$/m.exec(output);
    assert.ok(result, output);
    const [, file = "", bytes, sha256] = result;
    assert.match(output, /^Download: .*\.nc$/m, "there is a progress line");
    assert.equal(statSync(file).size, Number(bytes));
    assert.equal(createHash("sha256").update(readFileSync(file)).digest("hex"), sha256);
    assert.deepEqual(productFiles(dir), [file]);
    assert.equal(await answers(editorPort(output)), false, "Node-RED has ended");
  });

  it("--once again finds the file there", async () => {
    const { code, output } = await run(["--once"]);
    assert.equal(code, 0, output);
    assert.match(output, /^Already there, and whole: /m);
    assert.equal(productFiles(dir).length, 1);
  });

  it("takes another port when its port is taken, serves the editor, ends with SIGTERM", async () => {
    const other = net.createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const taken = (other.address() as net.AddressInfo).port;
    const { child, ended } = start(["--port", String(taken)]);
    try {
      const deadline = Date.now() + 25_000;
      while (!ended.output.includes("The editor: ") && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const port = editorPort(ended.output);
      assert.ok(port > taken, ended.output);
      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      assert.match(page, /Node-RED/);
      const second = await run(["--once"]);
      assert.equal(second.code, 1);
      assert.match(second.output, /already runs in this clone/);
    } finally {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "close");
      other.close();
    }
    assert.equal(child.exitCode, 0);
    assert.equal(await answers(editorPort(ended.output)), false, "Node-RED has ended");
  });

  it("with half a key says which half is missing", async () => {
    const { code, output } = await run(["--once"], { HDA_CLIENT_ID: "some-id" });
    assert.equal(code, 1);
    assert.match(output, /^HDA_CLIENT_SECRET is not set, but HDA_CLIENT_ID is\./m);
    assert.doesNotMatch(output, /\n\s+at /, "no stack");
  });

  it("refuses an option it does not know", async () => {
    const { code, output } = await run(["--twice"]);
    assert.equal(code, 1);
    assert.match(output, /Usage: npm start/);
  });
});
