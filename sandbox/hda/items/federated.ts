/** Items of the other backends: built as objects, with a product file and a few assets beside it. */
import { bufferContent } from "../../core/content.js";
import { gribProduct } from "../../products/grib.js";
import { netcdfProduct, SMALLEST_NETCDF } from "../../products/netcdf.js";
import { patternContent } from "../../products/pattern.js";
import { pngProduct } from "../../products/png.js";
import { simpleProduct, type Product } from "../../products/product.js";
import { LARGEST_ZIP, zipOverhead, zipProduct } from "../../products/zip.js";
import { dateText } from "./date-text.js";
import type { ItemContext, ItemKind, ItemRecord } from "./item-record.js";

/** What one kind of such items looks like. */
export interface FederatedForm {
  /** The whole product. */
  file: "zip" | "nc" | "grib";
  /** Media type the item claims for it. */
  claimed: string;
  /** More assets, by key. */
  assets: Record<string, "xml" | "png" | "nc">;
  /** Properties beside dates and facts. */
  properties?: (record: ItemRecord, context: ItemContext) => Record<string, unknown>;
  extensions: string[];
  disposition: ItemKind["disposition"];
}

const TYPES = { xml: "application/xml", png: "image/png", nc: "application/x-netcdf" } as const;
const ROLES = { xml: ["metadata"], png: ["thumbnail"], nc: ["data"] } as const;

export function federatedKind(form: FederatedForm): ItemKind {
  return {
    disposition: form.disposition,
    text: (record, context) => JSON.stringify(feature(form, record, context)),
    product: (record, asset, { bytes, version }) => productOf(form, record, asset, bytes, version),
  };
}

/** Address of an asset. */
export function dataHref(record: ItemRecord, context: ItemContext, asset: string): string {
  const path = [record.backend, record.collection, record.id, asset].map(encodeURIComponent).join("/");
  return `${context.origin(record.host)}/data/${path}`;
}

/** Links of an item. */
export function itemLinks(record: ItemRecord, context: ItemContext): object[] {
  const home = `${context.stac}/collections/${encodeURIComponent(record.collection)}`;
  return [
    { rel: "collection", href: home, type: "application/json", title: record.collection },
    {
      rel: "self",
      href: `${home}/items/${encodeURIComponent(record.id)}`,
      type: "application/geo+json",
      title: "Original item link",
    },
  ];
}

function feature(form: FederatedForm, record: ItemRecord, context: ItemContext): object {
  const { search } = context;
  const old = search.form === "old";
  const assets: Record<string, object> = {};
  for (const [key, kind] of Object.entries(form.assets)) {
    assets[key] = { href: dataHref(record, context, key), type: TYPES[kind], roles: ROLES[kind], title: key };
  }
  assets["downloadLink"] = {
    title: old ? "Download link" : "Full product download link",
    href: dataHref(record, context, "downloadLink"),
    type: form.claimed,
    ...(old ? {} : { roles: ["data"] }),
  };
  const [west, south, east, north] = record.bbox;
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return {
    type: "Feature",
    stac_version: old ? "1.0.0" : "1.1.0",
    stac_extensions: form.extensions,
    id: record.id,
    collection: record.collection,
    geometry: { type: "Polygon", coordinates: [corners] },
    bbox: record.bbox,
    properties: {
      datetime: record.datetime === null ? null : dateText(record.datetime, search),
      start_datetime: dateText(record.start, search),
      end_datetime: dateText(record.end, search),
      updated: dateText(record.end + 6 * 3_600_000, search),
      title: record.id,
      ...record.facts,
      ...form.properties?.(record, context),
      "order:status": "succeeded",
      "federation:backends": [record.backend],
      ...(old ? { "storage:tier": "online" } : { providers: [{ name: record.backend, roles: ["host"] }] }),
    },
    assets,
    links: itemLinks(record, context),
  };
}

function productOf(
  form: FederatedForm,
  record: ItemRecord,
  asset: string,
  bytes: number,
  version: number,
): Product | undefined {
  const { id } = record;
  if (asset === "downloadLink") {
    if (form.file === "zip") return zipped(record, bytes, version);
    if (form.file === "grib") return gribProduct(`${id}.grib`, bytes, record.start, `${id}/${version}`);
    return netcdf(record, bytes, version);
  }
  const kind = Object.hasOwn(form.assets, asset) ? form.assets[asset] : undefined;
  if (kind === "xml") {
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n<metadata version="${version}"><identifier>${xmlText(id)}</identifier></metadata>\n`;
    return simpleProduct(bufferContent(Buffer.from(text)), asset, TYPES.xml);
  }
  if (kind === "png") return pngProduct(asset, id.length + version);
  if (kind === "nc") return { ...netcdf(record, Math.min(bytes, 64 * 1024), version), name: asset };
  return undefined;
}

function netcdf(record: ItemRecord, size: number, version: number): Product {
  return netcdfProduct({ size, series: record.collection, id: record.id, time: record.start, version });
}

function zipped(record: ItemRecord, bytes: number, version: number): Product {
  const size = Math.min(bytes, LARGEST_ZIP);
  const entry = `${record.id}/data.nc`;
  const inside = size - zipOverhead(entry);
  const content =
    inside >= SMALLEST_NETCDF
      ? netcdf(record, inside, version).content
      : patternContent(`${record.id}/${version}`, Math.max(0, inside));
  return zipProduct(`${record.id.replace(/\.SEN3$|\.SAFE$/, "")}.zip`, entry, content);
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
