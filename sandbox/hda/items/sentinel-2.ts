/** Sentinel-2 Level-2A items: tiles seen again every five days, with cloud cover. */
import { compactTime } from "./date-text.js";
import { federatedKind } from "./federated.js";
import { hostOf, type Box, type ItemKind, type ItemRecord } from "./item-record.js";

const KIND: ItemKind = federatedKind({
  file: "zip",
  claimed: "application/zip",
  assets: { thumbnail: "png", product_metadata: "xml", granule_metadata: "xml" },
  extensions: [
    "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "https://stac-extensions.github.io/grid/v1.1.0/schema.json",
    "https://stac-extensions.github.io/order/v1.1.0/schema.json",
    "https://api.openeo.org/extensions/federation/0.1.0",
  ],
  disposition: "unquoted",
});

/** Tile, west edge, south edge. */
const TILES: [string, number, number][] = [
  ["31UDQ", 1.6, 48.6],
  ["32TNS", 9.0, 45.9],
  ["32UPU", 10.5, 47.7],
  ["33TUG", 12.4, 42.3],
  ["30TVK", -4.2, 40.5],
  ["34SGH", 23.1, 37.8],
];
const DAY = 86_400_000;

/** Whole passes over all tiles, newest last; `newest` is milliseconds since 1970. */
export function sentinel2Items(collection: string, count: number, newest: number): ItemRecord[] {
  const items: ItemRecord[] = [];
  const passes = Math.ceil(count / TILES.length);
  for (let index = 0; index < count; index++) {
    const [tile, west, south] = TILES[index % TILES.length] ?? ["31UDQ", 0, 0];
    const pass = Math.floor(index / TILES.length);
    const start = newest - (passes - 1 - pass) * 5 * DAY + (index % TILES.length) * 14_000 + 37_024;
    const satellite = pass % 2 === 0 ? "A" : "B";
    const stamp = compactTime(start);
    const bbox: Box = [west, south, west + 1.4, south + 0.98];
    items.push({
      id: `S2${satellite}_MSIL2A_${stamp}_N0511_R${String((index * 29) % 143).padStart(3, "0")}_T${tile}_${compactTime(start + 4 * 3_600_000)}.SAFE`,
      collection,
      backend: "external_fdp",
      datetime: start,
      start,
      end: start,
      bbox,
      facts: {
        platform: `Sentinel-2${satellite}`,
        constellation: "Sentinel-2",
        instruments: ["MSI"],
        "product:type": "S2MSI2A",
        "processing:level": "L2A",
        "grid:code": `MGRS-${tile}`,
        "eo:cloud_cover": ((index * 37) % 1000) / 10,
      },
      host: hostOf(index),
      kind: KIND,
    });
  }
  return items;
}
