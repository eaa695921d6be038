/** One byte range of a request. */

export interface ByteRange {
  start: number;
  /** Last byte, inclusive. */
  end: number;
}

/** The range; null when the header asks for none that we know (several, other units), "beyond" when it cannot be met. */
export function readRange(header: string | undefined, size: number): ByteRange | null | "beyond" {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!match) return null;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return null;
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? "beyond" : { start: size - count, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return "beyond";
  return end < start ? null : { start, end };
}
