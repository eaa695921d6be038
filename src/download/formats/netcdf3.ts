/** Whether a classic NetCDF file is as long as its header's arithmetic says. */
import type { Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const DIMENSION = 10;
const VARIABLE = 11;
const ATTRIBUTE = 12;
/** Bytes of a value, by type (NC_BYTE … NC_UINT64). */
const TYPE_BYTES = [0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8];
const LONGEST_HEADER = 64 * 1024 * 1024;
const MOST_ENTRIES = 1_000_000;

/** Something the format does not have. */
class Odd extends Error {}

/** NetCDF Users Guide, "NetCDF Classic Format Specification"; formats CDF-1, CDF-2 and CDF-5. */
export async function netcdf3End(file: Reader): Promise<Verdict> {
  try {
    return await judge(new Header(file));
  } catch (error) {
    if (error instanceof Odd) return UNKNOWN;
    throw error;
  }
}

/** Reads a header from front to back. */
class Header {
  readonly file: Reader;
  #at = 3;

  constructor(file: Reader) {
    this.file = file;
  }

  async bytes(length: number): Promise<Buffer> {
    if (this.#at + length > LONGEST_HEADER) throw new Odd();
    const bytes = await this.file.read(this.#at, length);
    this.#at += length;
    return bytes;
  }

  skip(length: number): void {
    this.#at += length;
    if (this.#at > LONGEST_HEADER) throw new Odd();
  }

  async u32(): Promise<number> {
    return (await this.bytes(4)).readUInt32BE();
  }

  async u64(): Promise<number> {
    const value = Number((await this.bytes(8)).readBigUInt64BE());
    if (!Number.isSafeInteger(value)) throw new Odd();
    return value;
  }

  get at(): number {
    return this.#at;
  }
}

async function judge(header: Header): Promise<Verdict> {
  const version = (await header.bytes(1))[0] ?? 0;
  if (![1, 2, 5].includes(version)) return UNKNOWN;
  const count = version === 5 ? () => header.u64() : () => header.u32();
  const offset = version === 1 ? () => header.u32() : () => header.u64();
  const streaming = version === 5 ? -1 : 0xffffffff;
  const records = version === 5 ? await recordsOf64(header) : await header.u32();

  const dimensions: number[] = [];
  for (let left = await listLength(header, count, DIMENSION); left > 0; left -= 1) {
    await skipName(header, count);
    dimensions.push(await count());
  }
  await skipAttributes(header, count);

  let end = 0;
  const recordVariables: { begin: number; bytes: number }[] = [];
  for (let left = await listLength(header, count, VARIABLE); left > 0; left -= 1) {
    await skipName(header, count);
    const rank = await count();
    if (rank > 1024) throw new Odd();
    const shape: number[] = [];
    for (let n = 0; n < rank; n += 1) {
      const length = dimensions[await count()];
      if (length === undefined) throw new Odd();
      shape.push(length);
    }
    await skipAttributes(header, count);
    const width = TYPE_BYTES[await header.u32()];
    if (width === undefined || width === 0) throw new Odd();
    await count();
    const begin = await offset();
    const isRecord = shape[0] === 0;
    const bytes = (isRecord ? shape.slice(1) : shape).reduce((product, length) => product * length, width);
    if (!Number.isSafeInteger(bytes)) throw new Odd();
    if (isRecord) recordVariables.push({ begin, bytes });
    else if (bytes > 0) end = Math.max(end, begin + bytes);
  }
  if (recordVariables.length > 0) {
    // A writer that streams does not know how many records there will be.
    if (records === streaming) return UNKNOWN;
    const only = recordVariables.length === 1 ? recordVariables[0] : undefined;
    // Records of a single variable lie side by side without padding.
    const size = only ? only.bytes : recordVariables.reduce((sum, one) => sum + padded(one.bytes), 0);
    for (const one of records > 0 ? recordVariables : []) {
      if (one.bytes > 0) end = Math.max(end, one.begin + (records - 1) * size + one.bytes);
    }
  }
  const { size } = header.file;
  end = Math.max(end, header.at);
  if (end > size) return cut(`its header describes ${end} bytes, and it has ${size}`);
  // Values are padded to four bytes, except the records of a single variable.
  return size === padded(end) || (size === end && recordVariables.length === 1) ? WHOLE : UNKNOWN;
}

async function recordsOf64(header: Header): Promise<number> {
  const value = (await header.bytes(8)).readBigUInt64BE();
  if (value === 0xffffffffffffffffn) return -1;
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Odd();
  return Number(value);
}

async function listLength(header: Header, count: () => Promise<number>, wanted: number): Promise<number> {
  const tag = await header.u32();
  const length = await count();
  if (tag === 0 && length === 0) return 0;
  if (tag !== wanted || length > MOST_ENTRIES) throw new Odd();
  return length;
}

async function skipName(header: Header, count: () => Promise<number>): Promise<void> {
  header.skip(padded(await count()));
}

async function skipAttributes(header: Header, count: () => Promise<number>): Promise<void> {
  for (let left = await listLength(header, count, ATTRIBUTE); left > 0; left -= 1) {
    await skipName(header, count);
    const width = TYPE_BYTES[await header.u32()];
    if (width === undefined || width === 0) throw new Odd();
    header.skip(padded((await count()) * width));
  }
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
