/** An answer of the Data Lake without what must differ: addresses, ids, tickets, times, sizes. */
import type { LakeAnswer, LakeCase } from "./lake-cases.js";

/** `vary` is left out: it is for browsers on other sites. */
const HEADERS = ["content-type", "content-encoding", "accept-ranges", "allow", "retry-after"];
/** Their names are the data's own. */
const OPAQUE = new Set(["summaries", "geometry", "extent", "bbox", "federation", "item_assets"]);
/** What one collection's metadata or one backend's settings have and another's have not. */
const OWN = new RegExp(
  `^(${[
    // Orderable items have dates or none, as their provider is set; in production they had none.
    ...["datetime", "start_datetime", "end_datetime"],
    ...["ecmwf:", "cop_marine:", "sci:", "eo:", "dedl:", "processing:", "product:", "keywords", "description"],
    ...["alternate", "thumbnail", "dataset", "constellation", "platform", "instruments", "stac_extensions"],
  ].join("|")})`,
);

/** One line for each thing that counts, sorted, each once. */
export function shapeOf({ status, headers, body }: LakeAnswer, compare: LakeCase["compare"]): string[] {
  const lines = [`status ${status}`];
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value !== null) lines.push(`header ${name}: ${value.replace(/; */g, ";").toLowerCase()}`);
  }
  lines.push(`length ${headers.has("content-length") || !isJson(headers) ? headers.has("content-length") : "any"}`);
  const disposition = headers.get("content-disposition");
  if (disposition !== null) lines.push(`disposition ${disposition.replace(/"[^"]*"/g, '"…"')}`);
  if (compare !== "status" && isJson(headers) && body.length > 0) {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (compare === "list") lines.push(...listOf(value));
    else if (compare === "frame") lines.push(...namesOf("", { ...(value as object), collections: [] }));
    else lines.push(...(status >= 400 ? errorOf("", value) : namesOf("", value)));
  }
  return [...new Set(lines)].sort();
}

const isJson = (headers: Headers): boolean => /json/.test(headers.get("content-type") ?? "");

const listOf = (value: unknown): string[] =>
  Object.entries(value as Record<string, string[]>).flatMap(([name, list]) => list.map((one) => `${name}: ${one}`));

/** The words of an error, without what is this request's own. */
function errorOf(at: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => errorOf(`${at}[]`, one));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, one]) =>
      // The request's own body, sent back.
      key === "body" || key === "input" ? [`${at}.${key}`] : errorOf(`${at}.${key}`, one),
    );
  }
  if (at.endsWith(".ticket")) return [`${at}: ${typeof value}`];
  return [`${at} = ${typeof value === "string" ? wordsOf(value) : `${typeof value} ${String(value)}`}`];
}

/** Lists of allowed values come in any order and are the form's own. */
const wordsOf = (text: string): string =>
  text
    .replace(/ with .*Allowed values are .*/s, " with … Allowed values are …")
    // A set, printed: in any order.
    .replace(/^\{'.*'\}$/, (set) => `{${set.slice(1, -1).split(", ").sort().join(", ")}}`)
    .replace(/\d+ error\(s\)\. .*Field required/s, "… Field required")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uuid>");

/** Names and types of everything in an answer. */
function namesOf(at: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => namesOf(`${at}[]`, one));
  if (typeof value !== "object" || value === null) {
    const name = at.split(".").at(-1) ?? "";
    const says = ["type", "method", "rel", "stac_version", "order:status"].includes(name) && at.split(".").length < 5;
    return [`${at}: ${says ? String(value) : typeof value}`];
  }
  return Object.entries(value).flatMap(([key, one]) => {
    const name = key.split(":")[0] === "ecmwf" ? "ecmwf:…" : key;
    if (OPAQUE.has(key)) return [`${at}.${name}`];
    return OWN.test(key) ? [] : namesOf(`${at}.${name}`, one);
  });
}
