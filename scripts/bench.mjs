/** `npm run bench [-- name …]`: measures; without a name it runs every bench in scripts/bench. */
import fs from "node:fs";
import { inRoot } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";

/** @param {string[]} args */
export async function main(args) {
  // Every file there is one bench: `title`, and `run()` which prints its own lines.
  const known = fs.readdirSync(inRoot("scripts", "bench")).flatMap((file) => /^(.+)\.mjs$/.exec(file)?.[1] ?? []);
  const unknown = args.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new PlainError(`There is no bench "${unknown.join(", ")}". Known: ${known.join(", ")}.`);
  for (const name of args.length > 0 ? args : known) {
    /** @type {{ title: string, run(): Promise<void> }} */
    const bench = await import(`./bench/${name}.mjs`);
    console.log(`${name}: ${bench.title}`);
    await bench.run();
  }
  return 0;
}
