/** What is wrong with a SesamEO key that can be seen before it is used (facts/deltatwin-sesameo.md §5). */

const PLACEHOLDER =
  /^(x*_?)?your[_ -]?sesam?eo[_ -]?api[_ -]?key|^<.*>$|^\$\{?[A-Z_]+\}?$|^\*+$|^_*PWRD_*$|^…|\.\.\.$|…$/i;

/** A sentence about what is wrong; undefined when nothing is seen. Never holds the key. */
export function keyProblem(key: unknown): string | undefined {
  if (typeof key !== "string") return "The SesamEO key is not a text.";
  const text = key.trim();
  if (text === "") return "The SesamEO key is missing.";
  if (PLACEHOLDER.test(text)) {
    return "The SesamEO key is still a placeholder. Generate a key under My SesamEO account and enter it.";
  }
  if (!/^[\x21-\x7e]+$/.test(text)) {
    return "The SesamEO key has a space, a line break or another character that no key has. Copy it again.";
  }
  return undefined;
}
