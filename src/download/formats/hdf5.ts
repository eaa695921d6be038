/** Whether an HDF5 or NetCDF-4 file reaches the end-of-file address its superblock names. */
import type { Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

/** HDF5 File Format Specification, III.A; `at`: where the superblock begins. */
export async function hdf5End(file: Reader, at: number): Promise<Verdict> {
  const version = (await file.read(at + 8, 1))[0] ?? 255;
  if (version > 3) return UNKNOWN;
  const old = version < 2;
  const width = (await file.read(at + (old ? 13 : 9), 1))[0] ?? 0;
  if (![2, 4, 8].includes(width)) return UNKNOWN;
  const addresses = at + (old ? (version === 0 ? 24 : 28) : 12);
  const end = number(await file.read(addresses + 2 * width, width));
  if (old) {
    // A file of a family names the end of the whole family.
    const driver = number(await file.read(addresses + 3 * width, width));
    if (driver !== undefined) return UNKNOWN;
  }
  if (end === undefined || end < addresses + 4 * width) return UNKNOWN;
  if (end > file.size) return cut(`its superblock says that it ends at byte ${end}, and it has ${file.size}`);
  return end === file.size ? WHOLE : UNKNOWN;
}

/** Where the superblock is: at the start, or behind a user block of 512, 1024, 2048 … bytes. */
export async function hdf5Start(file: Reader): Promise<number | undefined> {
  for (let at = 0; at + 8 <= file.size && at <= 65_536; at = at === 0 ? 512 : at * 2) {
    if ((await file.read(at, 8)).equals(SIGNATURE)) return at;
  }
  return undefined;
}

/** Little-endian; undefined for the "undefined address" and what no number holds. */
function number(bytes: Buffer): number | undefined {
  if (bytes.every((byte) => byte === 255)) return undefined;
  let value = 0;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = value * 256 + (bytes[at] ?? 0);
  return Number.isSafeInteger(value) ? value : undefined;
}
