/** Daily items for collections that need nothing special. */
import { compactDate } from "./date-text.js";
import { federatedKind, type FederatedForm } from "./federated.js";
import { hostOf, type ItemKind, type ItemRecord } from "./item-record.js";

const DAY = 86_400_000;

const form = (file: FederatedForm["file"], claimed: string, disposition: ItemKind["disposition"]): ItemKind =>
  federatedKind({
    file,
    claimed,
    assets: { thumbnail: "png" },
    extensions: [
      "https://api.openeo.org/extensions/federation/0.1.0",
      "https://stac-extensions.github.io/order/v1.1.0/schema.json",
    ],
    disposition,
  });

const NETCDF = form("nc", "application/x-netcdf", "quoted");
const ARCHIVE = form("zip", "application/octet-stream", "quoted");

/** One item a day, the last one on the day `newest` (ms). */
export function plainItems(collection: string, backend: string, count: number, newest: number): ItemRecord[] {
  const short = collection.replace(/^(EO|STAT)\.\w+\.(DAT|CM)\./, "").toLowerCase();
  return Array.from({ length: count }, (_, index) => {
    const start = newest - (count - 1 - index) * DAY;
    return {
      id: `${compactDate(start)}_${short}_P1D`,
      collection,
      backend,
      datetime: start,
      start,
      end: start,
      bbox: [-180, -90, 180, 90],
      facts: { "product:type": short },
      host: hostOf(index),
      kind: backend === "cop_marine" ? NETCDF : ARCHIVE,
    };
  });
}
