/** The recorded tables, where they lie beside the clone. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { skipSuite } from "../support/skip.js";

/** The rows of a recorded table; skips the suite when the recordings are absent. */
export function recordedRows<T>(context: Mocha.Context, table: string): T[] {
  const file = path.join(__dirname, "../../../shared/recorded/tables", `${table}.json`);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return skipSuite(context, "the recorded answers are not beside this clone");
  }
  return (JSON.parse(text) as { rows: T[] }).rows;
}
