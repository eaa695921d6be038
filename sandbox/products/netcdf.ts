/**
 * A valid NetCDF classic file of exactly the size asked for: coordinates, a chlorophyll field, a quality variable that
 * fills the rest. What belongs to one item stands at the end, so that the MD5 of many items of one series is cheap.
 */
import { createHash, type Hash } from "node:crypto";
import { bufferContent, joinContents } from "../core/content.js";
import {
  variableSize,
  writeHeader,
  type Attributes,
  type Dimension,
  type HeaderSpec,
  type Variable,
} from "./netcdf-header.js";
import { patternContent } from "./pattern.js";
import type { Product } from "./product.js";

export interface NetcdfSpec {
  /** Whole size in bytes. */
  size: number;
  /** Items of one series share the header and the filling. */
  series: string;
  id: string;
  /** Milliseconds since 1970. */
  time: number;
  /** Another version has other values and another filling. */
  version: number;
}

const NAME_LENGTH = 96;
const FILL = 9.969209968386869e36;
const MAX_FILLER = 1024 * 1024 * 1024;
const CLASSIC_END = 2 ** 31 - 1;

interface Shape {
  lat: number;
  lon: number;
  rich: boolean;
}

/** Shapes by the size from which they are used. */
const SHAPES: [number, Shape][] = [
  [32 * 1024, { lat: 32, lon: 64, rich: true }],
  [4 * 1024, { lat: 8, lon: 16, rich: true }],
  [0, { lat: 2, lon: 2, rich: false }],
];

/** Everything that items of one series, size, version and field have in common. */
interface Common {
  shape: Shape;
  header: Buffer;
  coordinates: Buffer;
  filling: number;
  field: Buffer;
  rest: number;
  hash: Hash | null;
}

/** So many different fields there are; an item has one of them. */
const FIELDS = 16;

const commons = new Map<string, Common>();

/** The file. Throws a RangeError when the size is too small for any NetCDF file. */
export function netcdfProduct(spec: NetcdfSpec): Product {
  const common = commonPart(spec, hashNumber(`${spec.id}/${spec.version}`) % FIELDS);
  const tail = itemPart(spec, common);
  const content = joinContents([
    bufferContent(common.header),
    bufferContent(common.coordinates),
    patternContent(fillingSeed(spec), common.filling),
    bufferContent(common.field),
    bufferContent(tail),
  ]);
  const hash = (): Hash => {
    if (!common.hash) {
      common.hash = createHash("md5");
      const step = 1024 * 1024;
      const end = content.size - tail.length;
      for (let at = 0; at < end; at += step) common.hash.update(content.read(at, Math.min(step, end - at)));
    }
    return common.hash.copy();
  };
  let md5: string | undefined;
  return {
    content,
    name: `${spec.id}.nc`,
    type: "application/x-netcdf",
    md5: () => (md5 ??= hash().update(tail).digest("hex")),
  };
}

/** Every size from here on is possible. */
export const SMALLEST_NETCDF = 512;

function fillingSeed(spec: NetcdfSpec): string {
  return `${spec.series}/${spec.version}`;
}

function commonPart(spec: NetcdfSpec, field: number): Common {
  const key = `${spec.series}/${spec.size}/${spec.version}/${field}`;
  const known = commons.get(key);
  if (known) return known;
  if (commons.size > 1024) commons.clear();
  const common = layout(spec.series, spec.size, field);
  commons.set(key, common);
  return common;
}

function layout(series: string, size: number, field: number): Common {
  const shape = SHAPES.find(([from]) => size >= from)?.[1] ?? { lat: 2, lon: 2, rich: false };
  const rest = size % 4;
  const version = size > CLASSIC_END ? 2 : 1;
  const fillers = Math.max(1, Math.ceil(size / MAX_FILLER));
  const measure = headerSpec(series, shape, version, new Array<number>(fillers).fill(4), rest);
  const headerLength = writeHeader(measure).length;
  const coordinates = (shape.lat + shape.lon) * 4;
  const tail = 8 + (shape.rich ? NAME_LENGTH : 0) + rest;
  const filling = size - headerLength - coordinates - shape.lat * shape.lon * 4 - tail;
  if (filling < 4 * fillers) throw new RangeError(`a NetCDF file of ${size} bytes is too small`);
  const each: number[] = [];
  let left = filling;
  for (let index = 0; index < fillers; index++) {
    const part = index === fillers - 1 ? left : Math.floor(filling / fillers / 4) * 4;
    each.push(part);
    left -= part;
  }
  const spec = headerSpec(series, shape, version, each, rest);
  let at = headerLength;
  for (const variable of spec.variables) {
    variable.begin = at;
    at += variableSize(variable, spec.dimensions);
  }
  const header = writeHeader(spec);
  return {
    shape,
    header,
    coordinates: coordinateBytes(shape),
    filling,
    field: fieldBytes(shape, field),
    rest,
    hash: null,
  };
}

