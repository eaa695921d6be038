/** The node eo-deltatwin-inputs: values, items and links become the inputs of a DeltaTwin run; keys stay references. */
import type { Node, NodeAPI, NodeDef } from "node-red";
import type { Account } from "../../src/accounts/account.js";
import { DeltaTwinClient } from "../../src/deltatwin/client.js";
import type { Component } from "../../src/deltatwin/component.js";
import { fromText, inputsOf, portfolioChanges, SECRET_NOTE, type RowValue } from "../../src/deltatwin/input-rows.js";
import { isInputType } from "../../src/deltatwin/input-value.js";
import { completeInputs, messageOf } from "../../src/deltatwin/inputs.js";
import { writePrivate } from "../../src/deltatwin/private-file.js";
import { asEoError, badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import { accountOf, useAccount } from "../common/account-node.js";
import { adapt, type Job } from "../common/adapter.js";
import { registerAdmin } from "../common/admin.js";
import { absoluteFolder } from "../common/folders.js";
import { keeperOf, type KeepingNode } from "../common/kept-values.js";
import { withChanges, type Message } from "../common/sequences.js";
import { plainProperty, typedProperty } from "../common/typed-property.js";

interface InputsDef extends NodeDef {
  account?: string;
  sesameo?: string;
  inputs?: unknown;
}

interface SavedRow {
  name: string;
  type: string;
  value: unknown;
  valueType: string;
}

/** How many values a node can keep. Node-RED saves only credentials that are declared by name. */
const KEPT_VALUES = 12;
/** A component does not change under its version; only the latest may become another one. */
const COMPONENT_MS = 60_000;

export = (RED: NodeAPI): void => {
  registerAdmin(RED);

  function EoDeltaTwinInputs(this: KeepingNode, def: InputsDef): void {
    RED.nodes.createNode(this, def);
    const node = this;
    useAccount(RED, node, def.account);
    useAccount(RED, node, def.sesameo);
    const components = new Map<string, { at: number; account: Account; component: Component }>();

    function rows(): SavedRow[] {
      const saved: unknown = def.inputs ?? [];
      if (!Array.isArray(saved)) throw badInput("The rows of inputs are no list. Open the node and save it again.");
      return (saved as unknown[]).map((row) => {
        const { name, type, value, valueType } = (row ?? {}) as Record<string, unknown>;
        return {
          name: typeof name === "string" ? name.trim() : "",
          type: typeof type === "string" ? type : "",
          value,
          valueType: typeof valueType === "string" && valueType !== "" ? valueType : "str",
        };
      });
    }

    /** The credential a row's value is in: the slot it names, or one called like the input. */
    function credentialOf(row: SavedRow): string {
      const kept = (node.credentials as Record<string, unknown> | undefined) ?? {};
      for (const name of [row.value, row.name]) {
        const value = typeof name === "string" && Object.hasOwn(kept, name) ? kept[name] : undefined;
        if (typeof value === "string" && value !== "") return value;
      }
      throw badInput("has no kept value. Open the node, enter it again and deploy.");
    }

    const isKept = (row: SavedRow): boolean => row.valueType === "cred" || row.type.trim() === "secret";

    async function rowValue(row: SavedRow, msg: Message): Promise<RowValue> {
      const found: RowValue = { name: row.name, type: row.type };
      try {
        if (isKept(row) && (row.valueType === "msg" || row.valueType === "jsonata")) {
          throw badInput("is a secret, which must not travel in a message. Keep it in the node: choose credential.");
        }
        if (isKept(row)) found.kept = { node: node.id, input: row.name };
        found.isText = row.valueType === "cred" || row.valueType === "env";
        found.value =
          row.valueType === "cred"
            ? credentialOf(row)
            : await typedProperty(
                RED,
                node,
                { [row.name]: row.value, [`${row.name}Type`]: row.valueType },
                row.name,
                msg,
              );
        if (found.kept && found.value === undefined) throw badInput("has no value. Fill it in, or remove the row.");
      } catch (error) {
        found.problem = asEoError(error);
      }
      return found;
    }

    this.keptValue = async (input) => {
      const row = rows().find((one) => one.name === input);
      if (!row || !isKept(row))
        throw badInput(`has its value in the node ${shown(node.name ?? node.id)}, which keeps none of this name.`);
      const { value, isText, problem } = await rowValue(row, {} as Message);
      if (problem !== undefined) throw problem;
      return isText === true && isInputType(row.type) ? fromText(row.type, value) : value;
    };

    async function textProperty(name: string, msg: Message): Promise<string | undefined> {
      const value = await typedProperty(RED, node, def, name, msg);
      if (value !== undefined && typeof value !== "string") throw badInput(`The field ${name} is not a text.`);
      return value?.trim();
    }

    async function componentFor(msg: Message, signal: AbortSignal): Promise<Component | undefined> {
      const account = accountOf(RED, plainProperty(def, "account"));
      const name = await textProperty("component", msg);
      const version = await textProperty("version", msg);
      if (!account || name === undefined) return undefined;
      if (account.provider.id !== "deltatwin") {
        throw badInput(`The account is for ${account.provider.title}. Choose a DeltaTwin account.`);
      }
      const key = JSON.stringify([name, version]);
      const known = components.get(key);
      if (known?.account === account && performance.now() - known.at < COMPONENT_MS) return known.component;
      const component = await new DeltaTwinClient(account).component(name, version, signal);
      components.set(key, { at: performance.now(), account, component });
      return component;
    }

    function sesameo(): { account: string; base: string } | undefined {
      const id = plainProperty(def, "sesameo");
      const account = accountOf(RED, id);
      if (!account) return undefined;
      // The key itself is looked at, so that a wrong kind of account is found now.
      account.lentKey();
      return { account: String(id), base: account.root };
    }

    adapt(node, ({ status }) => ({
      async input({ msg, send, signal }: Job) {
        const saved = rows();
        const filename = await textProperty("filename", msg);
        const options = {
          sesameo: sesameo(),
          changes: portfolioChanges(plainProperty(def, "mapping")),
          component: await componentFor(msg, signal),
        };
        const inputs = inputsOf(await Promise.all(saved.map((row) => rowValue(row, msg))), options);
        const changes: Record<string, unknown> = { payload: messageOf(inputs) };
        if (filename !== undefined) {
          const file = absoluteFolder(RED, filename, filename);
          const complete = await completeInputs(inputs, keeperOf(RED));
          await writePrivate(file, `${complete.json(2)}\n`);
          changes["filename"] = file;
        }
        send(withChanges(msg, changes));
        const count = `${inputs.size} ${inputs.size === 1 ? "input" : "inputs"}`;
        if ([...inputs.values()].some(({ type }) => type === "secret")) {
          node.warn(SECRET_NOTE);
          status.warning(`${count}, one is a secret`);
        } else status.done(count);
      },
    }));
  }

  RED.nodes.registerType("eo-deltatwin-inputs", EoDeltaTwinInputs as unknown as (this: Node, def: NodeDef) => void, {
    credentials: Object.fromEntries(
      Array.from({ length: KEPT_VALUES }, (_, index) => [`kept${index + 1}`, { type: "password" as const }]),
    ),
  });
};
