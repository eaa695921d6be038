/** Unfinished files nobody has touched for a while: listed by age, removed on request, never what is in use. */
import assert from "node:assert/strict";
import { readdir, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { oldParts, removeParts } from "../../src/download/index.js";
import { useDir } from "../support/temp.js";

const HOUR = 3_600_000;
const dir = useDir();

async function put(name: string, hoursAgo: number): Promise<void> {
  const file = path.join(dir(), name);
  await writeFile(file, "12345");
  const then = new Date(Date.now() - hoursAgo * HOUR);
  await utimes(file, then, then);
}

describe("old parts", () => {
  it("are listed oldest first, with every helper file of theirs; products are not", async () => {
    await put("old.nc.part", 30);
    await put("old.nc.part.json", 40);
    await put("older.nc.part", 50);
    await put("fresh.nc.part", 1);
    await put("product.nc", 90);
    const parts = await oldParts(dir(), 24 * HOUR);
    assert.deepEqual(
      parts.map(({ name, bytes }) => ({ name, bytes })),
      [
        { name: "older.nc", bytes: 5 },
        { name: "old.nc", bytes: 10 },
      ],
    );
    assert.equal((await readdir(dir())).length, 5);
  });

  it("are removed on request; fresh ones and products stay", async () => {
    await put("old.nc.part", 30);
    await put("old.nc.part.json", 30);
    await put("fresh.nc.part", 1);
    await put("product.nc", 90);
    const removed = await removeParts(dir(), 24 * HOUR);
    assert.deepEqual(
      removed.map((part) => part.name),
      ["old.nc"],
    );
    assert.deepEqual((await readdir(dir())).sort(), ["fresh.nc.part", "product.nc"]);
  });
});
