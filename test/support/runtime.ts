/** Our nodes inside Node-RED's real runtime, in the test process: node-red-node-test-helper with its rough edges off. */
import { existsSync } from "node:fs";
import path from "node:path";
import helper = require("node-red-node-test-helper");
import type { NodeInitializer, NodeMessageInFlow, NodeStatus } from "node-red";

export interface FlowNode {
  id: string;
  type: string;
  wires?: string[][];
  [property: string]: unknown;
}

export interface Message extends NodeMessageInFlow {
  [property: string]: unknown;
}

export interface RuntimeOptions {
  /**
   * The flow. Nodes without `z` (config nodes aside) are put on one tab, together with a Catch, a Status and a
   * Complete node for it. `{id, type: "helper"}` is a sink whose messages can be read.
   */
  flow: FlowNode[];
  /** Credentials by node id, in clear. */
  credentials?: Record<string, Record<string, string>>;
  /** Runtime settings, such as `userDir` and `fileWorkingDirectory`. */
  settings?: Record<string, unknown>;
}

const TAB = "the-tab";
const CATCH = "the-catch";
const STATUS = "the-status";
const COMPLETE = "the-complete";
const [ERRORS, STATUSES, COMPLETED] = ["the-errors", "the-statuses", "the-completed"] as const;

/** Core nodes that a flow may use, by type: their file in @node-red/nodes. */
const CORE: Record<string, string> = {
  inject: "core/common/20-inject.js",
  debug: "core/common/21-debug.js",
  function: "core/function/10-function.js",
  change: "core/function/15-change.js",
  delay: "core/function/89-delay.js",
  split: "core/sequence/17-split.js",
  join: "core/sequence/17-split.js",
  batch: "core/sequence/19-batch.js",
  "tls-config": "core/network/05-tls.js",
  "http proxy": "core/network/06-httpproxy.js",
};

export class Runtime {
  readonly #sinks = new Map<string, Message[]>();
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Set<() => void>();

