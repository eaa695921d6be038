/** The one adapter between Node-RED and the engine: one `done` an input, abort on close and reset, errors to Catch. */
import type { Node, NodeAPI, NodeMessageInFlow } from "node-red";
import { asEoError, type EoError } from "../../src/errors.js";
import { NodeStatus } from "./node-status.js";
import type { Message } from "./sequences.js";
import { shown } from "../../src/shown.js";

export type Send = (msg: Message | (Message | Message[] | null)[]) => void;

/** One input under way. */
export interface Job {
  msg: Message;
  send: Send;
  signal: AbortSignal;
}

export interface NodeWork {
  /** Does the work of one input; resolves after its last output is durable. Throws for Catch. */
  input: (job: Job) => Promise<void>;
  /** `msg.cancel`: ends one transfer. Without it the property is not a command. */
  cancel?: (id: string) => void;
  /** After `msg.reset` has aborted what is under way. */
  reset?: () => void;
  /** After everything under way has ended, on redeploy and shutdown. */
  close?: () => Promise<void> | void;
}

/** Node-RED gives a node 15 s to close. */
const CLOSE_MS = 12_000;

export interface Adapter {
  status: NodeStatus;
  /** Inputs under way. */
  inFlight: () => number;
}

/** Wires `work` to the node's events. The adapter owns `done`, the status and the end of every input. */
export function adapt(node: Node, work: (adapter: Adapter) => NodeWork): void {
  const status = new NodeStatus(node);
  const running = new Map<AbortController, Promise<void>>();
  let closing = false;
  const adapter: Adapter = { status, inFlight: () => running.size };
  const { input, cancel, reset, close } = work(adapter);

  const abortAll = (): void => {
    for (const controller of running.keys()) controller.abort();
  };

  const run = async (msg: Message, send: Send, controller: AbortController): Promise<EoError | undefined> => {
    try {
      await input({
        msg,
        send,
        // Made when it is asked for: in a sequence of many messages it is what costs most.
        get signal() {
          return controller.signal;
        },
      });
      return undefined;
    } catch (error) {
      return asEoError(error);
    }
  };

  node.on("input", (message: NodeMessageInFlow, send, done) => {
    const msg = message as Message;
    if (msg["reset"] === true) {
      abortAll();
      reset?.();
      done();
      return;
    }
    if (cancel && msg["cancel"] !== undefined) {
      cancel(shown(msg["cancel"]));
      done();
      return;
    }
    const controller = new AbortController();
    const job = run(msg, send as Send, controller).then((error) => {
      running.delete(controller);
      if (error && !closing) status.failed(error.code);
      if (error) done(error);
      else done();
    });
    running.set(controller, job);
    // Whatever a listener of `done` throws is Node-RED's to report, not ours to die of.
    job.catch((error: unknown) => node.error(asEoError(error).message));
  });

  node.on("close", (_removed: boolean, done: () => void) => {
    closing = true;
    abortAll();
    const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
    Promise.race([Promise.allSettled(running.values()), limit])
      .then(() => close?.())
      .catch((error: unknown) => node.error(asEoError(error).message))
      .finally(() => {
        status.close();
        done();
      });
  });
}

/** Registers a node type whose constructor may throw nothing. */
export type RegisterNodes = (RED: NodeAPI) => void;
