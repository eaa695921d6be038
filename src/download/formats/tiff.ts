/** Whether everything a TIFF's directories point to lies inside the file; GeoTIFF, COG and BigTIFF. */
import type { Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

/** Bytes of a value, by field type 1–18. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const STRIPS = { offsets: 273, counts: 279 };
const TILES = { offsets: 324, counts: 325 };
const SUB_DIRECTORIES = [330, 34665, 34853];
const MOST_DIRECTORIES = 10_000;
const MOST_ENTRIES = 65_535;
const STEP = 8192;

interface Field {
  type: number;
  count: number;
  /** Where its values are. */
  at: number;
}

interface Layout {
  big: boolean;
  little: boolean;
}

/** TIFF 6.0 and BigTIFF. */
export async function tiffEnd(file: Reader): Promise<Verdict> {
  const head = await file.read(0, 8);
  const little = head[0] === 0x49;
  const magic = little ? head.readUInt16LE(2) : head.readUInt16BE(2);
  if (magic !== 42 && magic !== 43) return UNKNOWN;
  const layout: Layout = { big: magic === 43, little };
  if (layout.big && (little ? head.readUInt16LE(4) : head.readUInt16BE(4)) !== 8) return UNKNOWN;
  const queue = [await value(file, layout, layout.big ? 8 : 4, layout.big ? 8 : 4)];
  const seen = new Set<number>();
  let data = false;
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    if (at === 0 || seen.has(at)) continue;
    if (seen.size >= MOST_DIRECTORIES) return UNKNOWN;
    seen.add(at);
    if (at > file.size) return cut(`directory ${seen.size} should be at byte ${at}, and the file has ${file.size}`);
    const found = await directory(file, layout, at, queue);
    if ("state" in found) return found;
    data ||= found.data;
  }
  return data ? WHOLE : UNKNOWN;
}

async function directory(
  file: Reader,
  layout: Layout,
  at: number,
  queue: number[],
): Promise<Verdict | { data: boolean }> {
  const { big } = layout;
  const countBytes = big ? 8 : 2;
  const entryBytes = big ? 20 : 12;
  const pointerBytes = big ? 8 : 4;
  const entries = await value(file, layout, at, countBytes);
  if (entries > MOST_ENTRIES) return UNKNOWN;
  const fields = new Map<number, Field>();
  for (let n = 0; n < entries; n += 1) {
    const entry = at + countBytes + n * entryBytes;
    const tag = await value(file, layout, entry, 2);
    const type = await value(file, layout, entry + 2, 2);
    const count = await value(file, layout, entry + 4, pointerBytes);
    const bytes = (TYPE_BYTES[type] ?? 0) * count;
    if (bytes === 0) continue;
    const inline = entry + 4 + pointerBytes;
    const place = bytes <= pointerBytes ? inline : await value(file, layout, inline, pointerBytes);
    if (place + bytes > file.size)
      return cut(`field ${tag} should end at byte ${place + bytes}, and the file has ${file.size}`);
    fields.set(tag, { type, count, at: place });
  }
  for (const tag of SUB_DIRECTORIES) {
    const field = fields.get(tag);
    if (!field || field.count > MOST_DIRECTORIES) continue;
    queue.push(...(await values(file, layout, field, 0, field.count)));
  }
  let data = false;
  for (const { offsets, counts } of [STRIPS, TILES]) {
    const from = fields.get(offsets);
    const lengths = fields.get(counts);
    if (!from || !lengths) continue;
    if (from.count !== lengths.count) return UNKNOWN;
    for (let n = 0; n < from.count; n += STEP) {
      const some = Math.min(STEP, from.count - n);
      const starts = await values(file, layout, from, n, some);
      const sizes = await values(file, layout, lengths, n, some);
      for (const [place, start] of starts.entries()) {
        const end = start + (sizes[place] ?? 0);
        if (end > file.size) return cut(`image data should reach byte ${end}, and the file has ${file.size}`);
        data ||= end > start && start > 0;
      }
    }
  }
  queue.push(await value(file, layout, at + countBytes + entries * entryBytes, pointerBytes));
  return { data };
}

async function value(file: Reader, { little }: Layout, at: number, bytes: number): Promise<number> {
  return numberIn(await file.read(at, bytes), 0, bytes, little);
}

async function values(file: Reader, layout: Layout, field: Field, from: number, count: number): Promise<number[]> {
  const width = TYPE_BYTES[field.type] ?? 0;
  const bytes = await file.read(field.at + from * width, count * width);
  return Array.from({ length: count }, (_, n) => numberIn(bytes, n * width, width, layout.little));
}

function numberIn(bytes: Buffer, at: number, width: number, little: boolean): number {
  if (width === 8) return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return little ? bytes.readUIntLE(at, width) : bytes.readUIntBE(at, width);
}
