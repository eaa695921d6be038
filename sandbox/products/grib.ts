/** One GRIB edition 2 message of exactly the size asked for: a regular grid with one byte a value. */
import { bufferContent, joinContents } from "../core/content.js";
import { patternContent } from "./pattern.js";
import { simpleProduct, type Product } from "./product.js";

const AROUND = 179;

/** The message. `time` is milliseconds since 1970. Throws a RangeError when the size is too small. */
export function gribProduct(name: string, size: number, time: number, seed: string): Product {
  const points = size - AROUND;
  if (points < 1) throw new RangeError(`a GRIB message of ${size} bytes is too small`);
  const date = new Date(time);
  const head = Buffer.alloc(AROUND - 4);
  let at = 0;
  const section = (length: number, number: number): number => {
    head.writeUInt32BE(length, at);
    head.writeUInt8(number, at + 4);
    const start = at;
    at += number === 7 ? 5 : length;
    return start;
  };
  head.write("GRIB", 0, "latin1");
  head.writeUInt8(2, 7);
  head.writeBigUInt64BE(BigInt(size), 8);
  at = 16;
  let start = section(21, 1);
  head.writeUInt16BE(98, start + 5);
  head.writeUInt8(5, start + 9);
  head.writeUInt8(1, start + 11);
  head.writeUInt16BE(date.getUTCFullYear(), start + 12);
  head.writeUInt8(date.getUTCMonth() + 1, start + 14);
  head.writeUInt8(date.getUTCDate(), start + 15);
  head.writeUInt8(date.getUTCHours(), start + 16);
  start = section(72, 3);
  head.writeUInt32BE(points, start + 6);
  head.writeUInt8(6, start + 14);
  head.writeUInt32BE(points, start + 30);
  head.writeUInt32BE(1, start + 34);
  head.writeUInt8(0x30, start + 54);
  head.writeUInt32BE(359_000_000, start + 59);
  head.writeUInt32BE(Math.max(1, Math.floor(359_000_000 / points)), start + 63);
  head.writeUInt32BE(1, start + 67);
  start = section(34, 4);
  head.writeUInt8(1, start + 17);
  head.writeUInt8(1, start + 22);
  for (let byte = 23; byte < 34; byte++) head.writeUInt8(byte < 28 ? 0 : 255, start + byte);
  start = section(21, 5);
  head.writeUInt32BE(points, start + 5);
  head.writeFloatBE(200, start + 11);
  head.writeUInt8(8, start + 19);
  start = section(6, 6);
  head.writeUInt8(255, start + 5);
  section(5 + points, 7);
  const content = joinContents([
    bufferContent(head),
    patternContent(seed, points),
    bufferContent(Buffer.from("7777", "latin1")),
  ]);
  return simpleProduct(content, name, "application/x-grib");
}
