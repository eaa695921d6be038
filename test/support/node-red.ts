/** A real Node-RED in a process of its own, with the nodes installed from the packed tarball. */
import { randomBytes } from "node:crypto";
import { symlinkSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { packAndInstall } from "./packed.js";
import { nodePath, nodeRedPath, type NodeRedVersion, type NodeVersion } from "./runtimes.js";
import { skipSuite } from "./skip.js";
import { makeDir, removeDir } from "./temp.js";

export interface NodeRedOptions {
  /** Node-RED 4.1.15 (the clone's) or 5.0.7. ["4"] */
  version?: NodeRedVersion;
  /** ["own" for 4, "24" for 5] */
  node?: NodeVersion;
  /** The flow file; a node may carry `credentials` in clear. [none] */
  flows?: object[];
  /** Added to the environment. */
  env?: Record<string, string>;
  /** Added to settings.js. */
  settings?: Record<string, unknown>;
  /** Node types whose sent messages are recorded in full. Those of debug nodes always are. ["eo-download"] */
  observe?: string[];
}

/** Something a flow did; see scripts/observer. */
export interface Seen {
  event: "send" | "receive" | "complete" | "status" | "flows-started";
  id: string;
  type: string;
  port?: number;
  msg?: Record<string, unknown>;
  status?: { fill?: string; shape?: string; text?: string };
  error?: { message: string; code?: string; cause?: Record<string, unknown> };
}

export interface RunningNodeRed {
  /** The editor's address, with a final slash. */
  url: string;
  userDir: string;
  /** Everything it wrote so far. */
  log(): string;
  /** Everything its flows did so far, oldest first. */
  seen: Seen[];
  /** Waits for the first event, past ones included, that `wanted` accepts. */
  waitFor(wanted: (seen: Seen) => boolean, patience?: number): Promise<Seen>;
  /** Presses an inject node's button. */
  inject(id: string): Promise<void>;
  /** A full deploy through the admin interface. */
  deploy(flows: object[]): Promise<void>;
  /** GET (or another method) on the admin interface; the decoded JSON. */
  admin(place: string, init?: RequestInit): Promise<unknown>;
  /** As Ctrl-C; resolves when the process has ended. The user folder is removed by `dispose`. */
  stop(): Promise<void>;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Stops it and removes its user folder. */
  dispose(): Promise<void>;
}

/** Makes sure that everything `startNodeRed` needs is installed; call it in `before`, it may take half a minute. */
export async function prepareNodeRed(context: Mocha.Context, options: NodeRedOptions = {}): Promise<void> {
  context.timeout(0);
  await packAndInstall();
  try {
    await nodeRedPath(options.version ?? "4");
    await nodePath(options.node ?? (options.version === "5" ? "24" : "own"));
  } catch {
    skipSuite(context, "another Node.js or Node-RED could not be installed (is the package registry reachable?)");
  }
}

export async function startNodeRed(options: NodeRedOptions = {}): Promise<RunningNodeRed> {
  const version = options.version ?? "4";
  const launcher = await import("../../scripts/node-red.mjs");
  const { prefix } = await packAndInstall();
  const userDir = await makeDir();
  await mkdir(path.join(userDir, "node_modules", "@eo-flows"), { recursive: true });
  symlinkSync(path.join(prefix, "node_modules", OWN), path.join(userDir, "node_modules", OWN), "junction");
  writeFileSync(path.join(userDir, "package.json"), JSON.stringify({ name: "user", dependencies: { [OWN]: "*" } }));
  launcher.writeFlow(userDir, options.flows ?? []);
  const nodeRed = await launcher.startNodeRed({
    userDir,
    port: 0,
    node: await nodePath(options.node ?? (version === "5" ? "24" : "own")),
    redJs: await nodeRedPath(version),
    credentialSecret: randomBytes(16).toString("hex"),
    env: { ...options.env, EO_OBSERVE: (options.observe ?? ["eo-download"]).join(",") },
    settings: options.settings ?? {},
  });
  const seen: Seen[] = [];
  for (const event of ["send", "receive", "complete", "status", "flows-started"]) {
    nodeRed.on(event, (message: Seen) => {
      seen.push(message);
      nodeRed.emit("seen");
    });
  }

  const admin = async (place: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
    const answer = await fetch(new URL(place, nodeRed.url), { ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${init.method ?? "GET"} /${place}: ${answer.status} ${text.slice(0, 500)}`);
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    url: nodeRed.url,
    userDir,
    log: () => nodeRed.output,
    seen,
    admin,
    inject: (id) => nodeRed.inject(id),
    async waitFor(wanted, patience = 15_000) {
      const deadline = Date.now() + patience;
      for (;;) {
        const found = seen.find(wanted);
        if (found !== undefined) return found;
        if (Date.now() > deadline || nodeRed.ended) {
          const did = seen.slice(-10).map((one) => JSON.stringify(one).slice(0, 300));
          throw new Error(`Did not happen. Last events:\n${did.join("\n")}\nLog:\n${nodeRed.output.slice(-2000)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async deploy(flows) {
      const started = seen.length;
      await admin("flows", {
        method: "POST",
        headers: { "content-type": "application/json", "node-red-deployment-type": "full" },
        body: JSON.stringify(flows),
      });
      const deadline = Date.now() + 15_000;
      while (!seen.slice(started).some((one) => one.event === "flows-started")) {
        if (Date.now() > deadline) throw new Error(`The flows did not start again.\n${nodeRed.output.slice(-2000)}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: () => nodeRed.stop(),
    kill: () => nodeRed.kill(),
    async dispose() {
      await nodeRed.stop();
      await removeDir(userDir);
    },
  };
}

const OWN = "@eo-flows/node-red-eo";
