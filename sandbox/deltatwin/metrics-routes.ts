/** What a person has used of what is allowed. */
import type { Route } from "../core/router.js";
import { plainDate } from "./dates.js";
import type { DeltatwinState } from "./deltatwin-state.js";
import { forUsers } from "./session.js";

export function metricsRoutes(state: DeltatwinState): Route[] {
  const known = forUsers(state.identity);
  return [
    {
      name: "metrics",
      path: "/v2.0/user/metrics",
      methods: {
        GET: known((exchange, user) => {
          const { maxRuns, maxParallel, maxSchedules, maxDrive } = exchange.modes.deltatwin;
          const { drive, runs, schedules, components } = state;
          const { today, active, executionTime } = runs.counts(user);
          const metric_date = plainDate(Date.now());
          const own = components.seenBy(user).filter((one) => one.owner === user);
          return exchange.json(200, [
            {
              type: "s3",
              occupied_size: drive.occupied(user),
              max_size: maxDrive,
              total_objects: drive.of(user).filter((one) => one.owner === user).length,
              metric_date,
            },
            {
              type: "run",
              number_of_runs: today,
              max_run: maxRuns,
              number_of_runs_parallel: active,
              max_run_parallel: maxParallel,
              execution_time: executionTime,
            },
            { type: "cron", cron_number: schedules.of(user).length, max_cron: maxSchedules, metric_date },
            ...own.map(({ name }) => ({ type: "harbor", project_name: name, occupied_size: 50_000_000, metric_date })),
          ]);
        }),
      },
    },
  ];
}
