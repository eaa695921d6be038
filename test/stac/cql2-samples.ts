/** Random CQL2 filters as JSON, and each as text: an independent writer of the grammar, to try the reader against. */
import type { SeededRandom } from "./seeded-random.js";

interface Operation {
  op: string;
  args: unknown[];
}

const COMPARISONS = ["=", "<>", "<", ">", "<=", ">="];
const CALCULATIONS = ["+", "-", "*", "/", "^", "%", "div"];
const SPATIAL = "contains crosses disjoint equals intersects overlaps touches within".split(" ");
const TEMPORAL =
  "after before contains disjoint during equals finishedBy finishes intersects meets metBy overlappedBy overlaps startedBy starts".split(
    " ",
  );
const ARRAYS = "containedBy contains equals overlaps".split(" ");
const PLAIN_NAMES = ["a", "eo:cloud_cover", "properties.grid:code", "date", "Point", "größe", "_x", "z", "casei"];
const QUOTED_NAMES = ["and", "NULL", "my property", 'with "quotes"', "view-angle", "1st", "it's", "div", "true"];
const FUNCTIONS = ["avg", "Buffer", "x:fn", "Größe", "area.of"];
const TEXTS = [
  "",
  "x",
  "it's",
  "''",
  "50\\%",
  "_%",
  "\\'",
  "AND",
  "é😀",
  'a"b',
  "\n\t",
  "(,)",
  "--",
  "'\\x",
  "2026-01-01",
];
const DATES = ["2026-04-20", "0000-01-01", "2024-02-29"];
const TIMES = ["2026-04-20T00:00:00Z", "2026-04-20T23:59:59.999999Z"];

export class Cql2Sample {
  constructor(private readonly random: SeededRandom) {}

