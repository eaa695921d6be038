/** `npm start [-- --once] [-- --port N]`: example 01 in a real Node-RED, run once, told in the terminal. */
import events from "node:events";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { startNodeRed } from "./node-red.mjs";
import { inRoot } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";
import { claimUserFolder } from "./start/claim.mjs";
import { freePort } from "./start/free-port.mjs";
import { runExample } from "./start/run-example.mjs";
import { Terminal } from "./start/terminal.mjs";
import { prepareUserFolder } from "./start/user-folder.mjs";

const USAGE = `Usage: npm start [-- options]
  --once      end after the first file, or with the first error
  --port N    the editor's port [1880, or the next free one]`;

const USER_FOLDER = inRoot(".eo");

/** Enough to see a download going on. */
const PRODUCT_BYTES = 40_000_000;

/** @param {string[]} args */
export async function main(args) {
  const { once, port } = optionsOf(args);
  const key = keyFromEnvironment();
  const terminal = new Terminal(process.stdout);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interrupt.abort());
  /** @type {Array<() => Promise<unknown> | void>} what to end, last first */
  const toEnd = [claimUserFolder(USER_FOLDER)];
  try {
    terminal.line(
      key === undefined
        ? "HDA_CLIENT_ID and HDA_CLIENT_SECRET are not set: using the bundled sandbox and its made-up products."
        : "Using the DestinE Data Lake with the key in HDA_CLIENT_ID and HDA_CLIENT_SECRET.",
    );
    const service = key ?? (await startSandbox(toEnd));
    const { credentialSecret, flow, setAside } = prepareUserFolder(USER_FOLDER, service.account);
    if (setAside !== undefined)
      terminal.line(`Example 01 was gone from your flow; loaded anew. Yours is in ${setAside}.`);
    const nodeRed = await startOnFreePort(port, {
      userDir: USER_FOLDER,
      credentialSecret,
      env: { ...service.env, EO_OBSERVE: "eo-download,eo-filter-latest" },
      signal: interrupt.signal,
    });
    toEnd.push(() => nodeRed.stop());
    terminal.line(`Node-RED runs at ${nodeRed.url}`);
    const ok = await runExample(nodeRed, flow, terminal, interrupt.signal);
    if (once) return ok ? 0 : 1;

    terminal.line(`The editor: ${nodeRed.url}   (Ctrl-C ends everything)`);
    nodeRed.on("output", (/** @type {string} */ text) => process.stderr.write(text));
    const [code] = await events.once(nodeRed, "exit", { signal: interrupt.signal });
    throw new PlainError(`Node-RED ended by itself with code ${code}.`);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    return once ? 130 : 0;
  } finally {
    for (const step of toEnd.reverse()) await step();
  }
}

/** @param {string[]} args */
function optionsOf(args) {
  try {
    const { values } = parseArgs({ args, options: { once: { type: "boolean" }, port: { type: "string" } } });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
      throw new Error(`"${values.port}" is no port`);
    }
    return { once: values.once === true, port };
  } catch (error) {
    throw new PlainError(`${/** @type {Error} */ (error).message}.\n${USAGE}`);
  }
}

/**
 * @typedef {object} Service
 * @property {{ url: string, tokenUrl: string, hosts: string }} account what example 01's account needs
 * @property {Record<string, string>} env
 */

/**
 * The real Data Lake, when there is a key.
 * @returns {Service | undefined}
 */
function keyFromEnvironment() {
  const names = ["HDA_CLIENT_ID", "HDA_CLIENT_SECRET"];
  const missing = names.filter((name) => (process.env[name] ?? "") === "");
  if (missing.length === 1) {
    throw new PlainError(
      `${missing[0]} is not set, but ${names.find((name) => name !== missing[0])} is. ` +
        "Set both to use the DestinE Data Lake, or none to use the bundled sandbox.",
    );
  }
  return missing.length === 0 ? { account: { url: "", tokenUrl: "", hosts: "" }, env: {} } : undefined;
}

/**
 * @param {Array<() => Promise<unknown> | void>} toEnd
 * @returns {Promise<Service>}
 */
async function startSandbox(toEnd) {
  const require = createRequire(import.meta.url);
  const { startSandbox } = require(inRoot("build", "sandbox", "index.js"));
  const sandbox = await startSandbox({ port: 0, seedWeek: true, bytes: PRODUCT_BYTES });
  toEnd.push(() => sandbox.close());
  const { stac, tokenUrl, hosts, clientId, clientSecret } = sandbox.ready.hda;
  return {
    account: { url: stac, tokenUrl, hosts },
    env: {
      HDA_CLIENT_ID: clientId,
      HDA_CLIENT_SECRET: clientSecret,
      // The sandbox is on this machine, whatever proxy leads to the world.
      NO_PROXY: "127.0.0.1,localhost",
      no_proxy: "127.0.0.1,localhost",
    },
  };
}

/**
 * @param {number | undefined} wanted
 * @param {Omit<import("./node-red.mjs").Options, "port">} options
 */
async function startOnFreePort(wanted, options) {
  for (let port = await freePort(wanted ?? 1880); ; port = await freePort(port + 1)) {
    try {
      return await startNodeRed({ ...options, port });
    } catch (error) {
      // Somebody else took it in the meantime.
      if (!/port in use|EADDRINUSE/i.test(String(error))) throw error;
    }
  }
}
