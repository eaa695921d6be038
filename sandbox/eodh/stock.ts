/** What the EO DataHub holds at the start: catalogues, collections, items, and the files of the workspaces. */
import { createHash } from "node:crypto";
import { netcdfProduct } from "../products/netcdf.js";
import { SMALLEST_TIFF, tiffContent } from "../products/sized-tiff.js";
import type { Content } from "../core/content.js";
import type { EodhCatalog, EodhItem } from "./catalogue.js";
import type { ObjectStore } from "./object-store.js";

export const WORKSPACE = "my-ws";
export const OTHER_WORKSPACE = "other-ws";
export const USER = "alice";
export const OTHER_USER = "bob";
export const BUCKET = "workspaces-eodhp";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** TIFF has no more than four bytes for a place. */
const MOST_TIFF = 4e9;
const EO = "https://stac-extensions.github.io/eo/v2.0.0/schema.json";
const PROJECTION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json";

const instant = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

/** Files at CEDA by path. */
export type Archive = Map<string, { content: Content; type: string }>;

export interface StockOptions {
  /** Size of each product in bytes. */
  bytes: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Fills the stores and returns the tree. */
export function stockEodh(objects: ObjectStore, archive: Archive, { bytes, now }: StockOptions): EodhCatalog {
  const newest = Math.floor(now / DAY) * DAY + 11 * HOUR + 44 * 60_000 + 1000 - DAY;
  const sentinel2 = Array.from({ length: 60 }, (_, n) => sentinel2Item(n, newest - n * 6 * HOUR, bytes, archive));
  const cmip6 = Array.from({ length: 12 }, (_, n) => cmip6Item(n, bytes, archive));
  const own = (workspace: string): EodhCatalog => workspaceCatalog(workspace, sentinel2, newest, bytes, objects);
  return {
    id: "stac-fastapi",
    title: "EO DataHub Catalogue",
    description: "The Earth Observation Data Hub STAC Catalogue",
    collections: [],
    catalogs: [
      {
        id: "commercial",
        title: "Commercial Datasets",
        description: "A catalog of EODHP commercial catalogs",
        collections: [],
        catalogs: [airbus(newest), planet(newest)],
      },
      {
        id: "public",
        title: "Public Datasets",
        description: "A catalog of EODHP public catalogs",
        collections: [],
        catalogs: [
          {
            id: "ceda-stac-catalogue",
            title: "CEDA STAC API",
            description: "This is an experimental STAC API server.",
            catalogs: [],
            collections: [
              {
                id: "cmip6",
                title: "CMIP6",
                description: "Coupled Model Intercomparison Project, Phase 6",
                items: cmip6,
              },
              {
                id: "sentinel2_ard",
                title: "Sentinel 2 ARD",
                description: "Sentinel 2 analysis ready data over the United Kingdom",
                items: sentinel2,
              },
            ],
          },
        ],
      },
      {
        id: "user",
        title: "User Datasets",
        description: "A catalog of EODHP user catalogs",
        collections: [],
        catalogs: [own(WORKSPACE), own(OTHER_WORKSPACE)],
      },
    ],
  };
}

function sentinel2Item(n: number, time: number, bytes: number, archive: Archive): EodhItem {
  const date = instant(time);
  const day = date.slice(0, 10);
  const compact = day.replaceAll("-", "");
  const stem = `S2A_${compact}_latn${520 + n}lonw0021_T30VWJ_ORB${100 + n}_${compact}${date.slice(11, 13)}3553_utm30n_osgb`;
  const folder = `/neodc/sentinel_ard/data/sentinel_2/${day.replaceAll("-", "/")}`;
  const west = -3 + n * 0.02;
  const file = (ending: string, size: number): Record<string, unknown> => {
    const path = `${folder}/${stem}${ending}`;
    archive.set(path, { content: tiffContent(path, size), type: "image/tiff" });
    return {
      href: `{ceda}${path}`,
      type: "image/tiff; application=geotiff",
      roles: ["data"],
      size,
      location: "on_disk",
    };
  };
  const size = Math.min(MOST_TIFF, Math.max(bytes, SMALLEST_TIFF));
  return {
    id: `neodc.sentinel_ard.data.sentinel_2.${day.replaceAll("-", ".")}.${stem}`,
    collection: "sentinel2_ard",
    bbox: [west, 56.95, west + 0.54, 57.74],
    extensions: [EO, PROJECTION],
    properties: {
      datetime: date,
      created: instant(time + 5 * DAY),
      updated: instant(time + 5 * DAY),
      start_datetime: date,
      end_datetime: date,
      "Instrument Family Name": "Multi-Spectral Instrument",
      "Platform Number": "2A",
      "eo:cloud_cover": Math.round(((n * 37) % 100) * 1e4 + 1807) / 1e4,
      "proj:code": "EPSG:27700",
      "Start Relative Orbit Number": 100 + n,
    },
    assets: {
      cloud: file("_clouds.tif", 4096),
      cog: file("_vmsk_sharp_rad_srefdem_stdsref.tif", size),
      thumbnail: {
        href: `{ceda}${folder}/${stem}_thumbnail.jpg`,
        type: "image/jpeg",
        roles: ["thumbnail"],
        size: 13606,
        location: "on_disk",
      },
    },
  };
}

/** Items without a usable year: the middle of a run that ends in 4114. */
function cmip6Item(n: number, bytes: number, archive: Archive): EodhItem {
  const id = `CMIP6.ScenarioMIP.THU.CIESM.ssp585.r${n + 1}i1p1f1.Amon.rsus.gr.v20200806`;
  const path = `/badc/cmip6/data/CMIP6/${id.replaceAll(".", "/")}/rsus_Amon_CIESM_ssp585_r${n + 1}i1p1f1_gr_402901-411412.nc`;
  const time = Date.UTC(2026, 0, 1);
  const { content } = netcdfProduct({ size: bytes, series: "cmip6", id, time, version: 1 });
  archive.set(path, { content, type: "application/octet-stream" });
  return {
    id,
    collection: "cmip6",
    bbox: [-180, -90, 178.75, 90],
    extensions: ["https://stac-extensions.github.io/cmip6/v1.0.0/schema.json"],
    properties: {
      title: id,
      datetime: `${4072 - n}-01-01T00:00:00Z`,
      start_datetime: "4029-01-16T12:00:00Z",
      end_datetime: "4114-12-16T12:00:00Z",
      created: "2025-01-24T14:29:23.741213Z",
      updated: "2025-01-24T14:29:23.741213Z",
      "cmip6:variable_id": "rsus",
      "cmip6:variant_label": `r${n + 1}i1p1f1`,
    },
    assets: {
      data0001: {
        href: `{ceda}${path}`,
        type: "application/netcdf",
        roles: ["data"],
        size: bytes,
        location: "on_disk",
      },
    },
  };
}

/** Metadata and previews only: nothing to download before an order. */
function airbus(newest: number): EodhCatalog {
  const collection = "airbus_phr_data";
  const items = Array.from({ length: 3 }, (_, n): EodhItem => {
    const id = `DS_PHR1A_20260${n + 1}_FR1_PX_W003N57_01`;
    const own = `{stac}/catalogs/commercial/catalogs/airbus/collections/${collection}/items/${id}`;
    return {
      id,
      collection,
      bbox: [-3, 57, -2.8, 57.2],
      extensions: [],
      properties: { datetime: instant(newest - n * DAY), "eo:cloud_cover": n, "order:status": "orderable" },
      assets: {
        thumbnail: { href: `${own}/thumbnail`, type: "image/jpeg", roles: ["thumbnail"] },
        quicklook: { href: `${own}/quicklook`, type: "image/jpeg", roles: ["overview"] },
      },
    };
  });
  const description = "Airbus Pleiades";
  return {
    id: "airbus",
    title: "Airbus",
    description,
    catalogs: [],
    collections: [{ id: collection, title: "Airbus PHR", description, items }],
  };
}

function planet(newest: number): EodhCatalog {
  const items = Array.from({ length: 14 }, (_, n): EodhItem => ({
    id: `20260${100 + n}_PS`,
    collection: "PSScene",
    bbox: [-3, 57, -2.9, 57.1],
    extensions: [],
    properties: { datetime: instant(newest - n * HOUR), cloud_cover: n / 20 },
    assets: {},
  }));
  const description = "Planet imagery";
  return {
    id: "planet",
    title: "Planet",
    description,
    apart: true,
    catalogs: [],
    collections: [{ id: "PSScene", title: "PSScene", description, items }],
  };
}

/** Results of a workflow, and saved items with the ids of public ones; their files lie in the workspace. */
function workspaceCatalog(
  workspace: string,
  sentinel2: EodhItem[],
  newest: number,
  bytes: number,
  objects: ObjectStore,
): EodhCatalog {
  const store = (path: string, content: Content, type: string): Record<string, unknown> => {
    const etag = `${createHash("md5").update(`${workspace}/${path}`).digest("hex")}-2`;
    objects.seed(workspace, path, { content, etag, modified: newest, type });
    return { href: `{files}/${path}`, type, roles: ["data"], "file:size": content.size };
  };
  const saved = sentinel2.slice(0, 12).map((item, n): EodhItem => {
    const content = tiffContent(`${workspace} ${n}`, Math.min(MOST_TIFF, Math.max(bytes, SMALLEST_TIFF)));
    return { ...item, assets: { cog: store(`saved-data/sentinel2_ard/${n}.tif`, content, "image/tiff") } };
  });
  const job = "6419c43c-3636-11f0-a09c-ca5f458bf742";
  const collection = `col_${job}`;
  const results = Array.from({ length: 24 }, (_, n): EodhItem => {
    const id = `result-${String(n).padStart(3, "0")}`;
    const path = `processing-results/convert/catalog/${collection}/${id}.nc`;
    const time = newest - n * HOUR;
    const { content } = netcdfProduct({ size: bytes, series: workspace, id, time, version: 1 });
    return {
      id,
      collection,
      bbox: [-3, 57, -2, 58],
      extensions: [EO],
      properties: {
        datetime: instant(time),
        created: instant(time + HOUR),
        updated: instant(time + HOUR),
        "eo:cloud_cover": (n * 17) % 100,
        "processing:level": "L3",
      },
      assets: { result: store(path, content, "application/x-netcdf") },
    };
  });
  const part = (id: string, title: string): Pick<EodhCatalog, "id" | "title" | "description"> => ({
    id,
    title,
    description: title,
  });
  return {
    ...part(workspace, workspace),
    description: `${workspace} catalog`,
    workspace,
    collections: [],
    catalogs: [
      {
        ...part("processing-results", "Processing results"),
        collections: [],
        catalogs: [
          {
            ...part("convert", "convert"),
            catalogs: [],
            collections: [{ ...part(collection, "Processing results of job"), items: results }],
          },
        ],
      },
      {
        ...part("saved-data", "Saved data"),
        catalogs: [],
        collections: [{ ...part("sentinel2_ard", "Saved Sentinel 2 ARD"), items: saved }],
      },
    ],
  };
}
