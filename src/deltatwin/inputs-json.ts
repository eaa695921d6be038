/**
 * JSON as the DeltaTwin engine must see it: a `number` keeps its decimal point (45.0), an `integer` has none. The engine
 * compares the type of the value as Python reads it, so 45 fails for `number` (facts/real-clients-deltatwin.md §7), and
 * JSON.stringify cannot write 45.0.
 */

/** A number by its own digits. */
export class NumberText {
  constructor(readonly digits: string) {}
}

/** A finite number as Python reads a float: always with a point or an exponent. */
export function floatText(value: number): NumberText {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return new NumberText(/[.e]/.test(text) ? text : `${text}.0`);
}

/**
 * JSON text of plain data in which numbers may be `NumberText`.
 * @param indent spaces a level; 0 writes one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return write(value, indent, "");
}

function write(value: unknown, indent: number, margin: string): string {
  if (value instanceof NumberText) return value.digits;
  if (typeof value !== "object" || value === null) {
    const text: unknown = JSON.stringify(value);
    return typeof text === "string" ? text : "null";
  }
  const inner = margin + " ".repeat(indent);
  const parts = Array.isArray(value)
    ? value.map((entry) => write(entry, indent, inner))
    : Object.entries(value)
        .filter(([, entry]) => entry !== undefined)
        .map(([name, entry]) => `${JSON.stringify(name)}:${indent > 0 ? " " : ""}${write(entry, indent, inner)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  if (indent === 0) return open + parts.join(",") + close;
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${margin}${close}`;
}
