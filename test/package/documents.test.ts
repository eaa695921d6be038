/** README and CHANGELOG name every node, provider and example that there is. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { providerIds } from "../../src/accounts/provider.js";
import { ROOT } from "../support/clone.js";

const textOf = (name: string): string => readFileSync(path.join(ROOT, name), "utf8");

/** The first cell of each row of the table whose head begins with this cell. */
function firstCells(text: string, head: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} `));
  assert.ok(start >= 0, `there is no table that begins with "${head}"`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end).map((row) => row.split("|")[1]?.trim() ?? "");
}

describe("what README and CHANGELOG name", () => {
  const examples = readdirSync(path.join(ROOT, "examples")).map((name) => name.replace(/\.json$/, ""));

  it("each example", () => {
    assert.deepEqual(firstCells(textOf("README.md"), "example"), examples.sort());
    const changelog = textOf("CHANGELOG.md").replace(/\s+/g, " ");
    for (const name of examples) assert.ok(changelog.includes(`_${name}_`), `CHANGELOG: ${name}`);
  });

  it("each node", () => {
    const manifest = JSON.parse(textOf("package.json")) as { "node-red": { nodes: Record<string, string> } };
    const types = Object.keys(manifest["node-red"].nodes);
    const rows = textOf("README.md").match(/^\|[^|]*\| `eo-[a-z-]+` +\|/gm) ?? [];
    assert.deepEqual(rows.map((row) => /`(.+)`/.exec(row)?.[1]).sort(), types.sort());
    const changelog = textOf("CHANGELOG.md");
    for (const name of firstCells(textOf("README.md"), "in the palette")) {
      const plain = name.replace(/[*_]/g, "");
      assert.ok(changelog.includes(`**${plain}**`), `CHANGELOG: ${plain}`);
    }
  });

  it("each provider", () => {
    const readme = textOf("README.md");
    for (const id of providerIds()) assert.ok(readme.includes(`(\`${id}\`)`), id);
  });
});
