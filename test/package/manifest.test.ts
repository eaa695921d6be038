/** package.json, package-lock.json and what no file of the project may hold. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectFiles, ROOT } from "../support/clone.js";

const read = (name: string): string => readFileSync(path.join(ROOT, name), "utf8");

interface Lock {
  packages: Record<string, { version?: string; resolved?: string; dev?: boolean }>;
}

describe("manifest", () => {
  it("package-lock.json says of no package where it was fetched", () => {
    const lock = JSON.parse(read("package-lock.json")) as Lock;
    const named = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(named, []);
    assert.ok(Object.keys(lock.packages).length > 10);
  });

  it(".npmrc keeps it that way", () => {
    assert.match(read(".npmrc"), /^omit-lockfile-registry-resolved=true$/m);
  });

  it("no file names a package registry's host", () => {
    const configured = execFileSync("npm", ["config", "get", "registry"], {
      cwd: ROOT,
      encoding: "utf8",
      shell: process.platform === "win32",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const hosts = [new URL(configured.trim()).hostname, "registry.npmjs" + ".org"];
    const naming = projectFiles().filter((name) => hosts.some((host) => read(name).includes(host)));
    assert.deepEqual(naming, []);
  });

  it("versions are exact, and node itself is no dependency", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
      assert.notEqual(name, "node", "its node_modules/.bin/node would take over every npm script");
    }
  });

  it("nothing runs on installation", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    for (const hook of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(scripts[hook], undefined);
  });
});
