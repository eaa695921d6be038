/** File names that are safe on Linux, macOS and Windows, whoever chose them, and the templates that build them. */
import sanitize from "sanitize-filename";
import { badInput } from "../errors.js";
import { guards } from "./guards.js";

/** Longest name in bytes; leaves room for `.part.<word>` in the 255 a file system allows. */
export const LONGEST_NAME = 240;

/** Characters that would hide or turn what is shown: controls, separators of lines, direction and invisible marks. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)[ ]*(\.|$)/i;
const EXTENSION = /\.(tar\.(?:gz|bz2|xz|zst)|[a-z][a-z0-9_]{0,7}|[0-9]?[a-z][a-z0-9]{0,7})$/i;
/** Last URL parts that say how a file is fetched, not what it is. */
const NOT_A_NAME = /^(downloadlink|\$value)$/i;
const SCRIPT = /\.(php|aspx?|cgi|jsp|do|pl|py)$/i;

/** The last part of a path a server or user gave, made safe; undefined when nothing usable is left. */
export function safeName(raw: string): string | undefined {
  if (!guards.safeNames) return raw;
  const parts = raw.split(/[/\\]/);
  return clean(parts[parts.length - 1] ?? "");
}

/** A text that stands inside a name (an id, a template): separators are replaced, not followed. */
export function safePart(raw: string): string {
  return raw.replace(/[/\\]/g, "_");
}

function clean(text: string): string | undefined {
  let name = text.toWellFormed().normalize("NFC").replace(UNSEEN, "");
  // A name of nothing but dots and spaces names no file.
  name = name.replace(/^\s+/u, "").replace(/[. \s]+$/u, "");
  if (name === "") return undefined;
  if (DEVICE.test(name)) name = `_${name}`;
  name = shorten(name, LONGEST_NAME - 1);
  name = sanitize(name, { replacement: "_" });
  // Our own helper files are called so; a product must not look like one.
  name = name.replace(/\.part(?=$|\.[^.]*$)/i, "_part");
  name = name.replace(/[. ]+$/, "");
  return name === "" ? undefined : name;
}

/** At most `limit` bytes, cut before the extension and between characters. */
function shorten(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const { stem, ext } = split(name);
  const tail = ext === "" || Buffer.byteLength(ext) > 40 ? "" : `.${ext}`;
  const room = limit - Buffer.byteLength(tail);
  let out = "";
  let bytes = 0;
  for (const { segment } of new Intl.Segmenter("en", { granularity: "grapheme" }).segment(tail ? stem : name)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > room) break;
    out += segment;
  }
  return out + tail;
}

/** A name without and with its extension (no dot). `.tar.gz` counts as one. */
export function split(name: string): { stem: string; ext: string } {
  const match = EXTENSION.exec(name);
  if (!match || match.index === 0) return { stem: name, ext: "" };
  return { stem: name.slice(0, match.index), ext: match[1] ?? "" };
}

/** `name.ext` → `name-2.ext`, still within the longest name. */
export function numbered(name: string, n: number): string {
  if (n < 2) return name;
  const { stem, ext } = split(name);
  const tail = `-${n}${ext === "" ? "" : `.${ext}`}`;
  return shorten(stem, LONGEST_NAME - Buffer.byteLength(tail)) + tail;
}

