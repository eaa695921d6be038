/** The user folder of `npm start`: the nodes of this clone, example 01, and a secret for its credentials. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { linkModule } from "../node-red.mjs";
import { inRoot, root } from "../paths.mjs";

/** @typedef {{ id: string, type: string, [property: string]: unknown }} FlowNode */
/** @typedef {{ url: string, tokenUrl: string, hosts: string }} AccountFields */

const EXAMPLE = inRoot("examples", "01 - Newest plankton file.json");

/**
 * A flow that a person changed in the editor is kept; only the addresses of its account are set.
 * @param {string} folder
 * @param {AccountFields} account
 * @returns {{ credentialSecret: string, flow: FlowNode[] }} the example's nodes
 */
export function prepareUserFolder(folder, account) {
  const flowFile = path.join(folder, "flows.json");
  const loadedFile = path.join(folder, "example.json");
  const example = readFlow(EXAMPLE) ?? [];
  const present = readFlow(flowFile);
  const loaded = readFlow(loadedFile);

  const isTouched = present !== undefined && (loaded === undefined || !sameFlow(present, loaded));
  const missing = example.filter((node) => !present?.some((other) => other.id === node.id));
  // Nodes of the example that a person deleted on purpose stay away as long as its start is there.
  const isUsable = isTouched && !missing.some((node) => node.type === "inject" || node.type === "eo-account");
  const flow = isUsable ? present : isTouched ? [...present, ...missing] : example;

  const ids = new Set(example.filter((node) => node.type === "eo-account").map((node) => node.id));
  for (const node of flow) if (ids.has(node.id)) Object.assign(node, account);
  write(flowFile, flow);
  write(loadedFile, example);
  linkModule(folder, "@eo-flows/node-red-eo", root);
  return { credentialSecret: secretIn(folder), flow: example };
}

/** @param {string} folder */
function secretIn(folder) {
  const file = path.join(folder, "credential-secret");
  if (!fs.existsSync(file)) fs.writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  return fs.readFileSync(file, "utf8");
}

/**
 * The same, apart from what this file sets and what Node-RED moves into its credentials file.
 * @param {FlowNode[]} one
 * @param {FlowNode[]} other
 */
function sameFlow(one, other) {
  const plain = (/** @type {FlowNode[]} */ flow) =>
    flow.map(({ credentials: _, ...node }) =>
      node.type === "eo-account" ? { ...node, url: "", tokenUrl: "", hosts: "" } : node,
    );
  return isDeepStrictEqual(plain(one), plain(other));
}

/**
 * @param {string} file
 * @returns {FlowNode[] | undefined}
 */
function readFlow(file) {
  if (!fs.existsSync(file)) return undefined;
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

/**
 * @param {string} file
 * @param {unknown} value
 */
function write(file, value) {
  fs.writeFileSync(file, `${JSON.stringify(value, null, 4)}\n`);
}
