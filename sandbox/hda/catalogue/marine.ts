/** Collections of Copernicus Marine. */
import { collectionsOf, type Group, type Row } from "./rows.js";

const GROUP: Group = {
  prefix: "EO.MO.DAT.",
  backends: ["cop_marine"],
  since: "1993-01-01T00:00:00Z",
  about: "A product of the Copernicus Marine Service for the global ocean, delivered as NetCDF files.",
  keywords: ["oceanographic", "global-ocean", "level-4", "satellite-observation", "marine"],
};

const COLOUR = {
  since: "2023-04-25T00:00:00Z",
  keywords: ["ocean colour", "algal pigment", "Chlorophyll-a Concentration", "plankton", "optics", "transparency"],
};

const ROWS: Row[] = [
  ["GLOBAL_ANALYSISFORECAST_PHY_001_024", "Global Ocean Physics Analysis and Forecast"],
  ["GLOBAL_ANALYSISFORECAST_WAV_001_027", "Global Ocean Waves Analysis and Forecast"],
  ["GLOBAL_ANALYSISFORECAST_BGC_001_028", "Global Ocean Biogeochemistry Analysis and Forecast"],
  ["GLOBAL_MULTIYEAR_PHY_ENS_001_031", "Global Ocean Ensemble Physics Reanalysis"],
  ["GLOBAL_MULTIYEAR_WAV_001_032", "Global Ocean Waves Reanalysis"],
  ["GLOBAL_MULTIYEAR_BGC_001_033", "Global ocean low and mid trophic levels biomass content hindcast"],
  ["INSITU_GLO_PHY_TS_OA_NRT_013_002", "Global Ocean - Real time in-situ observations objective analysis"],
  [
    "INSITU_GLO_PHY_TS_OA_MY_013_052",
    "Global Ocean - Delayed Mode gridded CORA in-situ observations objective analysis",
  ],
  ["INSITU_GLO_PHY_UV_DISCRETE_NRT_013_048", "Global Ocean - In-situ near-real-time observations of ocean currents"],
  [
    "MULTIOBS_GLO_BIO_BGC_3D_REP_015_010",
    "Global Ocean 3D Chlorophyll-a concentration, Particulate Backscattering coefficient and Particulate Organic Carbon",
  ],
  ["MULTIOBS_GLO_BIO_CARBON_SURFACE_MYNRT_015_008", "Global Ocean Surface Carbon"],
  ["MULTIOBS_GLO_BGC_NUTRIENTS_CARBON_PROFILES_MYNRT_015_009", "Nutrient and carbon profiles vertical distribution"],
  [
    "MULTIOBS_GLO_PHY_MYNRT_015_003",
    "Global Total Surface and 15m Current from Altimetric Geostrophic Current and Modeled Ekman Current",
  ],
  [
    "MULTIOBS_GLO_PHY_S_SURFACE_MYNRT_015_013",
    "Multi Observation Global Ocean Sea Surface Salinity and Sea Surface Density",
  ],
  [
    "MULTIOBS_GLO_PHY_TSUV_3D_MYNRT_015_012",
    "Multi Observation Global Ocean 3D Temperature Salinity Height Geostrophic Current and MLD",
  ],
  ["MULTIOBS_GLO_PHY_UVW_3D_MYNRT_015_007", "Global Observed Ocean Physics 3D Quasi-Geostrophic Currents (OMEGA3D)"],
  [
    "OCEANCOLOUR_GLO_BGC_L3_MY_009_103",
    "Global Ocean Colour (Copernicus-GlobColour), Bio-Geo-Chemical, L3 (daily) from Satellite Observations (1997-ongoing)",
    COLOUR,
  ],
  [
    "OCEANCOLOUR_GLO_BGC_L3_MY_009_107",
    "Global Ocean Colour Plankton and Reflectances MY L3 daily observations",
    COLOUR,
  ],
  [
    "OCEANCOLOUR_GLO_BGC_L3_NRT_009_101",
    "Global Ocean Colour (Copernicus-GlobColour), Bio-Geo-Chemical, L3 (daily) from Satellite Observations (Near Real Time)",
    COLOUR,
  ],
  [
    "OCEANCOLOUR_GLO_BGC_L4_MY_009_104",
    "Global Ocean Colour (Copernicus-GlobColour), Bio-Geo-Chemical, L4 (monthly and interpolated) from Satellite Observations (1997-ongoing)",
    COLOUR,
  ],
  ["OCEANCOLOUR_GLO_BGC_L4_MY_009_108", "Global Ocean Colour Plankton MY L4 monthly observations", COLOUR],
  [
    "OCEANCOLOUR_GLO_BGC_L4_NRT_009_102",
    "Global Ocean Colour (Copernicus-GlobColour), Bio-Geo-Chemical, L4 (monthly and interpolated) from Satellite Observations (Near Real Time)",
    COLOUR,
  ],
  [
    "SEAICE_GLO_SEAICE_L4_NRT_OBSERVATIONS_011_001",
    "Global Ocean - Arctic and Antarctic - Sea Ice Concentration, Edge, Type and Drift (OSI-SAF)",
  ],
  ["SEAICE_GLO_SEAICE_L4_NRT_OBSERVATIONS_011_006", "Global Ocean - High Resolution SAR Sea Ice Drift"],
  [
    "SEAICE_GLO_SEAICE_L4_REP_OBSERVATIONS_011_009",
    "Global Ocean Sea Ice Concentration Time Series REPROCESSED (OSI-SAF)",
  ],
  ["SEALEVEL_GLO_PHY_L4_NRT_008_046", "Global Ocean Gridded L4 Sea Surface Heights and Derived Variables NRT"],
  ["SEALEVEL_GLO_PHY_MDT_008_063", "Global Ocean Mean Dynamic Topography"],
  [
    "SST_GLO_SST_L3S_NRT_OBSERVATIONS_010_010",
    "ODYSSEA Global Ocean - Sea Surface Temperature Multi-sensor L3 Observations",
  ],
  ["SST_GLO_SST_L4_NRT_OBSERVATIONS_010_001", "Global Ocean OSTIA Sea Surface Temperature and Sea Ice Analysis"],
  ["SST_GLO_SST_L4_REP_OBSERVATIONS_010_011", "Global Ocean OSTIA Sea Surface Temperature and Sea Ice Reprocessed"],
  ["SST_GLO_SST_L4_REP_OBSERVATIONS_010_024", "ESA SST CCI and C3S reprocessed sea surface temperature analyses"],
  ["WAVE_GLO_PHY_SWH_L3_NRT_014_001", "Global Ocean L3 Significant Wave Height from NRT Satellite Measurements"],
  ["WAVE_GLO_PHY_SPC_FWK_L3_NRT_014_002", "Global Ocean L3 Spectral Parameters from NRT Satellite Measurements"],
  ["WAVE_GLO_PHY_SWH_L4_NRT_014_003", "Global Ocean L4 Significant Wave Height from NRT Satellite Measurements"],
  ["WIND_GLO_PHY_L3_NRT_012_002", "Global Ocean Daily Gridded Sea Surface Winds from Scatterometer"],
  [
    "WIND_GLO_PHY_CLIMATE_L4_MY_012_003",
    "Global Ocean Monthly Mean Sea Surface Wind and Stress from Scatterometer and Model",
  ],
  ["WIND_GLO_PHY_L4_NRT_012_004", "Global Ocean Hourly Sea Surface Wind and Stress from Scatterometer and Model"],
  ["WIND_GLO_PHY_L3_MY_012_005", "Global Ocean Daily Gridded Reprocessed Sea Surface Winds from Scatterometer"],
  [
    "WIND_GLO_PHY_L4_MY_012_006",
    "Global Ocean Hourly Reprocessed Sea Surface Wind and Stress from Scatterometer and Model",
  ],
];

export const MARINE = collectionsOf(GROUP, ROWS);
