/** `component list | get | update | delete | init`. */
import assert from "node:assert/strict";
import path from "node:path";
import type { PartReport } from "../support/report.js";
import type { Command } from "./command.js";

interface Listed {
  name: string;
  visibility: string;
  owner: string;
  license: string;
  topics: string[];
}

interface Shown {
  name: string;
  version: string;
  available_version: [string, string][];
  topics: string[];
  inputs: { name: string; type: string; default_value: unknown }[];
  outputs: { name: string }[];
}

export async function componentCases(report: PartReport, command: Command): Promise<void> {
  const { component, username } = command.sandbox.ready.deltatwin;

  await report.agree("component list", async () => {
    const all = await command.json<Listed[]>("component", "list");
    assert.deepEqual(all.map(({ name, visibility }) => `${name} ${visibility}`).sort(), [
      "band-extractor public",
      "broken-model private",
      "input-types private",
    ]);
    const open = await command.json<Listed[]>("component", "list", "-v", "public");
    assert.deepEqual(
      open.map(({ name }) => name),
      [component],
    );
    const own = await command.json<Listed[]>("component", "list", "-o", username);
    assert.equal(own.length, 2);
    await command.well(["component", "list"], /band-extractor/);
    const none = await command.well(["component", "list", "-o", "nobody", "-f", "json"]);
    return `${all.length} components; of nobody: ${none.trim().replace(/\s+/g, " ")}`;
  });

  await report.agree("component get, latest and 1.0.0", async () => {
    const latest = await command.json<Shown>("component", "get", component);
    assert.equal(latest.version, "1.1.0");
    assert.deepEqual(
      latest.available_version.map(([name]) => name),
      ["1.0.0", "1.1.0"],
    );
    assert.deepEqual(
      latest.inputs.map(({ name, type, default_value }) => [name, type, default_value]),
      [
        ["product", "Data", null],
        ["bandName", "string", null],
        ["scale", "number", 1],
      ],
    );
    assert.match(await command.well(["component", "get", component, "-f", "json"]), /"default_value": 1\.0/);
    await command.well(["component", "get", component], /bandName/);
    const old = await command.json<Shown>("component", "get", component, "-v", "1.0.0");
    assert.deepEqual([old.version, old.inputs.length], ["1.0.0", 2]);
    return `${latest.inputs.length} inputs, ${latest.outputs.length} outputs`;
  });

  await report.agree("component get: unknown name and version: exit 1", async () => {
    await command.ends(["component", "get", "no-such-twin"], 1, /Not Found at .*\/deltatwins\/no-such-twin\/versions/);
    const { stderr } = await command.ends(["component", "get", component, "-v", "9.9.9"], 1, /Not Found at/);
    return stderr.trim();
  });

  await report.agree("component update and its topics", async () => {
    await command.well(["component", "update", "input-types", "-t", "one", "-t", "two"], /input-types updated/);
    assert.deepEqual((await command.json<Shown>("component", "get", "input-types")).topics, ["one", "two"]);
    await command.well(["component", "update", "input-types", "--remove-all-topics"]);
    assert.deepEqual((await command.json<Shown>("component", "get", "input-types")).topics, []);
    await command.ends(["component", "update", component, "-t", "mine"], 1, /Forbidden at/);
    return "";
  });

  await report.agree("component delete, of a version and whole", async () => {
    await command.ends(["component", "delete", component, "-y"], 1, /Forbidden at/);
    await command.ends(["component", "delete", "broken-model", "-y", "-v", "3.0.0"], 1, /Not Found at/);
    await command.well(["component", "delete", "broken-model", "-y"], /broken-model deleted/);
    await command.well(["component", "delete", "input-types", "-y", "-v", "0.2.0"], /input-types:0\.2\.0 deleted/);
    assert.equal((await command.json<Listed[]>("component", "list", "-v", "private")).length, 0);
    command.sandbox.deltatwin.components.reset();
    return "";
  });

  await report.agree("component init makes a folder here, and not twice", async () => {
    // It reads the login file of its home, and takes no other.
    const { username: name, password, url } = command.sandbox.ready.deltatwin;
    assert.equal((await command.run(["login", name, password, "-a", url], { bare: true })).code, 0);
    const made = await command.run(["component", "init", "my-twin"], { bare: true });
    assert.equal(made.code, 0, made.stderr);
    const manifest = JSON.parse(command.read(path.join("my-twin", "manifest.json")).toString()) as { owner: string };
    assert.equal(manifest.owner, name);
    assert.equal((await command.run(["component", "init", "my-twin"], { bare: true })).code, 2);
    return made.stdout.trim();
  });
}
