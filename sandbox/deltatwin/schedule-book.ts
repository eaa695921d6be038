/** Planned runs: at one date, or again and again. What is due is started when somebody looks. */
import { randomBytes } from "node:crypto";
import type { LosslessObject } from "../core/lossless-json.js";
import type { DeltatwinMode } from "../core/settings.js";
import { versionOf, type ComponentStore } from "./components.js";
import { nextCron } from "./cron.js";
import { scheduleDate } from "./dates.js";
import { DeltatwinError } from "./deltatwin-error.js";
import type { RunBook } from "./run-book.js";
import { shownInputs } from "./run.js";

export interface Schedule {
  id: string;
  name: string;
  owner: string;
  component: string;
  version: string;
  type: "date" | "cron";
  schedule: string;
  inputs: LosslessObject;
  paused: boolean;
  /** Milliseconds since 1970. */
  next: number;
}

export type NewSchedule = Omit<Schedule, "id" | "paused" | "next">;

export class ScheduleBook {
  private all: Schedule[] = [];

  constructor(
    private readonly components: ComponentStore,
    private readonly runs: RunBook,
  ) {}

  /** Throws 422 for a time that cannot be read or is over, 429 over the limit. */
  add(given: NewSchedule, { maxSchedules }: DeltatwinMode): Schedule {
    const own = this.all.filter(({ owner }) => owner === given.owner).length;
    if (own >= maxSchedules) {
      throw new DeltatwinError(429, `You have reached the number of schedules allowed (${own}/${maxSchedules})`);
    }
    const name = `${given.component}_${given.name}`;
    const id = `${name}_${randomBytes(3).toString("hex").slice(0, 5)}`;
    const schedule: Schedule = { ...given, id, name, paused: false, next: firstTime(given) };
    this.all.push(schedule);
    return schedule;
  }

  of(owner: string): Schedule[] {
    return this.all.filter((one) => one.owner === owner);
  }

  find(id: string, owner: string): Schedule | undefined {
    return this.all.find((one) => one.id === id && one.owner === owner);
  }

  remove(schedule: Schedule): void {
    this.all = this.all.filter((one) => one !== schedule);
  }

  resume(schedule: Schedule): void {
    schedule.paused = false;
    if (schedule.type === "cron") schedule.next = nextCron(schedule.schedule, Date.now());
  }

  /** Starts what is due. A date is over then; a cron time that was missed more than once counts once. */
  startDue(mode: DeltatwinMode, now = Date.now()): void {
    for (const schedule of this.all.filter(({ paused, next }) => !paused && next <= now)) {
      if (schedule.type === "date") this.remove(schedule);
      else schedule.next = nextCron(schedule.schedule, now);
      const component = this.components.find(schedule.component, schedule.owner);
      const version = component && versionOf(component, schedule.version);
      if (!version) continue;
      try {
        this.runs.start(schedule.owner, component, version, schedule.inputs, mode);
      } catch (error) {
        // No room for one more run: this time is left out.
        if (!(error instanceof DeltatwinError)) throw error;
      }
    }
  }

  document(schedule: Schedule, mode: DeltatwinMode): object {
    const component = this.components.find(schedule.component, schedule.owner);
    const version = component && versionOf(component, schedule.version);
    const { id, name, schedule: text, type, owner, inputs } = schedule;
    return {
      schedule_id: id,
      schedule_name: name,
      schedule: text,
      type,
      deltatwin_name: schedule.component,
      deltatwin_version: schedule.version,
      inputs: version ? shownInputs(inputs, version, mode) : {},
      next_schedule: schedule.paused ? null : `${scheduleDate(schedule.next)}+00:00`,
      owner,
    };
  }

  reset(): void {
    this.all = [];
  }
}

function firstTime({ type, schedule }: NewSchedule): number {
  if (type === "cron") {
    try {
      return nextCron(schedule, Date.now());
    } catch (error) {
      throw new DeltatwinError(422, `schedule: ${(error as Error).message}`);
    }
  }
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(schedule) ? Date.parse(`${schedule.replace(" ", "T")}Z`) : NaN;
  if (Number.isNaN(time)) throw new DeltatwinError(422, "schedule: a date must look like 2024-12-23 18:45:20");
  if (time <= Date.now()) throw new DeltatwinError(422, "schedule: this date is over");
  return time;
}
