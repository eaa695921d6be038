/** Which file name a Content-Disposition header gives: RFC 6266 first, then what real servers send instead. */
import { parse } from "content-disposition";

/**
 * The raw name of `filename*`, else `filename`; undefined when the header names no file. The value is hostile: see
 * names.ts for what may reach a disk.
 * @param values every Content-Disposition value of the answer; each code point up to U+00FF is one octet.
 */
export function nameInHeader(values: string[]): string | undefined {
  for (const value of values) {
    const name = strictName(value) ?? lenientName(value);
    if (name !== undefined && name !== "") return name;
  }
  return undefined;
}

function strictName(value: string): string | undefined {
  try {
    const parsed = parse(value);
    const name = parsed.parameters["filename"];
    if (typeof name !== "string") return undefined;
    // The library replaces what ISO-8859-1 does not print; a decoded filename* may hold any character.
    return /filename\s*\*\s*=/i.test(value) ? (lenientName(value) ?? name) : octetsToText(name);
  } catch {
    return undefined;
  }
}

/** Name parameters one by one, however broken the rest of the header is. */
function lenientName(value: string): string | undefined {
  const found = new Map<string, string>();
  for (const [key, text] of parameters(value)) if (!found.has(key)) found.set(key, text);
  const extended = found.get("filename*");
  if (extended !== undefined) {
    const decoded = decodeExtended(extended);
    if (decoded !== undefined) return decoded;
  }
  const plain = found.get("filename");
  return plain === undefined ? undefined : octetsToText(plain);
}

/** `key=value` pairs, split on semicolons and commas outside quotes. */
function* parameters(value: string): Generator<[string, string]> {
  let at = 0;
  while (at < value.length) {
    const start = at;
    let quoted = false;
    for (; at < value.length; at += 1) {
      const char = value[at];
      if (quoted && char === "\\") at += 1;
      else if (char === '"') quoted = !quoted;
      else if (!quoted && (char === ";" || (char === "," && startsParameter(value.slice(at + 1))))) break;
    }
    const pair = value.slice(start, at);
    at += 1;
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim().toLowerCase();
    if (key === "filename" || key === "filename*") yield [key, unquoted(pair.slice(equals + 1).trim())];
  }
}

/** After a comma: a second header joined to the first, not a comma inside an unquoted name. */
function startsParameter(rest: string): boolean {
  return /^\s*(?:attachment|inline|form-data|filename\*?\s*=)/i.test(rest);
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  let out = "";
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (char === '"') break;
    if (char === "\\" && at + 1 < text.length) {
      at += 1;
      out += text[at] ?? "";
    } else out += char;
  }
  return out;
}

/** `charset'language'value` of RFC 8187. Undefined when the charset is unknown or the escapes are broken. */
function decodeExtended(text: string): string | undefined {
  const match = /^([\w-]*)'[\w-]*'(.*)$/s.exec(text);
  if (!match) return undefined;
  const charset = (match[1] ?? "").toLowerCase();
  const octets = percentOctets(match[2] ?? "");
  if (!octets) return undefined;
  if (charset === "iso-8859-1") return octets.toString("latin1");
  if (charset !== "utf-8" && charset !== "") return undefined;
  return utf8(octets);
}

function percentOctets(text: string): Buffer | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    "latin1",
  );
}

/** Header octets as text: UTF-8 where they are UTF-8 (common in the wild), else ISO-8859-1. */
function octetsToText(text: string): string {
  // A character beyond one octet: the HTTP library has decoded it already.
  if (!/[\u0080-\u00ff]/.test(text) || /[^\u0000-\u00ff]/.test(text)) return text;
  return utf8(Buffer.from(text, "latin1")) ?? text;
}

function utf8(octets: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}
