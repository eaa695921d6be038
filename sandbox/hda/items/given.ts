/** Items that a test wrote itself: kept and sent as they are. */
import { netcdfProduct, SMALLEST_NETCDF } from "../../products/netcdf.js";
import { hostOf, type Box, type ItemKind, type ItemRecord } from "./item-record.js";

interface GivenRecord extends ItemRecord {
  json: string;
}

const KIND: ItemKind = {
  text: (record) => (record as GivenRecord).json,
  product: (record, _asset, { bytes, version }) =>
    netcdfProduct({
      size: Math.max(bytes, SMALLEST_NETCDF),
      series: record.collection,
      id: record.id,
      time: Number.isFinite(record.start) ? record.start : 0,
      version,
    }),
  disposition: "quoted",
};

/** Wraps features as items; dates and boxes are read from them where they can be. */
export function givenItems(collection: string, backend: string, features: readonly object[]): ItemRecord[] {
  return features.map((feature, index): GivenRecord => {
    const one = feature as Record<string, unknown>;
    const properties = (typeof one["properties"] === "object" && one["properties"]) || {};
    const facts = properties as Record<string, unknown>;
    const time = (key: string): number => (typeof facts[key] === "string" ? Date.parse(facts[key]) : NaN);
    const datetime = time("datetime");
    const start = Number.isNaN(datetime) ? time("start_datetime") : datetime;
    const end = Number.isNaN(datetime) ? time("end_datetime") : datetime;
    const box = one["bbox"];
    return {
      id: typeof one["id"] === "string" ? one["id"] : "",
      collection,
      backend,
      datetime: Number.isNaN(datetime) ? null : datetime,
      start,
      end,
      bbox: Array.isArray(box) && box.length === 4 ? (box as Box) : [-180, -90, 180, 90],
      facts,
      host: hostOf(index),
      kind: KIND,
      json: JSON.stringify(feature),
    };
  });
}
