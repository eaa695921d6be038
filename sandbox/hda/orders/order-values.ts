/** Reads what was chosen in an order form, from an order body or a search, and says what is wrong with it. */
import type { OrderField, OrderForm } from "./order-form.js";

export type Choices = Record<string, string | string[]>;

/** Choices that count, in the form's own order. */
export interface ReadChoices {
  choices: Choices;
  /** What is wrong, in the server's words; only the first wrong name or value, but every missing one. */
  problem?: { message: string; detail?: string };
}

/** `given` holds native names. */
export function readChoices(form: OrderForm, given: Record<string, unknown>, backend: string): ReadChoices {
  const missing: string[] = [];
  const choices: Choices = {};
  const known = new Map(form.fields.map((field) => [field.name, field]));
  for (const key of Object.keys(given)) {
    if (key === "federation:backends" || key === "date" || known.has(key)) continue;
    const message = `'${key.replace(":", "_")}' is not a queryable parameter for ${backend}`;
    return { choices, problem: { message, detail: `{'${key}'}` } };
  }
  for (const field of form.fields) {
    const value = given[field.name] ?? field.preset;
    if (value === undefined) {
      if (field.required) missing.push(`ecmwf:${field.name}: Field required`);
      continue;
    }
    const list = (Array.isArray(value) ? value : [value]).map(String);
    const bad = list.filter((one) => field.values.length > 0 && !field.values.includes(one));
    if (bad.length > 0) {
      return { choices, problem: notAvailable(field, value, choices) };
    }
    choices[field.name] = field.many ? list : (list[0] ?? "");
  }
  if (missing.length === 0) return { choices };
  return { choices, problem: { message: `${missing.length} error(s). ${missing.join("; ")}` } };
}

function notAvailable(field: OrderField, value: unknown, before: Choices): { message: string; detail: string } {
  const others = Object.entries(before).map(([name, one]) => `ecmwf:${name}=${asPython(one)}`);
  const together = others.length > 0 ? ` with ${others.join(", ")}` : "";
  const names = [`ecmwf:${field.name}`, ...Object.keys(before)].map((name) => `'${name}'`);
  return {
    message: `ecmwf_${field.name}=${asPython(value)} is not available${together}. Allowed values are ${field.values.join(", ")}.`,
    detail: `{${names.join(", ")}}`,
  };
}

const asPython = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map((one) => `'${String(one)}'`).join(", ")}]` : String(value);

/** Values of a field that are left once other choices are made. */
export function narrowed(form: OrderForm, field: OrderField, chosen: Record<string, string[]>): string[] {
  let values = field.values;
  for (const rule of form.narrowing ?? []) {
    const leaves = rule.leaves[field.name];
    if (leaves && chosen[rule.field]?.includes(rule.value)) values = values.filter((one) => leaves.includes(one));
  }
  return values;
}
