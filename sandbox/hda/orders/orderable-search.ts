/** A search of a collection whose products are made to order: one placeholder item, or what is missing. */
import { backendError } from "../hda-error.js";
import type { CollectionInfo } from "../catalogue/collection-info.js";
import type { ItemContext } from "../items/item-record.js";
import type { SearchRequest } from "../search/search-request.js";
import type { OrderForm } from "./order-form.js";
import { placeholder } from "./order-items.js";
import { readChoices } from "./order-values.js";

/** The placeholder. Throws the 400 of the backend when a required field is missing. */
export function searchOrderable(
  info: CollectionInfo,
  form: OrderForm,
  backend: string,
  request: SearchRequest,
  context: ItemContext,
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const condition of request.conditions) {
    if (condition.kind === "equal") given[native(condition.property)] = condition.value;
    if (condition.kind === "one-of") given[native(condition.property)] = condition.values;
  }
  const { choices, problem } = readChoices(form, given, backend);
  if (problem) throw backendError(400, backend, "ValidationError", problem.message, problem.detail);
  if (form.dated && request.interval && choices["date"] === undefined) {
    choices["date"] = dateRange(request.interval.from, request.interval.to);
  }
  return placeholder(form, info, backend, choices, context);
}

function native(property: string): string {
  return property.replace(/^ecmwf:/, "");
}

/** `20260528/to/20260529` */
function dateRange(from: number, to: number): string {
  const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10).replaceAll("-", "");
  const start = Number.isFinite(from) ? from : to;
  const end = Number.isFinite(to) ? to : from;
  return Number.isFinite(start) ? `${text(start)}/to/${text(end)}` : "";
}
