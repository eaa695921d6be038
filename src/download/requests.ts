/** What a message asks to fetch: items, collections, `{href}` objects and URLs become one request per file. */
import { EoError, badInput } from "../errors.js";
import { byteCount, isObject, own, text, type JsonObject } from "./json.js";

/** A checksum as it was declared, with the name of the proof it gives. */
export interface DeclaredChecksum {
  value: string;
  proof: "file:checksum" | "odata-checksum";
  /** The algorithm's name where it is told apart from the value, as in OData. */
  algorithm?: string;
}

export interface FileRequest {
  /** Place in the message, from 0. */
  index: number;
  /** The item as it came; never changed. */
  item?: JsonObject;
  itemId?: string;
  collection?: string;
  /** The key of the asset. */
  asset?: string;
  /** Absolute http(s) address; "" when there is a problem, or while an order has not given one. */
  url: string;
  title?: string;
  /** Declared media type. */
  type?: string;
  /** Declared size in bytes, own or of an asset that stands for the same file. */
  size?: number;
  checksums: DeclaredChecksum[];
  /** The instant the item is of, for file names. */
  date?: Date;
  /** Says when the item was last changed, so that an older copy is not taken for it. */
  version?: string;
  /** Its item gives more than one file. */
  several: boolean;
  /** The product has to be ordered, or was ordered: there is no asset to fetch yet. */
  order?: boolean;
  /** How to order it. */
  retrieve?: RetrieveLink;
  /** Where its item can be looked at again. */
  self?: string;
  /** Why this file cannot be fetched. */
  problem?: EoError;
}

/** The link `retrieve` of an item that can be ordered. */
export interface RetrieveLink {
  /** Absolute http(s) address. */
  href: string;
  method: string;
  body: unknown;
}

export interface ChoiceOptions {
  /** Asset keys, globs, `role:…`, `!` excludes; a comma separated text or an array. Blank: the default choice. */
  assets?: string | string[];
  /** Orderable products are ordered. [true] */
  order?: boolean;
  /** Where an `s3:` address can be read; undefined: not with this account. */
  objectAddress?: (url: URL) => string | undefined;
}

/**
 * The files a message asks for, in its order; [] for an empty collection.
 * @throws EoError BAD_INPUT when the message is neither STAC nor an address. What is wrong with one item only is in
 * its request's `problem`, so that the others can still be fetched.
 */
export function transfersOf(payload: unknown, options: ChoiceOptions = {}): FileRequest[] {
  const patterns = patternsOf(options.assets);
  const found: Omit<FileRequest, "index">[] = [];
  for (const part of partsOf(payload)) {
    if (typeof part === "string") found.push(ofUrl(part, options.objectAddress));
    else if (isObject(own(part, "assets"))) found.push(...ofItem(part, patterns, options));
    else found.push(ofLink(part, options.objectAddress));
  }
  return found.map((request, index) => ({ ...request, index }));
}

const WANTED = "Give a STAC item, a FeatureCollection, an array of items, an object with an href, or a URL.";

/** The items, links and addresses in a message. */
function partsOf(payload: unknown): (JsonObject | string)[] {
  if (typeof payload === "string" && payload.trim() !== "") return [payload.trim()];
  if (Array.isArray(payload)) return payload.map((part: unknown) => single(part));
  if (isObject(payload)) {
    const features = own(payload, "features");
    if (Array.isArray(features) && !isObject(own(payload, "assets")))
      return features.map((part: unknown) => single(part));
    if (own(payload, "type") === "FeatureCollection")
      throw badInput(`The FeatureCollection has no list of features. ${WANTED}`);
    return [single(payload)];
  }
  throw badInput(`The message holds nothing to download (its payload is ${kind(payload)}). ${WANTED}`);
}

function single(part: unknown): JsonObject | string {
  if (typeof part === "string" && part.trim() !== "") return part.trim();
  if (!isObject(part)) throw badInput(`One part of the message is ${kind(part)}, not a STAC item. ${WANTED}`);
  if (isObject(own(part, "assets")) || text(own(part, "href")) !== undefined) return part;
  if (own(part, "type") === "Feature") return { ...part, assets: {} };
  throw badInput(`The message is not STAC: it has neither assets nor an href. ${WANTED}`);
}

