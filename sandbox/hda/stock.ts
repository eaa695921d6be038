/** Which items the sandbox holds at the start, collection by collection. */
import type { Catalogue } from "./catalogue/catalogue.js";
import { fciItems, seviriItems, slstrItems } from "./items/eumetsat.js";
import type { ItemStore } from "./items/item-store.js";
import { monthlyItems } from "./items/monthly.js";
import { DAY, oceanColourItems } from "./items/ocean-colour.js";
import { plainItems } from "./items/plain.js";
import { sentinel2Items } from "./items/sentinel-2.js";
import type { HdaOptions } from "./hda-state.js";

export const OCEAN_COLOUR = "EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101";
export const MONTHLY = "EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L4_NRT_009_102";
export const SLSTR = "EO.EUM.DAT.SENTINEL-3.SL_1_RBT___";
export const FCI = "EO.EUM.DAT.MTG.FCI-FDHSI";
export const SEVIRI = "EO.EUM.DAT.MSG.HRSEVIRI";
export const SENTINEL_2 = "EO.ESA.DAT.SENTINEL-2.MSI.L2A";

/** `now` is milliseconds since 1970. */
export function stockItems(store: ItemStore, catalogue: Catalogue, options: HdaOptions, now: number): void {
  const day = Math.floor(now / DAY) * DAY;
  const add = (
    id: string,
    backend: string,
    count: number,
    make: (count: number) => ReturnType<typeof slstrItems>,
  ): void => store.register(id, { backend, count, make });

  add(OCEAN_COLOUR, "cop_marine", options.items, (n) =>
    oceanColourItems(OCEAN_COLOUR, n, options.seedWeek ? now : null),
  );
  add(MONTHLY, "cop_marine", 30, (n) =>
    monthlyItems(MONTHLY, "cop_marine", "cmems_obs-oc_glo_bgc-plankton_nrt_l4-multi-4km", n, day),
  );
  add(SLSTR, "eumetsat", 45, (n) => slstrItems(SLSTR, n, day));
  add(FCI, "eumetsat", 24, (n) => fciItems(FCI, n, day));
  add(SEVIRI, "eumetsat", 24, (n) => seviriItems(SEVIRI, n, day));
  add(SENTINEL_2, "external_fdp", 60, (n) => sentinel2Items(SENTINEL_2, n, day));
  for (const info of catalogue.all()) {
    const [backend] = info.backends;
    if (store.has(info.id) || info.order || info.unsearchable || backend === undefined) continue;
    add(info.id, backend, 14, (n) => plainItems(info.id, backend, n, day));
  }
}
