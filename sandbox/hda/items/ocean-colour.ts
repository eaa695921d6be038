/** Items of Copernicus Marine: daily series of several families, one NetCDF file each. */
import { netcdfProduct } from "../../products/netcdf.js";
import { pngProduct } from "../../products/png.js";
import type { Product } from "../../products/product.js";
import { compactDate, compactTime, dateText } from "./date-text.js";
import { hostOf, type Box, type ItemContext, type ItemKind, type ItemRecord } from "./item-record.js";

export const DAY = 86_400_000;

/** A series of products, such as `cmems_obs-oc_glo_bgc-plankton_nrt_l3-olci-300m_P1D`. */
interface Family {
  name: string;
  variable: string;
}

const family = (name: string): Family => ({
  name: `cmems_obs-oc_glo_bgc-${name}`,
  variable: name.split("_")[0] ?? name,
});

/** The family the notebook looks for. */
const WANTED = family("plankton_nrt_l3-olci-300m_P1D");
const FIRST = family("optics_nrt_l3-multi-4km_P1D");
const OTHERS = [
  "plankton_nrt_l3-multi-4km_P1D",
  "plankton_nrt_l3-olci-4km_P1D",
  "reflectance_nrt_l3-multi-4km_P1D",
  "reflectance_nrt_l3-olci-300m_P1D",
  "reflectance_nrt_l3-olci-4km_P1D",
  "transp_nrt_l3-multi-4km_P1D",
  "transp_nrt_l3-olci-300m_P1D",
  "transp_nrt_l3-olci-4km_P1D",
].map(family);
/** Short pieces of one pass; they fill a week with as many items as are asked for. */
const PASSES = family("reflectance_nrt_l3-olci-300m_PT1S-i");

const WHOLE_EARTH: Box = [-180, -90, 180, 90];
/** Series before the wanted one on page one, and days of every series in a week. */
const AHEAD = 6;

/** Newest day when no week is asked for. */
const LAST_DAY = Date.UTC(2026, 3, 25);

interface OceanRecord extends ItemRecord {
  family: Family;
}

/**
 * `count` items, ascending within each family. Page one of ten holds older wanted items, the newest wanted one comes
 * later. `today` (ms): all dates lie in the six days up to it; null: days of a fixed past.
 */
export function oceanColourItems(collection: string, count: number, today: number | null): ItemRecord[] {
  const midnight = today === null ? LAST_DAY : Math.floor(today / DAY) * DAY;
  const items: OceanRecord[] = [];
  const add = (one: Family, id: string, time: number): void => {
    items.push({
      id,
      collection,
      backend: "cop_marine",
      datetime: time,
      start: time,
      end: time,
      bbox: WHOLE_EARTH,
      facts: NO_FACTS,
      host: hostOf(items.length),
      kind: OCEAN_KIND,
      family: one,
    });
  };
  const days = (one: Family, howMany: number): void => {
    const fits = Math.min(howMany, count - items.length);
    for (let back = fits - 1; back >= 0; back--) {
      const time = midnight - back * DAY;
      add(one, `${compactDate(time)}_${one.name}`, time);
    }
  };
  const ahead = Math.min(AHEAD, Math.max(0, count - AHEAD));
  const deep = Math.max(AHEAD, Math.ceil((count - ahead) / (OTHERS.length + 1)));
  const each = today === null ? deep : AHEAD;
  days(FIRST, ahead);
  days(WANTED, each);
  for (const one of OTHERS) days(one, each);
  const left = count - items.length;
  const from = midnight - (AHEAD - 1) * DAY;
  const step = ((AHEAD - 1) * DAY) / Math.max(1, left);
  for (let index = 0; index < left; index++) {
    const time = from + Math.floor(index * step);
    const stamp = step < 1000 ? `${compactTime(time)}${String(time % 1000).padStart(3, "0")}` : compactTime(time);
    add(PASSES, `${stamp}_${PASSES.name}`, time);
  }
  return items;
}

