/** Whether a zip archive has its end record, and as many whole entries as that says. */
import { EndsTooEarly, type Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const ALL32 = 0xffffffff;

/** PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4. */
export async function zipEnd(file: Reader): Promise<Verdict> {
  const end = await findEnd(file);
  if (end === undefined) return cut("its end record is missing");
  const record = await file.read(end.at, END_BYTES);
  const disk = record.readUInt16LE(4);
  let entries = record.readUInt16LE(10);
  let length = record.readUInt32LE(12);
  let start = record.readUInt32LE(16);
  let directoryEnd = end.at;
  if ((entries === 0xffff || length === ALL32 || start === ALL32 || disk === 0xffff) && end.at >= 20) {
    const locator = await file.read(end.at - 20, 20);
    if (locator.readUInt32LE(0) === LOCATOR64) {
      const at = Number(locator.readBigUInt64LE(8));
      const long = await file.read(at, 56).catch(tooEarly);
      if (!long || long.readUInt32LE(0) !== END64) return cut("its zip64 end record is not where it should be");
      if (long.readUInt32LE(16) !== 0) return UNKNOWN;
      entries = Number(long.readBigUInt64LE(32));
      length = Number(long.readBigUInt64LE(40));
      start = Number(long.readBigUInt64LE(48));
      directoryEnd = at;
    }
  } else if (disk !== 0) return UNKNOWN;
  if (start + length > directoryEnd) return cut("bytes before its directory are missing");
  // Something stands before the archive; offsets then count from the archive's own start.
  const shift = directoryEnd - length - start;
  const verdict = await walk(file, { entries, from: directoryEnd - length, to: directoryEnd, shift });
  if (verdict.state !== "whole") return verdict;
  return end.atEnd && shift === 0 ? WHOLE : UNKNOWN;
}

/** The last end record whose comment ends with the file, else the last one at all. */
async function findEnd(file: Reader): Promise<{ at: number; atEnd: boolean } | undefined> {
  const from = Math.max(0, file.size - END_BYTES - LONGEST_COMMENT);
  const tail = await file.read(from, file.size - from);
  let last: number | undefined;
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END) continue;
    const end = at + END_BYTES + tail.readUInt16LE(at + 20);
    if (end === tail.length) return { at: from + at, atEnd: true };
    if (end < tail.length) last ??= from + at;
  }
  return last === undefined ? undefined : { at: last, atEnd: false };
}

interface Directory {
  entries: number;
  from: number;
  to: number;
  shift: number;
}

/** Counts the entries, and looks that the data of each lies before the directory. */
async function walk(file: Reader, directory: Directory): Promise<Verdict> {
  const { entries, from, to, shift } = directory;
  let at = from;
  let count = 0;
  while (at + 46 <= to) {
    const head = await file.read(at, 46);
    if (head.readUInt32LE(0) !== ENTRY) break;
    const nameLength = head.readUInt16LE(28);
    const extraLength = head.readUInt16LE(30);
    let packed = head.readUInt32LE(20);
    let offset = head.readUInt32LE(42);
    const next = at + 46 + nameLength + extraLength + head.readUInt16LE(32);
    if (next > to) break;
    if (packed === ALL32 || offset === ALL32 || head.readUInt32LE(24) === ALL32) {
      const long = longSizes(await file.read(at + 46 + nameLength, extraLength), head);
      packed = long?.packed ?? 0;
      offset = long?.offset ?? 0;
    }
    if (offset + shift + 30 + nameLength + packed > from) return cut(`entry ${count + 1} reaches into its directory`);
    count += 1;
    at = next;
  }
  if (count !== entries) return cut(`its end record says ${entries} entries, and there are ${count}`);
  // A digital signature may follow the entries.
  return at === to ? WHOLE : UNKNOWN;
}

/** Sizes of a zip64 extra field: those that are full in the short form, in a fixed order. */
function longSizes(extra: Buffer, head: Buffer): { packed: number; offset: number } | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      let field = at + 4;
      const take = (short: number): number => {
        if (short !== ALL32 || field + 8 > Math.min(extra.length, at + 4 + length)) return short === ALL32 ? 0 : short;
        field += 8;
        return Number(extra.readBigUInt64LE(field - 8));
      };
      take(head.readUInt32LE(24));
      return { packed: take(head.readUInt32LE(20)), offset: take(head.readUInt32LE(42)) };
    }
    at += 4 + length;
  }
  return undefined;
}

function tooEarly(error: unknown): undefined {
  if (error instanceof EndsTooEarly) return undefined;
  throw error;
}