function kind(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "missing";
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

type ObjectAddress = ChoiceOptions["objectAddress"];

function ofUrl(address: string, objects: ObjectAddress): Omit<FileRequest, "index"> {
  return { url: fetchable(address, undefined, "The URL", objects), checksums: [], several: false };
}

function ofLink(link: JsonObject, objects: ObjectAddress): Omit<FileRequest, "index"> {
  const base = selfLink(link);
  return {
    url: fetchable(text(own(link, "href")) ?? "", base, "The href", objects),
    several: false,
    ...declared(link),
  };
}

/** What an asset or link says about its file. */
function declared(asset: JsonObject): Pick<FileRequest, "title" | "type" | "size" | "checksums"> {
  const title = text(own(asset, "title"));
  const type = text(own(asset, "type"));
  const mediaType = text(own(asset, "mediaType"));
  const size = byteCount(own(asset, "file:size")) ?? byteCount(own(asset, "ContentLength"));
  const checksum = text(own(asset, "file:checksum"));
  // HDA writes the media type as `mediaType` and "Link" as the type of some assets.
  const media = type !== undefined && type.includes("/") ? type : mediaType;
  return {
    ...(title === undefined ? {} : { title }),
    ...(media === undefined ? {} : { type: media }),
    ...(size === undefined ? {} : { size }),
    checksums: [
      ...(checksum === undefined ? [] : [{ value: checksum, proof: "file:checksum" as const }]),
      ...odataChecksums(own(asset, "Checksum")),
    ],
  };
}

/** OData `Checksum`: a list of `{Value, Algorithm}`. */
function odataChecksums(list: unknown): DeclaredChecksum[] {
  const entries = (Array.isArray(list) ? (list as unknown[]) : [list]).filter(isObject);
  const all = entries.flatMap((entry): DeclaredChecksum[] => {
    const value = text(own(entry, "Value"));
    const algorithm = text(own(entry, "Algorithm"));
    return value === undefined || algorithm === undefined ? [] : [{ value, algorithm, proof: "odata-checksum" }];
  });
  // One that Node.js computes itself proves as much as the slow one beside it.
  const quick = all.filter(({ algorithm }) => /^(md5|sha)/i.test(algorithm ?? ""));
  return quick.length > 0 ? quick : all;
}

/** Assets that stand for the same file. */
const TWINS = ["downloadLink", "native"];
/** Assets that stand for the whole product, to which what OData says of the item belongs. */
const PRODUCT = [...TWINS, "product", "Product"];

/**
 * What is declared of an asset's file, by itself or by another asset that stands for the same file (facts/real-clients-hda.md
 * §0: `native` carries size and checksum, `downloadLink` does not).
 */
function declaredOf(
  key: string,
  assets: Map<string, JsonObject>,
  item: JsonObject,
): Pick<FileRequest, "title" | "type" | "size" | "checksums"> {
  const all = declared(assets.get(key) ?? {});
  const address = addressOf(assets.get(key));
  const twins = [...assets].filter(
    ([other, asset]) =>
      other !== key &&
      ((TWINS.includes(key) && TWINS.includes(other)) || (address !== undefined && address === addressOf(asset))),
  );
  const properties = own(item, "properties");
  const others = twins.map(([, asset]) => declared(asset));
  if (PRODUCT.includes(key)) {
    for (const place of [item, properties]) {
      if (!isObject(place)) continue;
      const { ContentLength, Checksum } = place;
      others.push(declared({ ContentLength, Checksum }));
    }
  }
  for (const other of others) {
    if (all.size === undefined && other.size !== undefined) all.size = other.size;
    if (all.checksums.length === 0) all.checksums = other.checksums;
  }
  return all;
}

/** An asset's address without its query. */
function addressOf(asset: JsonObject | undefined): string | undefined {
  return asset && text(own(asset, "href"))?.split(/[?#]/)[0];
}

function ofItem(item: JsonObject, patterns: Pattern[], options: ChoiceOptions): Omit<FileRequest, "index">[] {
  const itemId = text(own(item, "id"));
  const collection = text(own(item, "collection"));
  const date = dateOf(item);
  const version = versionOf(item);
  const base = selfLink(item);
  const shared = {
    item,
    ...(base === undefined ? {} : { self: base }),
    ...(itemId === undefined ? {} : { itemId }),
    ...(collection === undefined ? {} : { collection }),
    ...(date === undefined ? {} : { date }),
    ...(version === undefined ? {} : { version }),
  };
  const assets = new Map(
    Object.entries(own(item, "assets") as JsonObject).filter((entry): entry is [string, JsonObject] =>
      isObject(entry[1]),
    ),
  );
  const called = `Item ${itemId ?? "without id"}`;
  let keys: string[] | "order";
  try {
    keys = chosen(assets, patterns, called, isOrderable(item), options.order !== false);
  } catch (problem) {
    if (!(problem instanceof EoError)) throw problem;
    return [{ ...shared, url: "", checksums: [], several: false, problem }];
  }
  if (keys === "order") {
    const retrieve = retrieveLink(item, base);
    return [{ ...shared, url: "", checksums: [], several: false, order: true, ...(retrieve ? { retrieve } : {}) }];
  }
  return keys.map((key) => {
    const asset = assets.get(key) ?? {};
    const request = { ...shared, asset: key, several: keys.length > 1, ...declaredOf(key, assets, item) };
    try {
      return { ...request, url: reachable(asset, base, `${called}: asset ${key}`, options.objectAddress) };
    } catch (problem) {
      if (!(problem instanceof EoError)) throw problem;
      return { ...request, url: "", problem };
    }
  });
}

/** The address of an asset, or of its first alternate that can be reached. */
function reachable(asset: JsonObject, base: string | undefined, what: string, objects?: ObjectAddress): string {
  const href = text(own(asset, "href"));
  try {
    return fetchable(href ?? "", base, what, objects);
  } catch (problem) {
    const alternates = own(asset, "alternate");
    if (isObject(alternates)) {
      for (const alternate of Object.values(alternates)) {
        const other = isObject(alternate) ? text(own(alternate, "href")) : undefined;
        if (other === undefined || !/^https?:/i.test(other)) continue;
        try {
          return fetchable(other, base, what);
        } catch {
          // The next one may do.
        }
      }
    }
    throw problem;
  }
}

/** An absolute http(s) address. @throws EoError BAD_INPUT */
function fetchable(href: string, base: string | undefined, what: string, objects?: ObjectAddress): string {
  if (href === "") throw badInput(`${what} has no address.`);
  let url: URL;
  try {
    url = new URL(href, base);
  } catch {
    throw badInput(
      /^[a-z][a-z0-9+.-]*:/i.test(href)
        ? `${what} is not a valid address.`
        : `${what} has a relative address, and there is no link "self" to complete it. Give the full address.`,
    );
  }
  if (url.protocol === "s3:") {
    const address = objects?.(url);
    if (address !== undefined) return address;
    throw badInput(
      `${what} lies in an object store (s3:), which needs an account with S3 keys for it, and it has no alternate over https.`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw badInput(`${what} has an address of the kind ${url.protocol} Only https and http can be fetched.`);
  }
  url.hash = "";
  return url.href;
}

/** The absolute http address an item came from. */
function selfLink(item: JsonObject): string | undefined {
  const links = own(item, "links");
  if (!Array.isArray(links)) return undefined;
  for (const link of links as unknown[]) {
    if (!isObject(link) || own(link, "rel") !== "self") continue;
    const href = text(own(link, "href"));
    if (href !== undefined && /^https?:/i.test(href) && URL.canParse(href)) return href;
  }
  return undefined;
}

/** How an item can be ordered; undefined when it has no usable link. */
function retrieveLink(item: JsonObject, base: string | undefined): RetrieveLink | undefined {
  const links = own(item, "links");
  for (const link of Array.isArray(links) ? (links as unknown[]) : []) {
    if (!isObject(link) || own(link, "rel") !== "retrieve") continue;
    const href = text(own(link, "href"));
    if (href === undefined || !URL.canParse(href, base)) continue;
    const url = new URL(href, base);
    if (url.protocol !== "https:" && url.protocol !== "http:") continue;
    const body = own(link, "body");
    return { href: url.href, method: (text(own(link, "method")) ?? "POST").toUpperCase(), body };
  }
  return undefined;
}

/**
 * The request for the file of an item that has become ready, in place of `request`.
 * @param item as it is now
 * @returns undefined when it has no file yet
 * @throws EoError BAD_INPUT when its file cannot be reached or it is not clear which is meant
 */
export function readyRequest(request: FileRequest, item: JsonObject): FileRequest | undefined {
  const found = own(item, "assets");
  const assets = new Map(
    Object.entries(isObject(found) ? found : {}).filter((entry): entry is [string, JsonObject] => isObject(entry[1])),
  );
  if (assets.size === 0) return undefined;
  const called = `Item ${request.itemId ?? "without id"}`;
  const known = request.asset !== undefined && assets.has(request.asset) ? request.asset : undefined;
  if (known === undefined && request.order !== true) return undefined;
  const key = known ?? chosen(assets, [], called, false, false)[0] ?? "";
  const base = selfLink(item) ?? request.self;
  return {
    ...request,
    item: request.order === true ? item : (request.item ?? item),
    asset: key,
    url: reachable(assets.get(key) ?? {}, base, `${called}: asset ${key}`),
    ...declaredOf(key, assets, item),
    order: false,
  };
}

interface Pattern {
  text: string;
  exclude: boolean;
}

function patternsOf(assets: string | string[] | undefined): Pattern[] {
  const all = typeof assets === "string" ? assets.split(",") : (assets ?? []);
  if (!Array.isArray(all) || all.some((pattern: unknown) => typeof pattern !== "string")) {
    throw badInput("The choice of assets must be a text or a list of texts.");
  }
  return all
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "" && pattern !== "!")
    .map((pattern) =>
      pattern.startsWith("!") ? { text: pattern.slice(1).trim(), exclude: true } : { text: pattern, exclude: false },
    );
}

function chosen(
  assets: Map<string, JsonObject>,
  patterns: Pattern[],
  called: string,
  orderable: boolean,
  order: boolean,
): string[] | "order" {
  const keys = [...assets.keys()];
  const has = keys.length === 0 ? "It has no assets." : `It has: ${keys.join(", ")}.`;
  if (patterns.length > 0) {
    const picked = new Set<string>();
    const wanted = patterns.filter((pattern) => !pattern.exclude);
    if (wanted.length === 0) for (const key of keys) picked.add(key);
    for (const pattern of wanted) {
      const hits = matching(assets, pattern.text);
      if (hits.length === 0) throw badInput(`${called} has no asset "${pattern.text}". ${has}`);
      for (const key of hits) picked.add(key);
    }
    for (const pattern of patterns) {
      if (pattern.exclude) for (const key of matching(assets, pattern.text)) picked.delete(key);
    }
    if (picked.size === 0) throw badInput(`${called}: the choice of assets leaves none. ${has}`);
    return [...picked];
  }
  if (assets.has("downloadLink")) return ["downloadLink"];
  for (const role of ["archive", "data"]) {
    const hits = matching(assets, `role:${role}`);
    if (hits.length > 0) return hits;
  }
  if (keys.length === 1) return keys;
  if (orderable && order) return "order";
  if (orderable) throw badInput(`${called} must be ordered first, and ordering is switched off in this node. ${has}`);
  throw badInput(`${called}: it is not clear which asset is wanted. ${has} Name one under "assets".`);
}

/** The keys a key, glob or `role:…` stands for, in the item's order. */
function matching(assets: Map<string, JsonObject>, pattern: string): string[] {
  if (assets.has(pattern)) return [pattern];
  if (pattern.startsWith("role:")) {
    const role = glob(pattern.slice(5).trim());
    return [...assets].filter(([, asset]) => rolesOf(asset).some((one) => role.test(one))).map(([key]) => key);
  }
  const expression = glob(pattern);
  return [...assets.keys()].filter((key) => expression.test(key));
}

function rolesOf(asset: JsonObject): string[] {
  const roles = own(asset, "roles");
  if (typeof roles === "string") return [roles];
  return Array.isArray(roles) ? roles.filter((role): role is string => typeof role === "string") : [];
}

/** `*` and `?` as in a shell. Runs of `*` are one, so that no pattern is slow. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/\*+/g, "*")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, "[^]*")
    .replace(/\?/g, "[^]");
  return new RegExp(`^${source}$`, "u");
}

/** The product is not there yet, but can be asked for (or was). */
function isOrderable(item: JsonObject): boolean {
  const properties = own(item, "properties");
  const status = isObject(properties) ? own(properties, "order:status") : undefined;
  return typeof status === "string" && status !== "succeeded" && status !== "failed" && status !== "canceled";
}

function dateOf(item: JsonObject): Date | undefined {
  const properties = own(item, "properties");
  if (!isObject(properties)) return undefined;
  for (const key of ["datetime", "end_datetime", "start_datetime"]) {
    const value = text(own(properties, key));
    const date = value === undefined ? undefined : new Date(value);
    if (date !== undefined && !Number.isNaN(date.getTime())) return date;
  }
  return undefined;
}

function versionOf(item: JsonObject): string | undefined {
  const properties = own(item, "properties");
  return isObject(properties) ? text(own(properties, "updated")) : undefined;
}
