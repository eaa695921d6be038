/** Collections of the Copernicus atmosphere, climate and emergency services: made to order. */
import type { CollectionInfo } from "./collection-info.js";
import { EMISSIONS, ERA5, plainForm } from "./order-forms.js";
import { collectionsOf, type Group, type Row } from "./rows.js";

const PREFIX = "EO.ECMWF.DAT.";
const CAMS: Group = {
  prefix: PREFIX,
  backends: ["cop_ads", "wekeo_ecmwf"],
  since: "2003-01-01T00:00:00Z",
  about: "Data of the Copernicus Atmosphere Monitoring Service, made to order.",
  keywords: ["atmosphere", "airPollution", "Copernicus", "CAMS"],
};
const C3S: Group = {
  prefix: PREFIX,
  backends: ["cop_cds", "wekeo_ecmwf"],
  since: "1940-01-01T00:00:00Z",
  about: "Data of the Copernicus Climate Change Service, made to order.",
  keywords: ["climate", "reanalysis", "Copernicus", "C3S"],
};
const CEMS: Group = {
  prefix: PREFIX,
  backends: ["cop_ewds"],
  since: "1979-01-01T00:00:00Z",
  about: "Data of the Copernicus Emergency Management Service, made to order.",
  keywords: ["emergency", "fire", "flood", "Copernicus", "CEMS"],
};

