/** Whether a body is a product or an apology: what its first bytes look like against what the asset declares. */
import { bareType } from "./names.js";

export type TextKind = "html" | "xml" | "json";

/** How much is looked at; enough to pass a byte order mark, white space and comments. */
export const LOOK_BYTES = 64 * 1024;
const ENOUGH = 512;
const TEXT_NAMES = /\.(json|geojson|xml|html|htm|txt|kml)$/i;
const HTML_TAG =
  /^<(?:!doctype\s+html|html|head|body|title|meta|script|style|div|p|h[1-6]|center|table|br|hr|pre|b|a|span|form|iframe|noscript)(?=[\s/>]|$)/i;

/** Whether these bytes suffice to tell; false: more should be read first. */
export function enough(head: Buffer): boolean {
  return head.length >= LOOK_BYTES || textOf(head).trimStart().length >= ENOUGH || isBinary(head);
}

/** HTML, XML or JSON, by the bytes and, where they are text, by the Content-Type; undefined for anything else. */
export function kindOf(head: Buffer, contentType: string | undefined): TextKind | undefined {
  if (isBinary(head)) return undefined;
  const text = withoutComments(textOf(head).trimStart());
  if (text.startsWith("<")) {
    if (HTML_TAG.test(text)) return "html";
    if (/^<(?:\?xml|!doctype|[a-z_])/i.test(text)) return "xml";
  }
  if (startsAsJson(text)) return "json";
  return kindOfType(contentType);
}

/** HTML, XML or JSON, by a media type. */
export function kindOfType(type: string | undefined): TextKind | undefined {
  const bare = bareType(type);
  if (bare === undefined) return undefined;
  if (bare === "text/html" || bare === "application/xhtml+xml") return "html";
  if (/^(application|text)\/(json|x-json|geojson|x-ndjson|json-seq)$|\+json(-seq)?$/.test(bare)) return "json";
  if (/^(application|text)\/xml$|\+xml$/.test(bare)) return "xml";
  return undefined;
}

/**
 * Whether a body of this kind may be the product.
 * @param names the asset's URL and the file name a server or user gave, not one made up from the content.
 */
export function mayBe(kind: TextKind, declaredType: string | undefined, names: (string | undefined)[]): boolean {
  if (bareType(declaredType) === undefined)
    return names.some((name) => name !== undefined && TEXT_NAMES.test(pathOf(name)));
  const declared = kindOfType(declaredType);
  // XHTML pages begin as XML.
  return declared === kind || (declared === "html" && kind === "xml");
}

/** Where a JSON body points, when it is an object with an `href` to an http address. */
export function pointerOf(body: Buffer, base: string): string | undefined {
  try {
    const value: unknown = JSON.parse(textOf(body));
    if (typeof value !== "object" || value === null || !("href" in value) || typeof value.href !== "string")
      return undefined;
    const url = new URL(value.href, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The first words of a body, for a message. */
export function firstWords(head: Buffer): string {
  const text = textOf(head)
    .replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[\p{C}\s]+/gu, " ")
    .trim();
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

function pathOf(name: string): string {
  return name.split(/[?#]/)[0] ?? "";
}

function textOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder("utf-16le").decode(head);
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder("utf-16be").decode(head);
  return new TextDecoder("utf-8").decode(head);
}

function isBinary(head: Buffer): boolean {
  const start = head.subarray(0, 1024);
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)) return false;
  return start.some((byte) => byte < 9 || (byte > 13 && byte < 27));
}

function withoutComments(text: string): string {
  let rest = text;
  while (rest.startsWith("<!--")) {
    const end = rest.indexOf("-->");
    if (end < 0) return rest;
    rest = rest.slice(end + 3).trimStart();
  }
  return rest;
}

function startsAsJson(text: string): boolean {
  if (/^\{\s*("|\}|$)/.test(text)) return true;
  return /^\[\s*([{["\]]|$|-?\d+(\.\d+)?([eE][+-]?\d+)?\s*[,\]]|(true|false|null)\s*[,\]])/.test(text);
}
