/** Compares two descriptions of answers and tells only the lines that differ. */

/** Throws with the lines that one side has and the other has not. */
export function sameLines(sandbox: readonly string[], server: readonly string[]): void {
  const lines = [
    ...server.filter((line) => !sandbox.includes(line)).map((line) => `server  ${line}`),
    ...sandbox.filter((line) => !server.includes(line)).map((line) => `sandbox ${line}`),
  ];
  if (lines.length > 0) throw new Error(`\n${lines.join("\n")}`);
}
