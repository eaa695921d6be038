/** The user folder of `npm start`: the nodes of this clone, example 01, and a secret for its credentials. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { linkModule, writeFlow } from "../node-red.mjs";
import { inRoot, root } from "../paths.mjs";

/** @typedef {{ id: string, type: string, [property: string]: unknown }} FlowNode */
/** @typedef {{ url: string, tokenUrl: string, hosts: string }} AccountFields */

const EXAMPLE = inRoot("examples", "01 - Newest plankton file.json");

/**
 * A flow that a person changed in the editor is kept; only the addresses of the example's account are set.
 * @param {string} folder
 * @param {AccountFields} account
 * @returns {{ credentialSecret: string, flow: FlowNode[], setAside?: string }} `flow`: the example's nodes;
 *   `setAside`: where a flow went that no longer holds the example
 */
export function prepareUserFolder(folder, account) {
  const flowFile = path.join(folder, "flows.json");
  const loadedFile = path.join(folder, "example.json");
  const example = readFlow(EXAMPLE) ?? [];
  const present = readFlow(flowFile);
  const loaded = readFlow(loadedFile);
  const isChanged = present !== undefined && (loaded === undefined || !sameFlow(present, loaded));
  const isUsable = example.every((node) => !isNeeded(node) || present?.some((other) => other.id === node.id));

  /** @type {string | undefined} */
  let setAside;
  if (isChanged && isUsable) {
    fs.writeFileSync(flowFile, JSON.stringify(withAddresses(present, example, account), null, 4));
  } else {
    if (isChanged) {
      setAside = path.join(folder, `flows-${Date.now()}.json`);
      fs.renameSync(flowFile, setAside);
    }
    writeFlow(folder, withAddresses(example, example, account));
    fs.copyFileSync(EXAMPLE, loadedFile);
  }
  linkModule(folder, "@eo-flows/node-red-eo", root);
  return { credentialSecret: secretIn(folder), flow: example, ...(setAside === undefined ? {} : { setAside }) };
}

/** Without these the example cannot be run. @param {FlowNode} node */
const isNeeded = (node) => node.type === "inject" || node.type.startsWith("eo-");

/**
 * @param {FlowNode[]} flow
 * @param {FlowNode[]} example
 * @param {AccountFields} fields
 */
function withAddresses(flow, example, fields) {
  const ids = new Set(example.filter((node) => node.type === "eo-account").map((node) => node.id));
  return flow.map((node) => (ids.has(node.id) ? { ...node, ...fields } : node));
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
