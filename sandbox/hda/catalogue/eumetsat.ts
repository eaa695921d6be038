/** Collections of EUMETSAT: Metop, Meteosat, and what was processed again. */
import { collectionsOf, type Group, type Row } from "./rows.js";

const group = (prefix: string, about: string, keywords: string[], since: string): Group => ({
  prefix,
  backends: ["eumetsat"],
  since,
  about,
  keywords: ["EUMETSAT", ...keywords],
});
const METOP = group(
  "EO.EUM.DAT.METOP.",
  "Data of the polar orbiting Metop satellites.",
  ["Metop", "polar orbit", "meteorology"],
  "2006-10-19T00:00:00Z",
);
const RECORD = group(
  "EO.EUM.CM.METOP.",
  "A climate data record of the polar orbiting Metop satellites.",
  ["Metop", "climate data record"],
  "2007-01-01T00:00:00Z",
);
const MSG = group(
  "EO.EUM.DAT.MSG.",
  "Data of the geostationary Meteosat Second Generation satellites.",
  ["MSG", "SEVIRI", "geostationary", "meteorology"],
  "2004-01-19T00:00:00Z",
);
const OTHER = group(
  "EO.EUM.DAT.",
  "Data of EUMETSAT's satellites.",
  ["meteorology", "atmosphere"],
  "2000-01-01T00:00:00Z",
);
const MTG = group(
  "EO.EUM.DAT.MTG.",
  "Data of the geostationary Meteosat Third Generation satellites.",
  ["MTG", "FCI", "geostationary"],
  "2024-09-24T00:00:00Z",
);

const METOP_ROWS: Row[] = [
  ["AMSUL1", "AMSU-A Level 1B - Metop - Global"],
  ["ASCSZF1B", "ASCAT Level 1 SZF (Full Resolution) - Metop - Global"],
  ["ASCSZR1B", "ASCAT Level 1 Sigma0 resampled at 12.5 km Swath Grid - Metop - Global"],
  ["ASCSZO1B", "ASCAT Level 1 Sigma0 resampled at 25 km Swath Grid - Metop - Global"],
  ["AVHRRGACR02", "AVHRR GAC Level 1c Climate Data Record Release 2 - Multimission - Global"],
  ["AVHRRL1", "AVHRR Level 1B - Metop - Global"],
  ["GLB-SST-NC", "Global L3C AVHRR Sea Surface Temperature (GHRSST) - Metop"],
  ["GOMEL1", "GOME-2 Level 1B - Metop - Global"],
  ["GOMEL1R03", "GOME-2 Level 1B Fundamental Data Record Release 3 - Metop-A and -B"],
  ["IASIL1C-ALL", "IASI Level 1C - All Spectral Samples - Metop - Global"],
  ["IASSND02", "IASI Combined Sounding Products - Metop"],
  ["IASTHR011", "IASI Level 1C Principal Component thinned - Metop"],
  ["LSA-002", "Daily Surface Albedo 10-daily - Metop"],
  ["MHSL1", "MHS Level 1B - Metop - Global"],
  ["OSI-104", "ASCAT Coastal Winds at 12.5 km Swath Grid - Metop"],
  ["OSI-150-A", "ASCAT L2 25 km Winds Data Record Release 1 - Metop"],
  ["OSI-150-B", "ASCAT L2 12.5 km Winds Data Record Release 1 - Metop"],
  ["SOMO12", "ASCAT Soil Moisture at 12.5 km Swath Grid in NRT - Metop"],
  ["SOMO25", "ASCAT Soil Moisture at 25 km Swath Grid in NRT - Metop"],
];
const RECORD_ROWS: Row[] = [
  ["ASCSZFR02", "ASCAT L1 SZF Climate Data Record Release 2 - Metop"],
  ["ASCSZOR02", "ASCAT L1 SZO Climate Data Record Release 2 - Metop"],
  ["ASCSZRR02", "ASCAT L1 SZR Climate Data Record Release 2 - Metop"],
];
const MSG_ROWS: Row[] = [
  ["CLM", "Cloud Mask - MSG - 0 degree"],
  ["CLM-IODC", "Cloud Mask - MSG - Indian Ocean"],
  ["HRSEVIRI", "High Rate SEVIRI Level 1.5 Image Data - MSG - 0 degree"],
  ["HRSEVIRI-IODC", "High Rate SEVIRI Level 1.5 Image Data - MSG - Indian Ocean"],
  ["LSA-FRM", "Fire Risk Map - Released Energy Based - MSG"],
  ["LSA-LST-CDR", "Land Surface Temperature Climate Data Record - MSG"],
  ["LSA-LSTDE", "Land Surface Temperature with Directional Effects - MSG"],
  ["RSS-CLM", "Rapid Scan Cloud Mask - MSG"],
  ["MSG15-RSS", "Rapid Scan High Rate SEVIRI Level 1.5 Image Data - MSG"],
];
const OTHER_ROWS: Row[] = [
  ["AMVR02", "Atmospheric Motion Vectors Climate Data Record Release 2 - MFG and MSG - 0 degree"],
  ["GSAL2R02", "GSA Level 2 Climate Data Record Release 2 - MFG and MSG - 0 degree"],
  ["MULT.HIRSL1", "HIRS Level 1C Fundamental Data Record Release 1 - Multimission - Global"],
];
const MTG_ROWS: Row[] = [
  ["FCI-FDHSI", "FCI Level 1c Normal Resolution Image Data - MTG - 0 degree", { hidden: true }],
  ["FCI-CLM", "Cloud Mask - MTG - 0 degree"],
  ["FCI-ACTIVE_FIRE-L2-V1", "Active Fire Monitoring - MTG - 0 degree"],
];

export const EUMETSAT = [
  ...collectionsOf(RECORD, RECORD_ROWS),
  ...collectionsOf(OTHER, OTHER_ROWS),
  ...collectionsOf(METOP, METOP_ROWS),
  ...collectionsOf(MSG, MSG_ROWS),
  ...collectionsOf(MTG, MTG_ROWS),
];
