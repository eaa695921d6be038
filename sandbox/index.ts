/** Starts a sandbox inside this process, for tests. */
import { DEFAULT_OPTIONS, type SandboxOptions } from "./options.js";
import { Sandbox } from "./sandbox.js";

export type { Fault, FaultAnswer, FaultMatch, FaultTransfer } from "./core/faults.js";
export type { SeenRequest } from "./core/request-log.js";
export type { Modes, ModesPatch } from "./core/settings.js";
export type { SandboxOptions } from "./options.js";
export type { ExpectedProduct, Ready } from "./sandbox.js";
export { Sandbox };

/** Opens all origins on 127.0.0.1. Rejects when the port is taken or, with `tls`, when openssl is missing. */
export async function startSandbox(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = new Sandbox({ ...DEFAULT_OPTIONS, ...options });
  await sandbox.open();
  return sandbox;
}