function headerSpec(series: string, shape: Shape, version: 1 | 2, fillers: number[], rest: number): HeaderSpec {
  const { rich } = shape;
  const pick = (attributes: Attributes): Attributes => (rich ? attributes : {});
  const dimensions: Dimension[] = [
    { name: "time", length: 1 },
    { name: "lat", length: shape.lat },
    { name: "lon", length: shape.lon },
  ];
  const variables: Variable[] = [
    {
      name: "lat",
      dimensions: [1],
      type: "float",
      attributes: pick({ standard_name: "latitude", units: "degrees_north", axis: "Y" }),
      begin: 0,
    },
    {
      name: "lon",
      dimensions: [2],
      type: "float",
      attributes: pick({ standard_name: "longitude", units: "degrees_east", axis: "X" }),
      begin: 0,
    },
  ];
  fillers.forEach((length, index) => {
    const number = fillers.length > 1 ? `_${index + 1}` : "";
    dimensions.push({ name: `cell${number}`, length });
    const attributes = pick({ long_name: "Quality index of each native cell" });
    variables.push({ name: `QI${number}`, dimensions: [dimensions.length - 1], type: "byte", attributes, begin: 0 });
  });
  variables.push(
    {
      name: "CHL",
      dimensions: [0, 1, 2],
      type: "float",
      attributes: pick({
        standard_name: "mass_concentration_of_chlorophyll_a_in_sea_water",
        long_name: "Chlorophyll-a concentration - Mean of the binned pixels",
        units: "milligram m-3",
        _FillValue: FILL,
        coordinates: "lat lon",
      }),
      begin: 0,
    },
    {
      name: "time",
      dimensions: [0],
      type: "double",
      attributes: pick({
        standard_name: "time",
        units: "seconds since 1970-01-01 00:00:00",
        calendar: "gregorian",
        axis: "T",
      }),
      begin: 0,
    },
  );
  if (rich) {
    dimensions.push({ name: "name_strlen", length: NAME_LENGTH });
    variables.push({
      name: "product_id",
      dimensions: [dimensions.length - 1],
      type: "char",
      attributes: { long_name: "Product name" },
      begin: 0,
    });
  }
  if (rest > 0) {
    // A lone record variable of single bytes is the only thing in this format that ends off a multiple of four.
    dimensions.push({ name: "record", length: 0 }, { name: "remark_strlen", length: rest });
    const ids = [dimensions.length - 2, dimensions.length - 1];
    variables.push({ name: "remark", dimensions: ids, type: "char", attributes: {}, begin: 0 });
  }
  const attributes: Attributes = pick({
    Conventions: "CF-1.8",
    title: series,
    institution: "Sandbox",
    source: "synthetic values, for tests only",
    geospatial_lat_min: -90,
    geospatial_lat_max: 90,
    geospatial_lon_min: -180,
    geospatial_lon_max: 180,
  });
  return { version, records: rest > 0 ? 1 : 0, dimensions, attributes, variables };
}

function coordinateBytes(shape: Shape): Buffer {
  const bytes = Buffer.alloc((shape.lat + shape.lon) * 4);
  let at = 0;
  for (let row = 0; row < shape.lat; row++) at = bytes.writeFloatBE(90 - ((row + 0.5) * 180) / shape.lat, at);
  for (let column = 0; column < shape.lon; column++) {
    at = bytes.writeFloatBE(-180 + ((column + 0.5) * 360) / shape.lon, at);
  }
  return bytes;
}

function fieldBytes(shape: Shape, field: number): Buffer {
  const bytes = Buffer.alloc(shape.lat * shape.lon * 4);
  let at = 0;
  for (let row = 0; row < shape.lat; row++) {
    for (let column = 0; column < shape.lon; column++) {
      at = bytes.writeFloatBE(chlorophyll(row / shape.lat, column / shape.lon, field), at);
    }
  }
  return bytes;
}

function itemPart(spec: NetcdfSpec, common: Common): Buffer {
  const { shape, rest } = common;
  const bytes = Buffer.alloc(8 + (shape.rich ? NAME_LENGTH : 0) + rest, "r");
  bytes.writeDoubleBE(spec.time / 1000, 0);
  if (shape.rich) bytes.write(spec.id.slice(0, NAME_LENGTH).padEnd(NAME_LENGTH), 8, "latin1");
  return bytes;
}

/** Milligrams per cubic metre between 0.01 and 20; some cells are land. */
function chlorophyll(y: number, x: number, phase: number): number {
  const wave = Math.sin(x * 12 + phase) + Math.cos(y * 9 + phase * 0.7);
  if (wave > 1.6) return FILL;
  return Math.round(10 ** (wave * 0.8 - 0.6) * 1e4) / 1e4;
}

/** A small number that looks like chance, the same for the same text. */
function hashNumber(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
