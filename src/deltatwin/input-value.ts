/** Whether a value is what an input's type asks for, judged as the engine judges it (facts/deltatwin-sesameo.md §2.2). */
import { badInput } from "../errors.js";
import { shown } from "../shown.js";
import { isRecord } from "../stac/item.js";

export const INPUT_TYPES = [
  ...(["string", "integer", "number", "boolean"] as const),
  ...(["Data", "DriveData", "secret", "json"] as const),
];

export type InputType = (typeof INPUT_TYPES)[number];

export function isInputType(value: unknown): value is InputType {
  return INPUT_TYPES.some((type) => type === value);
}

/** What a plain input holds. */
export type PlainValue = string | number | bigint | boolean | object;

/**
 * The value of an input that is not Data, as it is sent.
 * @throws EoError BAD_INPUT; its message begins with a verb, so that the input's name can go before it
 */
export function plainValue(type: Exclude<InputType, "Data">, value: unknown): PlainValue {
  if (value === undefined || value === null) throw badInput(`has no value; it must be ${article(type)}.`);
  switch (type) {
    case "string":
      if (typeof value === "string") return value;
      throw badInput(`must be a text (string), but is ${kindOf(value)}.`);
    case "secret":
      if (typeof value === "string" && value !== "") return value;
      throw badInput("must be a text (secret), and not a blank one.");
    case "boolean":
      if (typeof value === "boolean") return value;
      throw badInput(`must be true or false (boolean), but is ${kindOf(value)}.`);
    case "integer":
      return integer(value);
    case "number":
      if (typeof value === "number" && Number.isFinite(value)) return value;
      throw badInput(`must be a number, but is ${kindOf(value)}.`);
    case "json":
      return structure(value);
    case "DriveData":
      if (typeof value === "string" && /^[A-Za-z0-9][\w-]{0,99}$/.test(value.trim())) return value.trim();
      throw badInput(
        typeof value === "string" && value.includes("/")
          ? "must be the id of something in the DeltaTwin Drive (DriveData), but is an address. For an address use the type Data."
          : `must be the id of something in the DeltaTwin Drive (DriveData), but is ${kindOf(value)}.`,
      );
  }
}

function integer(value: unknown): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw badInput(`must be a whole number (integer), but is ${kindOf(value)}.`);
  }
  if (!Number.isInteger(value)) {
    throw badInput(`must be a whole number (integer), but is ${shown(value)}, which has a fraction.`);
  }
  if (!Number.isSafeInteger(value)) {
    throw badInput(
      `must be a whole number (integer), but is too large to be held exactly (${shown(value)}). Give it as a BigInt.`,
    );
  }
  return value;
}

function structure(value: unknown): object {
  if (typeof value !== "object" || value === null) {
    throw badInput(`must be a JSON object or array (json), but is ${kindOf(value)}.`);
  }
  let text: unknown;
  try {
    text = JSON.stringify(value, (_name, entry: unknown) => {
      if (typeof entry === "number" && !Number.isFinite(entry)) throw new TypeError("NaN");
      return entry;
    });
  } catch {
    throw badInput("must be JSON, but holds what JSON cannot: NaN, an endless number, a BigInt or itself.");
  }
  const copy: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
  if (typeof copy !== "object" || copy === null) throw badInput("must be a JSON object or array (json).");
  return copy;
}

/** What stands there instead, with the reason where a person would not see it. */
function kindOf(value: unknown): string {
  if (typeof value === "string") {
    const text = value.trim();
    const looksNumber = text !== "" && Number.isFinite(Number(text));
    const looksBoolean = text === "true" || text === "false";
    return looksNumber || looksBoolean
      ? `the text "${shown(text)}". The service refuses text in its place: give ${text} without quotes`
      : `the text "${shown(value)}"`;
  }
  if (typeof value === "number") return Number.isFinite(value) ? `the number ${value}` : `${value}, which is no number`;
  if (typeof value === "boolean") return `${value}`;
  if (typeof value === "bigint") return "a BigInt";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "an object";
  return `a ${typeof value}`;
}

function article(type: InputType): string {
  const words: Record<InputType, string> = {
    string: "a text (string)",
    secret: "a text (secret)",
    integer: "a whole number (integer)",
    number: "a number",
    boolean: "true or false (boolean)",
    json: "a JSON object or array (json)",
    Data: "an address, an item or an OData product (Data)",
    DriveData: "the id of something in the DeltaTwin Drive (DriveData)",
  };
  return words[type];
}
