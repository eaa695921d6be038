/** Foreign text as it may stand in a message. */

/** One printable line of at most `longest` characters. */
export function oneLine(text: string, longest: number): string {
  const line = text

    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
