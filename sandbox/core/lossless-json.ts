/** JSON whose numbers keep their spelling: `45.0` stays `45.0`, which JSON.parse cannot tell from `45`. */
import { randomUUID } from "node:crypto";

/** A number as it was written. */
export class LosslessNumber {
  constructor(readonly text: string) {}

  /** Whether Python would read it as an int. */
  get whole(): boolean {
    return !/[.eE]/.test(this.text);
  }

  get value(): number {
    return Number(this.text);
  }
}

export type LosslessValue =
  null | boolean | string | LosslessNumber | LosslessValue[] | { [key: string]: LosslessValue };

export type LosslessObject = Record<string, LosslessValue>;

/** Stands before the spelling of a number while it is kept in a string; nobody can guess it. */
const MARK = `${randomUUID()}:`;
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g;
const MARKED = new RegExp(`"${MARK}([^"]*)"`, "g");

/** Throws a SyntaxError for anything that is not JSON. */
export function parseLossless(text: string): LosslessValue {
  // First as it is, so that what follows only meets good JSON.
  JSON.parse(text);
  const marked = text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${MARK}${token}"`));
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? new LosslessNumber(value.slice(MARK.length)) : value,
  ) as LosslessValue;
}

/** Plain numbers are written as JavaScript writes them. */
export function printLossless(value: unknown): string {
  const marked = JSON.stringify(value, (_key, one: unknown) => (one instanceof LosslessNumber ? MARK + one.text : one));
  return marked.replace(MARKED, "$1");
}

export function isObject(value: unknown): value is LosslessObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}
