/** Queryables: the JSON Schema of what a search may ask, narrowed by what was already chosen. */
import { narrowed } from "../orders/order-values.js";
import type { OrderField } from "../orders/order-form.js";
import type { CollectionInfo } from "./collection-info.js";

const DATETIME = {
  description: "The searchable date/time of the assets, in UTC (Formatted in RFC 3339) ",
  format: "date-time",
  pattern: "(\\+00:00|Z)$",
  title: "Date and Time",
  type: ["string", "null"],
};
const BASE = {
  id: { title: "ID", description: "Item identifier", type: "string" },
  collection: { title: "Collection", type: "string" },
  geometry: { title: "Geometry", $ref: "https://geojson.org/schema/Feature.json#/properties/geometry" },
};

/** `chosen` holds the current choices, as query parameters with the `ecmwf:` prefix. */
export function queryables(info: CollectionInfo | undefined, id: string, chosen: URLSearchParams): object {
  const properties: Record<string, object> = { datetime: DATETIME };
  const required: string[] = [];
  const form = info?.order;
  if (!form) Object.assign(properties, BASE);
  if (form) {
    const picks: Record<string, string[]> = {};
    for (const key of new Set(chosen.keys())) picks[key.replace(/^ecmwf:/, "")] = chosen.getAll(key);
    properties["ecmwf:dataset"] = single("dataset", form.dataset);
    for (const field of form.fields) {
      const key = `ecmwf:${field.name}`;
      const picked = picks[field.name];
      const values = narrowed(form, field, picks);
      properties[key] = schemaOf(field, values, picked);
      if (field.required && field.preset === undefined && !picked && values.length !== 1) required.push(key);
    }
  }
  return {
    $schema: "https://json-schema.org/draft/2019-09/schema",
    $id: id,
    type: "object",
    title: "STAC queryables for DEDL HDA STAC API.",
    description: "Queryable names for DEDL HDA STAC API.",
    properties,
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: info === undefined,
  };
}

function single(title: string, value: string): object {
  return { title, type: "string", const: value, default: value };
}

function schemaOf(field: OrderField, values: string[], picked: string[] | undefined): object {
  const { name } = field;
  const preset = picked ?? (field.preset === undefined ? undefined : [field.preset]);
  const choice = values.length === 1 ? { const: values[0] } : values.length > 1 ? { enum: values } : {};
  if (field.many) {
    return {
      title: name,
      type: "array",
      items: { type: "string", ...choice },
      ...(preset ? { default: preset } : {}),
    };
  }
  const last = preset?.at(-1);
  return { title: name, type: "string", ...choice, ...(last === undefined ? {} : { default: last }) };
}
