/** From the values a person entered to the search that is sent: a POST body, or a query string. */
import { badInput } from "../errors.js";
import { cql2Json } from "./cql2.js";
import { datetimeInterval } from "./datetime-interval.js";
import {
  bboxNumbers,
  fieldsObject,
  idList,
  intersectsGeometry,
  positiveInteger,
  queryObject,
  sortbyList,
} from "./search-fields.js";

/** The fields of eo-stac-search as they come out of the typed inputs. `undefined` = left blank in the dialog. */
export interface SearchFields {
  catalogue?: unknown;
  collections?: unknown;
  datetime?: unknown;
  bbox?: unknown;
  intersects?: unknown;
  ids?: unknown;
  query?: unknown;
  filter?: unknown;
  sortby?: unknown;
  fields?: unknown;
  limit?: unknown;
  max?: unknown;
}

export interface SearchRequest {
  /** Path below the service's address, such as `/catalogs/public/catalogs/ceda`; "" = the whole service. */
  cataloguePath: string;
  collections: string[] | undefined;
  datetime: string | undefined;
  /** Everything else of a STAC API search body (item-search 1.0.0). */
  rest: Record<string, unknown>;
  /** Items a page; undefined = the provider's default. */
  limit: number | undefined;
  /** Items in all; 0 = every one. */
  max: number;
}

const DEFAULT_MAX = 10_000;

export function cataloguePath(value: unknown): string {
  if (value === undefined) return "";
  if (typeof value !== "string")
    throw badInput("The catalogue is not a text. Enter ids joined by /, such as public/ceda-stac-catalogue.");
  const ids = value
    .split("/")
    .map((id) => id.trim())
    .filter((id) => id !== "");
  if (ids.some((id) => id === "." || id === ".."))
    throw badInput(`The catalogue "${value.slice(0, 100)}" is not a path of catalogue ids.`);
  return ids.map((id) => `/catalogs/${encodeURIComponent(id)}`).join("");
}

/**
 * Checks every field and puts them in the form a service takes.
 * @throws EoError BAD_INPUT naming the field; nothing has been sent.
 */
export function searchRequest(fields: SearchFields, now: Date): SearchRequest {
  // A field that was left blank is absent; one that was filled from a message must have come to something.
  const given = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
    value === undefined ? undefined : read(value);
  const bbox = given(fields.bbox, bboxNumbers);
  const intersects = given(fields.intersects, intersectsGeometry);
  if (bbox && intersects)
    throw badInput("A search takes a bbox or a geometry to intersect, not both. Leave one blank.");
  const filter = given(fields.filter, cql2Json);
  const rest = {
    ids: given(fields.ids, (value) => idList(value, "ids")),
    bbox,
    intersects,
    query: given(fields.query, queryObject),
    filter,
    "filter-lang": filter ? "cql2-json" : undefined,
    sortby: given(fields.sortby, sortbyList),
    fields: given(fields.fields, fieldsObject),
  };
  return {
    cataloguePath: cataloguePath(fields.catalogue),
    collections: given(fields.collections, (value) => idList(value, "collections")),
    datetime: given(fields.datetime, (value) => datetimeInterval(value, now)),
    rest: Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    limit: given(fields.limit, (value) => positiveInteger(value, "limit", { min: 1 })),
    max: given(fields.max, (value) => positiveInteger(value, "max", { min: 0 })) ?? DEFAULT_MAX,
  };
}

/** The body of `POST /search` for these collections. */
export function searchBody(
  request: SearchRequest,
  collections: string[] | undefined,
  limit: number,
): Record<string, unknown> {
  return {
    ...(collections ? { collections } : {}),
    ...(request.datetime === undefined ? {} : { datetime: request.datetime }),
    ...request.rest,
    limit,
  };
}

/** The same search as a query string, for services without POST. */
export function searchQuery(body: Record<string, unknown>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    if (name === "sortby" && Array.isArray(value)) {
      const keys = (value as { field: string; direction: string }[]).map(
        (key) => `${key.direction === "desc" ? "-" : "+"}${key.field}`,
      );
      query.set(name, keys.join(","));
    } else if (name === "fields" && typeof value === "object" && value !== null) {
      const { include = [], exclude = [] } = value as { include?: string[]; exclude?: string[] };
      query.set(name, [...include, ...exclude.map((field) => `-${field}`)].join(","));
    } else if (Array.isArray(value)) query.set(name, value.join(","));
    else query.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return query;
}
