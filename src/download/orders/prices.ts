/** Whether an item or its order link names a price: then it is never ordered. */
import { isObject, own } from "../json.js";

const PRICE = /(^|[:_.-])(prices?|pricing|costs?|fees?|amount)($|[:_.-])|[a-z](Price|Cost|Fee)($|[A-Z])/;
const DEEPEST = 6;

/** The path of the first price found; undefined when there is none. A price of nothing is none. */
export function priceIn(value: unknown, path = "", depth = 0): string | undefined {
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) return firstOf(value.map((one: unknown) => priceIn(one, path, depth + 1)));
  if (!isObject(value)) return undefined;
  return firstOf(
    Object.keys(value).map((key) => {
      const here = path === "" ? key : `${path}.${key}`;
      const inside = own(value, key);
      return PRICE.test(key) && !isNothing(inside) ? here : priceIn(inside, here, depth + 1);
    }),
  );
}

function firstOf(found: (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === "") return true;
  if (typeof value === "number") return value === 0;
  if (typeof value === "string") return /^\s*(0+([.,]0+)?\s*[a-z€$£]{0,3}|free|none)\s*$/i.test(value);
  if (Array.isArray(value)) return value.every(isNothing);
  if (!isObject(value)) return false;
  const amounts = ["value", "amount", "price"].filter((key) => key in value);
  return amounts.length > 0 ? amounts.every((key) => isNothing(value[key])) : Object.keys(value).length === 0;
}