const NO_FACTS = Object.freeze({});
const GEOMETRY = '{"type":"Polygon","coordinates":[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]}';
const EXTENSIONS_NEW =
  '["https://api.openeo.org/extensions/federation/0.1.0","https://stac-extensions.github.io/order/v1.1.0/schema.json","https://stac-extensions.github.io/processing/v1.2.0/schema.json","https://stac-extensions.github.io/product/v1.0.0/schema.json","https://stac-extensions.github.io/file/v2.1.0/schema.json"]';
const EXTENSIONS_OLD =
  '["https://api.openeo.org/extensions/federation/0.1.0","https://stac-extensions.github.io/order/v1.1.0/schema.json","https://stac-extensions.github.io/processing/v1.0.0/schema.json","https://stac-extensions.github.io/storage/v1.0.0/schema.json"]';
/** Larger objects are uploaded in parts, and then their tag is no MD5. */
const ONE_PART = 16 * 1024 * 1024;

function text(record: ItemRecord, context: ItemContext): string {
  const { id, collection } = record;
  const { search } = context;
  const old = search.form === "old";
  const date = dateText(record.start, search);
  const data = `${context.origin(record.host)}/data/cop_marine/${collection}/${id}`;
  const home = `${context.stac}/collections/${collection}`;
  const updated = dateText(record.start + 20 * 60_000, search);
  const { variable, name } = (record as OceanRecord).family;
  const tier = old ? ',"storage:tier":"online"' : "";
  const providers = old ? "" : ',"providers":[{"name":"cop_marine","roles":["host"]}]';
  const native = old ? "" : nativeAsset(record, context, data, updated);
  const linkTitle = old ? "Download link" : "Full product download link";
  const roles = old ? "" : ',"roles":["data"]';
  return `{"type":"Feature","stac_version":"${old ? "1.0.0" : "1.1.0"}","stac_extensions":${old ? EXTENSIONS_OLD : EXTENSIONS_NEW},"id":"${id}","collection":"${collection}","geometry":${GEOMETRY},"bbox":[-180.0,-90.0,180.0,90.0],"properties":{"datetime":"${date}","start_datetime":"${date}","end_datetime":"${date}","title":"${id}","product:type":"${collection}","processing:level":"L3","constellation":"Sentinel-3","cop_marine:dataset":"${name}","cop_marine:variable":"${variable}","order:status":"succeeded","federation:backends":["cop_marine"]${tier}${providers}},"assets":{"downloadLink":{"title":"${linkTitle}","href":"${data}/downloadLink","type":"application/x-netcdf"${roles}}${native},"thumbnail":{"title":"thumbnail","href":"${context.origin("store")}/thumbnails/${variable}.png","type":"image/png","roles":["thumbnail"]}},"links":[{"rel":"collection","href":"${home}","type":"application/json","title":"${collection}"},{"rel":"self","href":"${home}/items/${id}","type":"application/geo+json","title":"Original item link"}]}`;
}

function nativeAsset(record: ItemRecord, context: ItemContext, data: string, updated: string): string {
  const sum =
    context.bytes <= ONE_PART ? `,"file:checksum":"${file(record, context.bytes, context.version).md5()}"` : "";
  return `,"native":{"title":"native","href":"${data}/native","type":"application/x-netcdf","updated":"${updated}","file:size":${context.bytes}${sum},"cop_marine:owner_id":"mds","cop_marine:owner_name":"Copernicus Marine Data Store"}`;
}

function file(record: ItemRecord, bytes: number, version: number): Product {
  const { name } = (record as OceanRecord).family;
  return netcdfProduct({ size: bytes, series: name, id: record.id, time: record.start, version });
}

const OCEAN_KIND: ItemKind = {
  text,
  product(record, asset, { bytes, version }) {
    if (asset === "thumbnail") return pngProduct("thumbnail.png", record.id.length);
    if (asset !== "downloadLink" && asset !== "native") return undefined;
    return file(record, bytes, version);
  },
  disposition: "quoted",
};
