/** Items of the EUMETSAT backend: SLSTR passes, FCI granules with commas in their ids, SEVIRI scans. */
import { compactTime } from "./date-text.js";
import { federatedKind } from "./federated.js";
import { hostOf, type Box, type ItemKind, type ItemRecord } from "./item-record.js";

const EXTENSIONS = [
  "https://stac-extensions.github.io/order/v1.1.0/schema.json",
  "https://stac-extensions.github.io/product/v1.0.0/schema.json",
  "https://api.openeo.org/extensions/federation/0.1.0",
  "https://stac-extensions.github.io/sat/v1.0.0/schema.json",
];

/** The size of a product, in the unit that backend uses: thousands of bytes. */
const size = (_record: ItemRecord, context: { bytes: number }): Record<string, unknown> => ({
  size: Math.round(context.bytes / 1000),
});

const SLSTR: ItemKind = federatedKind({
  file: "zip",
  claimed: "application/octet-stream",
  assets: { "browse.png": "png", "EOPMetadata.xml": "xml", "manifest.xml": "xml", "S8_BT_in.nc": "nc" },
  properties: size,
  extensions: EXTENSIONS,
  disposition: "quoted",
});

const FCI: ItemKind = federatedKind({
  file: "zip",
  claimed: "application/octet-stream",
  assets: { "EOPMetadata.xml": "xml" },
  properties: size,
  extensions: EXTENSIONS,
  disposition: "quoted",
});

/** Scans come without any file name. */
const SEVIRI: ItemKind = federatedKind({
  file: "zip",
  claimed: "application/octet-stream",
  assets: { "EOPMetadata.xml": "xml" },
  properties: size,
  extensions: EXTENSIONS,
  disposition: "missing",
});

const MINUTE = 60_000;

/** Passes, newest last; `newest` is milliseconds since 1970. */
export function slstrItems(collection: string, count: number, newest: number): ItemRecord[] {
  return build(collection, count, newest, 101 * MINUTE, (index, start) => {
    const end = start + 3 * MINUTE;
    const orbit = (index * 17) % 385;
    const satellite = index % 2 === 0 ? "A" : "B";
    const west = ((index * 37) % 320) - 175;
    const south = ((index * 23) % 130) - 70;
    return {
      id: `S3${satellite}_SL_1_RBT____${compactTime(start)}_${compactTime(end)}_${compactTime(end + 4 * 60 * MINUTE)}_0179_097_${String(orbit).padStart(3, "0")}_0540_PS1_O_NR_004.SEN3`,
      start,
      end,
      bbox: [west, south, west + 20.25, south + 13.5],
      facts: {
        platform: `Sentinel-3${satellite}`,
        instruments: ["SLSTR"],
        "product:type": "SL_1_RBT___",
        "product:timeliness": "NR",
        "sat:relative_orbit": orbit,
        "sat:orbit_state": index % 3 === 0 ? "descending" : "ascending",
      },
      kind: SLSTR,
    };
  });
}

/** Granules whose ids hold commas. */
export function fciItems(collection: string, count: number, newest: number): ItemRecord[] {
  return build(collection, count, newest, 10 * MINUTE, (index, start) => {
    const stamp = compactTime(start).replace("T", "");
    return {
      id: `W_XX-EUMETSAT-Darmstadt,IMG+SAT,MTI1+FCI-1C-RRAD-FDHSI-FD--x-x---x_C_EUMT_${stamp}_IDPFI_OPE_${stamp}_N__O_${String(index).padStart(4, "0")}_0000`,
      start,
      end: start + 10 * MINUTE,
      bbox: [-79, -79, 79, 79],
      facts: { platform: "MTG-I1", instruments: ["FCI"], "product:type": "FCI1CRRADFDHSI" },
      kind: FCI,
    };
  });
}

export function seviriItems(collection: string, count: number, newest: number): ItemRecord[] {
  return build(collection, count, newest, 15 * MINUTE, (_index, start) => ({
    id: `MSG3-SEVI-MSG15-0100-NA-${compactTime(start).replace("T", "")}.839000000Z-NA`,
    start,
    end: start + 15 * MINUTE,
    bbox: [-79, -79, 79, 79],
    facts: { platform: "MSG3", instruments: ["SEVIRI"], "product:type": "HRSEVIRI" },
    kind: SEVIRI,
  }));
}

type Part = Pick<ItemRecord, "id" | "start" | "end" | "facts" | "kind"> & { bbox: Box };

function build(
  collection: string,
  count: number,
  newest: number,
  step: number,
  make: (index: number, start: number) => Part,
): ItemRecord[] {
  const items: ItemRecord[] = [];
  for (let index = 0; index < count; index++) {
    const start = newest - (count - 1 - index) * step;
    items.push({ collection, backend: "eumetsat", datetime: start, host: hostOf(index), ...make(index, start) });
  }
  return items;
}
