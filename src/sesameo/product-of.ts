/** Which SesamEO product a STAC item or an OData product stands for, and where its own source is. */
import { badInput } from "../errors.js";
import { parseUrl } from "../http/origins.js";
import { shown } from "../shown.js";
import { isItem, isRecord } from "../stac/item.js";
import { portfolioId, type PortfolioChanges } from "./portfolio.js";
import { isCdse, isOnSesameo, parseProductLink, productLink } from "./product-link.js";

/** The address of a product, and whether it is on SesamEO, where a key has to go with it. */
export interface ProductSource {
  url: string;
  sesameo: boolean;
}

export interface SourceOptions {
  /** SesamEO's OData root. */
  base: string;
  /** A person's own rows for the table of collections. */
  changes?: PortfolioChanges;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** The product's own download at the Data Space, by whichever of its hosts. */
const CDSE_PRODUCT = /\/odata\/v1\/Products\((?:'|%27)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:'|%27)?\)/i;

/**
 * The address DeltaTwin can fetch a product from.
 * @param value an OData product, a STAC item, or what a download made of one: then its source counts, not the local file
 * @returns undefined when it is neither
 * @throws EoError BAD_INPUT when no address that DeltaTwin can fetch is known
 */
export function sourceOf(value: unknown, options: SourceOptions): ProductSource | undefined {
  if (isRecord(value) && value["type"] === "FeatureCollection" && Array.isArray(value["features"])) {
    const features = value["features"] as unknown[];
    if (features.length === 1) return sourceOf(features[0], options);
    throw badInput(`is a collection of ${features.length} items; one input takes one. Keep the newest, or split it.`);
  }
  if (!isRecord(value)) return undefined;
  if (isOData(value)) return ofOData(value, options);
  if (isItem(value) || isRecord(value["assets"])) return ofItem(value, options);
  return undefined;
}

/** `Id` and `Name`, as the Data Space and GAEL's servers write them. */
function isOData(value: Record<string, unknown>): boolean {
  return typeof value["Id"] === "string" && (typeof value["Name"] === "string" || "@odata.mediaContentType" in value);
}

function ofOData(product: Record<string, unknown>, options: SourceOptions): ProductSource {
  const id = String(product["Id"]);
  const name = text(product["Name"]) ?? id;
  const what = `The OData product ${shown(name)}`;
  const key = UUID.test(id) ? { provider: "CDSE", product: id } : providerAndId(id);
  if (!key) throw badInput(`${what} has the Id "${shown(id)}", which is neither a UUID nor <provider>:<id>.`);
  const names = odataNames(product);
  const collection = portfolioId(names, options.changes);
  if (collection === undefined) throw unknownCollection(what, names);
  return { url: productLink({ collection, ...key }, options.base), sesameo: true };
}

function providerAndId(id: string): { provider: string; product: string } | undefined {
  const match = /^([A-Za-z][\w.-]*):(.+)$/.exec(id);
  return match ? { provider: match[1] ?? "", product: match[2] ?? "" } : undefined;
}

/** What tells an OData product's collection, the surest first. */
function odataNames(product: Record<string, unknown>): string[] {
  const names: string[] = [];
  const add = (value: unknown): void => {
    if (typeof value === "string" && value !== "") names.push(value);
  };
  const collection = product["Collection"];
  add(isRecord(collection) ? collection["Name"] : collection);
  for (const attribute of Array.isArray(product["Attributes"]) ? (product["Attributes"] as unknown[]) : []) {
    if (isRecord(attribute) && attribute["Name"] === "productType") add(attribute["Value"]);
  }
  const s2 = /^S2[A-Z]_MSI(L1C|L2A)_/.exec(text(product["Name"]) ?? "")?.[1];
  if (s2) names.push(s2 === "L1C" ? "S2MSI1C" : "S2MSI2A");
  const s3 = /^S3[A-Z]_((?:OL|SL|SR|SY)_\d_.{6})_/.exec(text(product["Name"]) ?? "")?.[1];
  if (s3) names.push(s3);
  const s1 = /^S1[A-Z]_[A-Z0-9]{2}_(GRD|SLC)/.exec(text(product["Name"]) ?? "")?.[1];
  if (s1) names.push(s1);
  return names;
}

function ofItem(item: Record<string, unknown>, options: SourceOptions): ProductSource {
  const id = typeof item["id"] === "string" || typeof item["id"] === "number" ? String(item["id"]) : "";
  const what = `Item ${id === "" ? "without id" : shown(id)}`;
  const collection = text(item["collection"]);
  const candidates = sources(item);

  const own = candidates.find((href) => isOnSesameo(href, options.base));
  if (own !== undefined) return { url: productLink(parseProductLink(own, options.base), options.base), sesameo: true };

  for (const href of candidates) {
    const url = parseUrl(href);
    const uuid = url && isCdse(url.hostname) ? CDSE_PRODUCT.exec(url.pathname)?.[1] : undefined;
    if (uuid === undefined) continue;
    const names = [collection, productType(item), ...odataNames({ Name: id })].filter((one) => one !== undefined);
    const portfolio = portfolioId(names, options.changes);
    if (portfolio === undefined) throw unknownCollection(what, names);
    return {
      url: productLink({ collection: portfolio, provider: "CDSE", product: uuid }, options.base),
      sesameo: true,
    };
  }

  const held = collection === undefined ? undefined : heldProduct(id, item);
  const portfolio = collection === undefined ? undefined : portfolioId([collection], options.changes);
  if (held && portfolio !== undefined) {
    return { url: productLink({ collection: portfolio, ...held }, options.base), sesameo: true };
  }

  const open = candidates.find((href) => isOpen(href));
  if (open !== undefined) return { url: open, sesameo: false };
  throw badInput(
    candidates.length === 0
      ? `${what} has no asset with an https address, which is all that DeltaTwin can fetch.`
      : `${what}: none of its assets can be fetched by DeltaTwin, which takes open addresses and SesamEO links only. ` +
          "Look the product up in SesamEO and give its link.",
  );
}

/** A Data Lake item whose id already says which provider holds it, or whose properties do. */
function heldProduct(id: string, item: Record<string, unknown>): { provider: string; product: string } | undefined {
  const named = providerAndId(id);
  if (named) return named;
  const properties = isRecord(item["properties"]) ? item["properties"] : {};
  const provider = text(properties["federation:backend"]) ?? text(properties["dedl:provider"]) ?? "";
  return UUID.test(id) && /cdse|cop_dataspace/i.test(provider) ? { provider: "CDSE", product: id } : undefined;
}

function productType(item: Record<string, unknown>): string | undefined {
  const properties = isRecord(item["properties"]) ? item["properties"] : {};
  return text(properties["product:type"]) ?? text(properties["productType"]);
}

/** Assets that stand for the whole product come first. */
const WHOLE = ["downloadLink", "Product", "product", "PRODUCT", "native"];

/** Every http(s) address of the item's assets, the whole product first; a local file's source stands for it. */
function sources(item: Record<string, unknown>): string[] {
  const assets = isRecord(item["assets"]) ? item["assets"] : {};
  const keys = Object.keys(assets);
  const roles = (key: string): unknown[] => {
    const asset = assets[key];
    const list = isRecord(asset) ? asset["roles"] : undefined;
    return Array.isArray(list) ? (list as unknown[]) : [];
  };
  const rank = (key: string): number => {
    if (WHOLE.includes(key)) return WHOLE.indexOf(key);
    if (roles(key).includes("archive")) return 10;
    if (roles(key).includes("data")) return 11;
    return keys.length === 1 ? 12 : Infinity;
  };
  return keys
    .filter((key) => rank(key) < Infinity)
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((key) => addresses(assets[key]));
}

function addresses(asset: unknown): string[] {
  if (!isRecord(asset)) return [];
  const alternates = isRecord(asset["alternate"]) ? asset["alternate"] : {};
  const remote = isRecord(alternates["remote"]) ? [alternates["remote"]] : [];
  return [...remote, asset, ...Object.values(alternates)]
    .map((place) => (isRecord(place) ? text(place["href"]) : undefined))
    .filter((href): href is string => href !== undefined && /^https?:/i.test(href) && URL.canParse(href));
}

/** Nobody has to log in there, as far as is known. */
function isOpen(href: string): boolean {
  const host = new URL(href).hostname.toLowerCase();
  return !isCdse(host) && !/(^|\.)(data\.destination-earth\.eu|sesameo\.destine\.eu)$/.test(host);
}

function unknownCollection(what: string, names: readonly string[]): Error {
  const known = names.length === 0 ? "no collection and no product type" : names.map((name) => shown(name)).join(", ");
  return badInput(
    `${what} has ${known}, for which no SesamEO collection is known. Add it to the node's table of collections, as in {"sentinel-2-l2a": "EO.ESA.DAT.SENTINEL-2.MSI.L2A"}.`,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
