/** The real deltatwin command 1.8.1 against the sandbox: every subcommand that needs no docker, with its exit code. */
import type { Part } from "../parts.js";
import { pythonWith } from "../support/python.js";
import type { Scheme } from "../support/world.js";
import { Command } from "./command.js";
import { componentCases } from "./component-cases.js";
import { driveCases } from "./drive-cases.js";
import { engineCases } from "./engine-cases.js";
import { exampleCase } from "./example-case.js";
import { failureCases } from "./failure-cases.js";
import { runCases } from "./run-cases.js";
import { scheduleCases } from "./schedule-cases.js";
import { sessionCases } from "./session-cases.js";

/** psycopg-binary, which it pins, has no wheel for later ones. */
const PYTHONS = ["3.11", "3.12"];

export const deltatwin: Part = async (report, world) => {
  const python = await pythonWith("deltatwin", PYTHONS);
  const command = async (scheme: Scheme): Promise<Command> => {
    const { sandbox, trust } = await world.lake(scheme);
    return new Command(python, sandbox, await world.folder(), trust);
  };
  await sessionCases(report, () => command("http"));
  const http = await command("http");
  await http.login();
  await componentCases(report, http);
  await runCases(report, http);
  await scheduleCases(report, http);
  await driveCases(report, http);
  await failureCases(report, http);
  await engineCases(report, python, http.sandbox, http.folder);

  await report.agree("login, run and download over https", async () => {
    const https = await command("https");
    await https.login();
    const { component, inputs, output } = https.sandbox.ready.deltatwin;
    const { run_id: id, status, message } = await https.finish(component, inputs);
    if (status !== "success") throw new Error(message ?? status);
    await https.well(["run", "download", id, output, "-F", "out.tif"]);
    return `${https.read("out.tif").length} bytes`;
  });
  await exampleCase(report, world, http);
};
