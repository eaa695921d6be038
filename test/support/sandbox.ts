/** The sandbox, started inside the test process. */
import { startSandbox } from "../../sandbox/index.js";

type Options = NonNullable<Parameters<typeof startSandbox>[0]>;
export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** For a suite: one sandbox for all its tests, put back to its first state before each of them. */
export function useSandbox(options: Options = {}): () => Sandbox {
  let sandbox: Sandbox | undefined;
  const current = (): Sandbox => {
    if (sandbox === undefined) throw new Error("The sandbox exists only while the suite runs.");
    return sandbox;
  };
  before(async () => {
    sandbox = await startSandbox({ port: 0, ...options });
  });
  beforeEach(() => {
    current().reset();
  });
  after(async () => {
    await sandbox?.close();
  });
  return current;
}

/** An eo-account config node for the sandbox's Data Lake; its credentials come from `sandboxCredentials`. */
export function sandboxAccount(sandbox: Sandbox, more: Record<string, unknown> = {}) {
  const { stac, tokenUrl, hosts } = sandbox.ready.hda;
  return { id: "account", type: "eo-account", provider: "dedl", url: stac, tokenUrl, hosts, ...more };
}

export function sandboxCredentials(sandbox: Sandbox) {
  const { clientId, clientSecret } = sandbox.ready.hda;
  return { clientId, clientSecret };
}
