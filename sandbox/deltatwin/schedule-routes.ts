/** Schedules: plan, list, one, pause, resume, removal. */
import type { Exchange } from "../core/exchange.js";
import { isObject } from "../core/lossless-json.js";
import type { Route } from "../core/router.js";
import { sendLossless } from "./component-routes.js";
import { versionOf } from "./components.js";
import { DeltatwinError } from "./deltatwin-error.js";
import type { DeltatwinState } from "./deltatwin-state.js";
import type { Schedule } from "./schedule-book.js";
import { forUsers, objectBody, type UserHandler } from "./session.js";

export function scheduleRoutes(state: DeltatwinState): Route[] {
  const { schedules } = state;
  const users = forUsers(state.identity);
  const known = (handler: UserHandler) =>
    users((exchange, user) => {
      schedules.startDue(exchange.modes.deltatwin);
      return handler(exchange, user);
    });
  const find = (exchange: Exchange, user: string): Schedule => {
    const { schedule: id = "" } = exchange.params;
    const found = schedules.find(id, user);
    if (!found) throw new DeltatwinError(404, `Schedule ${id} not found`);
    return found;
  };
  const answer = (exchange: Exchange, status: number, schedule: Schedule): Promise<void> =>
    sendLossless(exchange, status, schedules.document(schedule, exchange.modes.deltatwin));
  return [
    {
      name: "schedules",
      path: "/v2.0/schedules",
      methods: {
        GET: known((exchange, user) => {
          const query = exchange.url.searchParams;
          const [owner, name] = [query.get("owner"), query.get("deltatwin_name")];
          if (owner && owner !== user) throw new DeltatwinError(403, "Only administrators see schedules of others");
          const found = schedules.of(user).filter((one) => !name || one.component === name);
          const mode = exchange.modes.deltatwin;
          return sendLossless(
            exchange,
            200,
            found.map((one) => schedules.document(one, mode)),
          );
        }),
        POST: known((exchange, user) => answer(exchange, 201, add(exchange, user, state))),
      },
    },
    {
      name: "schedule",
      path: "/v2.0/schedules/{schedule}",
      methods: {
        GET: known((exchange, user) => answer(exchange, 200, find(exchange, user))),
        DELETE: known((exchange, user) => {
          schedules.remove(find(exchange, user));
          return exchange.send({ status: 204 });
        }),
      },
    },
    {
      name: "schedule-pause",
      path: "/v2.0/schedules/{schedule}/pause",
      methods: {
        PUT: known((exchange, user) => {
          find(exchange, user).paused = true;
          return exchange.json(200, { message: "paused" });
        }),
      },
    },
    {
      name: "schedule-resume",
      path: "/v2.0/schedules/{schedule}/resume",
      methods: {
        PUT: known((exchange, user) => {
          schedules.resume(find(exchange, user));
          return exchange.json(200, { message: "resumed" });
        }),
      },
    },
  ];
}

function add(exchange: Exchange, user: string, state: DeltatwinState): Schedule {
  const body = objectBody(exchange);
  const { deltatwin_name: name, deltatwin_version: wanted, type, schedule, schedule_name: label, inputs } = body;
  if (typeof name !== "string") throw new DeltatwinError(422, "deltatwin_name: Field required");
  if (typeof label !== "string" || label === "") throw new DeltatwinError(422, "schedule_name: Field required");
  if (type !== "date" && type !== "cron") throw new DeltatwinError(422, "type: Input should be 'date' or 'cron'");
  if (typeof schedule !== "string") throw new DeltatwinError(422, "schedule: Input should be a valid string");
  const component = state.components.find(name, user);
  const named = typeof wanted === "string" ? wanted : undefined;
  const version = component && versionOf(component, named);
  if (!version) throw new DeltatwinError(404, `DeltaTwin ${name}${named ? `:${named}` : ""} not found`);
  return state.schedules.add(
    {
      name: label,
      owner: user,
      component: name,
      version: version.version,
      type,
      schedule,
      // Without a file of inputs the command sends an empty list.
      inputs: isObject(inputs) ? inputs : {},
    },
    exchange.modes.deltatwin,
  );
}
