/** The value of a typed property, as a promise; blank means the default, undefined and null are refused. */
import type { Node, NodeAPI, NodeMessageInFlow } from "node-red";
import { badInput } from "../../src/errors.js";

const WHOLE_ENV = /^\$(?:\{([^}]+)\}|\(([^)]+)\))$/;

/** The name in a value that is nothing but `${NAME}`: Node-RED has replaced it if the variable was set. */
export function unsetVariable(value: unknown): string | undefined {
  const match = typeof value === "string" ? WHOLE_ENV.exec(value) : null;
  return match ? (match[1] ?? match[2]) : undefined;
}

function evaluate(RED: NodeAPI, node: Node, value: string, type: string, msg: NodeMessageInFlow): Promise<unknown> {
  return new Promise((resolve, reject) => {
    RED.util.evaluateNodeProperty(value, type, node, msg, (error, result: unknown) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

/**
 * The value of the property pair `name`, `nameType` (contract, "Typed"). Undefined: it was left blank.
 * @throws EoError BAD_INPUT when it turns out undefined or null, or cannot be evaluated.
 */
export async function typedProperty(
  RED: NodeAPI,
  node: Node,
  config: object,
  name: string,
  msg: NodeMessageInFlow,
): Promise<unknown> {
  const fields = config as Record<string, unknown>;
  const raw = fields[name];
  const type =
    typeof fields[`${name}Type`] === "string" && fields[`${name}Type`] !== "" ? String(fields[`${name}Type`]) : "str";
  if (raw === undefined || raw === null || (typeof raw === "string" && raw.trim() === "")) return undefined;
  // A saved flow may hold the value itself instead of its text.
  if (typeof raw !== "string") return raw;
  const variable = unsetVariable(raw);
  if (variable !== undefined && type !== "env") throw notSet(name, variable);
  let value: unknown;
  try {
    if (type === "env") {
      const only = unsetVariable(raw) ?? (raw.includes("${") ? undefined : raw);
      value = only === undefined ? await evaluate(RED, node, raw, type, msg) : RED.util.getSetting(node, only);
      if (only !== undefined && (value === undefined || value === null)) throw notSet(name, only);
    } else if (type === "str") value = raw;
    else value = await evaluate(RED, node, raw, type, msg);
  } catch (error) {
    if (error instanceof Error && error.name === "EoError") throw error;
    const why = error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error);
    throw badInput(`The field ${name} (${type}) cannot be evaluated: ${why}`);
  }
  if (value === undefined || value === null || (typeof value === "number" && Number.isNaN(value))) {
    const where = type === "jsonata" ? "its expression" : `${type}.${raw}`;
    throw badInput(`The field ${name} is taken from ${where}, which has no value. Set it, or clear the field.`);
  }
  if (typeof value === "string" && value.trim() === "") return undefined;
  return value;
}

function notSet(name: string, variable: string): Error {
  return badInput(`The field ${name} is taken from the environment variable ${variable}, which is not set.`);
}

/** An untyped property: undefined when blank; a variable that is not set is refused. */
export function plainProperty(config: object, name: string): unknown {
  const value = (config as Record<string, unknown>)[name];
  if (value === undefined || value === null || (typeof value === "string" && value.trim() === "")) return undefined;
  const variable = unsetVariable(value);
  if (variable !== undefined) throw notSet(name, variable);
  return value;
}
