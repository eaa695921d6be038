/** Any value as it may stand in a message: one short line. */

const LONGEST = 100;

export function shown(value: unknown): string {
  // A function, a symbol or undefined has no JSON; inside a list it becomes null, which says enough.
  const text = typeof value === "string" ? value : JSON.stringify([value]).slice(1, -1);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
