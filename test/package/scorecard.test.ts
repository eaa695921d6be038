/** The part of Node-RED's package scorecard (node-red-dev 0.1.6) that needs no network, by the same rules. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { ROOT } from "../support/clone.js";

interface Manifest {
  name: string;
  license?: string;
  repository?: unknown;
  bugs?: unknown;
  keywords: string[];
  engines: { node: string };
  dependencies: Record<string, string>;
  "node-red": { version: string; nodes: Record<string, string> };
}

const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as Manifest;

/** What the scorecard sees of a node: the literal properties of the object given to registerType. */
type Definition = Map<string, unknown>;

/** As the scorecard reads a dialog: scripts of one type, a literal name and an inline object. */
function definitionsIn(html: string): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const [, code = ""] of html.matchAll(/<script.+?type=['"]text\/javascript['"].*?>([\S\s]*?)<\/script>/gi)) {
    const source = ts.createSourceFile("dialog.js", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText(source).endsWith(".registerType")) {
        const [name, definition] = node.arguments;
        assert.ok(name !== undefined && ts.isStringLiteral(name), "the type's name is a literal");
        assert.ok(definition !== undefined && ts.isObjectLiteralExpression(definition), "the definition is inline");
        found.set(name.text, propertiesOf(definition));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

function propertiesOf(definition: ts.ObjectLiteralExpression): Definition {
  const properties: Definition = new Map();
  for (const property of definition.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    const value = property.initializer;
    const name = property.name.getText();
    if (ts.isStringLiteral(value)) properties.set(name, value.text);
    else if (ts.isNumericLiteral(value)) properties.set(name, Number(value.text));
    else if (ts.isObjectLiteralExpression(value)) properties.set(name, propertiesOf(value));
  }
  return properties;
}

describe("package scorecard", () => {
  const definitions = new Map<string, Definition>();

  before(async () => {
    const { bootstrap } = await import("../../scripts/bootstrap.mjs");
    await bootstrap(["dist"]);
    for (const file of Object.values(manifest["node-red"].nodes)) {
      const html = readFileSync(path.join(ROOT, file.replace(".js", ".html")), "utf8");
      for (const [type, definition] of definitionsIn(html)) definitions.set(type, definition);
    }
  });

  it("P01, P03: licence, repository and bugs are named", () => {
    assert.equal(manifest.license, "Apache-2.0");
    assert.ok(manifest.repository);
    assert.ok(manifest.bugs);
  });

  it("P04, P05: scoped name, keyword", () => {
    assert.match(manifest.name, /^@[a-z\d][\w-.]+\/[a-z\d][\w-.]*$/);
    assert.ok(manifest.keywords.includes("node-red"));
  });

  it("P06, P07: runs on Node-RED 4.1 and on the least Node.js of Node-RED 5", () => {
    assert.equal(manifest["node-red"].version, ">=4.1.0");
    const least = /^>=(\d+)\.(\d+)\.(\d+)$/.exec(manifest.engines.node);
    assert.ok(least, "a plain lower bound");
    const [major, minor] = [Number(least[1]), Number(least[2])];
    assert.ok(major < 22 || (major === 22 && minor <= 9), "22.9.0 is let in");
  });

  it("every node's dialog can be read", () => {
    assert.deepEqual([...definitions.keys()].sort(), Object.keys(manifest["node-red"].nodes).sort());
    for (const [type, definition] of definitions) {
      assert.ok(definition.get("defaults") instanceof Map, `${type}: defaults are inline`);
      assert.equal(typeof definition.get("category"), "string", `${type}: category is a literal`);
      if (definition.get("category") === "config") continue;
      for (const name of ["color", "icon"]) assert.equal(typeof definition.get(name), "string", `${type}: ${name}`);
      for (const name of ["inputs", "outputs"]) assert.equal(typeof definition.get(name), "number", `${type}: ${name}`);
    }
  });

  it("N02: an example uses every node", () => {
    const folder = path.join(ROOT, "examples");
    const used = new Set<unknown>();
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
      const flow = JSON.parse(readFileSync(path.join(folder, name), "utf8")) as { type: string }[];
      assert.ok(Array.isArray(flow), name);
      for (const node of flow) used.add(node.type);
    }
    const wanted = [...definitions].filter(([, definition]) => definition.get("category") !== "config");
    assert.deepEqual(
      wanted.map(([type]) => type).filter((type) => !used.has(type)),
      [],
    );
  });

  it("D01, D02: at most six dependencies, no agent-base below 6 under them", () => {
    assert.ok(Object.keys(manifest.dependencies).length <= 6);
    const lock = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; dev?: boolean }>;
    };
    const bad = Object.entries(lock.packages).filter(
      ([place, entry]) =>
        place.endsWith("node_modules/agent-base") && entry.dev !== true && parseInt(entry.version) < 6,
    );
    assert.deepEqual(bad, []);
  });
});
