/** Which commands there are, and what each needs installed or built before it runs. */
"use strict";

/** @type {Record<string, {needs: Array<"dist" | "sandbox">}>} */
const commands = {
  start: { needs: ["dist", "sandbox"] },
  test: { needs: ["dist", "sandbox"] },
  "test-real": { needs: ["dist"] },
  "test-faults": { needs: [] },
  "test-mutants": { needs: [] },
  "test-kill": { needs: ["dist"] },
  check: { needs: [] },
  build: { needs: ["dist", "sandbox"] },
  sandbox: { needs: ["sandbox"] },
  bench: { needs: ["dist", "sandbox"] },
};

/**
 * @param {string} name
 * @param {string[]} args
 */
async function run(name, args) {
  const command = commands[name];
  if (command === undefined) throw new Error(`There is no command "${name}".`);
  endWithNpm();
  const { bootstrap } = await import("./bootstrap.mjs");
  await bootstrap(command.needs);
  /** @type {{ main(args: string[]): Promise<number> | number }} */
  const module = await import(`./${name}.mjs`);
  process.exitCode = await module.main(args);
}

/**
 * npm hands a signal to the shell between itself and this process, and the shell dies without passing it on. So a
 * command that npm started ends when its parent is gone.
 */
function endWithNpm() {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGTERM");
  }, 250).unref();
}

module.exports = {
  /**
   * @param {string} name
   * @param {string[]} args
   */
  run: (name, args) =>
    run(name, args).catch((/** @type {unknown} */ error) => {
      const plain = error instanceof Error && error.name === "PlainError";
      console.error(plain ? error.message : error);
      process.exitCode = 1;
    }),
};
