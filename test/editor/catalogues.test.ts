/** The dialogs' texts: every key that is used exists, all languages agree, and the properties are the contract's. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as ts from "typescript";

const ROOT = join(__dirname, "../..");
const NODES = [
  "eo-account",
  "eo-stac-search",
  "eo-filter-latest",
  "eo-download",
  "eo-deltatwin-inputs",
  "eo-deltatwin-run",
  "eo-storage",
] as const;
type NodeName = (typeof NODES)[number];
const PACKAGE = "@eo-flows/node-red-eo";

/** The contract's properties, which of them are typed, and which are rows that have no field of their own. */
const CONTRACT: Record<NodeName, { plain: string[]; typed: string[]; rows?: string[] }> = {
  "eo-account": {
    plain: [
      ...[
        "provider",
        "url",
        "tokenUrl",
        "scope",
        "auth",
        "header",
        "workspace",
        "endpoint",
        "region",
        "bucket",
        "prefix",
      ],
      ...["hosts", "rate", "expires", "tls", "proxy"],
    ],
    typed: [],
  },
  "eo-stac-search": {
    plain: ["account", "limit", "max", "output"],
    typed: ["catalogue", "collections", "datetime", "bbox", "intersects", "ids", "query", "filter", "sortby", "fields"],
  },
  "eo-filter-latest": { plain: ["matchMode", "groupBy", "count", "dateField", "output"], typed: ["match"] },
  "eo-download": {
    plain: [
      ...["account", "ifExists", "parallel", "segments", "proof", "stallTimeout", "retries", "order", "orderTimeout"],
    ],
    typed: ["folder", "filename", "assets"],
  },
  "eo-deltatwin-inputs": {
    plain: ["account", "sesameo", "mapping"],
    typed: ["component", "version", "filename"],
    rows: ["inputs"],
  },
  "eo-deltatwin-run": {
    plain: ["account", "wait", "parallel", "poll", "timeout"],
    typed: ["component", "version", "run"],
  },
  "eo-storage": {
    plain: ["account", "action", "via", "ifExists", "recursive"],
    typed: ["path", "filename", "folder"],
  },
};
const CREDENTIALS = [
  ...["clientId", "clientSecret", "apiKey", "username", "password"],
  ...["accessKeyId", "secretAccessKey", "sessionToken"],
];

type Leaves = Map<string, string>;

function leaves(value: unknown, path: string[] = [], into: Leaves = new Map()): Leaves {
  if (typeof value === "string") into.set(path.join("."), value);
  else {
    assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), `${path.join(".")} is no text`);
    for (const [key, inner] of Object.entries(value)) leaves(inner, [...path, key], into);
  }
  return into;
}

function catalogue(node: string, language: string): Leaves {
  return leaves(JSON.parse(readFileSync(join(ROOT, "nodes", node, "locales", language, `${node}.json`), "utf8")));
}

function languages(node: string): string[] {
  return readdirSync(join(ROOT, "nodes", node, "locales")).sort();
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/__(\w+?)__/g)].map((match) => match[1] ?? "").sort();
}

function files(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path, ending) : entry.name.endsWith(ending) ? [path] : [];
  });
}

function source(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
}

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => each(child, visit));
}

/** Texts handed to something that looks them up. A `${…}` counts as any text without a dot. */
function keysIn(path: string): { key: RegExp; text: string }[] {
  const found: { key: RegExp; text: string }[] = [];
  each(source(path), (node) => {
    let text: string | undefined;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) text = node.text;
    if (ts.isTemplateExpression(node))
      text = node.head.text + node.templateSpans.map((span) => `\0${span.literal.text}`).join("");
    if (text === undefined || !/^(eo-[a-z-]+)\.[a-zA-Z]/.test(text) || /\.(svg|html|json|js|ts)$/.test(text)) return;
    found.push({ key: pattern(text), text: text.replaceAll("\0", "…") });
  });
  return found;
}

