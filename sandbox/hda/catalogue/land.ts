/** Collections about land: Copernicus Land, elevation, water, Landsat, buildings, and climate impact models. */
import { collectionsOf, type Group, type Row } from "./rows.js";

const group = (prefix: string, backends: string[], about: string, keywords: string[]): Group => ({
  prefix,
  backends,
  since: "1984-03-16T00:00:00Z",
  about,
  keywords,
});
const LAND = group("EO.CLMS.DAT.", ["wekeo_main"], "A product of the Copernicus Land Monitoring Service.", [
  "land",
  "vegetation",
  "Copernicus",
]);
const ELEVATION = group("EO.DEM.DAT.", ["creodias"], "A digital surface model of the Earth.", ["elevation", "DEM"]);
const WATER = group("EO.GSW.DAT.", ["dedl_static"], "Made by the Joint Research Centre from Landsat images.", [
  "surface water",
  "JRC",
]);
const LANDSAT = group("EO.NASA.DAT.", ["usgs"], "Images of the Landsat satellites, Collection 2.", ["Landsat", "USGS"]);
const IMPACT = group("EO.ISIMIP.DAT.", ["dedl_static"], "Made for the intercomparison of climate impact models.", [
  "ISIMIP",
  "climate impact",
]);
const AIRCRAFT = group("EO.AERIS.DAT.", ["dedl_static"], "Measured from aircraft in service.", [
  "atmosphere",
  "in situ",
]);
const SPACENET = group("EO.SPACENET.DAT.", ["dedl_static"], "Labelled images for training.", ["machine learning"]);

const LAND_ROWS: Row[] = [
  ["CORINE", "CORINE Land Cover"],
  ["GLO.DMP300_V1", "10-daily Dry Matter Productivity 300m"],
  ["GLO.FAPAR300_V1", "10-daily Fraction of Absorbed Photosynthetically Active Radiation 300m"],
  ["GLO.FCOVER300_V1", "10-daily Fraction of Vegetation Cover 300m"],
  ["GLO.GDMP300_V1", "10-daily Gross Dry Matter Productivity 300m"],
  ["GLO.LAI300_V1", "10-daily Leaf Area Index 300m"],
  ["GLO.NDVI300_V1", "10-daily Normalized Difference Vegetation Index 300m"],
  ["GLO.NDVI_1KM_V2", "Long term statistics of the Normalized Difference Vegetation Index 1km"],
  ["SENTINEL-2.HRVPP_ST", "Seasonal Trajectories, 10-daily, from Sentinel-2"],
  ["SENTINEL-2.HRVPP_VI", "Vegetation Indices, daily, from Sentinel-2"],
  ["SENTINEL-2.HRVPP_VPP", "Vegetation Phenology and Productivity Parameters, yearly, from Sentinel-2"],
];
const ELEVATION_ROWS: Row[] = [
  ["COP-DEM_GLO-30-DGED", "Copernicus DEM GLO-30 DGED"],
  ["COP-DEM_GLO-30-DTED", "Copernicus DEM GLO-30 DTED"],
  ["COP-DEM_GLO-90-DGED", "Copernicus DEM GLO-90 DGED"],
  ["COP-DEM_GLO-90-DTED", "Copernicus DEM GLO-90 DTED"],
];
const WATER_ROWS: Row[] = [
  ["CHANGE", "Global Surface Water - Occurrence Change Intensity 1984-2020"],
  ["EXTENT", "Global Surface Water - Maximum Water Extent 1984-2021"],
  ["OCCURRENCE", "Global Surface Water - Water Occurrence 1984-2021"],
  ["RECURRENCE", "Global Surface Water - Annual Water Recurrence 1984-2021"],
  ["SEASONALITY", "Global Surface Water - Seasonality 2021"],
  ["TRANSITIONS", "Global Surface Water - Transitions 1984-2021"],
];
const LANDSAT_ROWS: Row[] = [
  ["LANDSAT.C2_L1", "Landsat Collection 2 Level-1"],
  ["LANDSAT.C2_L2", "Landsat Collection 2 Level-2"],
];
const IMPACT_ROWS: Row[] = [
  ["CLIMATE-FORCING_ISIMIP3b", "ISIMIP3b climate forcing"],
  ["SOCIO-ECONOMIC-FORCING_ISIMIP3b", "ISIMIP3b socio-economic forcing"],
];
const SPACENET_ROWS: Row[] = [
  ["BUILDINGS_DETECTION_V1", "SpaceNet 1: Building Detection v1"],
  ["BUILDINGS_DETECTION_V2", "SpaceNet 2: Building Detection v2"],
  ["ROADS_NETWORK_DETECTION", "SpaceNet 3: Road Network Detection"],
  ["OFF_NADIR_BUILDING", "SpaceNet 4: Off-Nadir Buildings"],
  ["ROADS_NETWORK_ROUTE_TRAVEL", "SpaceNet 5: Automated Road Network Extraction and Route Travel Time Estimation"],
  ["ALL_WEATHER_MAPPING", "SpaceNet 6: Multi-Sensor All-Weather Mapping"],
];

export const LAND_SURFACE = [
  ...collectionsOf(AIRCRAFT, [["IAGOS", "In-service Aircraft for a Global Observing System"]]),
  ...collectionsOf(LAND, LAND_ROWS),
  ...collectionsOf(ELEVATION, ELEVATION_ROWS),
  ...collectionsOf(WATER, WATER_ROWS),
  ...collectionsOf(IMPACT, IMPACT_ROWS),
  ...collectionsOf(LANDSAT, LANDSAT_ROWS),
  ...collectionsOf(SPACENET, SPACENET_ROWS),
];
