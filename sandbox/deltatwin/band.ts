/** The work of `band-extractor`: reads a product on disk and writes one band of it as a GeoTIFF. */
import { open, type FileHandle } from "node:fs/promises";
import { findField } from "../products/netcdf-reader.js";
import { tiffFile } from "../products/tiff.js";

const HEAD = 64 * 1024;
const MOST_PIXELS = 64 * 1024;
const ZIP_END = 22;

export interface Band {
  tiff: Buffer;
  statistics: { band: string; width: number; height: number; min: number; max: number; mean: number };
}

/** Throws a plain Error with Python's words when the file is no whole product, or has no such band. */
export async function extractBand(file: string, band: string, scale: number): Promise<Band> {
  const number = /^B(0[1-9]|1[0-2]|8A)$/.exec(band)?.[1];
  if (number === undefined) throw new Error(`ValueError: there is no band ${band} in the product`);
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const start = await productStart(handle, size);
    const { width, height, raw } = await readField(handle, start, size);
    const values = new Uint16Array(width * height);
    const weight = number === "8A" ? 8.5 : Number(number);
    raw.forEach((value, index) => {
      // Land and other gaps are 0.
      const counted = value >= 0 && value < 1e30 ? value * weight * scale * 100 : 0;
      values[index] = Math.min(65_535, Math.max(0, Math.round(counted)));
    });
    let [min, max, sum] = [65_535, 0, 0];
    for (const value of values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    const mean = Math.round((sum / values.length) * 1e4) / 1e4;
    return {
      tiff: tiffFile({ width, height, values, bbox: [-180, -90, 180, 90] }),
      statistics: { band, width, height, min, max, mean },
    };
  } finally {
    await handle.close();
  }
}

/** Where the data begin: behind the local header of a zip's only entry, else at the start. */
async function productStart(handle: FileHandle, size: number): Promise<number> {
  const head = await read(handle, 0, 30);
  if (head.toString("latin1", 0, 4) !== "PK\u0003\u0004") {
    if (head.toString("latin1", 0, 3) === "CDF") return 0;
    throw new Error("zipfile.BadZipFile: File is not a zip file");
  }
  const end = await read(handle, size - ZIP_END, ZIP_END);
  if (end.length < ZIP_END || end.readUInt32LE(0) !== 0x06054b50) {
    throw new Error("zipfile.BadZipFile: File is not a zip file");
  }
  return 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
}

async function readField(
  handle: FileHandle,
  start: number,
  size: number,
): Promise<{ width: number; height: number; raw: Float64Array }> {
  const field = findField(await read(handle, start, HEAD));
  if (!field) {
    // A product too small for a field: its bytes are the picture.
    const bytes = await read(handle, start, Math.min(MOST_PIXELS, size - start));
    if (bytes.length === 0) throw new Error("ValueError: the product is empty");
    return { width: bytes.length, height: 1, raw: Float64Array.from(bytes) };
  }
  const { rows: height, columns: width } = field;
  const bytes = await read(handle, start + field.begin, width * height * 4);
  if (bytes.length < width * height * 4) throw new Error("OSError: NetCDF: HDF error");
  return { width, height, raw: Float64Array.from({ length: width * height }, (_, at) => bytes.readFloatBE(at * 4)) };
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, length));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, Math.max(0, position));
  return buffer.subarray(0, bytesRead);
}
