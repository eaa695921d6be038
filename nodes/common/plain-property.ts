/** Properties that are not typed: a choice among known words, a number. */
import type { NodeDef } from "node-red";
import { badInput } from "../../src/errors.js";
import { shown } from "../../src/shown.js";
import { plainProperty } from "./typed-property.js";

/** Undefined when blank. @throws EoError BAD_INPUT for any other word */
export function choiceProperty<T extends string>(def: NodeDef, name: string, known: readonly T[]): T | undefined {
  const value = plainProperty(def, name);
  const found = known.find((candidate) => candidate === value);
  if (value !== undefined && found === undefined) {
    throw badInput(`The field ${name} has "${shown(value)}". Known: ${known.join(", ")}.`);
  }
  return found;
}
