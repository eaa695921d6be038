/** The inputs of a run: the v2.0 object as messages carry it, checked, and the complete one as the service takes it. */
import { EoError, badInput } from "../errors.js";
import { isOnSesameo, checkLinkWithKey, parseProductLink, productLink } from "../sesameo/product-link.js";
import { keyProblem } from "../sesameo/key.js";
import { shown } from "../shown.js";
import { isRecord } from "../stac/item.js";
import { dataSource } from "./data-input.js";
import { floatText, jsonText, NumberText } from "./inputs-json.js";
import { INPUT_TYPES, isInputType, plainValue, type InputType, type PlainValue } from "./input-value.js";

/** Where a value is kept that must not be in a message: an inputs node and the name of its input. */
export interface ValueRef {
  node: string;
  input: string;
}

/** One input, checked. */
export type Input =
  | { type: Exclude<InputType, "Data">; value: PlainValue }
  | { type: Exclude<InputType, "Data">; from: ValueRef }
  | { type: "Data"; url: string; account?: string }
  | { type: "Data"; url: string; apiKey: string }
  | { type: "Data"; from: ValueRef; account?: string };

/** By name, in the order given. */
export type Inputs = ReadonlyMap<string, Input>;

/** The inputs object of a message: secrets are references in it. */
export type InputsMessage = Record<string, Record<string, unknown>>;

const LONGEST_NAME = 200;

/** @throws EoError BAD_INPUT naming every input that is wrong */
export function checkName(name: string): void {
  if (name === "" || name !== name.trim()) throw badInput("An input has no name, or spaces around it.");
  if (name.length > LONGEST_NAME || /[\u0000-\u001f\u007f]/.test(name) || name === "__proto__") {
    throw badInput(`"${shown(name)}" cannot be the name of an input.`);
  }
}

/** Collects what is wrong with several inputs, so that all of it is said at once. */
export class Problems {
  readonly #found: string[] = [];

  /** Does the work of one input; a BAD_INPUT of it is kept, with the input's name before it. */
  try<T>(name: string, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.add(name, error);
      return undefined;
    }
  }

  add(name: string, error: unknown): void {
    if (!(error instanceof EoError) || error.code !== "BAD_INPUT") throw error;
    this.#found.push(
      /^[a-z]/.test(error.message) ? `Input ${shown(name)} ${error.message}` : `Input ${shown(name)}: ${error.message}`,
    );
  }

  /** @throws EoError BAD_INPUT when anything was found */
  end(): void {
    if (this.#found.length > 0) throw badInput(this.#found.join(" "));
  }
}

/**
 * Reads the inputs object of a message.
 * @throws EoError BAD_INPUT naming every input that is wrong
 */
export function readInputs(payload: unknown): Inputs {
  if (Array.isArray(payload)) {
    throw badInput(
      'The inputs are a list, the form of the API before v2.0. Give an object: {"<name>": {"type": …, "value": …}}.',
    );
  }
  if (!isRecord(payload)) {
    throw badInput('The message holds no inputs. Give an object: {"<name>": {"type": …, "value": …}}.');
  }
  const inputs = new Map<string, Input>();
  const problems = new Problems();
  for (const [name, entry] of Object.entries(payload)) {
    const input = problems.try(name, () => {
      checkName(name);
      return readInput(entry);
    });
    if (input) inputs.set(name, input);
  }
  problems.end();
  return inputs;
}

function readInput(entry: unknown): Input {
  if (!isRecord(entry)) throw badInput('must be an object, as in {"type": "string", "value": "B01"}.');
  const type = entry["type"];
  if (type === undefined) throw badInput(`has no type. Known: ${INPUT_TYPES.join(", ")}.`);
  if (!isInputType(type)) throw badInput(unknownType(type));
  if (type === "Data") return readData(entry);
  if ("auth" in entry) throw badInput(`is ${type}, but has auth, which belongs to Data only.`);
  if (entry["from"] !== undefined) return { type, from: readRef(entry["from"]) };
  const property = type === "secret" ? "secret_value" : type === "DriveData" ? "drive_id" : "value";
  if (entry[property] === undefined && property !== "value" && entry["value"] !== undefined) {
    throw badInput(`is ${type}, whose value stands in ${property}, not in value.`);
  }
  return { type, value: plainValue(type, entry[property]) };
}

/** What is wrong with a type's name: often only its case. */
export function unknownType(type: unknown): string {
  const text = typeof type === "string" ? type : "";
  const near = INPUT_TYPES.find((known) => known.toLowerCase() === text.trim().toLowerCase());
  return near
    ? `has the type "${shown(type)}", which is written ${near}.`
    : `has the type "${shown(type)}", which is not known. Known: ${INPUT_TYPES.join(", ")}.`;
}

function readRef(from: unknown): ValueRef {
  if (!isRecord(from) || typeof from["node"] !== "string" || typeof from["input"] !== "string") {
    throw badInput("refers to a kept value, but not to a node and an input.");
  }
  return { node: from["node"], input: from["input"] };
}

