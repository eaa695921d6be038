/** `schedule add | list | get | pause | resume | delete`. */
import assert from "node:assert/strict";
import type { PartReport } from "../support/report.js";
import type { Command } from "./command.js";

interface Schedule {
  schedule_id: string;
  schedule_name: string;
  schedule: string;
  type: string;
  deltatwin_version: string;
  next_schedule: string | null;
  inputs: Record<string, Record<string, unknown>>;
}

export async function scheduleCases(report: PartReport, command: Command): Promise<void> {
  const { component, inputs } = command.sandbox.ready.deltatwin;
  const file = command.file("planned.json", inputs);
  const add = (name: string, type: string, when: string): string[] => [
    ...["schedule", "add", component, "-n", name, "-i", file, "-C", type, "-s", when],
  ];
  let cron: Schedule | undefined;

  await report.agree("schedule add: cron and date", async () => {
    cron = await command.json<Schedule>(...add("twice", "cron", "0,30 * * * *"));
    assert.deepEqual([cron.schedule_name, cron.deltatwin_version], [`${component}_twice`, "1.1.0"]);
    assert.match(cron.next_schedule ?? "", /^\d{4}-\d\d-\d\d \d\d:[03]0:00\+00:00$/);
    await command.well(add("once", "date", "2099-12-23 18:45:20"), /2099-12-23 18:45:20/);
    await command.ends(add("late", "date", "2020-12-23 18:45:20"), 1, /this date is over/);
    await command.ends(add("odd", "cron", "every day"), 1, /five fields/);
    return cron.schedule_id;
  });

  await report.agree("schedule list and get", async () => {
    const all = await command.json<Schedule[]>("schedule", "list", "-t", component);
    assert.deepEqual(
      all.map(({ type, schedule }) => [type, schedule]),
      [
        ["cron", "0,30 * * * *"],
        ["date", "Dec 23, 2099, 06:45:20 PM"],
      ],
    );
    await command.well(["schedule", "list"], /band-extractor:1\.1\.0/);
    await command.well(["schedule", "get", cron?.schedule_id ?? ""], /bandName/);
    await command.ends(["schedule", "get", "none"], 1, /Schedule none not found/);
    await command.ends(["schedule", "list", "-a", "somebody"], 1, /Forbidden at/);
    return `${all.length} schedules`;
  });

  await report.agree("schedule pause, resume, delete", async () => {
    const id = cron?.schedule_id ?? "";
    const paused = await command.json<Schedule>("schedule", "pause", id);
    assert.equal(paused.next_schedule, null);
    assert.ok((await command.json<Schedule>("schedule", "resume", id)).next_schedule, "it is not resumed");
    assert.equal(await command.well(["schedule", "delete", id, "-y"]), "");
    await command.ends(["schedule", "delete", id, "-y"], 1, /Not Found at/);
    return "";
  });

  await report.agree("more schedules than allowed: exit 1 with the numbers", async () => {
    command.sandbox.settings.patch({ deltatwin: { maxSchedules: 1 } });
    const { stderr } = await command.ends(add("more", "cron", "0 0 * * *"), 1, /Too Many Requests at .*\(1\/1\)/);
    command.sandbox.settings.reset();
    return stderr.trim();
  });
}
