/** SesamEO product links: parse, check, build. Every known way to break one has its own message (facts/deltatwin-sesameo.md §5). */
import { badInput } from "../errors.js";
import { isLoopback, parseUrl } from "../http/origins.js";
import { oneLine } from "../one-line.js";

/** The service's own OData root. */
export const SESAMEO_URL = "https://api.sesameo.destine.eu/odata/v1";

/** What a link names. */
export interface SesameoProduct {
  /** A data-portfolio id, as in EO.ESA.DAT.SENTINEL-2.MSI.L2A. */
  collection: string;
  /** Who holds the product, as in CDSE. */
  provider: string;
  /** The holder's own id of the product. */
  product: string;
}

const WANTED =
  "It must be the whole download link: …/Collections('<collection>')/Products('<provider>:<id>')/$value. Take it from SesamEO with Copy Download Link.";
const LONGEST = 4096;

/**
 * Builds a product's link: keys are quoted, a quote inside is doubled, what a path cannot hold is percent-encoded.
 * @param base the service's OData root
 * @throws EoError BAD_INPUT for a part that is blank or holds what no id holds
 */
export function productLink(wanted: SesameoProduct, base: string = SESAMEO_URL): string {
  const { collection, provider, product } = wanted;
  for (const [name, value] of Object.entries({ collection, provider, product })) {
    if (value === "") throw badInput(`The SesamEO link cannot be built: its ${name} is blank.`);
    if (isOdd(value)) {
      throw badInput(`The SesamEO link cannot be built: its ${name} holds a space, a line break or dots in a row.`);
    }
  }
  if (provider.includes(":")) throw badInput("The SesamEO link cannot be built: the provider holds a colon.");
  const link = `${root(base)}/Collections(${quoted(collection)})/Products(${quoted(`${provider}:${product}`)})/$value`;
  if (link.length > LONGEST) throw badInput("The SesamEO link cannot be built: its ids are too long.");
  return link;
}

/**
 * The product a link names.
 * @param base the service's OData root; the link must lie under it
 * @throws EoError BAD_INPUT with a message of its own for each way to break a link
 */
export function parseProductLink(link: unknown, base: string = SESAMEO_URL): SesameoProduct {
  if (typeof link !== "string") throw wrong("is not a text", WANTED);
  const text = link.trim();
  if (text === "") throw wrong("is blank", WANTED);
  if (text.length > LONGEST) throw wrong(`is longer than ${LONGEST} characters`, WANTED);
  checkText(text);
  const url = parseUrl(text);
  if (!url) throw wrong("is not an absolute address", `It begins with ${root(base)}.`);
  checkHost(url, base);
  return productIn(url, base);
}

/** Whether the address lies on the service with this root, link or not. */
export function isOnSesameo(address: string, base: string = SESAMEO_URL): boolean {
  const url = parseUrl(address);
  return url !== undefined && url.origin === parseUrl(base)?.origin;
}

/**
 * A link with a key beside it, where no account says which service is meant: SesamEO itself, or a service on this machine.
 * @throws EoError BAD_INPUT as `parseProductLink`; also for any other host, which must not get the key
 */
