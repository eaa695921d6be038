/** A stand-in for the object store of Copernicus Marine: its metadata tree and daily files, served by moto. */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { once } from "node:events";
import path from "node:path";
import { answers, Server } from "../support/processes.js";
import type { Python } from "../support/python.js";

export interface MarineStore {
  /** `http://127.x.y.z`; always port 80, since eodag's plugin drops any other. */
  url: string;
  /** SHA-256 of each file by item id. */
  files: Map<string, string>;
  stop(): Promise<void>;
}

export const PRODUCT = "OCEANCOLOUR_GLO_BGC_L3_NRT_009_101";
const DATASETS = [
  "cmems_obs-oc_glo_bgc-optics_nrt_l3-multi-4km_P1D",
  "cmems_obs-oc_glo_bgc-plankton_nrt_l3-multi-4km_P1D",
  "cmems_obs-oc_glo_bgc-plankton_nrt_l3-olci-300m_P1D",
];
/** Days of each data set up to today. */
const DAYS = 11;

export const MARINE_ITEMS = DATASETS.length * DAYS;
/** Items of the last seven days and today. */
export const MARINE_WEEK = DATASETS.length * 8;

/** `content`: bytes of the file of an item. Rejects when port 80 may not be used on loopback. */
export async function startMarineStore(
  python: Python,
  content: (id: string) => Buffer<ArrayBuffer>,
): Promise<MarineStore> {
  const host = await freeHost();
  const url = `http://${host}`;
  const server = new Server(path.join(python.bin, "moto_server"), ["-H", host, "-p", "80"], {});
  const files = new Map<string, string>();
  try {
    await server.until(() => answers(`${url}/moto-api/`), 60);
    await put(`${url}/metadata`);
    await put(`${url}/native`);
    await put(`${url}/metadata/${PRODUCT}/product.stac.json`, JSON.stringify(productDocument(url)));
    for (const dataset of DATASETS) {
      const folder = `${PRODUCT}/${dataset}_202311`;
      const document = JSON.stringify(datasetDocument(dataset, `${url}/native/${folder}`));
      await put(`${url}/metadata/${PRODUCT}/${dataset}/dataset.stac.json`, document);
      for (let back = DAYS - 1; back >= 0; back--) {
        const day = dayBefore(back);
        const id = `${day.replaceAll("-", "")}_${dataset}`;
        const bytes = content(id);
        files.set(id, createHash("sha256").update(bytes).digest("hex"));
        await put(`${url}/native/${folder}/${day.slice(0, 4)}/${day.slice(5, 7)}/${id}.nc`, bytes);
      }
    }
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url, files, stop: () => server.stop() };
}

/** An address of loopback whose port 80 is free: several runs may go on at once. */
async function freeHost(): Promise<string> {
  for (let turn = 0; turn < 20; turn++) {
    const part = () => 1 + Math.floor(Math.random() * 250);
    const host = `127.${part()}.${part()}.${part()}`;
    const server = createServer();
    try {
      server.listen(80, host);
      await once(server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw error;
    }
    server.close();
    await once(server, "close");
    return host;
  }
  throw new Error("No loopback address has a free port 80.");
}

async function put(url: string, body?: string | Buffer<ArrayBuffer>): Promise<void> {
  // Readable without a key, as the real one is.
  const headers = { "x-amz-acl": "public-read" };
  const answer = await fetch(url, { method: "PUT", headers, ...(body === undefined ? {} : { body }) });
  if (!answer.ok) throw new Error(`The object store answered ${answer.status} to PUT ${url}.`);
  await answer.body?.cancel();
}

const dayBefore = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

const WORLD = {
  bbox: [-180, -90, 180, 90],
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [-180, -90],
        [180, -90],
        [180, 90],
        [-180, 90],
        [-180, -90],
      ],
    ],
  },
};

const productDocument = (url: string) => ({
  ...{ type: "Collection", id: PRODUCT, stac_version: "1.0.0", properties: { title: "Ocean colour" } },
  links: DATASETS.map((dataset) => ({ rel: "item", href: `${dataset}/dataset.stac.json`, title: dataset })),
  assets: { thumbnail: { href: `${url}/metadata/thumbnail.png` } },
});

const datasetDocument = (id: string, native: string) => ({
  ...{ type: "Feature", stac_version: "1.0.0", id, ...WORLD },
  properties: {
    ...{ title: id, start_datetime: "2023-04-25T00:00:00Z", end_datetime: "2099-12-31T00:00:00Z" },
  },
  links: [],
  assets: { native: { href: native } },
});
