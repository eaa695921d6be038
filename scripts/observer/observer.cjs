/** A Node-RED plugin that tells the process which started Node-RED what the flows do. It only watches. */
"use strict";

/** @typedef {{ id: string, type: string }} NodeLike */

/**
 * Types whose messages are told in full (comma separated), beside what debug nodes receive; "nothing": no messages.
 * Of other nodes of this package only that they sent something, and `msg.search`.
 */
const fullTypes = new Set((process.env["EO_OBSERVE"] ?? "eo-download").split(","));

/** @param {any} RED */
module.exports = (RED) => {
  if (process.send === undefined) return;
  const tell = (/** @type {object} */ event) => {
    if (process.connected) process.send?.(event);
  };
  const ours = (/** @type {NodeLike} */ node) => node.type.startsWith("eo-") || fullTypes.has(node.type);

  const hook = (/** @type {string} */ name, /** @type {(event: any) => void} */ told) => {
    if (!fullTypes.has("nothing")) RED.hooks.add(`${name}.eoObserver`, told);
  };
  hook("onSend", (/** @type {any[]} */ sent) => {
    for (const { source, msg } of sent) {
      if (!ours(source.node)) continue;
      const { id, type } = source.node;
      const full = fullTypes.has(type) ? plain(msg) : { search: plain(msg.search) };
      tell({ event: "send", id, type, port: source.port, msg: full });
    }
  });
  hook("onReceive", (/** @type {any} */ { destination, msg }) => {
    const { id, type } = destination.node;
    if (type === "debug") tell({ event: "receive", id, type, msg: plain(msg) });
  });
  hook("onComplete", (/** @type {any} */ { node: { node }, error }) => {
    if (!ours(node)) return;
    tell({ event: "complete", id: node.id, type: node.type, error: error ? describe(error) : undefined });
  });
  RED.events.on("node-status", (/** @type {any} */ { id, status }) => {
    const node = RED.nodes.getNode(id);
    if (node && ours(node)) tell({ event: "status", id, type: node.type, status });
  });
  RED.events.on("flows:started", () => tell({ event: "flows-started" }));

  const listening = () => tell({ event: "listening", port: RED.server.address().port });
  if (RED.server.listening) listening();
  else RED.server.once("listening", listening);
  // Whoever started Node-RED is gone: end as after Ctrl-C.
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
};

/** @param {any} error */
function describe(error) {
  if (typeof error !== "object") return { message: String(error) };
  return { message: error.message, code: error.code, cause: plain(error.cause) };
}

/**
 * A copy that can be sent to another process.
 * @param {unknown} value
 */
function plain(value) {
  if (value === undefined) return undefined;
  try {
    return JSON.parse(JSON.stringify(value, (key, inner) => (key === "req" || key === "res" ? undefined : inner)));
  } catch {
    return "(a value that cannot be told)";
  }
}
