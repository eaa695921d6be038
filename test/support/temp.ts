/** Temporary folders that are gone when their test has ended. */
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** An empty folder; the caller removes it with `removeDir`. */
export async function makeDir(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), "eo-test-"));
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}

/** For a suite: `const dir = useDir()` in `describe`, `dir()` in a test; a new empty folder for each test. */
export function useDir(): () => string {
  let dir: string | undefined;
  beforeEach(async () => {
    dir = await makeDir();
  });
  afterEach(async () => {
    if (dir !== undefined) await removeDir(dir);
    dir = undefined;
  });
  return () => {
    if (dir === undefined) throw new Error("The folder exists only while a test runs.");
    return dir;
  };
}
