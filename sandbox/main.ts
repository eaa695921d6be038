/** The command: reads options, starts the sandbox, prints one ready line, and ends on SIGTERM or SIGINT. */
import { startSandbox } from "./index.js";
import { readArguments, type SandboxOptions } from "./options.js";
import { Ceph } from "./s3/ceph.js";
import type { Sandbox } from "./sandbox.js";

/** Most time that a real object store may take to start, in milliseconds. */
const PATIENCE = 20_000;

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** A real object store behind the workspaces' files, or undefined after stderr was told why there is none. */
async function realStore(sandbox: Sandbox): Promise<Ceph | undefined> {
  let ceph: Ceph | undefined;
  try {
    ceph = await Ceph.start(AbortSignal.timeout(PATIENCE));
    await sandbox.useStore(ceph);
    return ceph;
  } catch (error) {
    await ceph?.close();
    process.stderr.write(`No s3 in the ready line: ${(error as Error).message}\n`);
    return undefined;
  }
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
  const running: { close(): Promise<void> }[] = [sandbox];
  const stop = (): void => {
    Promise.all(running.map((one) => one.close())).then(
      () => process.exit(0),
      () => process.exit(0),
    );
    // Closing takes milliseconds; whatever hangs must not keep the process.
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const store = await realStore(sandbox);
  if (store) running.push(store);
  process.stdout.write(`${JSON.stringify(sandbox.ready)}\n`);
}

void main();
