/** Items around an order: the placeholder that can be ordered, and the item of a placed order. */
import { createHash } from "node:crypto";
import { gribProduct } from "../../products/grib.js";
import { netcdfProduct, SMALLEST_NETCDF } from "../../products/netcdf.js";
import { patternContent } from "../../products/pattern.js";
import type { Product } from "../../products/product.js";
import { zipOverhead, zipProduct } from "../../products/zip.js";
import { dateText } from "../items/date-text.js";
import { DOWNLOAD_HOSTS, type ItemContext } from "../items/item-record.js";
import type { Order } from "./order-book.js";
import type { OrderForm } from "./order-form.js";
import type { Choices } from "./order-values.js";

const DAY = 86_400_000;
const CORNERS = [
  [180, -90],
  [180, 90],
  [-180, 90],
  [-180, -90],
  [180, -90],
];
const WORLD = { type: "Polygon", coordinates: [CORNERS] };
const EXTENSIONS = [
  "https://stac-extensions.github.io/product/v1.0.0/schema.json",
  "https://stac-extensions.github.io/order/v1.1.0/schema.json",
];

/** Day of an order that has a date, from `20260528/to/20260528` or `2026-05-28/2026-05-28`. */
function dayOf(choices: Choices): number | null {
  const date = String(choices["date"] ?? "");
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(date);
  return match ? Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) : null;
}

function properties(
  form: OrderForm,
  choices: Choices,
  backend: string,
  title: string,
  status: string,
  context: ItemContext,
): Record<string, unknown> {
  const { search } = context;
  const day = form.dated ? dayOf(choices) : null;
  const dates =
    day === null
      ? {}
      : {
          datetime: dateText(day, search),
          start_datetime: dateText(day, search),
          end_datetime: dateText(day, search),
        };
  const chosen = Object.fromEntries(Object.entries(choices).map(([name, value]) => [`ecmwf:${name}`, value]));
  return {
    ...dates,
    "ecmwf:dataset": form.dataset,
    ...chosen,
    "federation:backends": [backend],
    "order:status": status,
    "product:type": form.dataset,
    ...(search.form === "old"
      ? { "storage:tier": status === "succeeded" ? "online" : "offline" }
      : { providers: [{ name: backend, roles: ["host"] }] }),
    title,
  };
}

function frame(id: string, collection: string, context: ItemContext): Record<string, unknown> {
  return {
    type: "Feature",
    stac_version: context.search.form === "old" ? "1.0.0" : "1.1.0",
    stac_extensions: EXTENSIONS,
    id,
    collection,
    geometry: WORLD,
    bbox: [-180, -90, 180, 90],
  };
}

function links(id: string, collection: string, title: string, context: ItemContext): object[] {
  const home = `${context.stac}/collections/${encodeURIComponent(collection)}`;
  return [
    { rel: "collection", href: home, type: "application/json", title },
    {
      rel: "self",
      href: `${home}/items/${encodeURIComponent(id)}`,
      type: "application/geo+json",
      title: "Original item link",
    },
  ];
}

/** The item that stands for what could be ordered. With `bare` it has neither dates nor an order body, as its own self link answers. */
export function placeholder(
  form: OrderForm,
  collection: { id: string; title: string },
  backend: string,
  choices: Choices,
  context: ItemContext,
  bare = false,
): Record<string, unknown> {
  const seed = JSON.stringify(choices) + (bare ? "bare" : "");
  const id = `${form.prefix}_ORDERABLE_${createHash("sha1").update(seed).digest("hex")}`;
  const retrieve: Record<string, unknown> = {
    rel: "retrieve",
    method: "POST",
    title: "Retrieve",
    type: "application/geo+json",
    href: `${context.stac}/collections/${encodeURIComponent(collection.id)}/order`,
  };
  if (!bare) retrieve["body"] = choices;
  const values = properties(form, choices, backend, id, "orderable", context);
  return {
    ...frame(id, collection.id, context),
    properties: bare ? { ...values, datetime: null } : values,
    assets: {},
    links: [retrieve, ...links(id, collection.id, collection.title, context)],
  };
}

/** The item of a placed order. */
export function orderItem(
  form: OrderForm,
  collection: { id: string; title: string },
  order: Order,
  context: ItemContext,
): Record<string, unknown> {
  const status = order.state === "failed" ? "failed" : order.state;
  const path = ["data", order.backend, order.collection, order.id, "downloadLink"].map(encodeURIComponent).join("/");
  const ready = order.state === "succeeded";
  return {
    ...frame(order.id, order.collection, context),
    properties: {
      ...properties(form, order.choices, order.backend, order.id, status, context),
      created: dateText(order.placed, context.search),
      "order:date": dateText(order.placed, context.search),
      updated: dateText(order.placed, context.search),
    },
    assets: ready
      ? {
          downloadLink: {
            title: "Full product download link",
            href: `${context.origin(DOWNLOAD_HOSTS[1])}/${path}`,
            type: form.file === "zip" ? "application/zip" : "application/x-grib",
            roles: ["data"],
          },
        }
      : {},
    links: links(order.id, order.collection, collection.title, context),
  };
}

/** The file of an order. */
export function orderProduct(form: OrderForm, order: Order, bytes: number, version: number): Product {
  const name = createHash("md5").update(order.id).digest("hex");
  const time = dayOf(order.choices) ?? Math.floor(order.placed / DAY) * DAY;
  const seed = `${order.id}/${version}`;
  if (form.file === "grib") return gribProduct(`${name}.grib`, Math.max(bytes, 256), time, seed);
  const spec = { series: form.dataset, id: order.id, time, version };
  if (form.file === "nc") return { ...netcdfProduct({ size: bytes, ...spec }), name: `${name}.nc` };
  const entry = "data.nc";
  const inside = bytes - zipOverhead(entry);
  const content =
    inside >= SMALLEST_NETCDF
      ? netcdfProduct({ size: inside, ...spec }).content
      : patternContent(seed, Math.max(0, inside));
  return zipProduct(`${name}.zip`, entry, content);
}
