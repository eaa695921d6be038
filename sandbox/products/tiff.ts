/** A small grey GeoTIFF: unsigned 16-bit values in one strip, in degrees of longitude and latitude. */

export interface Raster {
  width: number;
  height: number;
  /** Row by row from the north-west corner. */
  values: Uint16Array;
  /** West, south, east, north in degrees. */
  bbox: readonly [number, number, number, number];
}

const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const WIDTHS: Record<number, number> = { [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 };

export function tiffFile({ width, height, values, bbox: [west, south, east, north] }: Raster): Buffer {
  const pixels = Buffer.alloc(width * height * 2);
  values.forEach((value, index) => pixels.writeUInt16LE(value, index * 2));
  const fields: [tag: number, type: number, values: number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, [16]],
    [259, SHORT, [1]],
    [262, SHORT, [1]],
    [273, LONG, [0]],
    [277, SHORT, [1]],
    [278, LONG, [height]],
    [279, LONG, [pixels.length]],
    [339, SHORT, [1]],
    [33550, DOUBLE, [(east - west) / width, (north - south) / height, 0]],
    [33922, DOUBLE, [0, 0, 0, west, north, 0]],
    // Model type geographic, pixels are areas, EPSG:4326.
    [34735, SHORT, [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326]],
  ];
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16LE(fields.length, 0);
  const long: Buffer[] = [];
  let end = 8 + directory.length;
  const place = (bytes: Buffer): number => {
    const at = end;
    long.push(bytes);
    end += bytes.length;
    return at;
  };
  fields.forEach(([tag, type, list], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(list.length, at + 4);
    const bytes = tag === 273 ? undefined : numbers(type, list);
    if (!bytes) directory.writeUInt32LE(place(pixels), at + 8);
    else if (bytes.length <= 4) bytes.copy(directory, at + 8);
    else directory.writeUInt32LE(place(bytes), at + 8);
  });
  return Buffer.concat([Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0]), directory, ...long]);
}

function numbers(type: number, list: number[]): Buffer {
  const width = WIDTHS[type] ?? 4;
  const bytes = Buffer.alloc(list.length * width);
  list.forEach((value, index) => {
    if (type === DOUBLE) bytes.writeDoubleLE(value, index * width);
    else bytes.writeUIntLE(value, index * width, width);
  });
  return bytes;
}
