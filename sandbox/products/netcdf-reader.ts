/** Where a variable lies in a NetCDF classic file, read from the file's header. */

export interface Field {
  /** Place of the first value. */
  begin: number;
  rows: number;
  columns: number;
}

const FLOAT = 5;
const WIDTHS: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8 };

/** The first two-dimensional field of floats (after a time of length 1); undefined when this is no such file. */
export function findField(head: Buffer): Field | undefined {
  try {
    return find(head);
  } catch (error) {
    // The header ends before its end: no whole file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function find(head: Buffer): Field | undefined {
  const version = head[3];
  if (head.toString("latin1", 0, 3) !== "CDF" || (version !== 1 && version !== 2)) return undefined;
  let at = 8;
  const int = (): number => {
    const value = head.readUInt32BE(at);
    at += 4;
    return value;
  };
  const name = (): string => {
    const length = int();
    const text = head.toString("utf8", at, at + length);
    at += padded(length);
    return text;
  };
  const attributes = (): void => {
    int();
    for (let left = int(); left > 0; left--) {
      name();
      const width = WIDTHS[int()] ?? 1;
      const bytes = int() * width;
      at += padded(bytes);
    }
  };
  int();
  const lengths = Array.from({ length: int() }, () => (name(), int()));
  attributes();
  int();
  for (let left = int(); left > 0; left--) {
    name();
    const shape = Array.from({ length: int() }, () => lengths[int()] ?? 0);
    attributes();
    const type = int();
    int();
    const begin = version === 1 ? int() : int() * 2 ** 32 + int();
    const [rows = 0, columns = 0] = shape.slice(-2);
    if (type === FLOAT && shape.length === 3 && shape[0] === 1) return { begin, rows, columns };
  }
  return undefined;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
