/** What every npm script does first: the Node.js version, the lock, and whether packages and builds are up to date. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { copyClone, ROOT } from "../support/clone.js";
import { useDir } from "../support/temp.js";

const RUN = path.join(ROOT, "scripts", "run.cjs");

describe("commands", () => {
  const dir = useDir();

  it("a Node.js that is too old gets one plain sentence", () => {
    const pretend = path.join(dir(), "old.cjs");
    writeFileSync(pretend, 'Object.defineProperty(process.versions, "node", { value: "18.20.4" });');
    for (const [command, needed] of [
      ["start", "20.18.1"],
      ["test", "20.19.0"],
    ]) {
      const args = ["-r", pretend, RUN, String(command)];
      const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.equal(stderr, `Node.js 18.20.4 is too old: npm run ${command} needs ${needed} or newer.\n`);
    }
  });

  it("an unknown command is refused", () => {
    const { status, stderr } = spawnSync(process.execPath, [RUN, "fly"], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /There is no command "fly"/);
  });

  it("only one process holds a lock, and a dead one's is taken over", () => {
    const file = path.join(dir(), "some.lock");
    const log = path.join(dir(), "log");
    // Each of four processes notes when it comes and goes; the first lock belongs to a process that is gone.
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(file, String(pid));
    const code = `
      import("${path.join(ROOT, "scripts", "lock.mjs")}").then(({ withLock }) =>
        withLock(process.argv[1], async () => {
          const { appendFileSync } = await import("node:fs");
          appendFileSync(process.argv[2], "in ");
          await new Promise((resolve) => setTimeout(resolve, 30));
          appendFileSync(process.argv[2], "out ");
        }));`;
    const one = `"${process.execPath}" -e '${code}' "${file}" "${log}"`;
    execFileSync("sh", ["-c", `${[one, one, one, one].join(" & ")} & wait`]);
    assert.equal(readFileSync(log, "utf8"), "in out ".repeat(4));
    assert.equal(existsSync(file), false);
  });

  it("a build is stale as soon as its result or a source changes", async () => {
    const { bootstrap } = await import("../../scripts/bootstrap.mjs");
    await bootstrap(["dist"]);
    copyClone(dir(), { built: true });
    const { isBuilt } = (await import(pathToFileURL(path.join(dir(), "scripts", "outputs.mjs")).href)) as {
      isBuilt: (name: "dist") => boolean;
    };
    assert.equal(isBuilt("dist"), true);
    for (const changed of ["dist/src/errors.js", "src/errors.ts", "icons/eo-download.svg", "tsconfig.json"]) {
      const file = path.join(dir(), changed);
      const text = readFileSync(file);
      writeFileSync(file, "");
      assert.equal(isBuilt("dist"), false, changed);
      writeFileSync(file, text);
    }
    rmSync(path.join(dir(), "dist", "src", "errors.js"));
    assert.equal(isBuilt("dist"), false, "a file is gone");
  });

  it("packages are stale as soon as package-lock.json asks for something else", async () => {
    copyClone(dir(), { built: false });
    const { isInstalled } = (await import(pathToFileURL(path.join(dir(), "scripts", "install.mjs")).href)) as {
      isInstalled: () => boolean;
    };
    assert.equal(isInstalled(), true);
    const file = path.join(dir(), "package-lock.json");
    const lock = readFileSync(file, "utf8");
    writeFileSync(file, lock.replace(/("node_modules\/undici": \{\s+"version": ")[^"]+/, "$199.0.0"));
    assert.equal(isInstalled(), false);
    writeFileSync(file, lock);
    rmSync(path.join(dir(), "node_modules"));
    assert.equal(isInstalled(), false);
  });
});