function readData(entry: Record<string, unknown>): Input {
  const { url, auth } = entry;
  if (entry["from"] !== undefined) {
    const account = isRecord(auth) ? auth["account"] : undefined;
    return { type: "Data", from: readRef(entry["from"]), ...(typeof account === "string" ? { account } : {}) };
  }
  if (url === undefined && entry["value"] !== undefined) {
    throw badInput("is Data in the form before API v2.0: its address stands in url, not in value.");
  }
  if (url === undefined) throw badInput("is Data without a url.");
  if (auth === undefined || auth === null) return { type: "Data", url: dataSource(url).url };
  if (!isRecord(auth)) throw badInput('has an auth that is no object, as in {"type": "SesamEO", "api_key": "…"}.');
  if (auth["type"] !== "SesamEO") {
    throw badInput(`has the auth type "${shown(auth["type"] ?? "")}". The service knows only SesamEO, written so.`);
  }
  const account = auth["account"];
  const key = auth["api_key"];
  if (account !== undefined && key !== undefined) throw badInput("has both an account and an api_key in its auth.");
  if (account !== undefined) {
    if (typeof account !== "string" || account === "") throw badInput("has an account in its auth that is no id.");
    if (typeof url !== "string" || url.trim() === "") throw badInput("is Data without a url.");
    return { type: "Data", url: url.trim(), account };
  }
  const problem = keyProblem(key);
  if (problem !== undefined) throw badInput(problem);
  checkLinkWithKey(url);
  return {
    type: "Data",
    url: typeof url === "string" ? url.trim() : "",
    apiKey: typeof key === "string" ? key.trim() : "",
  };
}

/** The inputs object as a message carries it: no key and no kept value is in it. */
export function messageOf(inputs: Inputs): InputsMessage {
  const message: InputsMessage = {};
  for (const [name, input] of inputs) message[name] = entryOf(input);
  return message;
}

function entryOf(input: Input): Record<string, unknown> {
  if (input.type === "Data") {
    const account = "apiKey" in input ? undefined : input.account;
    const auth = account === undefined ? {} : { auth: { type: "SesamEO", account } };
    return { type: "Data", ...("from" in input ? { from: { ...input.from } } : { url: input.url }), ...auth };
  }
  if ("from" in input) return { type: input.type, from: { ...input.from } };
  return { type: input.type, [valueName(input.type)]: input.value };
}

function valueName(type: Exclude<InputType, "Data">): string {
  return type === "secret" ? "secret_value" : type === "DriveData" ? "drive_id" : "value";
}

/** Who knows what references stand for. */
export interface Keeper {
  /**
   * The key of a SesamEO account, and the root of its service.
   * @throws EoError BAD_INPUT when the id names none
   */
  sesameo(account: string): { apiKey: string; base: string };
  /** @throws EoError BAD_INPUT when nothing is kept there */
  value(ref: ValueRef): Promise<unknown>;
}

/** Inputs with every reference replaced by what it stands for: for the service and the private file only. */
export interface CompleteInputs {
  /** Without any secret, to compare runs by. */
  readonly plain: Inputs;
  /** What must never be seen. */
  readonly secrets: readonly string[];
  /** Names of inputs whose value is secret. */
  readonly hidden: ReadonlySet<string>;
  /** The v2.0 object as JSON text. */
  json(indent?: number): string;
}

/**
 * Replaces references by what they stand for.
 * @throws EoError BAD_INPUT naming every input whose reference leads nowhere, or whose link must not get the key
 */
export async function completeInputs(inputs: Inputs, keeper: Keeper): Promise<CompleteInputs> {
  const problems = new Problems();
  const secrets: string[] = [];
  const hidden = new Set<string>();
  const wire: Record<string, unknown> = {};
  for (const [name, input] of inputs) {
    try {
      if (input.type === "Data") {
        wire[name] = await wireData(input, keeper, secrets);
        if ("from" in input) hidden.add(name);
      } else {
        let value: PlainValue;
        if ("from" in input) {
          value = plainValue(input.type, await keeper.value(input.from));
          secrets.push(...secretTexts(value));
        } else value = input.value;
        if ("from" in input || input.type === "secret") hidden.add(name);
        if (input.type === "secret" && typeof value === "string") secrets.push(value);
        wire[name] = { type: input.type, [valueName(input.type)]: wireValue(input.type, value) };
      }
    } catch (error) {
      problems.add(name, error);
    }
  }
  problems.end();
  return { plain: inputs, secrets, hidden, json: (indent = 0) => jsonText(wire, indent) };
}

async function wireData(input: Input & { type: "Data" }, keeper: Keeper, secrets: string[]): Promise<object> {
  if ("apiKey" in input) {
    secrets.push(input.apiKey);
    return { type: "Data", url: input.url, auth: { type: "SesamEO", api_key: input.apiKey } };
  }
  const known = input.account === undefined ? undefined : keeper.sesameo(input.account);
  if ("from" in input) {
    const { url, sesameo } = dataSource(
      await keeper.value(input.from),
      known === undefined ? {} : { base: known.base },
    );
    secrets.push(url);
    if (!sesameo || known === undefined) return { type: "Data", url };
    secrets.push(known.apiKey);
    return { type: "Data", url, auth: { type: "SesamEO", api_key: known.apiKey } };
  }
  if (known === undefined) return { type: "Data", url: input.url };
  const { apiKey, base } = known;
  // The parsers tell each way to break a link apart; a link elsewhere must not get the key.
  const url = productLink(parseProductLink(input.url, base), base);
  if (!isOnSesameo(url, base)) throw badInput("has a link that is not on SesamEO.");
  secrets.push(apiKey);
  return { type: "Data", url, auth: { type: "SesamEO", api_key: apiKey } };
}

function wireValue(type: InputType, value: PlainValue): unknown {
  if (typeof value === "bigint") return new NumberText(value.toString());
  return type === "number" && typeof value === "number" ? floatText(value) : value;
}

/** Every text inside a kept value. */
function secretTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "bigint") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(secretTexts);
}
