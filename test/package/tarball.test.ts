/** The tarball: exactly the files it should hold, and the same bytes from two builds of the same sources. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { copyClone, projectFiles, ROOT } from "../support/clone.js";
import { packAndInstall } from "../support/packed.js";
import { makeDir, removeDir } from "../support/temp.js";

/** What must be in it, told from the sources. */
function expectedFiles(): string[] {
  const expected = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "THIRD_PARTY_NOTICES"];
  for (const file of projectFiles()) {
    if (/^examples\/.+\.json$/.test(file)) expected.push(file);
    const isEditor = /\.editor\.ts$|^nodes\/common\/editor\//.test(file);
    if (/^(src|nodes)\/.+\.ts$/.test(file) && !isEditor && !file.endsWith(".d.ts")) {
      expected.push(`dist/${file.replace(/\.ts$/, ".js")}`);
    }
    if (/^nodes\/[^/]+\/([^/]+\.html$|locales\/)/.test(file)) expected.push(`dist/${file}`);
    const icon = /^icons\/(.+)\.svg$/.exec(file)?.[1];
    if (icon !== undefined) expected.push(`dist/nodes/${icon}/icons/${icon}.svg`);
  }
  return expected.sort();
}

function filesOf(tarball: string): string[] {
  const listed = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((name) => name !== "")
    .map((name) => name.replace(/^package\//, ""))
    .sort();
}

describe("tarball", () => {
  it("holds what the package needs and nothing else", async function () {
    this.timeout(0);
    const { file } = await packAndInstall();
    assert.deepEqual(filesOf(file), expectedFiles());
  });

  it("holds or depends on everything it requires, and names the licence of what it holds", async function () {
    this.timeout(0);
    const { prefix } = await packAndInstall();
    const folder = path.join(prefix, "node_modules", "@eo-flows", "node-red-eo");
    const { filesIn } = await import("../../scripts/outputs.mjs");
    const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
      optionalDependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const notices = readFileSync(path.join(folder, "THIRD_PARTY_NOTICES"), "utf8");
    for (const file of filesIn(path.join(folder, "dist")).filter((name) => name.endsWith(".js"))) {
      const code = readFileSync(file, "utf8");
      for (const [, name = ""] of code.matchAll(/\b(?:require|import)\("([^"]+)"\)/g)) {
        const own = name.startsWith(".") || isBuiltin(name) || name.split("/")[0] === "node-red";
        const bare = name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/");
        const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
        assert.ok(own || needed[bare] !== undefined, `${path.relative(folder, file)} requires ${name}`);
      }
      for (const [, library = ""] of code.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)) {
        assert.ok(notices.includes(`\n${library} `), `${library} is named in THIRD_PARTY_NOTICES`);
      }
      assert.ok(!code.includes(ROOT), `${path.relative(folder, file)} does not tell where it was built`);
    }
  });

  it("offers no switch for the guards of a download", async function () {
    this.timeout(0);
    const { prefix } = await packAndInstall();
    const dist = path.join(prefix, "node_modules", "@eo-flows", "node-red-eo", "dist");
    const { guards } = (await import(path.join(dist, "src", "download", "guards.js"))) as {
      guards: Record<string, boolean>;
    };
    assert.ok(Object.isFrozen(guards));
    assert.ok(Object.keys(guards).length > 30 && Object.values(guards).every((on) => on));
    // Nor does anything in it set one.
    const { filesIn } = await import("../../scripts/outputs.mjs");
    for (const file of filesIn(dist).filter((name) => name.endsWith(".js")))
      assert.doesNotMatch(readFileSync(file, "utf8"), /\bguards(\.\w+|\[[^\]]+\])\s*=[^=]/, file);
  });

  it("names only files that are there", () => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      "node-red": { nodes: Record<string, string> };
    };
    for (const file of Object.values(manifest["node-red"].nodes)) assert.ok(existsSync(path.join(ROOT, file)), file);
  });

  describe("packed twice", () => {
    const dirs: string[] = [];

    after(async () => {
      for (const dir of dirs) await removeDir(dir);
    });

    /** Builds and packs a copy of the sources; the tarball's hash. */
    async function pack(): Promise<string> {
      const dir = await makeDir();
      dirs.push(dir);
      copyClone(dir, { built: false });
      const { runNpm } = await import("../../scripts/npm.mjs");
      runNpm(["pack", "--pack-destination", dir], { cwd: dir, quiet: true });
      const { version } = JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8")) as { version: string };
      return createHash("sha256")
        .update(readFileSync(path.join(dir, `eo-flows-node-red-eo-${version}.tgz`)))
        .digest("hex");
    }

    const hashes: string[] = [];

    before(async function () {
      this.timeout(0);
      hashes.push(await pack(), await pack());
    });

    it("has the same bytes", () => {
      assert.equal(hashes[0], hashes[1]);
    });
  });
});