const CAMS_ROWS: Row[] = [
  ["CAMS_GLOBAL_ATMOSHERIC_COMPO_FORECAST", "CAMS global atmospheric composition forecasts"],
  ["CAMS_EUROPE_AIR_QUALITY_FORECASTS", "CAMS European air quality forecasts"],
  ["CAMS_EUROPE_AIR_QUALITY_REANALYSES", "CAMS European air quality reanalyses"],
  ["CAMS_GLOBAL_FIRE_EMISSIONS_GFAS", "CAMS global biomass burning emissions based on fire radiative power (GFAS)"],
  ["CAMS_SOLAR_RADIATION_TIMESERIES", "CAMS solar radiation time-series"],
  ["CAMS_GREENHOUSE_GAS_FLUXES", "CAMS global inversion-optimised greenhouse gas fluxes and concentrations"],
  ["CAMS_GLOBAL_REANALYSIS_EAC4", "CAMS global reanalysis (EAC4)"],
  ["CAMS_GLOBAL_REANALYSIS_EAC4_MONTHLY_AV_FIELDS", "CAMS global reanalysis (EAC4) monthly averaged fields"],
  ["CAMS_GLOBAL_RADIATIVE_FORCING", "CAMS global radiative forcings"],
  ["CAMS_GLOBAL_RADIATIVE_FORCING_AUX", "CAMS global radiative forcing - auxiliary variables"],
  ["CAMS_GLOBAL_GREENHOUSE_GAS_REANALYSIS", "CAMS global greenhouse gas reanalysis (EGG4)"],
  [
    "CAMS_GLOBAL_GREENHOUSE_GAS_REANALYSIS_MONTHLY_AV_FIELDS",
    "CAMS global greenhouse gas reanalysis (EGG4) monthly averaged fields",
  ],
  ["CAMS_GLOBAL_EMISSION_INVENTORIES", "CAMS global emission inventories", { order: EMISSIONS }],
];
const C3S_ROWS: Row[] = [
  ["REANALYSIS_ERA5_SINGLE_LEVELS", "ERA5 hourly data on single levels from 1940 to present", { order: ERA5 }],
  ["REANALYSIS_ERA5_SINGLE_LEVELS_MONTHLY_MEANS", "ERA5 monthly averaged data on single levels from 1940 to present"],
  ["ERA5_HOURLY_VARIABLES_ON_PRESSURE_LEVELS", "ERA5 hourly data on pressure levels from 1940 to present"],
  [
    "ERA5_MONTHLY_MEANS_VARIABLES_ON_PRESSURE_LEVELS",
    "ERA5 monthly averaged data on pressure levels from 1940 to present",
  ],
  ["ERA5_LAND_HOURLY", "ERA5-Land hourly data from 1950 to present"],
  ["ERA5_LAND_MONTHLY", "ERA5-Land monthly averaged data from 1950 to present"],
  ["REANALYSIS_UERRA_EUROPE_SINGLE_LEVELS", "UERRA regional reanalysis for Europe on single levels from 1961 to 2019"],
  [
    "REANALYSIS_UERRA_EUROPE_PRESSURE_LEVELS",
    "UERRA regional reanalysis for Europe on pressure levels from 1961 to 2019",
  ],
  [
    "DERIVED_GRIDDED_GLACIER_MASS_CHANGE",
    "Glacier mass change gridded data from 1976 to present derived from the Fluctuations of Glaciers Database",
  ],
  [
    "GLACIERS_DISTRIBUTION_DATA_FROM_RANDOLPH_GLACIER_INVENTORY_2000",
    "Glaciers distribution data from the Randolph Glacier Inventory for year 2000",
  ],
  [
    "CO2_DATA_FROM_SATELLITE_SENSORS_2002_PRESENT",
    "Carbon dioxide data from 2002 to present derived from satellite observations",
  ],
  [
    "METHANE_DATA_SATELLITE_SENSORS_2002_PRESENT",
    "Methane data from 2002 to present derived from satellite observations",
  ],
  ["SEASONAL_FORECAST_ANOMALIES_ON_PRESSURE_LEVELS_2017_PRESENT", "Seasonal forecast anomalies on pressure levels"],
  ["SEASONAL_FORECAST_ANOMALIES_ON_SINGLE_LEVELS_2017_PRESENT", "Seasonal forecast anomalies on single levels"],
  [
    "SEASONAL_FORECAST_DAILY_DATA_ON_SINGLE_LEVELS_2017_PRESENT",
    "Seasonal forecast daily and subdaily data on single levels",
  ],
  [
    "SEASONAL_FORECAST_DAILY_DATA_ON_PRESSURE_LEVELS_2017_PRESENT",
    "Seasonal forecast subdaily data on pressure levels",
  ],
  [
    "SEASONAL_FORECAST_MONTHLY_STATISTICS_ON_PRESSURE_LEVELS_2017_PRESENT",
    "Seasonal forecast monthly statistics on pressure levels",
  ],
  [
    "SEASONAL_FORECAST_MONTHLY_STATISTICS_ON_SINGLE_LEVELS_2017_PRESENT",
    "Seasonal forecast monthly statistics on single levels",
  ],
  [
    "SEA_LEVEL_DAILY_GRIDDED_DATA_FOR_GLOBAL_OCEAN_1993_PRESENT",
    "Sea level gridded data from satellite observations for the global ocean from 1993 to present",
  ],
  ["SATELLITE_SEA_ICE_CONCENTRATION", "Sea ice concentration"],
  ["SATELLITE_SEA_ICE_EDGE_TYPE", "Sea ice edge and type"],
  ["SATELLITE_SEA_ICE_THICKNESS", "Sea ice thickness"],
  [
    "SIS_HYDROLOGY_METEOROLOGY_DERIVED_PROJECTIONS",
    "Temperature and precipitation climate impact indicators from 1970 to 2100",
  ],
  [
    "SIS_HYDROLOGY_VARIABLES_DERIVED_PROJECTIONS",
    "Hydrology-related climate impact indicators from 1970 to 2100",
    { unsearchable: true },
  ],
  ["CMIP6_CLIMATE_PROJECTIONS", "CMIP6 climate projections"],
];
const CEMS_ROWS: Row[] = [
  ["CEMS_FIRE_HISTORICAL", "Fire danger indices historical data"],
  ["CEMS_GLOFAS_FORECAST", "River discharge and related forecasted data by the Global Flood Awareness System"],
  ["CEMS_GLOFAS_HISTORICAL", "River discharge and related historical data from the Global Flood Awareness System"],
  ["CEMS_GLOFAS_REFORECAST", "Reforecasts of river discharge by the Global Flood Awareness System"],
  ["CEMS_GLOFAS_SEASONAL", "Seasonal forecasts of river discharge by the Global Flood Awareness System"],
  ["CEMS_GLOFAS_SEASONAL_REFORECAST", "Seasonal reforecasts of river discharge by the Global Flood Awareness System"],
  ["EFAS_FORECAST", "River discharge and related forecasted data by the European Flood Awareness System"],
  ["EFAS_HISTORICAL", "River discharge and related historical data from the European Flood Awareness System"],
  ["EFAS_REFORECAST", "Reforecasts of river discharge by the European Flood Awareness System"],
  ["EFAS_SEASONAL", "Seasonal forecasts of river discharge by the European Flood Awareness System"],
  ["EFAS_SEASONAL_REFORECAST", "Seasonal reforecasts of river discharge by the European Flood Awareness System"],
];

/** All of them are made to order, by a plain form where nothing else is said. */
function ordered(collections: CollectionInfo[]): CollectionInfo[] {
  return collections.map((one) => {
    if (one.order || one.unsearchable) return one;
    const short = one.id.slice(PREFIX.length);
    return { ...one, order: plainForm(short, short.toLowerCase().replaceAll("_", "-")) };
  });
}

export const ATMOSPHERE_CLIMATE = ordered([
  ...collectionsOf(CAMS, CAMS_ROWS),
  ...collectionsOf(C3S, C3S_ROWS),
  ...collectionsOf(CEMS, CEMS_ROWS),
]);
