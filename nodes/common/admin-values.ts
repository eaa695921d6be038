/** What the fields of an open dialog come to, before they are deployed. */
import type { Node, NodeAPI } from "node-red";
import { badInput } from "../../src/errors.js";
import { Refusal, type Typed } from "./admin-body.js";
import { typedProperty, unsetVariable } from "./typed-property.js";

/** A node as it was deployed, `${NAME}` still in it; undefined when there is none with this id. */
export function deployedConfig(RED: NodeAPI, id: string): Record<string, unknown> | undefined {
  let found: Record<string, unknown> | undefined;
  RED.nodes.eachNode((node) => {
    if (node.id === id) found = node as unknown as Record<string, unknown>;
  });
  return found;
}

/**
 * The values of one node's dialog. Environment variables may hold secrets, and whoever may open a dialog could name
 * any of them: only those are read that the deployed node takes for the same property.
 */
export class DialogValues {
  readonly #RED: NodeAPI;
  readonly #node: Node | null;
  readonly #deployed: Record<string, unknown> | undefined;

  /** @param id of the node whose dialog is open */
  constructor(RED: NodeAPI, id: string) {
    this.#RED = RED;
    // Null, whatever the types say, for a node that is not running.
    this.#node = RED.nodes.getNode(id);
    this.#deployed = deployedConfig(RED, id);
  }

  /**
   * @returns undefined when it is blank
   * @throws EoError BAD_INPUT when it cannot be evaluated; Refusal DEPLOY_FIRST for an environment variable
   */
  async typed(name: string, given: Typed | undefined): Promise<unknown> {
    if (given === undefined) return undefined;
    const { value, type } = given;
    const variable = unsetVariable(value);
    const isSame = this.#own(name) === value && (this.#own(`${name}Type`) || "str") === type;
    const node = isSame ? this.#node : null;
    if (type === "env") {
      if (value.trim() === "") return undefined;
      if (!node) throw this.#deployFirst(name);
      return await typedProperty(this.#RED, node, { [name]: value, [`${name}Type`]: "env" }, name, {} as never);
    }
    const literal = variable === undefined ? value : this.#variable(name, variable, node);
    return await typedProperty(
      this.#RED,
      // A literal is evaluated without a node.
      node as Node,
      { [name]: literal, [`${name}Type`]: type },
      name,
      {} as never,
    );
  }

  /** As `typed`, for a property that is always a text. */
  plain(name: string, value: string | undefined): string | undefined {
    if (value === undefined || value.trim() === "") return undefined;
    const variable = unsetVariable(value);
    if (variable === undefined) return value;
    return String(this.#variable(name, variable, this.#own(name) === value ? this.#node : null));
  }

  #own(name: string): unknown {
    return this.#deployed && Object.hasOwn(this.#deployed, name) ? this.#deployed[name] : undefined;
  }

  #variable(name: string, variable: string, node: Node | null): unknown {
    if (!node) throw this.#deployFirst(name);
    const value: unknown = this.#RED.util.getSetting(node, variable);
    if (value === undefined || value === null) {
      throw badInput(`The field ${name} is taken from the environment variable ${variable}, which is not set.`);
    }
    return value;
  }

  #deployFirst(name: string): Refusal {
    return new Refusal(
      "DEPLOY_FIRST",
      `The field ${name} is taken from the environment, which is read only for a deployed node. Deploy first, then look again.`,
    );
  }
}
