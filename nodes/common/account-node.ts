/** The account a node uses: the config node behind its `account` property. */
import type { Node, NodeAPI } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import type { AccountDef } from "./account-settings.js";
import { unsetVariable } from "./typed-property.js";

export interface AccountNode extends Node {
  /** The nodes that use it, by id: Node-RED hands a config node's status on to them. */
  users: Record<string, Node>;
  /** @throws EoError BAD_INPUT when the settings make no account. */
  openAccount(): Account;
  /** What was deployed, with the environment's variables filled in by Node-RED. */
  saved(): AccountDef;
}

/**
 * The account with this config node id; undefined when the property is blank.
 * @throws EoError BAD_INPUT for an account that was deleted, is switched off, or is not complete.
 */
export function accountOf(RED: NodeAPI, id: unknown): Account | undefined {
  if (id === undefined || id === null || id === "" || id === "_ADD_") return undefined;
  const variable = unsetVariable(id);
  if (variable !== undefined)
    throw badInput(`The account is taken from the environment variable ${variable}, which is not set.`);
  const node = RED.nodes.getNode(shown(id)) as AccountNode | null;
  if (!node) throw badInput("The account of this node was deleted or is switched off. Choose another one and deploy.");
  if (typeof node.openAccount !== "function")
    throw badInput("The account of this node is not an EO account. Choose one and deploy.");
  const account = node.openAccount();
  account.check();
  return account;
}

/** @throws EoError BAD_INPUT when no account is chosen, as well. */
export function neededAccount(RED: NodeAPI, id: unknown): Account {
  const account = accountOf(RED, id);
  if (!account) throw badInput("No account is chosen. Open the node, choose an EO account and deploy.");
  return account;
}

/** Notes that `node` uses the account, so that the account's status reaches the Status nodes of its flow. */
export function useAccount(RED: NodeAPI, node: Node, id: unknown): void {
  const account = typeof id === "string" && id !== "" ? (RED.nodes.getNode(id) as AccountNode | null) : null;
  if (!account || typeof account.openAccount !== "function") return;
  account.users[node.id] = node;
  node.on("close", (done: () => void) => {
    delete account.users[node.id];
    done();
  });
}
