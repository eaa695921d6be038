/** `$filter`, `$orderby`, `$top`, `$skip`, `$count` and `$expand` over a list of entities. */
import type { Exchange } from "../core/exchange.js";
import { compare, parseFilter, valueAt, type Entity } from "./odata-filter.js";
import { OdataError } from "./odata-error.js";

const KNOWN = new Set(["$filter", "$orderby", "$top", "$skip", "$count", "$expand", "$format"]);
/** As CDSE limits it. */
const MOST = 1000;

export interface QueryOptions {
  /** For `@odata.context`. */
  context: string;
  /** Shown only when expanded. */
  expandable: string[];
  /** Address that `@odata.nextLink` begins with. */
  url: string;
  /** Fills in what is too dear for entities that are not on the page. */
  finish?: (entity: Entity) => Entity;
}

/** The page that a request asks for. Throws 400 for options that are wrong or unknown. */
export function pageOf(exchange: Exchange, all: Entity[], options: QueryOptions): Entity {
  const query = exchange.url.searchParams;
  for (const name of query.keys()) {
    if (name.startsWith("$") && !KNOWN.has(name)) throw new OdataError(400, `There is no query option ${name}.`);
  }
  const top = whole(query, "$top", exchange.modes.sesameo.pageSize, MOST);
  const skip = whole(query, "$skip", 0, Infinity);
  const filter = query.get("$filter");
  const found = filter === null ? all : all.filter(parseFilter(filter));
  const sorted = sort(found, query.get("$orderby"));
  const expanded = (query.get("$expand") ?? "").split(",").map((one) => one.trim());
  const page = sorted.slice(skip, skip + top).map((entity) => shown(entity, expanded, options));
  const result: Entity = { "@odata.context": `$metadata#${options.context}` };
  if (query.get("$count") === "true") result["@odata.count"] = found.length;
  result["value"] = page;
  if (page.length > 0 && skip + top < found.length) {
    const next = new URLSearchParams(query);
    next.set("$skip", String(skip + top));
    result["@odata.nextLink"] = `${options.url}?${next.toString()}`;
  }
  return result;
}

/** One entity with what is expanded. */
export function shown(entity: Entity, expanded: string[], { expandable, finish }: QueryOptions): Entity {
  const whole = { ...(finish ? finish(entity) : entity) };
  for (const name of expandable) if (!expanded.includes(name)) delete whole[name];
  return whole;
}

function whole(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const text = query.get(name);
  if (text === null) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value <= most)) throw new OdataError(400, `${name} must be a whole number from 0 to ${most}.`);
  return value;
}

function sort(entities: Entity[], orderby: string | null): Entity[] {
  if (orderby === null) return entities;
  const keys = orderby.split(",").map((text) => {
    const match = /^\s*([\w/]+)(?:\s+(asc|desc))?\s*$/.exec(text);
    if (!match) throw new OdataError(400, `Invalid $orderby: ${text}`);
    return { path: (match[1] ?? "").split("/"), sign: match[2] === "desc" ? -1 : 1 };
  });
  return entities.toSorted((a, b) => {
    for (const { path, sign } of keys) {
      const order = sign * compare(valueAt(a, path), valueAt(b, path));
      if (order) return order;
    }
    return 0;
  });
}
