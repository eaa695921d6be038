/** A product as OData shows it, in the form of the services around SesamEO. */
import type { SesameoProduct, SesameoState } from "./sesameo-state.js";
import type { Entity } from "./odata-filter.js";

const HOUR = 3_600_000;
/** Digests of larger files would take longer than a request should. */
const MOST_DIGESTED = 64 * 1024 * 1024;

/** Attribute names by the property they come from. */
const ATTRIBUTES: Record<string, string> = {
  "product:type": "productType",
  "processing:level": "processingLevel",
  platform: "platformSerialIdentifier",
  constellation: "platformShortName",
  "grid:code": "tileId",
  "eo:cloud_cover": "cloudCover",
};

/** Everything but the checksum. */
export function productDocument(product: SesameoProduct, state: SesameoState, version: number): Entity {
  const { id, record } = product;
  const file = state.file(product, version);
  const [west, south, east, north] = record.bbox;
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  const published = date(record.end + 6 * HOUR);
  return {
    "@odata.mediaContentType": file?.type ?? "application/octet-stream",
    Id: id,
    Name: file?.name ?? record.id,
    ContentType: file?.type ?? "application/octet-stream",
    ContentLength: file?.content.size ?? 0,
    OriginDate: date(record.end + 4 * HOUR),
    PublicationDate: published,
    ModificationDate: published,
    Online: !state.offline.has(id),
    EvictionDate: "9999-12-31T23:59:59.999999Z",
    Checksum: [],
    ContentDate: { Start: date(record.start), End: date(record.end) },
    Footprint: `geography'SRID=4326;POLYGON ((${ring.map((pair) => pair.join(" ")).join(", ")}))'`,
    GeoFootprint: { type: "Polygon", coordinates: [ring] },
    Collection: { Name: record.collection },
    Attributes: attributes(record.facts),
  };
}

/** The document with its MD5, where that is cheap. */
export function withChecksum(document: Entity, product: SesameoProduct, state: SesameoState, version: number): Entity {
  const file = state.file(product, version);
  if (!file || file.content.size > MOST_DIGESTED) return document;
  const Checksum = [{ Value: file.md5(), Algorithm: "MD5", ChecksumDate: document["PublicationDate"] }];
  return { ...document, Checksum };
}

function attributes(facts: Readonly<Record<string, unknown>>): Entity[] {
  return Object.entries(ATTRIBUTES).flatMap(([from, name]) => {
    const value = facts[from];
    if (typeof value !== "string" && typeof value !== "number") return [];
    const type = typeof value === "number" ? "Double" : "String";
    const text = from === "grid:code" ? String(value).replace("MGRS-", "") : value;
    return [{ "@odata.type": `#OData.CSC.${type}Attribute`, Name: name, Value: text, ValueType: type }];
  });
}

/** With microseconds. */
function date(time: number): string {
  return new Date(time).toISOString().replace("Z", "000Z");
}
