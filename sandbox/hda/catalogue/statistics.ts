/** Statistics of Eurostat. */
import { collectionsOf, type Group, type Row } from "./rows.js";

const GROUP: Group = {
  prefix: "STAT.EUSTAT.DAT.",
  backends: ["dedl_static"],
  since: "1990-01-01T00:00:00Z",
  about: "A table of Eurostat, the statistical office of the European Union.",
  keywords: ["statistics", "Eurostat", "Europe"],
};

const ROWS: Row[] = [
  ["AVAILABLE_BEDS_HOSPITALS_NUTS2", "Available beds in hospitals by NUTS 2 region"],
  ["BATHING_SITES_WATER_QUALITY", "Bathing sites with excellent water quality by locality"],
  ["GREENHOUSE_GAS_EMISSION_AGRICULTURE", "Greenhouse gas emissions from agriculture"],
  ["POP_AGE_GROUP_SEX_NUTS3", "Population by age group, sex and NUTS 3 region"],
  ["POP_AGE_SEX_NUTS2", "Population by age, sex and NUTS 2 region"],
  [
    "POP_CHANGE_DEMO_BALANCE_CRUDE_RATES_NUTS3",
    "Population change - Demographic balance and crude rates by NUTS 3 region",
  ],
  ["POP_DENSITY_NUTS3", "Population density by NUTS 3 region"],
  ["SHARE_ENERGY_FROM_RENEWABLE", "Share of energy from renewable sources"],
  ["SOIL_SEALING_INDEX", "Soil sealing index"],
  ["SURFACE_TERRESTRIAL_PROTECTED_AREAS", "Surface of the terrestrial protected areas"],
];

export const STATISTICS = collectionsOf(GROUP, ROWS);
