/** Runs example 01 once in a running Node-RED and tells in the terminal how it goes. */
import { createRequire } from "node:module";
import { inRoot } from "../paths.mjs";
import { PlainError } from "../plain-error.mjs";

/** @type {{ sizeText(bytes: number): string }} */
const { sizeText } = createRequire(import.meta.url)(inRoot("dist", "nodes", "common", "size-text.js"));

/** Longest time without any sign of life, in ms; the nodes themselves give up much earlier. */
const SILENCE = 15 * 60_000;

/**
 * @param {import("../node-red.mjs").NodeRed} nodeRed
 * @param {import("./user-folder.mjs").FlowNode[]} flow
 * @param {import("./terminal.mjs").Terminal} terminal
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} a file arrived
 */
export async function runExample(nodeRed, flow, terminal, signal) {
  const start = flow.find((node) => node.type === "inject");
  if (start === undefined) throw new PlainError("Example 01 has no inject node.");
  const ids = new Set(flow.map((node) => node.id));

  return new Promise((resolve, reject) => {
    let silence = setTimeout(() => {}, 0);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => finish(() => reject(new PlainError("The flow went silent."))), SILENCE);
    };
    /** @type {Array<[event: string, listener: (event: any) => void]>} */
    const listeners = [
      ["send", (event) => ids.has(event.id) && (alive(), onSend(event))],
      ["complete", (event) => ids.has(event.id) && event.error !== undefined && fail(describe(event.error))],
      ["exit", (code) => finish(() => reject(new PlainError(`Node-RED ended (code ${code}).\n${nodeRed.output}`)))],
    ];
    const onAbort = () => finish(() => reject(signal.reason));
    /** @param {() => void} how */
    const finish = (how) => {
      clearTimeout(silence);
      signal.removeEventListener("abort", onAbort);
      for (const [event, listener] of listeners) nodeRed.off(event, listener);
      how();
    };
    /** @param {string} why */
    const fail = (why) =>
      finish(() => {
        terminal.line(`Failed: ${why}`);
        resolve(false);
      });

    /** @param {{ type: string, port: number, msg: any }} event */
    const onSend = ({ type, port, msg }) => {
      if (type === "eo-stac-search") {
        const { items, pages } = msg.search ?? {};
        terminal.line(`Search: ${items} products on ${pages} ${pages === 1 ? "page" : "pages"}.`);
      } else if (type === "eo-filter-latest") {
        if (port === 1) fail(`no product fits: ${msg.reason ?? "nothing matched"}`);
        else terminal.line(`Newest: ${msg.payload?.id}`);
      } else if (type === "eo-download" && port === 1) {
        terminal.progress(progressText(msg.payload), `${msg.topic} ${msg.payload?.state}`);
      } else if (type === "eo-download") {
        finish(() => {
          terminal.line(resultText(msg.payload));
          resolve(true);
        });
      }
    };

    signal.addEventListener("abort", onAbort);
    for (const [event, listener] of listeners) nodeRed.on(event, listener);
    alive();
    nodeRed.inject(start.id).catch((/** @type {unknown} */ error) => finish(() => reject(error)));
  });
}

/** @param {{ state: string, file?: string, bytes: number, total?: number, percent?: number, rate?: number }} progress */
function progressText({ state, file, bytes, total, percent, rate }) {
  const parts = [
    percent === undefined ? undefined : `${Math.floor(percent)} %`,
    total === undefined ? sizeText(bytes) : `${sizeText(bytes)} of ${sizeText(total)}`,
    rate !== undefined && rate > 0 ? `${sizeText(rate)}/s` : undefined,
    file,
  ];
  return `Download: ${state} · ${parts.filter((part) => part !== undefined && part !== "").join(" · ")}`;
}

/** @param {{ path: string, bytes: number, sha256: string, seconds: number, source: string }} file */
function resultText({ path, bytes, sha256, seconds, source }) {
  const words = source === "disk" ? "Already there, and whole" : "Wrote";
  return `${words}: ${path} · ${bytes} bytes · SHA-256 ${sha256} · ${seconds.toFixed(2)} s`;
}

/** @param {{ code?: string, message: string }} error */
const describe = ({ code, message }) => (code === undefined ? message : `${code}: ${message}`);
