/** The list of collections. */
import type { CollectionInfo } from "./collection-info.js";
import { CLIMATE, EMISSIONS, ERA5, EXTREMES } from "./order-forms.js";

const c = (id: string, title: string, backends: string[], more: Partial<CollectionInfo> = {}): CollectionInfo => ({
  id,
  title,
  description: title,
  keywords: [],
  backends,
  since: "2015-01-01T00:00:00Z",
  until: null,
  ...more,
});

export const COLLECTIONS: readonly CollectionInfo[] = [
  c("EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101", "Ocean colour", ["cop_marine"]),
  c("EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L4_NRT_009_102", "Ocean colour L4", ["cop_marine"]),
  c("EO.EUM.DAT.SENTINEL-3.SL_1_RBT___", "SLSTR", ["eumetsat"]),
  c("EO.EUM.DAT.MTG.FCI_L1C_FDHSI", "FCI", ["eumetsat"], { hidden: true }),
  c("EO.EUM.DAT.MSG.HRSEVIRI", "SEVIRI", ["eumetsat"]),
  c("EO.ESA.DAT.SENTINEL-2.MSI.L2A", "S2", ["external_fdp"]),
  c("EO.ECMWF.DAT.CAMS_GLOBAL_EMISSION_INVENTORIES", "CAMS", ["cop_ads"], { order: EMISSIONS }),
  c("EO.ECMWF.DAT.DT_EXTREMES", "DT", ["dedt_lumi"], { order: EXTREMES }),
  c("EO.ECMWF.DAT.REANALYSIS_ERA5_SINGLE_LEVELS", "ERA5", ["cop_cds"], { order: ERA5 }),
  c("EO.ECMWF.DAT.D1.DT_CLIMATE.G2.PROJECTIONS_SSP3-7.0_IFS-NEMO.R1", "CDT", ["dedt_lumi"], { order: CLIMATE }),
];
