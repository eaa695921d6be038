/** The node eo-deltatwin-run: starts a component, or follows a run, to its outputs. */
import { join } from "node:path";
import type { Node, NodeAPI, NodeDef } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { completeInputs, readInputs } from "../../src/deltatwin/inputs.js";
import { Runs, runIdOf, type RunRequest } from "../../src/deltatwin/runs.js";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import { booleanOf } from "../../src/stac/search-fields.js";
import { neededAccount, useAccount } from "../common/account-node.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { userFolder } from "../common/folders.js";
import { keeperOf } from "../common/kept-values.js";
import { newMessage, withChanges, type Message } from "../common/sequences.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";

const MEMORY_FOLDER = "eo-flows";

function numberProperty(def: NodeDef, name: string, fallback: number, atLeast: number): number {
  const value = plainProperty(def, name);
  const number = value === undefined ? fallback : Number(value);
  if (!Number.isFinite(number) || number < atLeast) {
    throw badInput(`The field ${name} has "${shown(value)}", which is not a number of ${atLeast} or more.`);
  }
  return number;
}

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoDeltaTwinRun(this: Node, def: NodeDef & { account?: string }): void {
    RED.nodes.createNode(this, def);
    const node = this;
    useAccount(RED, node, def.account);
    let current: { account: Account; runs: Runs } | undefined;

    /** The queue of this node; a new one when the account was deployed anew. */
    function runsFor(account: Account): Runs {
      if (current?.account !== account) {
        current = {
          account,
          runs: new Runs(account, { folder: join(userFolder(RED), MEMORY_FOLDER), owner: node.id }),
        };
      }
      const parallel = numberProperty(def, "parallel", 2, 1);
      if (!Number.isInteger(parallel)) throw badInput("The field parallel is not a whole number of 1 or more.");
      current.runs.parallel = parallel;
      return current.runs;
    }

    async function textProperty(name: string, msg: Message): Promise<string | undefined> {
      const value = await typedProperty(RED, node, def, name, msg);
      if (value !== undefined && typeof value !== "string") throw badInput(`The field ${name} is not a text.`);
      return value?.trim();
    }

    async function requestFor(msg: Message): Promise<RunRequest> {
      const shared = {
        wait: booleanOf(plainProperty(def, "wait") ?? "", "wait") ?? true,
        pollMs: numberProperty(def, "poll", 10, 0.1) * 1000,
        timeoutMs: numberProperty(def, "timeout", 120, 0.001) * 60_000,
      };
      const run = await textProperty("run", msg);
      if (run !== undefined) return { ...shared, run: runIdOf(run) };
      const component = await textProperty("component", msg);
      if (component === undefined) throw badInput("No component is named. Open the node and enter one.");
      const version = await textProperty("version", msg);
      const inputs = await completeInputs(readInputs(msg.payload), keeperOf(RED));
      return { ...shared, component, version, inputs };
    }

    adapt(node, ({ status, inFlight }) => ({
      async input({ msg, send, signal }: Job) {
        const account = neededAccount(RED, plainProperty(def, "account"));
        if (account.provider.id !== "deltatwin") {
          throw badInput(`The account is for ${account.provider.title}. Choose a DeltaTwin account.`);
        }
        const runs = runsFor(account);
        const request = await requestFor(msg);
        const show = (text: string): void => {
          const others = inFlight() > 1 ? ` (${inFlight()} runs)` : "";
          status.working(text + others);
        };
        status.working("eo-deltatwin-run.status.waiting");
        await runs.run(request, {
          signal,
          onStatus: (run, id) => send([null, newMessage(id, run)]),
          onProgress: show,
          deliver: (run) => send([withChanges(msg, { payload: run }), null]),
        });
        if (inFlight() <= 1) status.done(request.wait ? "success" : "started");
      },
    }));
  }

  RED.nodes.registerType("eo-deltatwin-run", EoDeltaTwinRun);
};
