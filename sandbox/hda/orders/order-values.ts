/** Reads what was chosen in an order form, from an order body or a search, and says what is wrong with it. */
import type { OrderField, OrderForm } from "./order-form.js";

export type Choices = Record<string, string | string[]>;

/** Choices that count, in the form's own order, and what is wrong with the rest. */
export interface ReadChoices {
  choices: Choices;
  errors: string[];
}

/** `given` holds native names. `prefix` is what error messages put before a name. */
export function readChoices(form: OrderForm, given: Record<string, unknown>, complete: boolean): ReadChoices {
  const errors: string[] = [];
  const choices: Choices = {};
  const known = new Map(form.fields.map((field) => [field.name, field]));
  for (const key of Object.keys(given)) {
    if (key === "federation:backends" || key === "date" || known.has(key)) continue;
    errors.push(`${key}: not a queryable parameter`);
  }
  for (const field of form.fields) {
    const value = given[field.name] ?? field.preset;
    if (value === undefined || value === null) {
      if (complete && field.required) errors.push(`ecmwf:${field.name}: Field required`);
      continue;
    }
    const list = (Array.isArray(value) ? value : [value]).map(String);
    const bad = list.filter((one) => field.values.length > 0 && !field.values.includes(one));
    if (bad.length > 0) {
      const allowed = field.values.map((one) => `'${one}'`).join(", ");
      errors.push(`ecmwf:${field.name}: ${bad.join(", ")} not allowed. Allowed values are ${allowed}`);
    } else {
      choices[field.name] = field.many ? list : (list[0] ?? "");
    }
  }
  return { choices, errors };
}

/** Values of a field that are left once other choices are made. */
export function narrowed(form: OrderForm, field: OrderField, chosen: Record<string, string[]>): string[] {
  let values = field.values;
  for (const rule of form.narrowing ?? []) {
    const leaves = rule.leaves[field.name];
    if (leaves && chosen[rule.field]?.includes(rule.value)) values = values.filter((one) => leaves.includes(one));
  }
  return values;
}
