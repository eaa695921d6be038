/** The three import arrows as one lint rule: which part of the project may import what. */
import { builtinModules } from "node:module";
import path from "node:path";
import { root } from "./paths.mjs";

const SOCKET_MODULES = new Set([
  "net",
  "tls",
  "http",
  "https",
  "http2",
  "dgram",
  "dns",
  "dns/promises",
  "undici",
  "ws",
]);
const SOCKET_GLOBALS = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]);

/** @typedef {"src" | "nodes" | "sandbox" | "other"} Area */

/**
 * Why `from` must not import `target`, or undefined when it may.
 * @param {Area} from
 * @param {string} target a module name without `node:`, or a path relative to the project
 * @returns {string | undefined}
 */
function reason(from, target) {
  const area = areaOf(target);
  if (from === "src") {
    if (/^(@node-red\/|node-red($|\/|-))/.test(target)) return "src knows nothing of Node-RED.";
    if (area === "nodes") return "src never imports nodes: the nodes use the engine, not the other way round.";
    if (area === "sandbox") return "src and sandbox never import each other.";
  }
  if (from === "nodes") {
    if (SOCKET_MODULES.has(target) || target.startsWith("undici/")) {
      return "A node opens no socket: every request leaves through src/http.";
    }
    if (area === "sandbox") return "The sandbox is for tests and npm start, not for nodes.";
  }
  if (from === "sandbox" && (area === "src" || area === "nodes")) {
    return "The sandbox shares no code with what it tests.";
  }
  return undefined;
}

/**
 * @param {string} place
 * @returns {Area}
 */
function areaOf(place) {
  const first = place.split(/[\\/]/)[0];
  return first === "src" || first === "nodes" || first === "sandbox" ? first : "other";
}

/** @type {import("eslint").Rule.RuleModule} */
const imports = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const file = path.relative(root, context.filename);
    const from = areaOf(file);

    /** @param {any} source the module's name as a node of the tree */
    const check = (source) => {
      if (typeof source?.value !== "string") return;
      const name = source.value.replace(/^node:/, "");
      const target = name.startsWith(".") ? path.join(path.dirname(file), name) : name;
      const isPackage = target === name && !builtinModules.includes(name);
      const why = reason(from, isPackage ? `${name}` : target);
      if (why !== undefined) context.report({ node: source, message: why });
    };
    /** @param {any} node */
    const checkGlobal = (node) => {
      if (from !== "nodes" || !SOCKET_GLOBALS.has(node.name)) return;
      const { parent } = node;
      const isProperty = parent.type === "MemberExpression" && parent.property === node && !parent.computed;
      if (isProperty && !/^(globalThis|window|self)$/.test(parent.object.name ?? "")) return;
      if (parent.type === "Property" && parent.key === node && parent.value !== node) return;
      context.report({ node, message: "A node opens no socket: every request leaves through src/http." });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSExternalModuleReference: (/** @type {any} */ node) => check(node.expression),
      TSImportType: (/** @type {any} */ node) => check(node.source ?? node.argument?.literal),
      CallExpression: (/** @type {any} */ node) => {
        const { callee } = node;
        const isRequire =
          callee.name === "require" || (callee.object?.name === "require" && callee.property?.name === "resolve");
        if (isRequire) check(node.arguments[0]);
      },
      Identifier: checkGlobal,
    };
  },
};

export const arrows = { rules: { imports } };