  /** A filter of at most so many levels. */
  condition(levels: number): Operation {
    const deep = levels > 0;
    switch (this.random.below(deep ? 12 : 8)) {
      case 0:
        return { op: this.random.pick(COMPARISONS), args: [this.#scalar(levels), this.#scalar(levels)] };
      case 1:
        return { op: "like", args: [this.#characters(levels), this.#pattern(levels)] };
      case 2:
        return { op: "between", args: [this.#number(levels), this.#number(levels), this.#number(levels)] };
      case 3:
        return { op: "in", args: [this.#scalar(levels), this.#some(1, 4, () => this.#scalar(levels))] };
      case 4:
        return { op: "isNull", args: [this.#nullable(levels)] };
      case 5:
        return { op: `s_${this.random.pick(SPATIAL)}`, args: [this.#spatial(levels), this.#spatial(levels)] };
      case 6:
        return { op: `t_${this.random.pick(TEMPORAL)}`, args: [this.#temporal(levels), this.#temporal(levels)] };
      case 7:
        return { op: `a_${this.random.pick(ARRAYS)}`, args: [this.#array(levels), this.#array(levels)] };
      case 8:
        return { op: "not", args: [this.#part(levels - 1)] };
      case 9:
        return this.#function(levels);
      default:
        return { op: this.random.pick(["and", "or"]), args: this.#some(2, 4, () => this.#part(levels - 1)) };
    }
  }

  #part(levels: number): unknown {
    return this.random.below(10) === 0 ? this.random.below(2) === 0 : this.condition(levels);
  }

  #some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.random.below(most - least + 1) }, make);
  }

  #property(): unknown {
    return { property: this.random.pick(this.random.below(3) === 0 ? QUOTED_NAMES : PLAIN_NAMES) };
  }

  #literal(): number {
    const random = this.random;
    return random.pick([0, 1, -1, 10, 0.1, -2.5, 1e21, 5e-324, -1e-7, random.below(1e6), random.next() * 360 - 180]);
  }

  #number(levels: number): unknown {
    const kind = this.random.below(levels > 0 ? 5 : 3);
    if (kind === 0) return this.#property();
    if (kind < 3) return this.#literal();
    if (kind === 3) return this.#function(levels - 1);
    return { op: this.random.pick(CALCULATIONS), args: [this.#number(levels - 1), this.#number(levels - 1)] };
  }

  #characters(levels: number): unknown {
    const kind = this.random.below(levels > 0 ? 5 : 3);
    if (kind === 0) return this.random.pick(TEXTS);
    if (kind < 3) return this.#property();
    if (kind === 3) return this.#function(levels - 1);
    return { op: this.random.pick(["casei", "accenti"]), args: [this.#characters(levels - 1)] };
  }

  #pattern(levels: number): unknown {
    if (levels === 0 || this.random.below(3) > 0) return this.random.pick(TEXTS);
    return { op: this.random.pick(["casei", "accenti"]), args: [this.#pattern(levels - 1)] };
  }

  #instant(): object {
    return this.random.below(2) ? { date: this.random.pick(DATES) } : { timestamp: this.random.pick(TIMES) };
  }

  #scalar(levels: number): unknown {
    switch (this.random.below(4)) {
      case 0:
        return this.#characters(levels);
      case 1:
        return this.random.below(2) ? this.#instant() : this.random.below(2) === 0;
      default:
        return this.#number(levels);
    }
  }

  #nullable(levels: number): unknown {
    if (levels > 0 && this.random.below(4) === 0) return this.#part(levels - 1);
    return this.random.pick([this.#scalar(levels), this.#spatial(levels), this.#temporal(levels)]);
  }

  #function(levels: number): Operation {
    const args = levels > 0 ? this.#some(0, 3, () => this.#element(levels - 1)) : [];
    return { op: this.random.pick(FUNCTIONS), args };
  }

  #element(levels: number): unknown {
    const kind = this.random.below(levels > 0 ? 6 : 4);
    if (kind < 2) return this.#scalar(levels);
    if (kind === 2) return this.#spatial(levels);
    if (kind === 3) return this.#temporal(levels);
    if (kind === 4) return this.condition(levels - 1);
    // One value in parentheses is an array only where it can be nothing else, so none of one element here.
    const elements = this.#some(0, 3, () => this.#element(levels - 1));
    return elements.length === 1 ? [] : elements;
  }

  #array(levels: number): unknown {
    const kind = this.random.below(3);
    if (kind === 0) return this.#property();
    return this.#some(0, 3, () => this.#element(levels > 0 ? levels - 1 : 0));
  }

  #temporal(levels: number): unknown {
    const end = (): unknown => this.random.pick([...DATES, ...TIMES, "..", this.#property(), this.#function(0)]);
    const kind = this.random.below(4);
    if (kind === 0) return this.#property();
    if (kind === 1) return this.#instant();
    return kind === 2 ? { interval: [end(), end()] } : this.#function(levels > 0 ? levels - 1 : 0);
  }

  #spatial(levels: number): unknown {
    const kind = this.random.below(4);
    if (kind === 0) return this.#property();
    if (kind === 1 && levels > 0) return this.#function(levels - 1);
    if (kind === 2) return { bbox: this.#some(0, 0, () => 0).concat(this.#numbers(this.random.pick([4, 6]))) };
    return this.#geometry(true);
  }

  #numbers(count: number): number[] {
    return Array.from({ length: count }, () => this.#literal());
  }

  #geometry(collections: boolean): object {
    const dimensions = this.random.pick([2, 3]);
    const position = (): number[] => this.#numbers(dimensions);
    const line = (): number[][] => this.#some(2, 4, position);
    const ring = (): number[][] => {
      const open = this.#some(3, 4, position);
      return [...open, open[0] ?? []];
    };
    const polygon = (): number[][][] => this.#some(1, 2, ring);
    switch (this.random.below(collections ? 7 : 6)) {
      case 0:
        return { type: "Point", coordinates: position() };
      case 1:
        return { type: "LineString", coordinates: line() };
      case 2:
        return { type: "Polygon", coordinates: polygon() };
      case 3:
        return { type: "MultiPoint", coordinates: this.#some(1, 3, position) };
      case 4:
        return { type: "MultiLineString", coordinates: this.#some(1, 3, line) };
      case 5:
        return { type: "MultiPolygon", coordinates: this.#some(1, 3, polygon) };
      default:
        return { type: "GeometryCollection", geometries: this.#some(1, 3, () => this.#geometry(false)) };
    }
  }

  /** The filter as CQL2 text, with random case and white space. */
  text(value: unknown): string {
    if (typeof value === "string") return this.#quote(value);
    if (typeof value === "number") return String(value);
    if (typeof value === "boolean") return this.#word(String(value));
    if (Array.isArray(value)) return `(${this.#list(value)})`;
    const object = value as Record<string, unknown>;
    if (typeof object["op"] === "string") return this.#operation(object as unknown as Operation);
    if (typeof object["property"] === "string") return this.#name(object["property"]);
    if ("date" in object) return this.#call("date", [object["date"]]);
    if ("timestamp" in object) return this.#call("timestamp", [object["timestamp"]]);
    if ("interval" in object) return this.#call("interval", object["interval"] as unknown[]);
    if ("bbox" in object) return this.#call("bbox", object["bbox"] as unknown[]);
    return this.#wkt(object);
  }

  #operation({ op, args }: Operation): string {
    const gap = (): string => this.random.pick([" ", "\n", "  ", "\t"]);
    const inner = args.map((arg) => this.#grouped(arg));
    const [first = "", second = "", third = ""] = inner;
    if (op === "and" || op === "or") return inner.join(`${gap()}${this.#word(op)}${gap()}`);
    if (COMPARISONS.includes(op)) return first + this.#space() + op + this.#space() + second;
    // Blanks, as a + b with a negative b would otherwise read differently to a person.
    if (CALCULATIONS.includes(op)) return `${first} ${this.#word(op)} ${second}`;
    if (op === "in") return `${first}${gap()}${this.#word("in")}${this.#space()}${this.text(args[1])}`;
    if (op === "between") {
      return `${first} ${this.#word("between")}${gap()}${second}${gap()}${this.#word("and")} ${third}`;
    }
    if (op === "like") return `${first} ${this.#word("like")} ${second}`;
    if (op === "isNull") return `${first}${gap()}${this.#word("is")}${gap()}${this.#word("null")}`;
    if (op === "not") return this.#negation(args[0], first);
    return /^[sta]_|^casei$|^accenti$/.test(op) ? this.#call(op, args) : `${op}(${this.#list(args)})`;
  }

  #negation(of: unknown, text: string): string {
    const operation = of as Partial<Operation>;
    const [first, second, third] = (operation.args ?? []).map((arg) => this.#grouped(arg));
    const short = this.random.below(2) === 0;
    if (short && operation.op === "isNull") return `${first} is not null`;
    if (short && operation.op === "like") return `${first} NOT LIKE ${second}`;
    if (short && operation.op === "between") return `${first} not between ${second} and ${third}`;
    if (short && operation.op === "in") return `${first} NOT IN ${this.text(operation.args?.[1])}`;
    return `${this.#word("not")} ${text}`;
  }

  /** In parentheses where it is more than one value. */
  #grouped(value: unknown): string {
    const op = (value as Partial<Operation> | null)?.op;
    const text = this.text(value);
    if (typeof op !== "string") return text;
    const isCall = /^[sta]_|^casei$|^accenti$/.test(op) || FUNCTIONS.includes(op);
    return isCall ? text : `(${this.#space()}${text}${this.#space()})`;
  }

  #call(name: string, args: unknown[]): string {
    return `${this.#word(name)}${this.#space()}(${this.#list(args)})`;
  }

  #list(values: unknown[]): string {
    return values.map((value) => this.#space() + this.text(value) + this.#space()).join(",");
  }

  #wkt(geometry: Record<string, unknown>): string {
    const type = geometry["type"] as string;
    if (type === "GeometryCollection") {
      const members = (geometry["geometries"] as Record<string, unknown>[]).map((member) => this.#wkt(member));
      return `${this.#word(type)}${this.#space()}(${members.join(`,${this.#space()}`)})`;
    }
    const coordinates = geometry["coordinates"] as unknown[];
    let position = coordinates;
    while (Array.isArray(position[0])) position = position[0] as unknown[];
    const z = position.length === 3 && this.random.below(2) === 0 ? ` ${this.#word("z")}` : "";
    const write = (value: unknown[]): string =>
      typeof value[0] === "number"
        ? value.join(" ")
        : value.map((entry) => this.#inside(type, entry, write)).join(", ");
    return `${this.#word(type)}${z}${this.#space()}(${write(coordinates)})`;
  }

  #inside(type: string, entry: unknown, write: (value: unknown[]) => string): string {
    const isPosition = typeof (entry as unknown[])[0] === "number";
    const bare = isPosition && (type !== "MultiPoint" || this.random.below(2) === 0);
    return bare ? write(entry as unknown[]) : `(${write(entry as unknown[])})`;
  }

  #quote(text: string): string {
    let quoted = "";
    for (let at = 0; at < text.length; at += 1) {
      const char = text.charAt(at);
      // After a backslash only \' is clear: '' would be read as an escaped quote and the end.
      const doubled = text.charAt(at - 1) !== "\\" && this.random.below(2) === 0;
      quoted += char === "'" ? (doubled ? "''" : "\\'") : char;
    }
    return `'${quoted}'`;
  }

  #name(name: string): string {
    if (PLAIN_NAMES.includes(name) && this.random.below(2) === 0) return name;
    return `"${name.replaceAll('"', '""')}"`;
  }

  #word(word: string): string {
    return this.random.pick([word.toLowerCase(), word.toUpperCase(), word]);
  }

  #space(): string {
    return this.random.pick(["", "", " ", "\n "]);
  }
}
