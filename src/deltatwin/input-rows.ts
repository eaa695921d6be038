/** From the rows of a dialog to the inputs of a run. */
import { badInput } from "../errors.js";
import type { PortfolioChanges } from "../sesameo/portfolio.js";
import { isRecord } from "../stac/item.js";
import { checkInputs, type Component } from "./component.js";
import { dataSource } from "./data-input.js";
import { isInputType, plainValue, type InputType } from "./input-value.js";
import { checkName, Problems, unknownType, type Input, type Inputs, type ValueRef } from "./inputs.js";

/** One row, its value found. */
export interface RowValue {
  name: string;
  /** As saved; blank: as the component declares it. */
  type: string;
  /** Undefined: left blank. */
  value?: unknown;
  /** The value is text because of where it comes from: an environment variable, a credential. */
  isText?: boolean;
  /** Where the value is kept, when it must not be in a message. */
  kept?: ValueRef;
  /** Why there is no value. */
  problem?: Error;
}

export interface RowOptions {
  /** Undefined: not known, so only the rows themselves are judged. */
  component?: Component | undefined;
  /** The SesamEO account links go with. */
  sesameo?: { account: string; base: string } | undefined;
  /** A person's own rows for the table of collections. */
  changes?: PortfolioChanges;
}

/** What a person must know before a run with such an input is spent (facts/deltatwin-sesameo.md §6, no. 6). */
export const SECRET_NOTE =
  "An input of the type secret can be run from the service's web page only, which encrypts it: sent by the API or the " +
  "deltatwin command, the run ends in error. If the component takes a string instead, use that with a kept value (cred).";

/**
 * @throws EoError BAD_INPUT that names all that is wrong: rows, unknown names, missing inputs
 */
export function inputsOf(rows: readonly RowValue[], options: RowOptions = {}): Inputs {
  const { component } = options;
  const inputs = new Map<string, Input>();
  const problems = new Problems();
  for (const row of rows) {
    try {
      checkName(row.name);
      if (inputs.has(row.name)) throw badInput("is there twice.");
      const declared = component?.inputs.find(({ name }) => name === row.name);
      const input = inputOf(row, declared?.type, declared !== undefined && !declared.required, options);
      if (input) inputs.set(row.name, input);
    } catch (error) {
      problems.add(row.name, error);
    }
  }
  problems.end();
  if (component) checkInputs(component, inputs);
  return inputs;
}

/** @returns undefined: it was left blank and has a default */
function inputOf(
  row: RowValue,
  declared: string | undefined,
  hasDefault: boolean,
  options: RowOptions,
): Input | undefined {
  if (row.problem !== undefined) throw row.problem;
  const type = typeOf(row.type, declared);
  const { sesameo } = options;
  if (row.kept) {
    if (type === "Data") return { type, from: row.kept, ...(sesameo ? { account: sesameo.account } : {}) };
    // Judged now, so that nothing wrong is found only when the run begins.
    plainValue(type, row.isText === true ? fromText(type, row.value) : row.value);
    return { type, from: row.kept };
  }
  if (row.value === undefined) {
    if (hasDefault) return undefined;
    throw badInput("has no value. Fill it in, or remove the row.");
  }
  if (type !== "Data") {
    return { type, value: plainValue(type, row.isText === true ? fromText(type, row.value) : row.value) };
  }
  const { base } = sesameo ?? {};
  const found = dataSource(row.value, {
    ...(base === undefined ? {} : { base }),
    ...(options.changes ? { changes: options.changes } : {}),
  });
  return found.sesameo && sesameo ? { type, url: found.url, account: sesameo.account } : { type, url: found.url };
}

function typeOf(saved: string, declared: string | undefined): InputType {
  const type = saved.trim();
  if (isInputType(type)) return type;
  if (type !== "") throw badInput(unknownType(type));
  if (declared === undefined) throw badInput("has no type. Choose one.");
  if (isInputType(declared)) return declared;
  if (declared.toLowerCase() === "numeric") return "number";
  throw badInput(`has the type "${declared}" in the component, which is not known here. Choose a type.`);
}

/** What stands in a place that holds text only, as the type means it. */
export function fromText(type: InputType, value: unknown): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (type === "integer" && /^[+-]?\d+$/.test(text)) {
    return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  }
  if (type === "number" && text !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "json") {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return value;
    }
  }
  return value;
}

/**
 * A person's own rows for the table of collections: `{"<collection or product type>": "<data-portfolio id>"}`.
 * @param value the object, or its JSON text; blank: none
 * @throws EoError BAD_INPUT
 */
export function portfolioChanges(value: unknown): PortfolioChanges {
  if (value === undefined || value === null || value === "") return new Map();
  let table: unknown = value;
  if (typeof value === "string") {
    try {
      table = JSON.parse(value) as unknown;
    } catch {
      throw badInput("The table of collections is not valid JSON.");
    }
  }
  if (!isRecord(table) || !Object.values(table).every((id) => typeof id === "string" && id.trim() !== "")) {
    throw badInput(
      'The table of collections must be an object such as {"sentinel-2-l2a": "EO.ESA.DAT.SENTINEL-2.MSI.L2A"}.',
    );
  }
  return new Map(Object.entries(table).map(([name, id]) => [name, String(id).trim()]));
}
