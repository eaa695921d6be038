/** A stored zip archive around one file, of exactly the size asked for, readable from any place. */
import { crc32 } from "node:zlib";
import { bufferContent, joinContents, type Content } from "../core/content.js";
import { simpleProduct, type Product } from "./product.js";

const LOCAL = 30;
const DESCRIPTOR = 16;
const CENTRAL = 46;
const END = 22;
/** 1 January 2026, in the archive's own form of date. */
const DATE = ((2026 - 1980) << 9) | (1 << 5) | 1;
const STEP = 1024 * 1024;

/** Largest archive without the 64-bit form. */
export const LARGEST_ZIP = 4_000_000_000;

/** Bytes that the archive adds to a file of that name. */
export function zipOverhead(entry: string): number {
  return LOCAL + DESCRIPTOR + CENTRAL + END + 2 * Buffer.byteLength(entry);
}

/** The archive `name` with one entry. */
export function zipProduct(name: string, entry: string, inner: Content): Product {
  const entryName = Buffer.from(entry);
  const local = Buffer.alloc(LOCAL);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(0x0808, 6);
  local.writeUInt16LE(DATE, 12);
  local.writeUInt16LE(entryName.length, 26);
  let known: Buffer | undefined;
  const endSize = DESCRIPTOR + CENTRAL + entryName.length + END;
  const end: Content = {
    size: endSize,
    // The checksum stands behind the data, so that nothing has to be read twice before the first byte is sent.
    read: (offset, length) => (known ??= endPart(inner, entryName)).subarray(offset, offset + length),
  };
  const content = joinContents([bufferContent(local), bufferContent(entryName), inner, end]);
  return simpleProduct(content, name, "application/zip");
}

function endPart(inner: Content, entryName: Buffer): Buffer {
  let crc = 0;
  for (let at = 0; at < inner.size; at += STEP) crc = crc32(inner.read(at, Math.min(STEP, inner.size - at)), crc);
  const descriptor = Buffer.alloc(DESCRIPTOR);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc, 4);
  descriptor.writeUInt32LE(inner.size, 8);
  descriptor.writeUInt32LE(inner.size, 12);
  const central = Buffer.alloc(CENTRAL);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(0x0808, 8);
  central.writeUInt16LE(DATE, 14);
  central.writeUInt32LE(crc, 16);
  central.writeUInt32LE(inner.size, 20);
  central.writeUInt32LE(inner.size, 24);
  central.writeUInt16LE(entryName.length, 28);
  const end = Buffer.alloc(END);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(CENTRAL + entryName.length, 12);
  end.writeUInt32LE(LOCAL + entryName.length + inner.size + DESCRIPTOR, 16);
  return Buffer.concat([descriptor, central, entryName, end]);
}
