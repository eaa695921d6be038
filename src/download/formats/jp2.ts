/** Whether a JPEG 2000 file's boxes end with the file, and its code stream in its end marker. */
import type { Reader } from "./reader.js";
import { UNKNOWN, WHOLE, cut, type Verdict } from "./verdict.js";

const END_OF_CODESTREAM = 0xffd9;
const MOST_BOXES = 100_000;

/** ISO/IEC 15444-1, Annex I. */
export async function jp2End(file: Reader): Promise<Verdict> {
  let at = 0;
  let stream = false;
  for (let count = 1; count <= MOST_BOXES && at < file.size; count += 1) {
    if (at + 8 > file.size) return stream ? UNKNOWN : cut(`box ${count} is cut`);
    const head = await file.read(at, 8);
    const type = head.toString("latin1", 4);
    let length = head.readUInt32BE(0);
    if (length === 1) {
      if (at + 16 > file.size) return cut(`box ${count} is cut`);
      length = Number((await file.read(at + 8, 8)).readBigUInt64BE());
    } else if (length === 0) length = file.size - at;
    if (length < 8) return UNKNOWN;
    const end = at + length;
    if (end > file.size) return cut(`box ${count} should end at byte ${end}, and the file has ${file.size}`);
    if (type === "jp2c") {
      stream = true;
      if ((await file.read(end - 2, 2)).readUInt16BE(0) !== END_OF_CODESTREAM)
        return cut("its code stream does not end in its end marker");
    }
    // Fragments lie elsewhere, also in other files.
    if (type === "ftbl") return UNKNOWN;
    at = end;
  }
  if (at < file.size) return UNKNOWN;
  return stream ? WHOLE : cut("it has no code stream");
}