/** What a file system that ignores case would compare. */
export function folded(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The last part of a URL's path as a raw name; undefined where it says nothing. */
export function nameInUrl(url: string): string | undefined {
  let path: string;
  try {
    path = new URL(url).pathname;
  } catch {
    return undefined;
  }
  const parts = path.split("/").filter((part) => part !== "");
  const last = parts[parts.length - 1];
  if (last === undefined) return undefined;
  const name = unescaped(last);
  return NOT_A_NAME.test(name) ? undefined : name;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The extension (no dot) in a URL's last part, when it tells a format. */
export function extensionInUrl(url: string): string {
  const name = nameInUrl(url);
  return name === undefined || SCRIPT.test(name) ? "" : split(name).ext;
}

const BY_TYPE = new Map([
  ["application/x-netcdf", "nc"],
  ["application/netcdf", "nc"],
  ["application/x-netcdf4", "nc"],
  ["application/x-hdf5", "h5"],
  ["application/x-hdf", "hdf"],
  ["application/hdf5", "h5"],
  ["application/zip", "zip"],
  ["application/x-zip-compressed", "zip"],
  ["application/x-grib", "grib"],
  ["application/grib", "grib"],
  ["application/x-grib2", "grib2"],
  ["application/wmo-grib2", "grib2"],
  ["application/gzip", "gz"],
  ["application/x-gzip", "gz"],
  ["application/x-tar", "tar"],
  ["application/pdf", "pdf"],
  ["application/json", "json"],
  ["application/geo+json", "geojson"],
  ["application/xml", "xml"],
  ["text/xml", "xml"],
  ["text/html", "html"],
  ["text/plain", "txt"],
  ["text/csv", "csv"],
  ["image/tiff", "tif"],
  ["image/vnd.stac.geotiff", "tif"],
  ["image/jp2", "jp2"],
  ["image/png", "png"],
  ["image/jpeg", "jpg"],
  ["application/vnd.google-earth.kml+xml", "kml"],
  ["application/vnd.google-earth.kmz", "kmz"],
  ["application/vnd.apache.parquet", "parquet"],
  ["application/x-parquet", "parquet"],
  ["application/geopackage+sqlite3", "gpkg"],
  ["application/vnd.las", "las"],
  ["application/vnd.laszip", "laz"],
]);

/** `type/subtype` of a media type, lower case, without parameters. */
export function bareType(type: string | undefined): string | undefined {
  const bare = type?.split(";")[0]?.trim().toLowerCase();
  return bare === undefined || bare === "" ? undefined : bare;
}

/** The extension (no dot) for a media type; "" when none is known. */
export function extensionOfType(type: string | undefined): string {
  return BY_TYPE.get(bareType(type) ?? "") ?? "";
}

/** The extension (no dot) for a file's first bytes; "" when they tell nothing. */
export function extensionOfBytes(head: Buffer): string {
  const text = head.subarray(0, 8).toString("latin1");
  if (text.startsWith("\x89HDF\r\n\x1a\n")) return "h5";
  if (/^CDF[\x01\x02\x05]/.test(text)) return "nc";
  if (text.startsWith("PK\x03\x04") || text.startsWith("PK\x05\x06")) return "zip";
  if (text.startsWith("GRIB")) return "grib";
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return "tif";
  if (text.startsWith("\0\0\0\x0cjP  ")) return "jp2";
  if (text.startsWith("\x1f\x8b")) return "gz";
  if (text.startsWith("\x89PNG")) return "png";
  if (text.startsWith("\xff\xd8\xff")) return "jpg";
  if (text.startsWith("%PDF")) return "pdf";
  return "";
}

const PLACEHOLDERS = ["collection", "id", "asset", "name", "ext", "YYYY", "MM", "DD"] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** The template when it is a usable one. @throws EoError BAD_INPUT naming the placeholders there are. */
export function checkTemplate(template: string): void {
  for (const [whole, word] of template.matchAll(/\{([A-Za-z_]+)\}/g)) {
    if (!PLACEHOLDERS.includes(word as Placeholder)) {
      const known = PLACEHOLDERS.map((name) => `{${name}}`).join(" ");
      throw badInput(`The file name has ${whole}, which is not known. Use ${known}.`);
    }
  }
}

/** Whether the name can only be known from the server's answer. */
export function needsAnswer(template: string): boolean {
  return template === "" || /\{(name|ext)\}/.test(template);
}

/** The template filled in and made safe; undefined when nothing usable is left. */
export function fill(template: string, values: Record<Placeholder, string>): string | undefined {
  const filled = template.replace(/\{([A-Za-z_]+)\}/g, (whole, word: string) =>
    PLACEHOLDERS.includes(word as Placeholder) ? safePart(values[word as Placeholder]) : whole,
  );
  return clean(safePart(filled));
}
