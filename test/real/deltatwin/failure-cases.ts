/** What the service refuses, and how the command says so: quotas, versions, old addresses, faults. */
import assert from "node:assert/strict";
import type { PartReport } from "../support/report.js";
import type { Command } from "./command.js";

export async function failureCases(report: PartReport, command: Command): Promise<void> {
  const { sandbox } = command;
  const { component, inputs, username, password, url } = sandbox.ready.deltatwin;
  const file = command.file("inputs.json", inputs);
  const start = ["run", "start", component, "-i", file];

  await report.agree("over the day's quota: exit 1 with the service's words", async () => {
    sandbox.settings.patch({ deltatwin: { maxRuns: 0 } });
    const { stderr } = await command.ends(start, 1, /Too Many Requests at .*reached the number of runs allowed/);
    sandbox.settings.reset();
    return stderr.trim();
  });

  await report.agree("unknown component, unknown version, list inputs: exit 1", async () => {
    await command.ends(["run", "start", "no-such-twin", "-i", file], 1, /DeltaTwin no-such-twin not found/);
    await command.ends([...start, "-v", "9.9.9"], 1, /has no version 9\.9\.9/);
    const list = command.file("list.json", [{ name: "angle", value: "45" }]);
    const { stderr } = await command.ends(
      ["run", "start", component, "-i", list],
      1,
      /Input should be a valid dictionary/,
    );
    return stderr.trim();
  });

  await report.agree("an address without the current version: exit 3", async () => {
    const { stdout } = await command.ends(["login", username, password, "-a", `${url}/old`, "-f"], 3);
    await command.login();
    return stdout.trim();
  });

  await report.agree("a 503, and a connection that breaks: exit 1", async () => {
    sandbox.faults.add({ match: { route: "runs" }, answer: { error: "503-bare" } });
    await command.ends(["run", "list"], 1, /Service Unavailable at .*\/v2\.0\/runs/);
    sandbox.faults.set([{ match: { route: "runs" }, answer: { close: "before-head" } }]);
    const { stderr } = await command.ends(["run", "list"], 1, /Connection error to the service/);
    sandbox.faults.clear();
    return stderr.trim();
  });

  await report.agree("a fact: when the answer to a start is lost, the run exists and the command fails", async () => {
    const runs = (): number => sandbox.deltatwin.runs.all().length;
    const before = runs();
    sandbox.faults.add({ match: { route: "runs", method: "POST" }, times: 1, deltatwin: { lost: "close" } });
    await command.ends(start, 1, /Connection error to the service/);
    assert.equal(runs(), before + 1);
    sandbox.faults.clear();
    return "";
  });
}
