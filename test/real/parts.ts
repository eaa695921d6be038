/** The parts by name, in the order in which they run. */
import { destinelab } from "./clients/destinelab.js";
import { eodag } from "./clients/eodag.js";
import { notebook } from "./clients/notebook.js";
import { pyeodh } from "./clients/pyeodh.js";
import { pystacClient } from "./clients/pystac-client.js";
import { stacAsset } from "./clients/stac-asset.js";
import { deltatwin } from "./deltatwin/deltatwin.js";
import { s3Large } from "./s3/large.js";
import { s3 } from "./s3/s3.js";
import { hdaServer } from "./hda-server/hda-server.js";
import { keycloak } from "./keycloak/keycloak.js";
import type { PartReport } from "./support/report.js";
import type { World } from "./support/world.js";

/** Runs one part and reports its agreements; rejects when the part could not be run. */
export type Part = (report: PartReport, world: World) => Promise<void>;

export const parts: Readonly<Record<string, Part>> = {
  notebook,
  destinelab,
  "pystac-client": pystacClient,
  eodag,
  "stac-asset": stacAsset,
  deltatwin,
  pyeodh,
  keycloak,
  s3,
  "s3-large": s3Large,
  "stac-fastapi-eodag": hdaServer,
};
