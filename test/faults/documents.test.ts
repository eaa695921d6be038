/** What README and docs/reliability.md say of the tests is so. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../support/clone.js";
import { GROUPS } from "./groups.js";
import { MUTANTS } from "./mutants.js";

const textOf = (...place: string[]): string => readFileSync(path.join(ROOT, ...place), "utf8");

/** The rows of the table under a heading, each as its cells. */
function tableUnder(text: string, heading: string): string[][] {
  const [, section = ""] = text.split(`\n## ${heading}\n`);
  const rows = section.split(/\n## /)[0]?.match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("what is written of the tests", () => {
  it("each row of the README's table names a test that is there", () => {
    const rows = tableUnder(textOf("README.md"), "What happens when…");
    assert.ok(rows.length >= 6);
    const names = new Set(GROUPS.flatMap(([, cases]) => cases.map((one) => one.name)));
    const suites = [...textOf("test", "faults", "kill.test.ts").matchAll(/describe\("([^"]+)"/g)].map(
      ([, name]) => name,
    );
    for (const [what, , test = ""] of rows) {
      const name = /^`(.+)`$/.exec(test)?.[1] ?? "";
      assert.ok(names.has(name) || suites.includes(name), `${what}: there is no test "${name}"`);
    }
  });

  it("docs/reliability.md counts the cases and the guards as they are", () => {
    const text = textOf("docs", "reliability.md");
    assert.deepEqual(
      tableUnder(text, "The table of faults").map(([group, cases]) => [group, Number(cases)]),
      GROUPS.map(([group, cases]) => [group, cases.length]),
    );
    const count = GROUPS.reduce((sum, [, cases]) => sum + cases.length, 0);
    assert.ok(text.includes(`plays ${count} cases`) && count >= 150);
    assert.ok(text.includes(`${Object.keys(MUTANTS).length} of ${Object.keys(MUTANTS).length} guards needed`));
  });
});
