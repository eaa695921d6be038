/** Debian packages that a part needs: installed when the program is not there, as root, without a question. */
import { run, runWell } from "./processes.js";

let updated = false;

/** Makes sure that the command works; else installs the packages. Rejects with what a person has to install. */
export async function needProgram(command: string, args: string[], packages: string[]): Promise<void> {
  if (await works(command, args)) return;
  const words = `${command} is needed: apt-get install ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !(await works("apt-get", ["--version"]))) throw new Error(words);
  process.stderr.write(`Installing ${packages.join(", ")} …\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const retries = ["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"];
  if (!updated) await runWell("apt-get", [...retries, "update"], { env, seconds: 300 });
  updated = true;
  await runWell("apt-get", [...retries, "install", "-y", "--no-install-recommends", ...packages], {
    env,
    seconds: 600,
  });
  if (!(await works(command, args))) throw new Error(words);
}

async function works(command: string, args: string[]): Promise<boolean> {
  try {
    return (await run(command, args, { seconds: 30 })).code === 0;
  } catch {
    return false;
  }
}
