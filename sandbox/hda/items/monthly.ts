/** Monthly means: items with a range of time and no single date. */
import { federatedKind } from "./federated.js";
import { hostOf, type ItemRecord } from "./item-record.js";

const KIND = federatedKind({
  file: "nc",
  claimed: "application/x-netcdf",
  assets: { thumbnail: "png" },
  extensions: [
    "https://api.openeo.org/extensions/federation/0.1.0",
    "https://stac-extensions.github.io/order/v1.1.0/schema.json",
  ],
  disposition: "quoted",
});

/** One item a month, the last one that of `newest` (ms). */
export function monthlyItems(
  collection: string,
  backend: string,
  series: string,
  count: number,
  newest: number,
): ItemRecord[] {
  const last = new Date(newest);
  return Array.from({ length: count }, (_, index) => {
    const month = last.getUTCMonth() - (count - 1 - index);
    const start = Date.UTC(last.getUTCFullYear(), month, 1);
    const end = Date.UTC(last.getUTCFullYear(), month + 1, 1) - 1000;
    return {
      id: `${new Date(start).toISOString().slice(0, 7).replace("-", "")}_${series}_P1M`,
      collection,
      backend,
      datetime: null,
      start,
      end,
      bbox: [-180, -90, 180, 90],
      facts: { "processing:level": "L4" },
      host: hostOf(index),
      kind: KIND,
    };
  });
}
