/** Whether a file is whole by what its own format says of its end, found by its first bytes. */
import type { FileHandle } from "node:fs/promises";
import { gribEnd } from "./grib.js";
import { gzipEnd } from "./gzip.js";
import { hdf5End, hdf5Start } from "./hdf5.js";
import { jp2End } from "./jp2.js";
import { netcdf3End } from "./netcdf3.js";
import { EndsTooEarly, Reader } from "./reader.js";
import { tiffEnd } from "./tiff.js";
import { UNKNOWN, cut, type Verdict } from "./verdict.js";
import { zipEnd } from "./zip.js";

/** Names as in `payload.verified`. */
export type FormatProof = "hdf5-end" | "netcdf3-end" | "zip-end" | "grib-end" | "tiff-end" | "jp2-end" | "gzip-end";

export interface FormatEnd {
  proof: FormatProof;
  verdict: Verdict;
}

/**
 * What the format says; undefined for a format that is not known here.
 * @param path the same file, for what has to be read as a stream
 */
export async function formatEnd(
  handle: FileHandle,
  path: string,
  size: number,
  signal: AbortSignal,
): Promise<FormatEnd | undefined> {
  const file = new Reader(handle, size);
  const found = await formatOf(file, path, signal);
  if (!found) return undefined;
  try {
    return { proof: found.proof, verdict: await found.judge() };
  } catch (error) {
    // Every read is inside what the format says must be there.
    if (error instanceof EndsTooEarly)
      return { proof: found.proof, verdict: cut(`it ends too early, at byte ${size}`) };
    if (error instanceof RangeError) return { proof: found.proof, verdict: UNKNOWN };
    throw error;
  }
}

async function formatOf(
  file: Reader,
  path: string,
  signal: AbortSignal,
): Promise<{ proof: FormatProof; judge: () => Promise<Verdict> } | undefined> {
  const head = (await file.some(0, 12)).toString("latin1");
  if (/^CDF[\x01\x02\x05]/.test(head)) return { proof: "netcdf3-end", judge: () => netcdf3End(file) };
  if (/^PK(\x03\x04|\x05\x06)/.test(head)) return { proof: "zip-end", judge: () => zipEnd(file) };
  if (head.startsWith("GRIB")) return { proof: "grib-end", judge: () => gribEnd(file) };
  if (/^(II[*+]\0|MM\0[*+])/.test(head)) return { proof: "tiff-end", judge: () => tiffEnd(file) };
  if (head === "\0\0\0\x0cjP  \r\n\x87\n") return { proof: "jp2-end", judge: () => jp2End(file) };
  if (head.startsWith("\x1f\x8b\x08")) return { proof: "gzip-end", judge: () => gzipEnd(path, signal) };
  const superblock = await hdf5Start(file);
  return superblock === undefined ? undefined : { proof: "hdf5-end", judge: () => hdf5End(file, superblock) };
}
