/** What the real server is told: eodag's own providers with the addresses of our stand-ins, and two collections. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Python } from "../support/python.js";
import { PRODUCT } from "./marine-store.js";

export const OCEAN_COLOUR = "EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101";
export const EMISSIONS = "EO.ECMWF.DAT.CAMS_GLOBAL_EMISSION_INVENTORIES";

/** Writes the configuration into the folder; the answer is the environment that names it. */
export function writeProviders(folder: string, python: Python, marine: string, jobs: string): Record<string, string> {
  const providers = path.join(folder, "providers");
  mkdirSync(providers, { recursive: true });
  const theirs = (name: string): string => readFileSync(path.join(eodagProviders(python), `${name}.yml`), "utf8");

  const copMarine = theirs("cop_marine")
    .replace(/https:\/\/stac\.marine\.[\w.]+/g, marine)
    .replace(/https:\/\/s3\.[\w.-]+/g, marine)
    .replace("\n  products:\n", `\n  products:\n    ${OCEAN_COLOUR}:\n      _collection: ${PRODUCT}\n`)
    .replace(
      "\n    type: AwsAuth\n",
      "\n    type: AwsAuth\n    credentials:\n      aws_access_key_id: any\n      aws_secret_access_key: any\n",
    );
  writeFileSync(path.join(providers, "cop_marine.yml"), copMarine);

  const copAds = theirs("cop_ads")
    .replace(/https:\/\/ads\.atmosphere\.[\w.]+/g, jobs)
    .replace(
      "\n  products:\n",
      `\n  products:\n    ${EMISSIONS}:\n      dataset: cams-global-emission-inventories\n      metadata_mapping:\n        end_datetime:\n          - |\n            {{\n              "year": {_date#interval_to_datetime_dict}["year"]\n            }}\n          - '{$.end_datetime#to_iso_date}'\n`,
    )
    .replace("\n    type: HTTPHeaderAuth\n", "\n    type: HTTPHeaderAuth\n    credentials:\n      apikey: any\n");
  writeFileSync(path.join(providers, "cop_ads.yml"), copAds);

  const collections: Record<string, object> = {};
  for (const [id, title] of [
    [OCEAN_COLOUR, "Global ocean colour"],
    [EMISSIONS, "Global emission inventories"],
  ] as const) {
    const file = path.join(folder, `${id}.json`);
    const extent = {
      spatial: { bbox: [[-180, -90, 180, 90]] },
      temporal: { interval: [["2000-01-01T00:00:00Z", null]] },
    };
    const common = { title, description: title, license: "other", keywords: ["test"], extent };
    const document = {
      type: "Collection",
      stac_version: "1.1.0",
      id,
      ...common,
      links: [],
      providers: [{ name: "test", roles: ["host"] }],
    };
    writeFileSync(file, JSON.stringify(document));
    collections[id] = {
      ...common,
      ...{ instruments: [], constellation: null, platform: null, "processing:level": "L3", stacCollection: file },
    };
  }
  // JSON is YAML.
  writeFileSync(path.join(folder, "collections.yml"), JSON.stringify(collections));
  writeFileSync(path.join(folder, "none.yml"), "");
  return {
    HOME: folder,
    EODAG_CFG_DIR: path.join(folder, "cfg"),
    EODAG_CFG_FILE: path.join(folder, "none.yml"),
    EODAG_PROVIDERS_CFG_DIR: providers,
    EODAG_COLLECTIONS_CFG_FILE: path.join(folder, "collections.yml"),
    EODAG_EXT_COLLECTIONS_CFG_URI: "",
  };
}

function eodagProviders(python: Python): string {
  const lib = path.join(path.dirname(python.bin), "lib");
  const version = readdirSync(lib).find((name) => name.startsWith("python3")) ?? "";
  return path.join(lib, version, "site-packages", "eodag", "resources", "providers");
}
