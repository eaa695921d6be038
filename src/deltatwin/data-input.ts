/** A Data input: from an address, an item or an OData product to what the service fetches, and whether a key goes with it. */
import { badInput } from "../errors.js";
import { isLoopback, parseUrl } from "../http/origins.js";
import { oneLine } from "../one-line.js";
import {
  checkLinkWithKey,
  isCdse,
  isOnSesameo,
  parseProductLink,
  productLink,
  SESAMEO_URL,
} from "../sesameo/product-link.js";
import { sourceOf, type SourceOptions } from "../sesameo/product-of.js";

export interface DataSource {
  url: string;
  /** It is on SesamEO: a key goes with it. */
  sesameo: boolean;
}

const SESAMEO_HOST = new URL(SESAMEO_URL).hostname;

/**
 * @param value a URL, a STAC item (its source link counts, not the local file), or an OData product
 * @param options SesamEO's root, where an account says it; without, links to SesamEO have no key
 * @throws EoError BAD_INPUT; where it is not about a link, its message begins with a verb
 */
export function dataSource(value: unknown, options: Partial<SourceOptions> = {}): DataSource {
  const base = options.base ?? SESAMEO_URL;
  const found = typeof value === "string" ? ofAddress(value, options.base) : sourceOf(value, { ...options, base });
  if (!found) {
    throw badInput("must be an address, a STAC item or an OData product (Data), but is neither.");
  }
  if (found.sesameo && options.base === undefined) {
    throw badInput(
      "is a product on SesamEO, which needs a key: choose the SesamEO account in the inputs node, or add auth with the key.",
    );
  }
  return found;
}

function ofAddress(value: string, known: string | undefined): DataSource {
  const text = value.trim();
  if (text === "") throw badInput("is blank; it must be an address (Data).");
  const base = known ?? SESAMEO_URL;
  if (isMeantForSesameo(text, known)) {
    const product = known === undefined ? checkLinkWithKey(text) : parseProductLink(text, base);
    return { url: productLink(product, base), sesameo: true };
  }
  return { url: openAddress(text), sesameo: false };
}

/**
 * On SesamEO's hosts, or shaped like one of its links where an account says that links are meant: then it is judged by
 * the rules for these.
 */
function isMeantForSesameo(text: string, known: string | undefined): boolean {
  const host = parseUrl(text)?.hostname.toLowerCase() ?? "";
  if (host === SESAMEO_HOST || host === "sesameo.destine.eu" || isCdse(host)) return true;
  if (known !== undefined && isOnSesameo(text, known)) return true;
  return /Collections\(.*Products\(/i.test(text) && (known !== undefined || isLoopback(host));
}

/** @throws EoError BAD_INPUT for what the service cannot fetch without logging in */
function openAddress(text: string): string {
  if (text.includes("…") || /\.\.\.$/.test(text)) {
    throw badInput("is an address that is cut short (it holds …), perhaps copied from a table. Copy it again, whole.");
  }
  if (/[\s\u0000-\u001f\u007f]/.test(text)) {
    throw badInput("is an address with a space or a line break in it. Copy it again, in one piece.");
  }
  const url = parseUrl(text);
  if (!url) throw badInput(`must be an absolute address (Data), but is "${oneLine(text, 60)}".`);
  if (url.protocol === "s3:") {
    throw badInput("is an address in an object store (s3:), which the service cannot fetch. Give an https address.");
  }
  if (url.protocol === "file:") {
    throw badInput("is a file on this machine, which the service cannot read. Give an https address.");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw badInput(`has an address of the kind ${url.protocol} The service fetches https and http only.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw badInput("has a user name or password in its address. The service knows open addresses and SesamEO only.");
  }
  if (url.hash !== "" || text.includes("#")) throw badInput("has a fragment (#…) in its address. Leave it out.");
  if (url.hostname.toLowerCase().endsWith(".data.destination-earth.eu")) {
    throw badInput(
      `is an address of the DestinE Data Lake (${url.hostname}), where the service cannot log in. Look the product up in SesamEO and give its link.`,
    );
  }
  return text;
}
