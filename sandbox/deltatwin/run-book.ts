/** All runs of a sandbox, newest last, and how many more there may be. */
import type { LosslessObject } from "../core/lossless-json.js";
import type { DeltatwinMode } from "../core/settings.js";
import type { Component, Version } from "./components.js";
import { DeltatwinError } from "./deltatwin-error.js";
import { Run } from "./run.js";
import { work, type WorkEnvironment } from "./run-work.js";

export interface RunCounts {
  today: number;
  active: number;
  /** Seconds, of ended runs. */
  executionTime: number;
}

export class RunBook {
  private runs: Run[] = [];
  /** Deleted runs count for the day, too. */
  private startedAt: { owner: string; time: number }[] = [];
  private readonly works = new Set<Promise<void>>();

  constructor(private readonly environment: Omit<WorkEnvironment, "slotIsFree">) {}

  /** Throws 429 over the limits. */
  start(owner: string, component: Component, version: Version, given: LosslessObject, mode: DeltatwinMode): Run {
    const { today, active } = this.counts(owner);
    if (today >= mode.maxRuns) throw tooMany(today, mode.maxRuns);
    if (mode.overParallel === "429" && active >= mode.maxParallel) throw tooMany(active, mode.maxParallel);
    const run = new Run(owner, component, version, given);
    this.runs.push(run);
    this.startedAt.push({ owner, time: run.startedAt });
    const slotIsFree = (): boolean =>
      this.runs.filter((one) => one.owner === owner && one.status === "running").length < mode.maxParallel &&
      // First come, first served.
      this.runs.find((one) => one.owner === owner && one.status === "pending") === run;
    const done = work(run, mode, { ...this.environment, slotIsFree }).finally(() => this.works.delete(done));
    this.works.add(done);
    return run;
  }

  /** Runs of a person, newest first. */
  of(owner: string): Run[] {
    return this.runs.filter((one) => one.owner === owner).reverse();
  }

  all(): readonly Run[] {
    return this.runs;
  }

  find(id: string, owner?: string): Run | undefined {
    return this.runs.find((one) => one.id === id && (owner === undefined || one.owner === owner));
  }

  remove(run: Run): void {
    run.end("cancelled");
    this.runs = this.runs.filter((one) => one !== run);
  }

  counts(owner: string): RunCounts {
    const midnight = new Date().setUTCHours(0, 0, 0, 0);
    const own = this.of(owner);
    return {
      today: this.startedAt.filter((one) => one.owner === owner && one.time >= midnight).length,
      active: own.filter((one) => !one.ended).length,
      executionTime: own.reduce((sum, one) => sum + ((one.endedAt ?? one.startedAt) - one.startedAt) / 1000, 0),
    };
  }

  reset(): void {
    for (const run of this.runs) run.end("cancelled");
    this.runs = [];
    this.startedAt = [];
  }

  /** Ends all and waits until their files are gone. */
  async close(): Promise<void> {
    this.reset();
    await Promise.all(this.works);
  }
}

function tooMany(count: number, limit: number): DeltatwinError {
  const words = "You have reached the number of runs allowed for the beta version, please try again later";
  return new DeltatwinError(429, `${words} (${count}/${limit})`);
}