export function checkLinkWithKey(link: unknown): SesameoProduct {
  const url = typeof link === "string" ? parseUrl(link.trim()) : undefined;
  if (!url || !isLoopback(url.hostname)) return parseProductLink(link);
  const at = url.pathname.search(/\/Collections(\(|%28)/i);
  return parseProductLink(link, `${url.origin}${at < 0 ? "/odata/v1" : url.pathname.slice(0, at)}`);
}

/** What can be seen before anything is parsed. */
function checkText(text: string): void {
  if (text.includes("…") || text.includes("...")) {
    throw wrong("is cut short (it holds …), perhaps copied from a table", WANTED);
  }
  if (/[\s\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/.test(text)) {
    throw wrong("has a space, a line break or an invisible character in it", "Copy it again, in one piece.");
  }
  if (/[\u2018\u2019\u201c\u201d\u00b4`]/.test(text)) {
    throw wrong("has typographic quotes, perhaps from a word processor", "Plain quotes ' belong around the ids.");
  }
  if (text.includes("\\")) {
    throw wrong("has a backslash in it", "The \\ before $value is for a shell only; write $value.");
  }
  if (/^[<"']|[>"']$/.test(text)) throw wrong("has quotes or brackets around it", "Leave them out.");
  if (/[<>{}]|Your_|%3C|%7B/i.test(text)) throw wrong("still holds a placeholder", "Put the real ids in.");
  if (/^s3:/i.test(text)) throw wrong("is an address in an object store (s3:)", WANTED);
  if (/^file:|^\/|^[a-z]:\\/i.test(text))
    throw wrong("is a file on this machine, which the service cannot read", WANTED);
}

function checkHost(url: URL, base: string): void {
  const own = new URL(base);
  const host = url.hostname.toLowerCase();
  if (url.username !== "" || url.password !== "") {
    throw wrong("holds a user name or password", "Leave them out: the key travels beside the link, never in it.");
  }
  if (host === "sesameo.destine.eu" && own.hostname !== host) {
    throw wrong("is the web page of SesamEO, not a download link", "Use Copy Download Link on that page.");
  }
  if (isCdse(host)) {
    throw wrong(
      `is a link of the Copernicus Data Space (${host}), to which a SesamEO key does not apply`,
      "Give the STAC item or the OData product itself, and the SesamEO link is built from it.",
    );
  }
  if (host.endsWith(".data.destination-earth.eu")) {
    throw wrong(
      `is a link of the DestinE Data Lake (${host}), to which a SesamEO key does not apply`,
      "Look the product up in SesamEO and use Copy Download Link.",
    );
  }
  if (url.host === own.host && url.protocol !== own.protocol) {
    throw wrong(`begins with ${url.protocol}//`, `It begins with ${own.protocol}//.`);
  }
  if (url.origin !== own.origin) {
    throw wrong(
      `leads to ${url.host || url.protocol}, which is not SesamEO (${own.host})`,
      "The SesamEO key is sent to SesamEO only. If this is where your SesamEO is, set its address in the account.",
    );
  }
  if (url.search !== "" || url.href.includes("?")) {
    throw wrong("has a query (?…)", "It ends with /$value and has nothing after it.");
  }
  if (url.hash !== "" || url.href.includes("#")) {
    throw wrong("has a fragment (#…)", "It ends with /$value and has nothing after it.");
  }
}

/** A quoted OData key, its quotes plain or percent-encoded, a quote inside doubled. */
const KEY = "\\((?:'|%27)((?:[^'%()]|''|%27%27|%(?!27)[0-9a-f]{2})*)(?:'|%27)\\)";
const PATH = new RegExp(`^/Collections${KEY}/Products${KEY}/(?:\\$|%24)value$`, "i");

function productIn(url: URL, base: string): SesameoProduct {
  const rootPath = new URL(root(base)).pathname.replace(/\/$/, "");
  if (!url.pathname.startsWith(`${rootPath}/`)) {
    throw wrong(`does not begin with ${root(base)}/`, WANTED);
  }
  const path = url.pathname.slice(rootPath.length);
  const match = PATH.exec(path);
  if (!match) throw brokenPath(path);
  if (!/^\/Collections\(.*\/Products\(.*\/(\$|%24)value$/.test(path)) {
    throw wrong("writes Collections, Products or $value in another case", WANTED);
  }
  const collection = unquoted(match[1] ?? "");
  const key = unquoted(match[2] ?? "");
  if (collection === "") throw wrong("names no collection: Collections('')", WANTED);
  if (key === "") throw wrong("names no product: Products('')", WANTED);
  const colon = key.indexOf(":");
  if (colon < 0) {
    throw wrong(
      "names a product without its provider",
      "The product is written '<provider>:<id>', as in 'CDSE:91e2…'.",
    );
  }
  const provider = key.slice(0, colon);
  const product = key.slice(colon + 1);
  if (provider === "")
    throw wrong("has nothing before the colon of the product", "The provider stands there, as in CDSE.");
  if (product === "") throw wrong("has nothing after the colon of the product", "The product's id stands there.");
  for (const part of [collection, provider, product]) {
    if (isOdd(part))
      throw wrong("has a space, a line break or dots in a row inside an id", "Copy it again, in one piece.");
  }
  return { collection, provider, product };
}

function brokenPath(path: string): Error {
  if (path === "/" || path === "") return wrong("ends before the collection", WANTED);
  if (!/^\/Collections\b/i.test(path)) {
    if (/^\/Products\b/i.test(path)) return wrong("names no collection", WANTED);
    return wrong("has no Collections('…') after the root", WANTED);
  }
  if (!/^\/Collections\(/i.test(path)) return wrong("names no collection in brackets", WANTED);
  if (!/^\/Collections\((?:'|%27)/i.test(path)) return wrong("has no quotes around the collection", WANTED);
  if (!/\/Products\b/i.test(path)) return wrong("names no product", WANTED);
  if (!/\/Products\(/i.test(path)) return wrong("names no product in brackets", WANTED);
  if (!/\/Products\((?:'|%27)/i.test(path)) return wrong("has no quotes around the product", WANTED);
  if (new RegExp(`/Products${KEY}$`, "i").test(path)) return wrong("ends without /$value", "Add /$value at its end.");
  if (new RegExp(`/Products${KEY}/+$`, "i").test(path)) {
    return wrong(
      "has lost its $value: a shell took it for a variable inside double quotes",
      "Put /$value back at its end.",
    );
  }
  if (new RegExp(`/Products${KEY}/value/?$`, "i").test(path)) {
    return wrong("has lost the $ of $value", "Its end is /$value.");
  }
  if (/\$value\/+$|%24value\/+$/i.test(path)) return wrong("has a slash after $value", "Its end is /$value.");
  if (/\/Nodes\(/i.test(path))
    return wrong("is the link of a file inside a product", "Give the product's own $value link.");
  if (new RegExp(`/Products${KEY}/(\\$|%24)`, "i").test(path)) {
    return wrong("ends with something else than $value", "Its end is /$value.");
  }
  if (!new RegExp(`/Products${KEY}`, "i").test(path)) {
    return wrong("has a product whose quotes or brackets do not close", WANTED);
  }
  return wrong("has something between the product and $value", WANTED);
}

/** Hosts of the Copernicus Data Space Ecosystem. */
export function isCdse(host: string): boolean {
  return host === "dataspace.copernicus.eu" || host.endsWith(".dataspace.copernicus.eu");
}

function root(base: string): string {
  return base.replace(/\/+$/, "");
}

/** Percent-encodes what a path segment cannot hold; the signs of ids stay readable, as SesamEO itself writes them. */
function quoted(key: string): string {
  const encoded = encodeURIComponent(key.replaceAll("'", "''"))
    .replaceAll("(", "%28")
    .replaceAll(")", "%29")
    .replaceAll("%3A", ":");
  return `'${encoded}'`;
}

function unquoted(raw: string): string {
  let key: string;
  try {
    key = decodeURIComponent(raw);
  } catch {
    throw wrong("has a broken percent sign in an id", "Copy it again, in one piece.");
  }
  return key.replaceAll("''", "'");
}

/** What no id holds: it would not survive the way through a URL, a shell or a table. */
function isOdd(part: string): boolean {
  return (
    part.includes("...") ||
    part.includes("…") ||
    /\p{Cs}/u.test(part) ||
    /[\s\u0000-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\\<>{}`\u2018\u2019\u201c\u201d\u00b4]|Your_|%3C|%7B/i.test(
      part,
    )
  );
}

function wrong(is: string, next: string): Error {
  return badInput(`The SesamEO link ${oneLine(is, 300)}. ${next}`);
}
