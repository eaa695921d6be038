/** The command: reads options, starts the sandbox, prints one ready line, and ends on SIGTERM or SIGINT. */
import { startSandbox } from "./index.js";
import { readArguments, type SandboxOptions } from "./options.js";
import type { Sandbox } from "./sandbox.js";

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

async function main(): Promise<void> {
  let options: SandboxOptions;
  try {
    options = readArguments(process.argv.slice(2));
  } catch (error) {
    return fail((error as Error).message, 2);
  }
  let sandbox: Sandbox;
  try {
    sandbox = await startSandbox(options);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const refused = (error as NodeJS.ErrnoException).code === "EACCES";
    if (taken) return fail(`Port ${options.port} is taken. Choose another one, or leave --port out.`, 1);
    if (refused) return fail(`Port ${options.port} may not be used by this account. Choose one above 1023.`, 1);
    return fail((error as Error).message, 1);
  }
  const stop = (): void => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(0),
    );
    // Closing takes milliseconds; whatever hangs must not keep the process.
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`);
}

void main();
