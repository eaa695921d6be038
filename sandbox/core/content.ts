/** A body of known size that can be read from any place, so that gigabytes need no memory. */

export interface Content {
  readonly size: number;
  /** Bytes from `offset`; the caller stays within the size. The result is the caller's to keep. */
  read(offset: number, length: number): Buffer;
}

/** The same, of bytes that may have to be fetched first. */
export interface FarContent {
  readonly size: number;
  read(offset: number, length: number): Buffer | Promise<Buffer>;
}

export function bufferContent(buffer: Buffer): Content {
  return { size: buffer.length, read: (offset, length) => buffer.subarray(offset, offset + length) };
}

/** A part of another content. */
export function sliceContent(content: FarContent, start: number, length: number): FarContent {
  return { size: length, read: (offset, count) => content.read(start + offset, count) };
}

/** Several contents one after the other. */
export function joinContents(parts: Content[]): Content {
  const starts: number[] = [];
  let size = 0;
  for (const part of parts) {
    starts.push(size);
    size += part.size;
  }
  return {
    size,
    read(offset, length) {
      const pieces: Buffer[] = [];
      let at = offset;
      const end = offset + length;
      parts.forEach((part, index) => {
        const start = starts[index] ?? 0;
        if (at >= end || at >= start + part.size || at < start) return;
        const count = Math.min(end, start + part.size) - at;
        pieces.push(part.read(at - start, count));
        at += count;
      });
      return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    },
  };
}

/** Everything at once. */
export function readAll(content: Content): Buffer {
  return content.read(0, content.size);
}