/** Keys of the shared part: first argument of `shared()`, and of `problem()`, which a `check.` goes before. */
function sharedKeysIn(path: string): { key: RegExp; text: string }[] {
  const found: { key: RegExp; text: string }[] = [];
  each(source(path), (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
    const argument = node.arguments[0];
    if (argument === undefined || !["shared", "problem"].includes(node.expression.text)) return;
    const text = ts.isStringLiteralLike(argument)
      ? argument.text
      : ts.isTemplateExpression(argument)
        ? argument.head.text + argument.templateSpans.map((span) => `\0${span.literal.text}`).join("")
        : undefined;
    if (text === undefined) return;
    const full = `eo-account.${node.expression.text === "problem" ? "check." : ""}${text}`;
    found.push({ key: pattern(full), text: full.replaceAll("\0", "…") });
  });
  return found;
}

function pattern(text: string): RegExp {
  const escaped = text.split("\0").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join("[^.]+")}$`);
}

/** All `data-i18n` keys of a template, without the target in brackets. */
function templateKeys(html: string): string[] {
  return [...html.matchAll(/data-i18n="([^"]+)"/g)].flatMap((match) =>
    (match[1] ?? "").split(";").map((key) => key.replace(/^\[[^\]]+\]/, "")),
  );
}

describe("catalogues of the dialogs", () => {
  const editorFiles = files(join(ROOT, "nodes/common/editor"), ".ts");

  for (const node of NODES) {
    const folder = join(ROOT, "nodes", node);
    const english = catalogue(node, "en-US");

    it(`${node}: every key in the dialog, the editor code and the runtime exists`, () => {
      const own = new Map(english);
      const missing: string[] = [];
      for (const key of templateKeys(readFileSync(join(folder, `${node}.html`), "utf8"))) {
        if (!key.startsWith("node-red:") && !own.has(key)) missing.push(key);
      }
      for (const file of files(folder, ".ts")) {
        for (const { key, text } of keysIn(file)) {
          const target = NODES.find((name) => text.startsWith(`${name}.`)) ?? node;
          if (![...catalogue(target, "en-US").keys()].some((known) => key.test(known))) missing.push(text);
        }
      }
      assert.deepEqual(missing, []);
    });

    it(`${node}: all languages have the same keys and placeholders, and help`, () => {
      for (const language of languages(node)) {
        const other = catalogue(node, language);
        assert.deepEqual([...other.keys()].sort(), [...english.keys()].sort(), language);
        for (const [key, text] of english) {
          assert.deepEqual(placeholders(other.get(key) ?? ""), placeholders(text), `${language} ${key}`);
          assert.notEqual((other.get(key) ?? "").trim(), "", `${language} ${key} is empty`);
        }
        const help = readFileSync(join(folder, "locales", language, `${node}.html`), "utf8");
        assert.match(help, new RegExp(`^<script type="text/html" data-help-name="${node}">`));
        assert.match(help, /<h3>/);
      }
    });

    it(`${node}: top keys are the node's type and the palette's`, () => {
      const top = new Set([...english.keys()].map((key) => key.split(".")[0]));
      top.delete(node);
      top.delete("palette");
      assert.deepEqual([...top], []);
    });

    it(`${node}: properties are the contract's, read as Node-RED's scorecard reads them`, () => {
      const definition = registered(join(folder, `${node}.editor.ts`), node);
      const { plain, typed, rows = [] } = CONTRACT[node];
      // What the editor needs to save rows called `inputs`; it is in no saved flow.
      const apart = rows.length === 0 ? [] : ["rows", "toJSON"];
      const wanted = ["name", ...plain, ...rows, ...apart, ...typed, ...typed.map((name) => `${name}Type`)];
      assert.deepEqual(names(definition, "defaults").sort(), wanted.sort());
      assert.equal(literal(definition, "category"), node === "eo-account" ? "config" : "Earth observation");
      if (node === "eo-account") assert.deepEqual(names(definition, "credentials").sort(), [...CREDENTIALS].sort());
      else assert.equal(literal(definition, "icon"), `${node}.svg`);
    });

    it(`${node}: every property has its field in the dialog`, () => {
      const html = readFileSync(join(folder, `${node}.html`), "utf8");
      const prefix = node === "eo-account" ? "node-config-input" : "node-input";
      const { plain, typed } = CONTRACT[node];
      const wanted = ["name", ...plain, ...typed, ...typed.map((name) => `${name}Type`)];
      if (node === "eo-account") wanted.push(...CREDENTIALS);
      for (const name of wanted) assert.ok(html.includes(`id="${prefix}-${name}"`), name);
      for (const match of html.matchAll(/<label for="([^"]+)"/g))
        assert.ok(html.includes(`id="${match[1] ?? ""}"`), match[1]);
    });
  }

  it("shared texts exist", () => {
    const known = [...catalogue("eo-account", "en-US").keys()];
    const used = [...editorFiles, ...NODES.flatMap((node) => files(join(ROOT, "nodes", node), ".ts"))].flatMap(
      sharedKeysIn,
    );
    assert.ok(used.length > 20);
    assert.deepEqual(
      used.filter(({ key }) => !known.some((name) => key.test(name))).map(({ text }) => text),
      [],
    );
  });

  it("the full name of the shared catalogue is this package's", () => {
    const text = readFileSync(join(ROOT, "nodes/common/editor/dialog.ts"), "utf8");
    assert.ok(text.includes(`"${PACKAGE}/eo-account:eo-account."`));
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { name: string };
    assert.equal(manifest.name, PACKAGE);
  });

  it("dialogs name no colour of their own", () => {
    const style = readFileSync(join(ROOT, "nodes/common/editor/dialog.css"), "utf8");
    assert.doesNotMatch(style, /#[0-9a-f]{3,8}\b|rgb|hsl/i);
    for (const node of NODES)
      assert.doesNotMatch(readFileSync(join(ROOT, "nodes", node, `${node}.html`), "utf8"), /color:/);
  });

  it("icons have Node-RED's shape", () => {
    for (const node of NODES.filter((name) => name !== "eo-account")) {
      const svg = readFileSync(join(ROOT, "icons", `${node}.svg`), "utf8");
      assert.match(svg, /viewBox="0 0 40 60"/);
      assert.deepEqual([...new Set(svg.match(/#[0-9a-f]+/gi))], ["#fff"]);
    }
  });
});

function registered(path: string, type: string): ts.ObjectLiteralExpression {
  let definition: ts.ObjectLiteralExpression | undefined;
  each(source(path), (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    if (node.expression.name.text !== "registerType") return;
    const [name, object] = node.arguments;
    assert.ok(name !== undefined && ts.isStringLiteral(name) && name.text === type, "the type must be a literal");
    assert.ok(object !== undefined && ts.isObjectLiteralExpression(object), "the definition must be inline");
    definition = object;
  });
  assert.ok(definition, `${path} registers nothing`);
  return definition;
}

function member(object: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const property of object.properties) {
    assert.ok(!ts.isSpreadAssignment(property), "the scorecard reads no spread");
    if (ts.isPropertyAssignment(property) && property.name.getText() === name) return property.initializer;
  }
  return undefined;
}

function names(object: ts.ObjectLiteralExpression, name: string): string[] {
  const value = member(object, name);
  assert.ok(value !== undefined && ts.isObjectLiteralExpression(value), `${name} must be inline`);
  return value.properties.map((property) => {
    assert.ok(ts.isPropertyAssignment(property), "the scorecard reads no spread");
    return property.name.getText();
  });
}

function literal(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const value = member(object, name);
  return value !== undefined && ts.isStringLiteral(value) ? value.text : undefined;
}
