/** What the references in a message stand for: keys of SesamEO accounts, and values kept by inputs nodes. */
import type { Node, NodeAPI } from "node-red";
import type { Keeper, ValueRef } from "../../src/deltatwin/inputs.js";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import { accountOf } from "./account-node.js";

/** A node that keeps values which are in no message. */
export interface KeepingNode extends Node {
  /** @throws EoError BAD_INPUT when nothing is kept under this name */
  keptValue(input: string): Promise<unknown>;
}

export function keeperOf(RED: NodeAPI): Keeper {
  return {
    sesameo(id) {
      const account = accountOf(RED, id);
      if (!account) throw badInput("names no account for its key.");
      return { apiKey: account.lentKey(), base: account.root };
    },
    async value({ node: id, input }: ValueRef) {
      const node = RED.nodes.getNode(id) as KeepingNode | null;
      if (typeof node?.keptValue !== "function") {
        throw badInput(`has its value in the node ${shown(id)}, which was deleted, is switched off, or keeps none.`);
      }
      return await node.keptValue(input);
    },
  };
}
