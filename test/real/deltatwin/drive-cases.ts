/** `drive resource` and `drive artifact`, each with add | list | get | update | download | delete, and `metrics`. */
import assert from "node:assert/strict";
import type { PartReport } from "../support/report.js";
import { jsonOf, type Command } from "./command.js";

interface Stored {
  id: string;
  name: string;
  size: number;
  topics: string[];
  description: string;
  twin_name?: string;
}

export async function driveCases(report: PartReport, command: Command): Promise<void> {
  const { sandbox } = command;
  let resource = "";

  await report.agree("drive resource add, list, get, update, download", async () => {
    const file = command.file("values.csv", "a,b\n1,2\n");
    const about = ["-d", "two values", "-t", "one", "-t", "two"];
    const printed = await command.well(["drive", "resource", "add", file, "table.csv", ...about]);
    resource = /Resource id: (\S+)/.exec(printed)?.[1] ?? "";
    const all = await command.json<Stored[]>("drive", "resource", "list");
    assert.deepEqual(
      all.map(({ id, name, size, topics }) => [id, name, size, topics]),
      [[resource, "table.csv", 8, ["one", "two"]]],
    );
    await command.well(["drive", "resource", "list"], /table\.csv/);
    await command.well(["drive", "resource", "update", resource, "--remove-all-topics", "-d", "new"], /updated/);
    const { topics, description } = await command.json<Stored>("drive", "resource", "get", resource);
    assert.deepEqual([topics, description], [[], "new"]);
    await command.well(["drive", "resource", "download", resource, "-F", "back.csv"]);
    assert.equal(command.read("back.csv").toString(), "a,b\n1,2\n");
    return resource;
  });

  await report.agree("drive resource add: from an address; an empty file is refused", async () => {
    const url = `${sandbox.url("store")}/thumbnails/sea.png`;
    const about = ["-d", "a picture", "-t", "sea"];
    await command.well(["drive", "resource", "add", url, "sea.png", ...about], /Resource added to Drive/);
    const sent = sandbox.requests().find((one) => one.route === "thumbnail");
    assert.equal(sent?.authorization, undefined);
    await command.ends(["drive", "resource", "add", command.file("empty", ""), "empty", ...about], 1, /Bad Request at/);
    return "";
  });

  await report.agree("a resource as input of a run", async () => {
    const values = '"text":{"value":"x"},"angle":{"value":1},"factor":{"value":1.5}';
    const inputs = `{${values},"stored":{"type":"DriveData","drive_id":"${resource}"}}`;
    const { run_id: id, status } = await command.finish("input-types", inputs);
    assert.equal(status, "success");
    await command.well(["run", "download", id, "received", "-F", "received.json"]);
    const received = JSON.parse(command.read("received.json").toString()) as { stored: { size: number } };
    assert.equal(received.stored.size, 8);
    return "";
  });

  await report.agree("drive artifact add, list, get, update, download, delete", async () => {
    const { component, inputs, output } = sandbox.ready.deltatwin;
    const { run_id: run } = await command.finish(component, inputs);
    const about = ["-a", "kept", "-d", "one band", "-t", "band"];
    await command.well(
      ["drive", "artifact", "add", run, output, ...about],
      /is being created and will be available shortly/,
    );
    const listed = async (): Promise<Stored[]> => command.json<Stored[]>("drive", "artifact", "list", "-d", component);
    // Made in the background, within less than one call of the command.
    await listed();
    const [kept] = await listed();
    assert.ok(kept, "there is no artifact");
    const { id, name, twin_name } = kept;
    assert.deepEqual([name, twin_name], ["kept", `${component}:1.1.0`]);
    await command.well(["drive", "artifact", "list"], /kept/);
    await command.well(["drive", "artifact", "update", id, "-t", "other"]);
    assert.deepEqual((await command.json<Stored>("drive", "artifact", "get", id)).topics, ["other"]);
    await command.well(["drive", "artifact", "download", id]);
    const file = sandbox.deltatwin.drive.find(id, sandbox.ready.deltatwin.username)?.filename ?? "";
    assert.deepEqual(command.read(file), sandbox.deltatwin.runs.find(run)?.outputs.get(output)?.bytes);
    await command.well(["drive", "artifact", "delete", id]);
    await command.ends(["drive", "artifact", "get", id], 1, /Not Found at/);
    await command.ends(["drive", "artifact", "add", run, "nothing", ...about], 1, /Output nothing not found/);
    return file;
  });

  await report.agree("drive resource delete; an update of nothing: exit 2", async () => {
    await command.ends(["drive", "resource", "update", resource], 2);
    await command.well(["drive", "resource", "delete", resource]);
    await command.ends(["drive", "resource", "download", resource], 1, /Not Found at/);
    return "";
  });

  await report.agree("metrics: text, and four JSON documents one after the other", async () => {
    await command.well(["metrics"]);
    const printed = await command.well(["metrics", "-f", "json"]);
    const documents = printed.split(/^(?=\{)/m).filter((one) => one.startsWith("{"));
    const all = documents.map((one) => jsonOf<Record<string, unknown>>(one));
    assert.deepEqual(
      all.map(({ type }) => type),
      ["drive", "runs", "schedules", "deltatwins"],
    );
    assert.equal(all[1]?.["max_run"], 1000);
    return `${String(all[1]?.["number_of_runs"])} runs`;
  });
}
