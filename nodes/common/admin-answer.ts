/** What an endpoint answers a dialog: every text from elsewhere cut to a line, and no secret in any of them. */
import { asEoError } from "../../src/errors.js";
import { oneLine } from "../../src/http/service-words.js";
import { Refusal } from "./admin-body.js";

/** A failure as the dialogs show it. */
export interface Failure {
  /** Of the contract, or one of the endpoints' own. */
  code: string;
  message: string;
  status?: number;
  url?: string;
  ticket?: string;
  /** The service's own words. */
  words?: string;
}

export type Answer = ({ ok: true } & Record<string, unknown>) | { ok: false; error: Failure };

const LONGEST_LABEL = 200;
const LONGEST_MESSAGE = 2_000;
const LONGEST_WORDS = 500;

/** An id or a title from a service. */
export function label(text: string): string {
  return oneLine(text, LONGEST_LABEL);
}

/** The start of a body that is no JSON: what an address inside a network says is nobody's business here. */
const BODY_START = / \("[^]*?"\)(?=\. Check that the address is an API)/;

export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Refusal) return { code: thrown.code, message: thrown.message };
  const error = asEoError(thrown);
  const { status, url, ticket, message } = error.cause;
  const words = status === undefined || message === undefined ? "" : oneLine(message, LONGEST_WORDS);
  return {
    code: error.code,
    message: oneLine(error.message.replace(BODY_START, ""), LONGEST_MESSAGE),
    ...(status === undefined ? {} : { status }),
    ...(url === undefined ? {} : { url: oneLine(url, LONGEST_WORDS) }),
    ...(ticket === undefined ? {} : { ticket: oneLine(ticket, LONGEST_LABEL) }),
    ...(words === "" ? {} : { words }),
  };
}

/** A copy of plain data with every text in it changed by `change`; names of properties stay. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((entry) => mapTexts(entry, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapTexts(entry, change)]));
}
