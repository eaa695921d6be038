/** The three import arrows are lint rules: each is proved by samples that must fail and samples that must pass. */
import assert from "node:assert/strict";
import path from "node:path";
import type { ESLint as Linter } from "eslint";

const ROOT = path.join(__dirname, "..", "..");

/** Files that exist, since typed linting knows only those; their text is replaced by the sample. */
const SRC = "src/http/door.ts";
const NODE = "nodes/common/adapter.ts";
const SANDBOX = "sandbox/index.ts";

const forbidden: [place: string, code: string][] = [
  [SRC, 'import type { NodeAPI } from "node-red";'],
  [SRC, 'import { util } from "@node-red/util";'],
  [SRC, 'export * from "../../nodes/common/adapter.js";'],
  [SRC, 'export const later = import("../../sandbox/index.js");'],
  [NODE, 'import net from "node:net";'],
  [NODE, 'import * as https from "https";'],
  [NODE, 'export { request } from "undici";'],
  [NODE, 'import http2 = require("node:http2");'],
  [NODE, 'export const later = import("node:tls");'],
  [NODE, 'export const answer = fetch("http://127.0.0.1/");'],
  [NODE, 'export const answer = globalThis.fetch("http://127.0.0.1/");'],
  [NODE, 'export const socket = new WebSocket("ws://127.0.0.1/");'],
  [NODE, 'import { startSandbox } from "../../sandbox/index.js";'],
  [SANDBOX, 'import { EoError } from "../src/errors.js";'],
  [SANDBOX, 'export const later = require("../src/errors.js");'],
  [SANDBOX, 'import { adapt } from "../nodes/common/adapter.js";'],
];

const allowed: [place: string, code: string][] = [
  [SRC, 'import net from "node:net";\nexport const server = net.createServer();'],
  [SRC, 'export { EoError } from "../errors.js";'],
  [NODE, 'export { EoError } from "../../src/errors.js";'],
  [NODE, 'export type { NodeAPI } from "node-red";'],
  [NODE, "export const options = { fetch: true };\nexport const words = options.fetch;"],
  [SANDBOX, 'export { createServer } from "node:http";'],
];

describe("import arrows", function () {
  let eslint: Linter;

  before(async function () {
    const { ESLint } = await import("eslint");
    // In CI typescript-eslint would read the file from disk in place of the sample.
    const languageOptions = { parserOptions: { disallowAutomaticSingleRunInference: true } };
    eslint = new ESLint({ cwd: ROOT, overrideConfig: { languageOptions } });
    // The first call builds the TypeScript program.
    await findings(SRC, "export const one = 1;");
  });

  async function findings(place: string, code: string): Promise<string[]> {
    const [result] = await eslint.lintText(`/** A sample. */\n${code}\n`, { filePath: path.join(ROOT, place) });
    assert.ok(result);
    const { messages } = result;
    assert.ok(!messages.some((message) => message.fatal), `does not parse: ${messages[0]?.message}`);
    return messages.filter((message) => message.ruleId === "arrows/imports").map((message) => message.message);
  }

  for (const [place, code] of forbidden) {
    it(`${place} must not: ${code}`, async () => {
      assert.notDeepEqual(await findings(place, code), []);
    });
  }

  for (const [place, code] of allowed) {
    it(`${place} may: ${code}`, async () => {
      assert.deepEqual(await findings(place, code), []);
    });
  }
});
