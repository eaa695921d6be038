/** What the engine says to the inputs of a run: it compares the type of the JSON value with the declared one. */
import { isObject, LosslessNumber, type LosslessObject, type LosslessValue } from "../core/lossless-json.js";
import type { InputType, Parameter } from "./components.js";

/** Why a run ends: the engine's code and words. */
export class EngineError extends Error {
  constructor(
    /** 0 where the engine trips over itself. */
    readonly code: number,
    message: string,
    /** Name of the node that failed, if one did. */
    readonly node?: string,
  ) {
    super(message);
  }
}

/** What an input really is, in the engine's words. */
type Kind = "string" | "integer" | "number" | "boolean" | "json" | "secret" | "Data" | "DriveData" | "none";

/** Checks given inputs against the declared ones and returns all of them by name, defaults filled in. Throws EngineError. */
export function checkInputs(declared: readonly Parameter[], given: LosslessObject): LosslessObject {
  const missing: string[] = [];
  const all: LosslessObject = {};
  for (const parameter of declared) {
    const { name, type } = parameter;
    const value = given[name];
    if (value === undefined) {
      if (parameter.default_value === null) missing.push(name);
      else all[name] = defaultInput(parameter);
      continue;
    }
    const kind = kindOf(value, type);
    if (!accepts(type, kind)) {
      const isPlain = type !== "Data" && type !== "DriveData" && type !== "secret";
      if (isPlain && (kind === "Data" || kind === "DriveData" || kind === "secret")) {
        // The engine trips over its own objects here.
        const object = kind === "secret" ? "SecretParameterModel" : "DataParameterModel";
        throw new EngineError(0, `'${object}' object has no attribute 'value'`);
      }
      throw new EngineError(110, `Input ${name} must be of type ${type} but is of type ${kind}.`);
    }
    all[name] = value;
  }
  // A wrong type is told before what is missing, wherever it stands.
  if (missing.length > 0) {
    throw new EngineError(120, `Inputs [${missing.map((name) => `'${name}'`).join(", ")}] required.`);
  }
  return all;
}

function defaultInput({ type, default_value }: Parameter): LosslessValue {
  return isObject(default_value) && type !== "json" ? { type, ...default_value } : { type, value: default_value };
}

/** The type that the file names is ignored, but for the old form of Data, whose address is in `value`. */
function kindOf(input: LosslessValue, declared: InputType): Kind {
  if (!isObject(input)) return plainKind(input);
  if (input["secret_value"] !== undefined) return "secret";
  if (typeof input["url"] === "string") return "Data";
  if (input["drive_id"] !== undefined) return "DriveData";
  const { value } = input;
  const isOldForm =
    declared === "Data" && input["type"] === "Data" && typeof value === "string" && /^https?:/.test(value);
  return isOldForm ? "Data" : plainKind(value);
}

function plainKind(value: LosslessValue | undefined): Kind {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  if (value instanceof LosslessNumber) return value.whole ? "integer" : "number";
  return value === null || value === undefined ? "none" : "json";
}

function accepts(type: InputType, kind: Kind): boolean {
  if (type === "json") return kind !== "Data" && kind !== "DriveData" && kind !== "secret" && kind !== "none";
  if (type === "datetime") return kind === "string";
  return type === kind;
}

/** Address of a Data input. */
export function urlOf(input: LosslessValue | undefined): string {
  if (!isObject(input)) return "";
  const { url, value } = input;
  return typeof url === "string" ? url : typeof value === "string" ? value : "";
}

/** SesamEO key of a Data input. */
export function keyOf(input: LosslessValue | undefined): string | undefined {
  const auth = isObject(input) ? input["auth"] : undefined;
  if (!isObject(auth) || auth["type"] !== "SesamEO") return undefined;
  return typeof auth["api_key"] === "string" ? auth["api_key"] : undefined;
}
