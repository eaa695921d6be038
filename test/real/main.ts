/** `npm run test:real [-- part …]`: real clients against the sandbox, our nodes against real servers. */
import { parts } from "./parts.js";
import { Report } from "./support/report.js";
import { makeWorld } from "./support/world.js";

async function main(names: string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    console.error(`There is no part "${unknown.join(", ")}". Known: ${Object.keys(parts).join(", ")}.`);
    return 2;
  }
  const report = new Report((line) => console.log(line));
  const world = makeWorld();
  // Told to end: what was started ends first.
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => void world.close().finally(() => process.exit(1)));
  }
  try {
    for (const [name, part] of Object.entries(parts)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const started = Date.now();
      const own = report.of(name);
      await part(own, world).catch((error: unknown) => own.missing(error));
      process.stderr.write(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    }
  } finally {
    await world.close();
  }
  console.log(report.closing);
  return report.allAgree ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
