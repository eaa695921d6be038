/** The recorded table of Content-Disposition headers, read from where it lies. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { nameInHeader } from "../../src/download/content-disposition.js";
import { safeName } from "../../src/download/names.js";

interface Row {
  id: string;
  header: string;
  expected: string | null;
  tolerated?: (string | null)[];
  safe?: string;
}

const file = path.join(__dirname, "../../../shared/recorded/tables/content-disposition.json");

describe("recorded Content-Disposition headers", () => {
  if (!existsSync(file)) {
    it.skip("the recorded tables are not here");
    return;
  }
  const rows = (JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] }).rows;
  for (const row of rows) {
    it(row.id, () => {
      const name = nameInHeader([row.header]) ?? null;
      const allowed = [row.expected, ...(row.tolerated ?? []), ...(row.expected === "" ? [null] : [])];
      assert.ok(
        allowed.includes(name),
        `${row.header} gave ${JSON.stringify(name)}, allowed ${JSON.stringify(allowed)}`,
      );
      if (name === null) return;
      const safe = safeName(name);
      if (safe === undefined) {
        assert.match(row.safe ?? "", /not usable/);
        return;
      }
      assert.doesNotMatch(safe, /[/\\<>:"|?*\p{Cc}]/u);
      assert.ok(Buffer.byteLength(safe) <= 240);
      if (row.id === "long") assert.match(safe, /\.nc$/);
      if (row.id.startsWith("traversal")) assert.equal(safe, "passwd");
      if (row.id === "reserved") assert.equal(safe, "_CON");
      if (["attabspath", "attabspathwin", "attwithfn2231abspathdisguised"].includes(row.id))
        assert.equal(safe, "foo.html");
      if (row.safe === undefined && /^[\w. ;'!-]+$/.test(name)) assert.equal(safe, name);
    });
  }
});
