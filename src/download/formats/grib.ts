/** Whether a chain of GRIB messages ends in its last `7777`. */
import type { Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const END = "7777";
/** Longest run of other bytes between two messages that is looked through. */
const LONGEST_GAP = 64 * 1024;
const MOST_MESSAGES = 2_000_000;
/** Yield now and then: a file may hold hundreds of thousands of messages, most read from the window. */
const YIELD_EVERY = 2000;

/** WMO FM 92: section 0 holds the length of the whole message, which ends in `7777`. */
export async function gribEnd(file: Reader): Promise<Verdict> {
  let at = 0;
  for (let count = 1; count <= MOST_MESSAGES; count += 1) {
    if (at + 8 > file.size) return cut(`message ${count} is cut`);
    const head = await file.read(at, 8);
    const edition = head[7];
    let length: number;
    if (edition === 2) {
      if (at + 16 > file.size) return cut(`message ${count} is cut`);
      length = Number((await file.read(at + 8, 8)).readBigUInt64BE());
      if (length < 21) return UNKNOWN;
    } else if (edition === 1) {
      length = head.readUIntBE(4, 3);
      // Above 8 MiB some writers count in units of 120 bytes, which only the inner sections tell apart.
      if (length & 0x800000 || length < 12) return UNKNOWN;
    } else return UNKNOWN;
    const end = at + length;
    if (end > file.size) return cut(`message ${count} should end at byte ${end}, and the file has ${file.size}`);
    if ((await file.read(end - 4, 4)).toString("latin1") !== END) {
      return cut(`message ${count} does not end in ${END}`);
    }
    if (end === file.size) return WHOLE;
    const next = await nextMessage(file, end);
    if (next === "padding") return WHOLE;
    if (next === undefined) return UNKNOWN;
    at = next;
    if (count % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return UNKNOWN;
}

/** Where the next message begins, after headers or padding of any kind. */
async function nextMessage(file: Reader, from: number): Promise<number | "padding" | undefined> {
  const four = await file.some(from, 4);
  if (four.toString("latin1") === "GRIB") return from;
  const gap = await file.some(from, LONGEST_GAP);
  const found = gap.indexOf("GRIB", 0, "latin1");
  if (found >= 0) return from + found;
  return from + gap.length === file.size && gap.every((byte) => byte === 0 || byte === 10 || byte === 13 || byte === 32)
    ? "padding"
    : undefined;
}
