/** GeoTIFF products of exactly the size asked for: one strip of noise, its directory at the end. */
import { bufferContent, joinContents, type Content } from "../core/content.js";
import { patternContent } from "./pattern.js";

const TAGS = 9;
const DIRECTORY = 2 + TAGS * 12 + 4;
const HEADER = 8;
export const SMALLEST_TIFF = HEADER + DIRECTORY + 2;

/** A little-endian TIFF 6.0 file of `size` bytes, one row of grey values (TIFF 6.0, section 2). */
export function tiffContent(seed: string, size: number): Content {
  const strip = Math.max(2, size - HEADER - DIRECTORY);
  const header = Buffer.alloc(HEADER);
  header.write("II", 0, "latin1");
  header.writeUInt16LE(42, 2);
  header.writeUInt32LE(HEADER + strip, 4);
  const directory = Buffer.alloc(DIRECTORY);
  directory.writeUInt16LE(TAGS, 0);
  const long = 4;
  const tags: [number, number][] = [
    [256, strip],
    [257, 1],
    [258, 8],
    [259, 1],
    [262, 1],
    [273, HEADER],
    [277, 1],
    [278, 1],
    [279, strip],
  ];
  tags.forEach(([tag, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(long, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  return joinContents([bufferContent(header), patternContent(seed, strip), bufferContent(directory)]);
}
