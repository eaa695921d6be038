/** The drive of the DeltaTwin service, and what a person has used of everything. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { useSandbox } from "../support/sandbox.js";
import type { Answer } from "./ask.js";
import { Twin, type RunLike } from "./twin.js";

interface StoredLike {
  id: string;
  name: string;
  size: number;
  topics: string[];
  description: string;
  visibility: string;
  deltatwin_name?: string;
  publication_date: string;
}

describe("sandbox: DeltaTwin drive", () => {
  const sandbox = useSandbox();
  let twin: Twin;
  beforeEach(async () => {
    sandbox().settings.patch({ deltatwin: { pace: 5 } });
    twin = await Twin.login(sandbox());
  });
  const upload = (content: string, more: Record<string, string> = {}): Promise<Answer> =>
    twin.ask("POST", "/resources", content, {
      name: "table.csv",
      visibility: "private",
      description: "two values",
      topics: "one,two",
      checksum: createHash("md5").update(content).digest("hex"),
      "content-type": "text/csv",
      "content-disposition": "attachment; filename=values.csv",
      ...more,
    });

  it("keeps resources: adds, shows, changes, sends, deletes", async () => {
    const { id } = (await upload("a,b\n1,2\n")).json<{ id: string }>();
    const { publication_date: date, ...stored } = await twin.get<StoredLike>(`/resources/${id}`);
    assert.match(date, /\.\d{3}Z$/);
    assert.deepEqual(stored, {
      id,
      name: "table.csv",
      size: 8,
      visibility: "private",
      description: "two values",
      owner: sandbox().ready.deltatwin.username,
      topics: ["one", "two"],
      content_type: "text/csv",
      publish_by: sandbox().ready.deltatwin.username,
      type_file: "file",
    });
    assert.equal((await twin.get<StoredLike[]>("/resources?visibility=private")).length, 1);
    assert.deepEqual(await twin.get("/resources?visibility=public"), []);
    const file = await twin.ask("GET", `/resources/${id}/download`);
    assert.deepEqual(
      [file.text(), file.headers["content-disposition"], file.headers["content-type"]],
      ["a,b\n1,2\n", 'attachment; filename="values.csv"', "text/csv"],
    );
    assert.equal((await twin.ask("PATCH", `/resources/${id}`, { topics: [], description: "new" })).status, 204);
    const changed = await twin.get<StoredLike>(`/resources/${id}`);
    assert.deepEqual([changed.topics, changed.description], [[], "new"]);
    assert.equal((await twin.ask("PATCH", `/resources/${id}`, { visibility: "public" })).status, 403);
    assert.equal((await twin.ask("DELETE", `/resources/${id}`)).status, 204);
    assert.equal((await twin.ask("GET", `/resources/${id}/download`)).status, 404);
  });

  it("refuses uploads that are wrong, for everybody, or too large", async () => {
    assert.equal((await upload("x", { checksum: "0".repeat(32) })).status, 400);
    assert.equal((await upload("x", { visibility: "public" })).status, 403);
    assert.equal((await twin.ask("POST", "/resources", "x")).status, 422);
    sandbox().settings.patch({ deltatwin: { maxDrive: 3 } });
    assert.equal((await upload("xx")).status, 201);
    assert.equal((await upload("xx")).status, 413);
  });

  it("makes artifacts of run outputs in the background", async () => {
    const { component, inputs, output } = sandbox().ready.deltatwin;
    const { run_id, outputs } = await twin.finish(component, inputs);
    const about = { name: "kept", visibility: "private", topics: ["t"], description: "d", owner: "somebody", run_id };
    // One that takes long, and one that is there at once.
    for (const [pace, there] of [
      [3_600_000, 0],
      [0, 1],
    ] as const) {
      sandbox().settings.patch({ deltatwin: { pace } });
      const made = await twin.ask("POST", "/artifacts", { ...about, output_name: output });
      assert.deepEqual([made.status, made.text()], [202, ""]);
      assert.equal((await twin.get<StoredLike[]>("/artifacts")).length, there);
    }
    const [kept] = await twin.get<StoredLike[]>(`/artifacts?visibility=private&dtwin_name=${component}`);
    assert.deepEqual([kept?.name, kept?.deltatwin_name, kept?.size], ["kept", component, outputs[output]?.size]);
    assert.deepEqual(await twin.get("/artifacts?dtwin_name=other"), []);
    const file = await twin.ask("GET", `/artifacts/${kept?.id}/download`);
    assert.equal(file.headers["content-disposition"], `attachment; filename="${outputs[output]?.basename}"`);
    assert.equal(file.body.length, kept?.size);
    assert.equal((await twin.ask("GET", `/resources/${kept?.id}`)).status, 404);
    for (const wrong of [{ output_name: "none" }, { output_name: output, run_id: "none" }]) {
      assert.equal((await twin.ask("POST", "/artifacts", { ...about, ...wrong })).status, 404);
    }
  });

  it("gives a resource to a run", async () => {
    const { id } = (await upload("four")).json<{ id: string }>();
    const text = `{"text":{"value":"x"},"angle":{"value":1},"factor":{"value":1.5},"stored":{"type":"DriveData","drive_id":"${id}"}}`;
    const { run_id, status } = await twin.finish("input-types", text);
    assert.equal(status, "success");
    const received = await twin.get<{ stored: object }>(`/runs/${run_id}/outputs/received/download`);
    assert.deepEqual(received.stored, { basename: id, size: 4, md5: createHash("md5").update("four").digest("hex") });
  });

  it("counts what is used: drive, runs, schedules, own components", async () => {
    const { component, inputs } = sandbox().ready.deltatwin;
    await upload("12345");
    await twin.finish(component, inputs);
    sandbox().settings.patch({ deltatwin: { hold: "created", maxRuns: 10 } });
    const { run_id } = (await twin.start(component, inputs)).json<RunLike>();
    const plan = { deltatwin_name: component, schedule_name: "n", type: "cron", schedule: "0 0 * * *" };
    await twin.ask("POST", "/schedules", plan);
    const [drive, runs, cron, ...projects] = await twin.get<Record<string, unknown>[]>("/user/metrics");
    assert.match(String(drive?.["metric_date"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual([drive?.["type"], drive?.["occupied_size"], drive?.["total_objects"]], ["s3", 5, 1]);
    const { number_of_runs, max_run, number_of_runs_parallel, max_run_parallel } = runs ?? {};
    assert.deepEqual([number_of_runs, max_run, number_of_runs_parallel, max_run_parallel], [2, 10, 1, 2]);
    assert.deepEqual([cron?.["type"], cron?.["cron_number"], cron?.["max_cron"]], ["cron", 1, 5]);
    assert.deepEqual(
      projects.map((one) => one["project_name"]),
      ["input-types", "broken-model"],
    );
    await twin.ask("DELETE", `/runs/${run_id}`);
  });
});
