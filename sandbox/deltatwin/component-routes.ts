/** Components: list, one, its versions; change and removal of one's own. */
import type { Exchange } from "../core/exchange.js";
import { printLossless } from "../core/lossless-json.js";
import type { Route } from "../core/router.js";
import { componentDocument, listEntry, versionOf, type Component } from "./components.js";
import { publicationDate } from "./dates.js";
import { DeltatwinError } from "./deltatwin-error.js";
import type { DeltatwinState } from "./deltatwin-state.js";
import { forUsers, objectBody } from "./session.js";

export function componentRoutes(state: DeltatwinState): Route[] {
  const known = forUsers(state.identity);
  const find = (exchange: Exchange, user: string): Component => {
    const { name = "" } = exchange.params;
    const component = state.components.find(name, user);
    if (!component) throw new DeltatwinError(404, `DeltaTwin ${name} not found`);
    return component;
  };
  const own = (exchange: Exchange, user: string): Component => {
    const component = find(exchange, user);
    if (component.owner !== user) throw new DeltatwinError(403, `${component.name} belongs to ${component.owner}`);
    return component;
  };
  return [
    {
      name: "components",
      path: "/v2.0/deltatwins",
      methods: {
        GET: known((exchange, user) => {
          const visibility = exchange.url.searchParams.get("visibility");
          const all = state.components.seenBy(user).filter((one) => !visibility || one.visibility === visibility);
          return exchange.json(200, all.map(listEntry));
        }),
      },
    },
    {
      name: "component",
      path: "/v2.0/deltatwins/{name}",
      methods: {
        GET: known((exchange, user) => {
          const component = find(exchange, user);
          const wanted = exchange.url.searchParams.get("version") ?? undefined;
          const version = versionOf(component, wanted);
          if (!version) throw new DeltatwinError(404, `DeltaTwin ${component.name} has no version ${wanted ?? ""}`);
          return sendLossless(exchange, 200, componentDocument(component, version));
        }),
        PATCH: known((exchange, user) => {
          const component = own(exchange, user);
          const { topics, visibility } = objectBody(exchange);
          if (Array.isArray(topics)) component.topics = topics.map(String).filter((one) => one !== "");
          if (visibility === "public") throw new DeltatwinError(403, "Only administrators may publish to everybody");
          return exchange.send({ status: 204 });
        }),
        DELETE: known((exchange, user) => {
          state.components.remove(own(exchange, user));
          return exchange.send({ status: 204 });
        }),
      },
    },
    {
      name: "versions",
      path: "/v2.0/deltatwins/{name}/versions",
      methods: {
        GET: known((exchange, user) => {
          const { name, versions } = find(exchange, user);
          const all = versions.map(({ version, changelog, published }) => ({
            name: version,
            changelog,
            publication_date: publicationDate(published),
          }));
          return exchange.json(
            200,
            all.map((one) => ({ ...one, deltatwin_name: name })),
          );
        }),
      },
    },
    {
      name: "version",
      path: "/v2.0/deltatwins/{name}/versions/{version}",
      methods: {
        DELETE: known((exchange, user) => {
          const component = own(exchange, user);
          const { version = "" } = exchange.params;
          const left = component.versions.filter((one) => one.version !== version);
          if (left.length === component.versions.length) {
            throw new DeltatwinError(404, `DeltaTwin ${component.name} has no version ${version}`);
          }
          component.versions = left;
          if (left.length === 0) state.components.remove(component);
          return exchange.send({ status: 204 });
        }),
      },
    },
  ];
}

/** JSON whose numbers keep their spelling. */
export function sendLossless(exchange: Exchange, status: number, value: unknown): Promise<void> {
  return exchange.send({ status, headers: { "content-type": "application/json" }, body: printLossless(value) });
}
