/** A component: what it takes and gives, read with tolerance, and whether inputs fit it. */
import { badInput } from "../errors.js";
import { oneLine } from "../one-line.js";
import { nearest } from "../near.js";
import { shown } from "../shown.js";
import { isRecord } from "../stac/item.js";
import type { InputType } from "./input-value.js";
import type { Inputs } from "./inputs.js";

export interface Parameter {
  name: string;
  /** As declared; other words than ours occur. */
  type: string;
  description: string;
  /** It has no default: a run without it fails. */
  required: boolean;
  default?: unknown;
}

export interface Component {
  name: string;
  version: string;
  description: string;
  inputs: Parameter[];
  outputs: Parameter[];
}

/** A component as the service or its manifest describes it; undefined when it is none. */
export function componentIn(value: unknown): Component | undefined {
  if (!isRecord(value) || typeof value["name"] !== "string") return undefined;
  return {
    name: value["name"],
    version: typeof value["version"] === "string" ? value["version"] : "",
    description: text(value["description"]),
    inputs: parametersIn(value["inputs"]),
    outputs: parametersIn(value["outputs"]),
  };
}

/** A list of `{name, type, …}`, or a map by name as manifests have it. */
function parametersIn(value: unknown): Parameter[] {
  const entries: [unknown, unknown][] = Array.isArray(value)
    ? (value as unknown[]).map((entry) => [isRecord(entry) ? entry["name"] : undefined, entry])
    : isRecord(value)
      ? Object.entries(value)
      : [];
  return entries.flatMap(([name, entry]): Parameter[] => {
    if (typeof name !== "string" || name === "" || !isRecord(entry)) return [];
    const preset = entry["default_value"] ?? entry["value"];
    return [
      {
        name,
        type: text(entry["type"]),
        description: text(entry["description"]),
        required: preset === undefined || preset === null,
        ...(preset === undefined || preset === null ? {} : { default: preset }),
      },
    ];
  });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * Whether the inputs fit the component: every name known, none missing, every type the declared one.
 * @throws EoError BAD_INPUT that names all of it together
 */
export function checkInputs(component: Component, inputs: Inputs): void {
  const declared = new Map(component.inputs.map((input) => [input.name, input]));
  const unknown = [...inputs.keys()].filter((name) => !declared.has(name));
  const missing = component.inputs.filter(({ name, required }) => required && !inputs.has(name));
  const problems: string[] = [];
  for (const name of unknown) {
    const near = nearest(name, [...declared.keys()], 1)[0];
    const meant = near === undefined ? "" : ` (did you mean ${label(near)}?)`;
    problems.push(`It has no input "${shown(name)}"${meant}.`);
  }
  if (missing.length > 0) {
    problems.push(`It needs ${missing.map(({ name, type }) => `"${label(name)}" (${label(type)})`).join(", ")}.`);
  }
  for (const [name, input] of inputs) {
    const type = declared.get(name)?.type;
    if (type !== undefined && !fits(input.type, type)) {
      problems.push(`Input ${shown(name)} must be of type ${label(type)} but is of type ${input.type}.`);
    }
  }
  if (problems.length === 0) return;
  const known = component.inputs.map(({ name, type }) => `${label(name)} (${label(type)})`).join(", ");
  const has = unknown.length === 0 ? "" : ` Its inputs: ${known === "" ? "none" : known}.`;
  throw badInput(
    `The inputs do not fit the component ${label(component.name)} ${label(component.version)}. ${problems.join(" ")}${has}`,
  );
}

/** The engine compares the value's type with the declared one; a declared type we do not know is left to it. */
function fits(type: InputType, declared: string): boolean {
  switch (declared.toLowerCase()) {
    case "data":
    case "drivedata":
      return type === "Data" || type === "DriveData";
    case "numeric":
      return type === "integer" || type === "number";
    case "string":
    case "integer":
    case "number":
    case "boolean":
    case "secret":
    case "json":
      return type === declared.toLowerCase();
    default:
      return true;
  }
}

/** A component's word for a message. */
function label(word: string): string {
  return oneLine(word, 100);
}
