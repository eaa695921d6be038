/** Schedules of the DeltaTwin service: cron times, plans, pauses, and the runs they start. */
import assert from "node:assert/strict";
import { nextCron } from "../../sandbox/deltatwin/cron.js";
import { useSandbox } from "../support/sandbox.js";
import { Twin, type RunLike } from "./twin.js";

interface ScheduleLike {
  schedule_id: string;
  schedule_name: string;
  schedule: string;
  type: string;
  deltatwin_version: string;
  next_schedule: string | null;
  inputs: object;
}

describe("sandbox: cron times", () => {
  it("finds the next instant after another one", () => {
    const table: [string, string, string][] = [
      ["0,30 * * * *", "2026-01-01T10:00:00Z", "2026-01-01T10:30:00Z"],
      ["*/15 6-7 * * *", "2026-01-01T07:45:00Z", "2026-01-02T06:00:00Z"],
      ["5 4 1 * *", "2026-01-31T00:00:00Z", "2026-02-01T04:05:00Z"],
      ["0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
      ["0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"],
      ["10/20 * * * *", "2026-01-01T10:51:00Z", "2026-01-01T11:10:00Z"],
    ];
    for (const [text, after, next] of table) {
      assert.equal(new Date(nextCron(text, Date.parse(after))).toISOString(), next.replace("Z", ".000Z"), text);
    }
  });

  it("refuses what is no expression or never comes", () => {
    for (const text of ["", "* * * *", "60 * * * *", "a * * * *", "5-3 * * * *", "*/0 * * * *", "0 0 31 2 *"]) {
      assert.throws(() => nextCron(text, 0), RangeError, text);
    }
  });
});

describe("sandbox: DeltaTwin schedules", () => {
  const sandbox = useSandbox();
  let twin: Twin;
  beforeEach(async () => {
    sandbox().settings.patch({ deltatwin: { pace: 5 } });
    twin = await Twin.login(sandbox());
  });
  const plan = (more: object) => {
    const { component, inputs } = sandbox().ready.deltatwin;
    const common = {
      deltatwin_name: component,
      deltatwin_version: null,
      schedule_name: "mine",
      tenancy: "",
      project: "",
    };
    return twin.ask("POST", "/schedules", { ...common, inputs, ...more });
  };
  const cron = { type: "cron", schedule: "0,30 * * * *" };

  it("plans by cron and by date, without keys in what it shows", async () => {
    const made = (await plan(cron)).json<ScheduleLike>();
    assert.match(made.schedule_id, /^band-extractor_mine_\w{5}$/);
    assert.deepEqual([made.schedule_name, made.deltatwin_version], ["band-extractor_mine", "1.1.0"]);
    assert.match(made.next_schedule ?? "", /^\d{4}-\d\d-\d\d \d\d:[03]0:00\+00:00$/);
    assert.ok(!JSON.stringify(made).includes(sandbox().ready.sesameo.apiKey));
    const once = (await plan({ type: "date", schedule: "2099-12-23 18:45:20" })).json<ScheduleLike>();
    assert.equal(once.next_schedule, "2099-12-23 18:45:20+00:00");
    const all = await twin.get<ScheduleLike[]>("/schedules?deltatwin_name=band-extractor");
    assert.deepEqual(
      all.map(({ type }) => type),
      ["cron", "date"],
    );
    assert.deepEqual(await twin.get("/schedules?deltatwin_name=other"), []);
  });

  it("pauses, resumes, deletes", async () => {
    const { schedule_id: id } = (await plan(cron)).json<ScheduleLike>();
    assert.ok((await twin.ask("PUT", `/schedules/${id}/pause`)).json());
    assert.equal((await twin.get<ScheduleLike>(`/schedules/${id}`)).next_schedule, null);
    assert.ok((await twin.ask("PUT", `/schedules/${id}/resume`)).json());
    assert.ok((await twin.get<ScheduleLike>(`/schedules/${id}`)).next_schedule);
    assert.equal((await twin.ask("DELETE", `/schedules/${id}`)).status, 204);
    for (const [method, end] of [
      ["GET", ""],
      ["DELETE", ""],
      ["PUT", "/pause"],
      ["PUT", "/resume"],
    ] as const) {
      assert.equal((await twin.ask(method, `/schedules/${id}${end}`)).status, 404, method + end);
    }
  });

  it("starts what is due: a date once, cron again and again, a paused one never", async () => {
    const made = (await plan(cron)).json<ScheduleLike>();
    const once = (await plan({ type: "date", schedule: "2099-12-23 18:45:20" })).json<ScheduleLike>();
    const { schedules } = sandbox().deltatwin;
    const mode = sandbox().settings.get().deltatwin;
    schedules.startDue(mode, Date.parse("2099-12-24T00:00:00Z"));
    const started = await twin.get<RunLike[]>("/runs");
    assert.equal(started.length, 2);
    assert.equal((await twin.follow(started[0]?.run_id ?? "")).status, "success");
    const left = await twin.get<ScheduleLike[]>("/schedules");
    assert.deepEqual(
      left.map(({ schedule_id: id }) => id),
      [made.schedule_id],
    );
    assert.equal(left[0]?.next_schedule, "2099-12-24 00:30:00+00:00");
    assert.ok(once.schedule_id);
    await twin.ask("PUT", `/schedules/${made.schedule_id}/pause`);
    schedules.startDue(mode, Date.parse("2100-01-01T00:00:00Z"));
    assert.equal((await twin.get<RunLike[]>("/runs")).length, 2);
  });

  it("refuses what it cannot plan, others' plans, and one too many", async () => {
    const wrong: [object, number][] = [
      [{ type: "date", schedule: "2020-12-23 18:45:20" }, 422],
      [{ type: "date", schedule: "2099-13-23 18:45:20" }, 422],
      [{ type: "date", schedule: "tomorrow" }, 422],
      [{ type: "cron", schedule: "daily" }, 422],
      [{ type: null, schedule: null }, 422],
      [{ ...cron, schedule_name: "" }, 422],
      [{ ...cron, deltatwin_name: "none" }, 404],
      [{ ...cron, deltatwin_version: "9" }, 404],
    ];
    for (const [more, status] of wrong) assert.equal((await plan(more)).status, status, JSON.stringify(more));
    assert.equal((await twin.ask("GET", "/schedules?owner=somebody")).status, 403);
    for (let count = 0; count < 5; count++) assert.equal((await plan({ ...cron, inputs: [] })).status, 201);
    const refused = await plan(cron);
    assert.deepEqual([refused.status, /\(5\/5\)$/.test(String(refused.json()["detail"]))], [429, true]);
  });
});
