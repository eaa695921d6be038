/** Writes the header of a NetCDF classic file (CDF-1, or CDF-2 with 64-bit offsets). */

export type NcType = "byte" | "char" | "int" | "float" | "double";

const CODE: Record<NcType, number> = { byte: 1, char: 2, int: 4, float: 5, double: 6 };
const WIDTH: Record<NcType, number> = { byte: 1, char: 1, int: 4, float: 4, double: 8 };

export type Attributes = Record<string, string | number>;

export interface Dimension {
  name: string;
  /** 0 is the record dimension. */
  length: number;
}

export interface Variable {
  name: string;
  dimensions: number[];
  type: NcType;
  attributes: Attributes;
  /** Place of the data in the file. */
  begin: number;
}

export interface HeaderSpec {
  version: 1 | 2;
  records: number;
  dimensions: Dimension[];
  attributes: Attributes;
  variables: Variable[];
}

/** Bytes of one variable (one record of it), rounded up to four. */
export function variableSize(variable: Variable, dimensions: Dimension[]): number {
  let size = WIDTH[variable.type];
  for (const id of variable.dimensions) size *= dimensions[id]?.length || 1;
  return Math.ceil(size / 4) * 4;
}

export function writeHeader(spec: HeaderSpec): Buffer {
  const parts: Buffer[] = [Buffer.from([0x43, 0x44, 0x46, spec.version]), int(spec.records)];
  parts.push(
    ...list(
      10,
      spec.dimensions.map((one) => [name(one.name), int(one.length)]),
    ),
  );
  parts.push(...attributes(spec.attributes));
  parts.push(
    ...list(
      11,
      spec.variables.map((one) => [
        name(one.name),
        int(one.dimensions.length),
        ...one.dimensions.map(int),
        ...attributes(one.attributes),
        int(CODE[one.type]),
        int(Math.min(variableSize(one, spec.dimensions), 0xffffffff)),
        spec.version === 1 ? int(one.begin) : long(one.begin),
      ]),
    ),
  );
  return Buffer.concat(parts);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function name(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([int(bytes.length), padded(bytes)]);
}

function list(tag: number, entries: Buffer[][]): Buffer[] {
  return entries.length === 0 ? [int(0), int(0)] : [int(tag), int(entries.length), ...entries.flat()];
}

/** Text becomes char, whole numbers int, others float. */
function attributes(all: Attributes): Buffer[] {
  return list(
    12,
    Object.entries(all).map(([key, value]) => {
      if (typeof value === "string") {
        const bytes = Buffer.from(value);
        return [name(key), int(CODE.char), int(bytes.length), padded(bytes)];
      }
      const bytes = Buffer.alloc(4);
      const whole = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
      if (whole) bytes.writeInt32BE(value);
      else bytes.writeFloatBE(value);
      return [name(key), int(whole ? CODE.int : CODE.float), int(1), bytes];
    }),
  );
}
