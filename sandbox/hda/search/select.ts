/** Picks and orders the items that a search asks for. */
import { backendOf } from "../backends.js";
import { backendError } from "../hda-error.js";
import type { ItemRecord } from "../items/item-record.js";
import type { Condition } from "./conditions.js";
import type { Interval } from "./datetime-interval.js";
import { boxesMeet, boxMeetsGeometry } from "./geometry.js";
import type { SearchRequest, SortRule } from "./search-request.js";

const SORTABLE = new Set(["datetime", "start_datetime", "end_datetime", "id", "eo:cloud_cover"]);

/** The items in the order in which the backend gives them. */
export function select(
  items: readonly ItemRecord[],
  request: SearchRequest,
  backendName: string,
): readonly ItemRecord[] {
  const backend = backendOf(backendName);
  const tests: ((item: ItemRecord) => boolean)[] = [];
  const { ids, interval, box } = request;
  if (ids) {
    const wanted = new Set(ids);
    tests.push((item) => wanted.has(item.id));
  }
  if (interval) tests.push((item) => during(item, interval));
  if (box) tests.push((item) => boxesMeet(box, item.bbox));
  for (const condition of request.conditions) tests.push(testOf(condition, backend.filters));
  const found = tests.length === 0 ? items : items.filter((item) => tests.every((test) => test(item)));
  if (request.sortby.length === 0 || backend.sort === "ignored") return found;
  if (backend.sort === "broken") {
    throw backendError(500, backendName, "KeyError", "sort_param_mapping");
  }
  return sorted(found, request.sortby, backendName);
}

function during(item: ItemRecord, { from, to }: Interval): boolean {
  if (item.datetime !== null) return item.datetime >= from && item.datetime <= to;
  return !(item.start > to) && !(item.end < from);
}

function testOf(condition: Condition, obeyed: boolean): (item: ItemRecord) => boolean {
  switch (condition.kind) {
    case "during":
      return (item) => during(item, condition.interval);
    case "meets":
      return (item) => boxMeetsGeometry(item.bbox, condition.geometry);
    case "at-most":
      return (item) => !obeyed || Number(valueOf(item, condition.property) ?? 0) <= condition.value;
    case "equal":
      return equalTo(condition.property, [condition.value], obeyed);
    case "one-of":
      return equalTo(condition.property, condition.values, obeyed);
  }
}

function equalTo(property: string, values: unknown[], obeyed: boolean): (item: ItemRecord) => boolean {
  const wanted = values.map(String);
  if (property === "id") return (item) => wanted.includes(item.id);
  if (property === "collection") return (item) => wanted.includes(item.collection);
  if (!obeyed) return () => true;
  return (item) => {
    const value = valueOf(item, property);
    return Array.isArray(value) ? value.some((one) => wanted.includes(String(one))) : wanted.includes(String(value));
  };
}

function valueOf(item: ItemRecord, property: string): unknown {
  if (property === "id") return item.id;
  if (property === "datetime") return item.datetime ?? item.start;
  if (property === "start_datetime") return item.start;
  if (property === "end_datetime") return item.end;
  return item.facts[property];
}

function sorted(items: readonly ItemRecord[], rules: SortRule[], backend: string): ItemRecord[] {
  for (const { field } of rules) {
    if (SORTABLE.has(field.replace(/^properties\./, ""))) continue;
    const message = `'${field}' is not sortable with ${backend}`;
    throw backendError(400, backend, "ValidationError", message);
  }
  return items.slice().sort((a, b) => {
    for (const { field, direction } of rules) {
      const name = field.replace(/^properties\./, "");
      const [left, right] = [valueOf(a, name), valueOf(b, name)] as [string | number, string | number];
      if (left !== right) return (left < right ? -1 : 1) * (direction === "asc" ? 1 : -1);
    }
    return 0;
  });
}
