/** `$filter` as the OData services of the space agencies take it: comparisons, text functions, areas, attributes. */
import type { Box } from "../hda/items/item-record.js";
import { boxMeetsGeometry } from "../hda/search/geometry.js";
import { OdataError } from "./odata-error.js";

/** An entity as it is answered. */
export type Entity = Record<string, unknown>;
type Scope = Record<string, unknown>;
type Term = (scope: Scope) => unknown;

const TOKEN =
  /\s*(geography'[^']*'|'(?:[^']|'')*'|[0-9a-f]{8}-[0-9a-f-]{27}|-?\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w-])|[A-Za-z_@][\w.@-]*(?:\/[A-Za-z_@][\w.@-]*)*|[(),:=])/y;
const DATE = /^\d{4}-\d\d-\d\dT/;

/** Whether an entity fits. Throws 400 for text that is no filter. */
export function parseFilter(text: string): (entity: Entity) => boolean {
  const parser = new Parser(tokensOf(text));
  const term = parser.or();
  parser.end();
  return (entity) => term({ $it: entity }) === true;
}

/** The value at a path such as `ContentDate/Start`; casts such as `OData.CSC.StringAttribute` are passed over. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const part of path) {
    if (part.startsWith("OData.CSC.")) continue;
    at = typeof at === "object" && at !== null ? (at as Entity)[part] : undefined;
  }
  return at;
}

/** As `$filter` and `$orderby` see two values: numbers as numbers, dates as instants, all else as text. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") {
    if (DATE.test(a) && DATE.test(b)) return Date.parse(a) - Date.parse(b);
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return a === b ? 0 : NaN;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw bad(`syntax error at position ${at}`);
    tokens.push(match[1] ?? "");
  }
  return tokens;
}

function bad(words: string): OdataError {
  return new OdataError(400, `Invalid $filter: ${words}`);
}

class Parser {
  private at = 0;

  constructor(private readonly tokens: string[]) {}

  end(): void {
    const left = this.tokens[this.at];
    if (left !== undefined) throw bad(`unexpected ${left}`);
  }

  or(): Term {
    let left = this.and();
    while (this.take("or")) {
      const [a, b] = [left, this.and()];
      left = (scope) => a(scope) === true || b(scope) === true;
    }
    return left;
  }

  private and(): Term {
    let left = this.not();
    while (this.take("and")) {
      const [a, b] = [left, this.not()];
      left = (scope) => a(scope) === true && b(scope) === true;
    }
    return left;
  }

  private not(): Term {
    if (!this.take("not")) return this.comparison();
    const inner = this.not();
    return (scope) => inner(scope) !== true;
  }

  private comparison(): Term {
    const left = this.operand();
    const operator = this.tokens[this.at] ?? "";
    const fits = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (!fits) return left;
    this.at += 1;
    const right = this.operand();
    return (scope) => fits(compare(left(scope), right(scope)));
  }

  private operand(): Term {
    if (this.take("(")) {
      const inner = this.or();
      this.need(")");
      return inner;
    }
    const token = this.next();
    if (token.startsWith("'")) {
      const text = token.slice(1, -1).replaceAll("''", "'");
      return () => text;
    }
    if (token.startsWith("geography'")) return () => token;
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-/.test(token)) return () => token;
    if (/^-?\d/.test(token)) {
      const value = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(token) ? Number(token) : token;
      return () => value;
    }
    if (token === "true" || token === "false") return () => token === "true";
    if (token === "null") return () => null;
    if (!/^[A-Za-z_@]/.test(token)) throw bad(`unexpected ${token}`);
    if (this.take("(")) return this.call(token);
    return pathTerm(token.split("/"));
  }

  private call(name: string): Term {
    if (name.endsWith("/any")) return this.any(name.split("/").slice(0, -1));
    if (name === "OData.CSC.Intersects") {
      this.need("area");
      this.need("=");
      const geometry = polygonOf(this.next());
      this.need(")");
      return ({ $it }) => boxMeetsGeometry(boxOf($it as Entity), geometry);
    }
    const fits = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!fits) throw bad(`there is no function ${name}`);
    const a = this.operand();
    this.need(",");
    const b = this.operand();
    this.need(")");
    return (scope) => {
      const [text, part] = [a(scope), b(scope)];
      return typeof text === "string" && typeof part === "string" && fits(text, part);
    };
  }

  /** `Attributes/OData.CSC.StringAttribute/any(att:…)`, or `StringAttributes/any(d:…)`. */
  private any(path: string[]): Term {
    const variable = this.next();
    this.need(":");
    const inner = this.or();
    this.need(")");
    const cast = path.find((one) => one.startsWith("OData.CSC."))?.slice("OData.CSC.".length);
    const short = /^(String|Integer|Double|Boolean|DateTimeOffset)Attributes$/.exec(path[0] ?? "")?.[1];
    const type = cast ?? (short === undefined ? undefined : `${short}Attribute`);
    const list = pathTerm(short === undefined ? path : ["Attributes"]);
    return (scope) => {
      const all = list(scope);
      if (!Array.isArray(all)) return false;
      return all.some((one: unknown) => {
        const wanted = type === undefined || valueAt(one, ["@odata.type"]) === `#OData.CSC.${type}`;
        return wanted && inner({ ...scope, [variable]: one }) === true;
      });
    };
  }

  private next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw bad("it ends too soon");
    return token;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private need(token: string): void {
    const found = this.next();
    if (found !== token) throw bad(`${token} expected, not ${found}`);
  }
}

const OPERATORS: Record<string, (order: number) => boolean> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

const FUNCTIONS: Record<string, (text: string, part: string) => boolean> = {
  contains: (text, part) => text.includes(part),
  startswith: (text, part) => text.startsWith(part),
  endswith: (text, part) => text.endsWith(part),
};

function pathTerm(path: string[]): Term {
  const [first = "", ...rest] = path;
  return (scope) => (Object.hasOwn(scope, first) ? valueAt(scope[first], rest) : valueAt(scope["$it"], path));
}

function polygonOf(token: string): object {
  const ring = /^geography'SRID=4326;\s*POLYGON\s*\(\(([^)]*)\)/i.exec(token)?.[1];
  const point = /^geography'SRID=4326;\s*POINT\s*\(([^)]*)\)/i.exec(token)?.[1];
  const positions = (ring ?? point ?? "").split(",").map((pair) => pair.trim().split(/\s+/).map(Number));
  if (positions.some((pair) => pair.length !== 2 || pair.some(Number.isNaN))) throw bad("no area in geography'…'");
  return ring === undefined
    ? { type: "Point", coordinates: positions[0] }
    : { type: "Polygon", coordinates: [positions] };
}

function boxOf(entity: Entity): Box {
  const ring = valueAt(entity, ["GeoFootprint", "coordinates"]) as [number, number][][] | undefined;
  const [[west, south] = [0, 0], , [east, north] = [0, 0]] = ring?.[0] ?? [];
  return [west, south, east, north];
}
