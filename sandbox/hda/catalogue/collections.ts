/** The list of collections, in the order of their ids. */
import { ATMOSPHERE_CLIMATE } from "./atmosphere-climate.js";
import type { CollectionInfo } from "./collection-info.js";
import { DIGITAL_TWINS } from "./digital-twins.js";
import { EUMETSAT } from "./eumetsat.js";
import { LAND_SURFACE } from "./land.js";
import { MARINE } from "./marine.js";
import { SENTINEL } from "./sentinel.js";
import { STATISTICS } from "./statistics.js";

export const COLLECTIONS: readonly CollectionInfo[] = [
  ...ATMOSPHERE_CLIMATE,
  ...DIGITAL_TWINS,
  ...EUMETSAT,
  ...LAND_SURFACE,
  ...MARINE,
  ...SENTINEL,
  ...STATISTICS,
].sort((a, b) => (a.id < b.id ? -1 : 1));
