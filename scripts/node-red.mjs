/** Starts a real Node-RED as a child process, watches what its flows do, and stops it. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inRoot } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";

/**
 * @typedef {object} Options
 * @property {string} userDir its user folder; `node_modules` there holds the nodes
 * @property {string | number} port 0 = any free one
 * @property {string} credentialSecret
 * @property {string} [node] the Node.js to run it with [this one]
 * @property {string} [redJs] Node-RED's start file [the clone's]
 * @property {Record<string, string | undefined>} [env] added to this process's environment
 * @property {Record<string, unknown>} [settings] added to settings.js; plain JSON
 * @property {AbortSignal} [signal] ends a start that is under way
 * @property {number} [startTimeout] ms until it must answer [60000]
 */

/**
 * Events: what scripts/observer tells, by its `event`; "exit" (code) when the process has ended.
 */
export class NodeRed extends EventEmitter {
  /** Everything it wrote to stdout and stderr. */
  output = "";
  /** The editor's address. */
  url = "";
  /** The process has ended. */
  ended = false;
  /** @type {import("node:child_process").ChildProcess} */
  #child;

  /** @param {import("node:child_process").ChildProcess} child */
  constructor(child) {
    super();
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        this.output += text;
        this.emit("output", text);
      });
    }
    child.on("message", (/** @type {{ event: string }} */ message) => this.emit(message.event, message));
    child.on("exit", (code) => {
      this.ended = true;
      this.emit("exit", code);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** Ends it as Ctrl-C would; by force when it does not end within `patience` ms. */
  async stop(patience = 10_000) {
    if (this.ended) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patience);
    await exit;
    clearTimeout(timer);
  }

  /** Ends it at once, without a chance to tidy up. */
  async kill() {
    if (this.ended) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  /** Presses the button of the inject node `id`. @param {string} id */
  async inject(id) {
    const answer = await fetch(`${this.url}inject/${id}`, { method: "POST" });
    if (!answer.ok) throw new Error(`Node-RED refused to run the inject node ${id}: ${answer.status}.`);
  }
}

/**
 * Writes settings.js into the user folder, starts Node-RED and resolves when it answers and its flows run.
 * @param {Options} options
 * @returns {Promise<NodeRed>}
 * @throws PlainError with the last lines of its output when it ends or stays silent
 */
export async function startNodeRed(options) {
  const { userDir, node = process.execPath, redJs = inRoot("node_modules", "node-red", "red.js") } = options;
  const settings = {
    uiHost: "127.0.0.1",
    // A string, since Node-RED takes the number 0 for "not set".
    uiPort: String(options.port),
    flowFile: "flows.json",
    credentialSecret: options.credentialSecret,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, projects: { enabled: false }, palette: { catalogues: [] } },
    logging: { console: { level: "info", metrics: false, audit: false } },
    ...options.settings,
  };
  fs.mkdirSync(userDir, { recursive: true });
  const settingsFile = path.join(userDir, "settings.js");
  fs.writeFileSync(settingsFile, `module.exports = ${JSON.stringify(settings, null, 2)};\n`, { mode: 0o600 });
  linkModule(userDir, "eo-observer", inRoot("scripts", "observer"));

  const child = spawn(node, [redJs, "--userDir", userDir, "--settings", settingsFile], {
    cwd: userDir,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const nodeRed = new NodeRed(child);
  let port = 0;
  let started = false;
  nodeRed.once("listening", (message) => (port = message.port));
  nodeRed.once("flows-started", () => (started = true));

  const patience = options.startTimeout ?? 60_000;
  for (const until = Date.now() + patience; !(started && port > 0); await sleep(20)) {
    const trouble = options.signal?.aborted
      ? "was told to end while starting"
      : nodeRed.ended
        ? "ended while starting"
        : nodeRed.output.includes("Waiting for missing types")
          ? "lacks nodes of the flow"
          : Date.now() > until
            ? `did not start within ${patience / 1000} s`
            : undefined;
    if (trouble === undefined) continue;
    await nodeRed.stop();
    throw new PlainError(`Node-RED ${trouble}. Its last words:\n${lastLines(nodeRed.output)}`);
  }
  nodeRed.url = `http://127.0.0.1:${port}/`;
  return nodeRed;
}

/**
 * Writes the flow file. Node-RED takes credentials from a file of their own, here in clear; at the next deploy it
 * encrypts them.
 * @param {string} userDir
 * @param {Array<Record<string, any>>} flow its nodes may carry `credentials`, as in an export made by hand
 */
export function writeFlow(userDir, flow) {
  const credentials = flow.flatMap((node) => (node["credentials"] ? [[node["id"], node["credentials"]]] : []));
  const plain = flow.map(({ credentials: _, ...node }) => node);
  fs.mkdirSync(userDir, { recursive: true });
  fs.writeFileSync(path.join(userDir, "flows.json"), JSON.stringify(plain, null, 4));
  const file = path.join(userDir, "flows_cred.json");
  fs.writeFileSync(file, JSON.stringify(Object.fromEntries(credentials)), { mode: 0o600 });
}

/**
 * Makes `userDir/node_modules/<name>` point to a package's folder.
 * @param {string} userDir
 * @param {string} name
 * @param {string} folder
 */
export function linkModule(userDir, name, folder) {
  const link = path.join(userDir, "node_modules", name);
  fs.mkdirSync(path.dirname(link), { recursive: true });
  fs.rmSync(link, { recursive: true, force: true });
  fs.symlinkSync(folder, link, "junction");
}

/** @param {string} text */
const lastLines = (text) => text.trimEnd().split("\n").slice(-15).join("\n");
