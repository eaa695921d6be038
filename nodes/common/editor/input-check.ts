/** Whether a row of inputs can be right, judged by the engine's own rules: no page and no server. */
import { dataSource } from "../../../src/deltatwin/data-input.js";
import { portfolioChanges } from "../../../src/deltatwin/input-rows.js";
import { isInputType, plainValue } from "../../../src/deltatwin/input-value.js";
import { isVariable, type Check, type Problem } from "./check.js";
import { nearest } from "./near.js";

export interface Row {
  name: string;
  type: string;
  value: string;
  valueType: string;
}

export interface Declared {
  name: string;
  type: string;
  required: boolean;
  description?: string;
  default?: string;
}

export interface Around {
  /** Undefined: the component is not known. */
  inputs?: readonly Declared[] | undefined;
  /** SesamEO's root, when an account is chosen. */
  sesameo?: string | undefined;
  /** The table of collections. */
  mapping?: string;
}

/** What is wrong with row `index`; undefined when nothing is seen. */
export function rowProblem(rows: readonly Row[], index: number, around: Around): Problem | undefined {
  const row = rows[index];
  if (row === undefined) return undefined;
  const name = row.name.trim();
  if (name === "") return { key: "input_name" };
  if (rows.findIndex((other) => other.name.trim() === name) !== index) return { key: "input_twice" };
  const declared = around.inputs?.find((input) => input.name === name);
  if (around.inputs !== undefined && declared === undefined) {
    const near = nearest(
      name,
      around.inputs.map((input) => input.name),
    );
    return near.length === 0 ? { key: "input_stranger" } : { key: "input_unknown", values: { near: near.join(", ") } };
  }
  if (declared !== undefined && !fits(row.type, declared.type)) {
    return { key: "input_type", values: { type: declared.type } };
  }
  return valueProblem(row, declared, around);
}

/** As the engine compares them. */
function fits(type: string, declared: string): boolean {
  const wanted = declared.toLowerCase();
  if (wanted === "data" || wanted === "drivedata") return type === "Data" || type === "DriveData";
  if (wanted === "numeric") return type === "integer" || type === "number";
  return type === declared || !["string", "integer", "number", "boolean", "secret", "json"].includes(wanted);
}

function valueProblem(row: Row, declared: Declared | undefined, around: Around): Problem | undefined {
  const { type, value, valueType } = row;
  if (type === "secret" && (valueType === "msg" || valueType === "jsonata")) return { key: "input_secretMessage" };
  if (value.trim() === "") return declared !== undefined && !declared.required ? undefined : { key: "input_needed" };
  if (isVariable(value) || !["str", "num", "bool", "json"].includes(valueType) || !isInputType(type)) return undefined;
  const given = literal(value, valueType);
  if (given === undefined) return { key: valueType === "json" ? "json" : "number" };
  if (type !== "Data")
    return refused(() => plainValue(type, given)) === undefined ? undefined : { key: `input_${type}` };
  const words = refused(() =>
    dataSource(given, {
      ...(around.sesameo === undefined ? {} : { base: around.sesameo }),
      ...(mappingCheck(around.mapping ?? "") === undefined ? { changes: portfolioChanges(around.mapping ?? "") } : {}),
    }),
  );
  return words === undefined ? undefined : { key: "input_words", values: { words } };
}

/** Undefined: it is none. */
function literal(text: string, type: string): unknown {
  if (type === "str") return text;
  if (type === "bool") return text === "true";
  if (type === "num") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The engine's words, when it refuses. */
function refused(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The table of collections. */
export const mappingCheck: Check = (text) =>
  refused(() => portfolioChanges(text.trim())) === undefined ? undefined : { key: "mapping" };
