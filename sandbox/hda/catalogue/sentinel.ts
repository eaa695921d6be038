/** Collections of the Sentinel satellites. */
import { collectionsOf, type Group, type Row } from "./rows.js";

const ESA: Group = {
  prefix: "EO.ESA.DAT.",
  backends: ["external_fdp", "creodias", "wekeo_main"],
  since: "2014-10-10T00:00:00Z",
  about: "Products of the Copernicus Sentinel satellites as processed by ESA.",
  keywords: ["Sentinel", "Copernicus", "satellite", "ESA"],
};
const EUM: Group = {
  prefix: "EO.EUM.DAT.SENTINEL-3.",
  backends: ["eumetsat", "external_fdp", "creodias", "wekeo_main"],
  since: "2016-02-16T00:00:00Z",
  about: "Products of the Copernicus Sentinel-3 satellites as processed by EUMETSAT.",
  keywords: ["Sentinel-3", "Copernicus", "ocean", "EUMETSAT"],
};
const EUM_ONLY = { backends: ["eumetsat"] };

const ESA_ROWS: Row[] = [
  ["SENTINEL-1.L1_GRD", "SENTINEL-1 Level 1 Ground Range Detected"],
  ["SENTINEL-1.L1_SLC", "SENTINEL-1 Level 1 Single Look Complex"],
  ["SENTINEL-2.MSI.L1C", "Sentinel 2 MSI Level 1-C"],
  ["SENTINEL-2.MSI.L2A", "Sentinel 2 MSI Level 2-A"],
  ["SENTINEL-3.OL_2_LFR___", "OLCI Land Colour Full Resolution - Sentinel-3"],
  ["SENTINEL-3.OL_2_LRR___", "OLCI Land Colour Reduced Resolution - Sentinel-3"],
  ["SENTINEL-3.SL_2_LST___", "SLSTR Land Surface Temperature - Sentinel-3"],
  ["SENTINEL-3.SR_2_LAN___", "SRAL Land Height - Sentinel-3"],
  ["SENTINEL-5P.TROPOMI.L1", "TROPOMI Level 1 - Sentinel-5P"],
  ["SENTINEL-5P.TROPOMI.L2", "TROPOMI Level 2 - Sentinel-5P"],
];
const EUM_ROWS: Row[] = [
  ["OL_1_EFR___", "OLCI Level 1B Full Resolution - Sentinel-3"],
  ["OL_1_ERR___", "OLCI Level 1B Reduced Resolution - Sentinel-3"],
  ["OL_2_WFR___", "OLCI Level 2 Ocean Colour Full Resolution - Sentinel-3"],
  ["OL_2_WRR___", "OLCI Level 2 Ocean Colour Reduced Resolution - Sentinel-3"],
  ["SL_1_RBT___", "SLSTR Level 1B Radiances and Brightness Temperatures - Sentinel-3", EUM_ONLY],
  ["SL_2_WST___", "SLSTR Level 2 Sea Surface Temperature (SST) - Sentinel-3"],
  ["AOD", "SLSTR Aerosol Optical Depth - Sentinel-3", EUM_ONLY],
  ["FRP", "SLSTR Fire Radiative Power - Sentinel-3", EUM_ONLY],
  ["SR_1_SRA___", "SRAL Level 1B - Sentinel-3"],
  ["SR_1_SRA_A_", "SRAL Level 1A Unpacked L0 Complex echos - Sentinel-3"],
  ["SR_1_SRA_BS", "SRAL Level 1B stack echoes - Sentinel-3"],
  ["SR_2_WAT___", "SRAL Level 2 Altimetry Global - Sentinel-3"],
];

export const SENTINEL = [...collectionsOf(ESA, ESA_ROWS), ...collectionsOf(EUM, EUM_ROWS)];