  /** @internal use `startRuntime` */
  listen(ids: string[]): void {
    for (const id of ids) {
      const messages: Message[] = [];
      this.#sinks.set(id, messages);
      helper.getNode(id).on("input", (message: Message, _send, done) => {
        messages.push(message);
        for (const wake of [...this.#waiting]) wake();
        done();
      });
    }
  }

  /** Hands a message to a node, as a wire would. */
  send(id: string, message: Record<string, unknown> = {}): void {
    helper.getNode(id).receive(message as NodeMessageInFlow);
  }

  /** The running node. */
  node(id: string) {
    return helper.getNode(id);
  }

  /** What a sink has received so far. */
  messages(id: string): Message[] {
    const messages = this.#sinks.get(id);
    if (messages === undefined) throw new Error(`"${id}" is no node of type "helper" in this flow.`);
    return messages;
  }

  /** The next message of a sink that `next` has not given yet; waits for it at most `patience` ms. */
  async next(id: string, patience = 10_000): Promise<Message> {
    const index = this.#taken.get(id) ?? 0;
    await this.until(() => this.messages(id).length > index, `message ${index + 1} at "${id}"`, patience);
    this.#taken.set(id, index + 1);
    const message = this.messages(id)[index];
    if (message === undefined) throw new Error("unreachable");
    return message;
  }

  /** What the Catch node received: `msg.error` with `code`, `message` and `cause`. */
  get errors(): Message[] {
    return this.messages(ERRORS);
  }

  nextError(patience?: number): Promise<Message> {
    return this.next(ERRORS, patience);
  }

  /** What the Complete node received: one message for each input that ended well. */
  get completed(): Message[] {
    return this.messages(COMPLETED);
  }

  nextCompleted(patience?: number): Promise<Message> {
    return this.next(COMPLETED, patience);
  }

  /** Every status so far, of one node or of all. */
  statuses(id?: string): NodeStatus[] {
    return this.messages(STATUSES)
      .map((message) => message["status"] as NodeStatus & { source: { id: string } })
      .filter((status) => id === undefined || status.source.id === id);
  }

  /** Waits until `condition` holds, looking again at each message and every 10 ms. */
  async until(condition: () => boolean, what: string, patience = 10_000): Promise<void> {
    const deadline = Date.now() + patience;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`Waited ${patience} ms for ${what}.${this.#explain()}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, 10);
        this.#waiting.add(wake);
      });
    }
  }

  #explain(): string {
    const errors = this.#sinks.get(ERRORS) ?? [];
    return errors.length === 0 ? "" : ` Errors so far: ${JSON.stringify(errors.map((message) => message["error"]))}`;
  }

  /** Deploys another flow. `type`: "full", "flows" or "nodes" as in the editor's Deploy menu. */
  async deploy(options: Pick<RuntimeOptions, "flow" | "credentials">, type: "full" | "flows" | "nodes" = "nodes") {
    const flow = complete(options.flow);
    await helper.setFlows(flow, type, options.credentials ?? {});
    this.listen(sinksOf(flow).filter((id) => helper.getNode(id).listenerCount("input") === 0));
  }

  /** Everything logged, at every level, as one text. */
  log(): string {
    return helper
      .log()
      .args.map((args: unknown[]) => JSON.stringify(args))
      .join("\n");
  }

  /** Stops the flows; resolves when every node has closed. */
  async stop(): Promise<void> {
    await helper.unload();
  }
}

/** Starts the flow in a real runtime. Only one can run at a time; `stop()` it, or use `useRuntime`. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const flow = complete(options.flow);
  helper.init(require.resolve("node-red"), (options.settings ?? {}) as never);
  const types = [...new Set(flow.map((node) => node.type))];
  const initializers = (await Promise.all(types.map(initializerOf))).filter((found) => found !== undefined);
  await helper.load([...new Set(initializers)], flow, (options.credentials ?? {}) as never);
  const runtime = new Runtime();
  runtime.listen(sinksOf(flow));
  return runtime;
}

/** For a suite: `const start = useRuntime()`, then `await start({flow})` in a test; it is stopped after the test. */
export function useRuntime(): typeof startRuntime {
  let runtime: Runtime | undefined;
  afterEach(async () => {
    await runtime?.stop();
    runtime = undefined;
  });
  return async (options) => {
    runtime = await startRuntime(options);
    return runtime;
  };
}

/** Puts the flow on a tab and adds the nodes that watch it. */
function complete(flow: FlowNode[]): FlowNode[] {
  // Node-RED takes a node without a place on the canvas for a config node.
  const onTab = flow.map((node) => (isOnTab(node) ? { z: TAB, x: 0, y: 0, ...node } : node));
  const watched = onTab.filter((node) => node["z"] === TAB && node.type !== "helper").map((node) => node.id);
  return [
    { id: TAB, type: "tab", label: "test" },
    ...onTab,
    { id: CATCH, type: "catch", z: TAB, x: 0, y: 0, scope: null, wires: [[ERRORS]] },
    { id: STATUS, type: "status", z: TAB, x: 0, y: 0, scope: null, wires: [[STATUSES]] },
    { id: COMPLETE, type: "complete", z: TAB, x: 0, y: 0, scope: watched, wires: [[COMPLETED]] },
    ...[ERRORS, STATUSES, COMPLETED].map((id) => ({ id, type: "helper", z: TAB, x: 0, y: 0 })),
  ];
}

function isOnTab(node: FlowNode): boolean {
  return node["z"] === undefined && (node.wires !== undefined || node.type === "helper");
}

const sinksOf = (flow: FlowNode[]) => flow.filter((node) => node.type === "helper").map((node) => node.id);

async function initializerOf(type: string): Promise<NodeInitializer | undefined> {
  const own = path.join(__dirname, "..", "..", "nodes", type, `${type}.ts`);
  const core = CORE[type];
  if (existsSync(own)) return defaultOf(await import(own));
  if (core === undefined) return undefined;
  const folder = path.dirname(require.resolve("@node-red/nodes/package.json"));
  return defaultOf(await import(path.join(folder, core)));
}

/** The initializer in a module, whichever way it was compiled. */
function defaultOf(module: unknown): NodeInitializer {
  let found = module;
  while (typeof found === "object" && found !== null && "default" in found) found = found.default;
  if (typeof found !== "function") throw new Error("The node's file exports no function.");
  return found as NodeInitializer;
}

/** What a Catch node tells about a failure. */
export interface CaughtError {
  code: string;
  message: string;
  cause: Record<string, unknown>;
}

export function errorOf(message: Message): CaughtError {
  return message["error"] as unknown as CaughtError;
}
