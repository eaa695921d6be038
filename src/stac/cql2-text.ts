/** CQL2 text as cql2-json (OGC 21-065r2, annex B): one pass, no going back, one error that says where and why. */
import {
  CALLED_OPERATORS,
  CONDITION,
  functionNameProblem,
  type Kind,
  MOST_LEVELS,
  NAME_PART_CHAR,
  NAME_START_CHAR,
  OPERATORS,
  resultKind,
  SCALAR,
  type Want,
} from "./cql2-operators.js";
import { type Geometry, type GeometryType, readGeometry } from "./geometry.js";
import { parseInstant } from "./instant.js";

/** Where a filter does not parse. `at` is an index into the text; `found` and `expected` complete a sentence. */
export class Cql2SyntaxError extends Error {
  constructor(
    readonly at: number,
    readonly found: string,
    readonly expected: string,
  ) {
    super(`found ${found}, expected ${expected}`);
  }
}

interface Token {
  type: "name" | "quoted" | "text" | "number" | "symbol" | "end";
  /** The name in small letters, the symbol, the name between quotes or the text's content. */
  value: string;
  number: number;
  at: number;
  end: number;
}

interface Node {
  json: unknown;
  kind: Kind;
  /** Levels of nesting. */
  depth: number;
  at: number;
  end: number;
}

const SPACE = /^[\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]$/;
const RESERVED = new Set(["and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"]);
const COMPARISONS = new Set(["=", "<>", "<", ">", "<=", ">="]);
const GEOMETRIES = new Map<string, GeometryType | "GeometryCollection">([
  ["point", "Point"],
  ["linestring", "LineString"],
  ["polygon", "Polygon"],
  ["multipoint", "MultiPoint"],
  ["multilinestring", "MultiLineString"],
  ["multipolygon", "MultiPolygon"],
  ["geometrycollection", "GeometryCollection"],
]);
/** May stand in parentheses, which then change nothing. */
const GROUPED = new Set<Kind>(["condition", "truth", "number", "property", "function"]);
const VALUE = "a value (property, number, text in single quotes, date, geometry, function or parenthesis)";

/**
 * @returns the filter as cql2-json: a condition or a function
 * @throws Cql2SyntaxError
 */
export function parseCql2Text(text: string): { op: string; args: unknown[] } {
  return new Parser(text).filter();
}

/** The tokens of a text, the end included. */
function tokens(text: string): Token[] {
  const list: Token[] = [];
  let at = 0;
  const push = (type: Token["type"], end: number, value: string, number = 0): void => {
    list.push({ type, value, number, at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (SPACE.test(char)) {
      at += 1;
    } else if (char === "'") {
      const { value, end } = textLiteral(text, at);
      push("text", end, value);
    } else if (char === '"') {
      const { value, end } = quotedName(text, at);
      push("quoted", end, value);
    } else if (isDigit(char) || (char === "." && isDigit(next))) {
      const end = numberEnd(text, at);
      const number = Number(text.slice(at, end));
      if (!Number.isFinite(number)) throw new Cql2SyntaxError(at, "a number too large to send", "a smaller one");
      if (Number.isInteger(number) && !Number.isSafeInteger(number) && /^\d+$/.test(text.slice(at, end))) {
        throw new Cql2SyntaxError(at, "a whole number that cannot be sent exactly", "a smaller one, or text in quotes");
      }
      push("number", end, text.slice(at, end), number);
    } else if (NAME_START_CHAR.test(charAt(text, at))) {
      let end = at;
      while (end < text.length && NAME_PART_CHAR.test(charAt(text, end))) end += charAt(text, end).length;
      push("name", end, text.slice(at, end).toLowerCase());
    } else if (["<>", "<=", ">="].includes(char + next)) {
      push("symbol", at + 2, char + next);
    } else if ("(),=<>+-*/^%".includes(char) && char + next !== "==") {
      push("symbol", at + 1, char);
    } else {
      throw new Cql2SyntaxError(at, JSON.stringify(charAt(text, at)), expectedInstead(char + next));
    }
  }
  push("end", at, "");
  return list;
}

function expectedInstead(chars: string): string {
  if (chars === "!=") return "<> for not equal";
  if (chars === "==") return "= for equal";
  if (chars === "&&") return "AND";
  if (chars === "||") return "OR";
  if (chars.startsWith("!")) return "NOT";
  if (chars.startsWith("[")) return "an array in parentheses: ('a', 'b')";
  if (/^[‘’“”`]/.test(chars)) return "straight quotes: ' around a text, \" around a property name";
  return "a part of CQL2";
}

/** The whole character at an index, also beyond U+FFFF. */
function charAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9" && char.length === 1;
}

/** `'…'`, with `''` or `\'` for a quote inside. Other backslashes stay: LIKE uses them before % and _. */
function textLiteral(text: string, start: number): { value: string; end: number } {
  let value = "";
  let at = start + 1;
  let from = at;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === "'" && text.charAt(at + 1) !== "'") return { value: value + text.slice(from, at), end: at + 1 };
    if (char === "'" || (char === "\\" && text.charAt(at + 1) === "'")) {
      value += `${text.slice(from, at)}'`;
      at += 2;
      from = at;
    } else {
      at += 1;
    }
  }
  throw new Cql2SyntaxError(start, "a text that never ends", "a closing single quote");
}

/** `"…"`. The standard allows names only; any other property name can be reached by quoting it as well. */
function quotedName(text: string, start: number): { value: string; end: number } {
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new Cql2SyntaxError(start, "a property name that never ends", "a closing double quote");
    value += text.slice(at, quote);
    if (text.charAt(quote + 1) === '"') {
      value += '"';
      at = quote + 2;
      continue;
    }
    if (value.trim() === "") throw new Cql2SyntaxError(start, "an empty property name", "a name between the quotes");
    return { value, end: quote + 1 };
  }
}

function numberEnd(text: string, start: number): number {
  let end = digitsEnd(text, start);
  if (text.charAt(end) === ".") end = digitsEnd(text, end + 1);
  if (/^e$/i.test(text.charAt(end))) {
    const digits = /^[+-]$/.test(text.charAt(end + 1)) ? end + 2 : end + 1;
    if (isDigit(text.charAt(digits))) end = digitsEnd(text, digits);
  }
  const char = end < text.length ? charAt(text, end) : " ";
  if (NAME_PART_CHAR.test(char)) {
    throw new Cql2SyntaxError(end, `${JSON.stringify(char)} right after a number`, "a space or an operator");
  }
  return end;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  while (isDigit(text.charAt(end))) end += 1;
  return end;
}

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #next = 0;
  #levels = 0;
  /** Whether parentheses may be an array here: in the arguments of functions and inside arrays. */
  #arrays = false;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  filter(): { op: string; args: unknown[] } {
    const node = this.#or();
    const rest = this.#peek();
    if (rest.type !== "end") throw this.#unexpected(rest, "AND, OR, a comparison or the end of the text");
    if (node.kind === "truth") {
      throw new Cql2SyntaxError(
        node.at,
        "only TRUE or FALSE",
        "a condition on a property; leave it blank to filter nothing",
      );
    }
    this.#check(node, CONDITION);
    return node.json as { op: string; args: unknown[] };
  }

  #or(): Node {
    return this.#chain("or", () => this.#chain("and", () => this.#not()));
  }

  #chain(op: "and" | "or", part: () => Node): Node {
    const first = part();
    if (!this.#isKeyword(op)) return first;
    const parts = [first];
    while (this.#takeKeyword(op)) parts.push(part());
    return this.#operation(op, parts, first.at);
  }

  #not(): Node {
    const at = this.#peek().at;
    return this.#takeKeyword("not") ? this.#operation("not", [this.#comparison()], at) : this.#comparison();
  }

  #comparison(): Node {
    const left = this.#sum();
    const token = this.#peek();
    if (token.type === "symbol" && COMPARISONS.has(token.value)) {
      this.#next += 1;
      return this.#operation(token.value, [left, this.#sum()], left.at);
    }
    if (this.#takeKeyword("is")) {
      const negated = this.#takeKeyword("not");
      if (!this.#takeKeyword("null")) throw this.#unexpected(this.#peek(), negated ? "NULL" : "NULL or NOT NULL");
      return this.#negate(this.#operation("isNull", [left], left.at), negated);
    }
    const negated = this.#takeKeyword("not");
    if (this.#takeKeyword("like")) {
      return this.#negate(this.#operation("like", [left, this.#sum()], left.at), negated);
    }
    if (this.#takeKeyword("between")) {
      const low = this.#sum();
      if (!this.#takeKeyword("and")) throw this.#unexpected(this.#peek(), "AND and the upper bound of BETWEEN");
      return this.#negate(this.#operation("between", [left, low, this.#sum()], left.at), negated);
    }
    if (this.#takeKeyword("in")) return this.#negate(this.#operation("in", [left, this.#inList()], left.at), negated);
    if (negated) throw this.#unexpected(this.#peek(), "LIKE, BETWEEN or IN");
    return left;
  }

  #negate(node: Node, negated: boolean): Node {
    return negated ? this.#operation("not", [node], node.at) : node;
  }

  #inList(): Node {
    return this.#list(false, () => {
      const node = this.#sum();
      this.#check(node, SCALAR);
      return node;
    });
  }

  /** `(a, b)`. */
  #list(mayBeEmpty: boolean, element: () => Node): Node {
    const at = this.#peek().at;
    this.#expect("(", "( and a list");
    this.#enter(at);
    const nodes: Node[] = [];
    if (!mayBeEmpty || !this.#isSymbol(")")) {
      do nodes.push(element());
      while (this.#takeSymbol(","));
    }
    this.#expect(")", ", or )");
    this.#levels -= 1;
    return this.#array(nodes, at);
  }

  #array(nodes: Node[], at: number): Node {
    return this.#node(
      nodes.map((node) => node.json),
      "array",
      nodes,
      at,
    );
  }

  #sum(): Node {
    let left = this.#product();
    for (;;) {
      const token = this.#peek();
      if (!this.#takeSymbol("+") && !this.#takeSymbol("-")) return left;
      left = this.#operation(token.value, [left, this.#product()], left.at);
    }
  }

  #product(): Node {
    let left = this.#power();
    for (;;) {
      const token = this.#peek();
      const taken = this.#takeSymbol("*") || this.#takeSymbol("/") || this.#takeSymbol("%") || this.#takeKeyword("div");
      if (!taken) return left;
      left = this.#operation(token.value, [left, this.#power()], left.at);
    }
  }

  #power(): Node {
    const left = this.#factor();
    if (!this.#takeSymbol("^")) return left;
    const node = this.#operation("^", [left, this.#factor()], left.at);
    const token = this.#peek();
    if (this.#isSymbol("^"))
      throw new Cql2SyntaxError(token.at, "a second ^", "parentheses that say which comes first");
    return node;
  }

  #factor(): Node {
    const sign = this.#peek();
    const minus = this.#takeSymbol("-");
    if (!minus && !this.#takeSymbol("+")) return this.#primary();
    const token = this.#peek();
    if (token.type === "number") {
      this.#next += 1;
      // 0 - x, as -0 would be sent as 0 and not compare equal to it here.
      return this.#leaf(minus ? 0 - token.number : token.number, "number", sign.at);
    }
    const expected = minus ? "a number, property or function after the minus sign" : "a number after the plus sign";
    if (!minus || (token.type !== "name" && token.type !== "quoted")) throw this.#unexpected(token, expected);
    const operand = this.#primary();
    if (operand.kind !== "property" && operand.kind !== "function") throw this.#wrongKind(operand, expected);
    return this.#operation("*", [this.#leaf(-1, "number", sign.at), operand], sign.at);
  }

  #primary(): Node {
    const token = this.#peek();
    switch (token.type) {
      case "number":
        this.#next += 1;
        return this.#leaf(token.number, "number", token.at);
      case "text":
        this.#next += 1;
        return this.#leaf(token.value, "text", token.at);
      case "quoted":
        this.#next += 1;
        return this.#leaf({ property: token.value }, "property", token.at);
      case "name":
        return this.#named(token);
      case "symbol":
        if (token.value === "(") return this.#parenthesis(token.at);
        throw this.#unexpected(token, VALUE);
      default:
        throw this.#unexpected(token, VALUE);
    }
  }

  #parenthesis(at: number): Node {
    this.#next += 1;
    this.#enter(at);
    const nodes: Node[] = [];
    if (!this.#arrays || !this.#isSymbol(")")) {
      do nodes.push(this.#or());
      while (this.#arrays && this.#takeSymbol(","));
    }
    this.#expect(")", this.#arrays ? ", or )" : "AND, OR, a comparison or )");
    this.#levels -= 1;
    const [only] = nodes;
    if (nodes.length !== 1 || !only) return this.#array(nodes, at);
    if (GROUPED.has(only.kind)) return { ...only, at, end: this.#lastEnd() };
    if (this.#arrays) return this.#array(nodes, at);
    throw this.#wrongKind(only, "a condition or a calculation inside parentheses");
  }

  #named(token: Token): Node {
    const { value, at } = token;
    if (value === "true" || value === "false") {
      this.#next += 1;
      return this.#leaf(value === "true", "truth", at);
    }
    if (RESERVED.has(value)) {
      throw this.#unexpected(token, `${VALUE}; a property of this name goes into double quotes`);
    }
    this.#next += 1;
    const name = this.#text.slice(at, token.end);
    const geometry = GEOMETRIES.get(value);
    if (geometry && this.#isName("z") && this.#isSymbolAt(this.#next + 1, "(")) return this.#geometry(geometry, at);
    if (!this.#isSymbol("(")) return this.#leaf({ property: name }, "property", at);
    if (geometry) return this.#geometry(geometry, at);
    if (value === "bbox") return this.#bbox(at);
    if (value === "date" || value === "timestamp") return this.#instant(value, at);
    if (value === "interval") return this.#interval(at);
    const operator = CALLED_OPERATORS.get(value);
    if (operator) return this.#calledOperator(operator, at);
    const problem = functionNameProblem(name);
    if (problem !== undefined) throw new Cql2SyntaxError(at, JSON.stringify(name), `another name: ${problem}`);
    return this.#function(name, at);
  }

  #function(name: string, at: number): Node {
    const args = this.#withArrays(true, () => this.#list(true, () => this.#or()));
    return { ...args, json: { op: name, args: args.json }, kind: "function", at };
  }

  /** `S_…`, `T_…`, `A_…`, `CASEI`, `ACCENTI`. */
  #calledOperator(name: string, at: number): Node {
    const wants = OPERATORS.get(name)?.args ?? [];
    this.#expect("(", "(");
    this.#enter(at);
    const args: Node[] = [];
    wants.forEach((argument, index) => {
      if (index > 0) this.#expect(",", `, and ${argument.words}`);
      args.push(this.#argument(argument));
    });
    this.#expect(")", ")");
    this.#levels -= 1;
    return this.#operation(name, args, at);
  }

  #argument(argument: Want): Node {
    const literal = argument.kinds.has("array") && this.#isSymbol("(");
    const node = literal
      ? this.#withArrays(true, () => this.#list(true, () => this.#or()))
      : this.#withArrays(false, () => this.#sum());
    this.#check(node, argument);
    return node;
  }

  #withArrays(arrays: boolean, parse: () => Node): Node {
    const before = this.#arrays;
    this.#arrays = arrays;
    const node = parse();
    this.#arrays = before;
    return node;
  }

  #instant(kind: "date" | "timestamp", at: number): Node {
    this.#expect("(", "(");
    const token = this.#peek();
    const isDate = kind === "date";
    const fits = token.type === "text" && (isDate ? isDateText(token.value) : parseInstant(token.value) !== undefined);
    if (!fits) throw this.#unexpected(token, isDate ? "a date: '2026-04-20'" : "a time in UTC: '2026-04-20T12:00:00Z'");
    this.#next += 1;
    this.#expect(")", ")");
    return this.#leaf({ [kind]: token.value }, "instant", at);
  }

  #interval(at: number): Node {
    this.#expect("(", "(");
    this.#enter(at);
    const start = this.#intervalEnd();
    this.#expect(",", ", and the end of the interval");
    const end = this.#intervalEnd();
    this.#expect(")", ")");
    this.#levels -= 1;
    return this.#node({ interval: [start.json, end.json] }, "interval", [start, end], at);
  }

  #intervalEnd(): Node {
    const token = this.#peek();
    const expected = "a date, a time in UTC, '..', a property or a function";
    if (token.type === "text") {
      if (token.value !== ".." && !isDateText(token.value) && !parseInstant(token.value)) {
        throw this.#unexpected(token, expected);
      }
      this.#next += 1;
      return this.#leaf(token.value, "text", token.at);
    }
    if (token.type !== "name" && token.type !== "quoted") throw this.#unexpected(token, expected);
    const node = this.#primary();
    if (node.kind !== "property" && node.kind !== "function") throw this.#wrongKind(node, expected);
    return node;
  }

  #bbox(at: number): Node {
    this.#expect("(", "(");
    const numbers = [this.#signedNumber()];
    while (this.#takeSymbol(",")) numbers.push(this.#signedNumber());
    this.#expect(")", ", or )");
    if (numbers.length !== 4 && numbers.length !== 6) {
      throw new Cql2SyntaxError(at, `BBOX with ${numbers.length} numbers`, "4 or 6 of them");
    }
    return this.#leaf({ bbox: numbers }, "geometry", at);
  }

  #geometry(type: GeometryType | "GeometryCollection", at: number): Node {
    const json = this.#wkt(type);
    const result = readGeometry(json, { latitudes: false });
    if ("problem" in result)
      throw new Cql2SyntaxError(at, `a ${type} that is not valid (${result.problem})`, "a valid one");
    return this.#leaf(json, "geometry", at);
  }

  #wkt(type: GeometryType | "GeometryCollection"): Geometry {
    const dimensions = { count: this.#isName("z") ? 3 : 0 };
    if (dimensions.count === 3) this.#next += 1;
    const position = (): unknown => this.#position(dimensions);
    const line = (): unknown[] => this.#wktList(position);
    const polygon = (): unknown[] => this.#wktList(line);
    switch (type) {
      case "Point": {
        this.#expect("(", "( and coordinates");
        const coordinates = this.#position(dimensions);
        this.#expect(")", ")");
        return { type, coordinates };
      }
      case "LineString":
        return { type, coordinates: line() };
      case "Polygon":
        return { type, coordinates: polygon() };
      case "MultiPoint":
        return { type, coordinates: this.#wktList(() => this.#multiPointMember(dimensions)) };
      case "MultiLineString":
        return { type, coordinates: polygon() };
      case "MultiPolygon":
        return { type, coordinates: this.#wktList(polygon) };
      case "GeometryCollection":
        return { type, geometries: this.#wktList(() => this.#member()) };
    }
  }

  #wktList<T>(element: () => T): T[] {
    this.#expect("(", "( and coordinates");
    const list = [element()];
    while (this.#takeSymbol(",")) list.push(element());
    this.#expect(")", ", or )");
    return list;
  }

  #member(): Geometry {
    const token = this.#peek();
    const type = token.type === "name" ? GEOMETRIES.get(token.value) : undefined;
    if (!type || type === "GeometryCollection") throw this.#unexpected(token, "a geometry: POINT(7 50)");
    this.#next += 1;
    return this.#wkt(type);
  }

  /** With parentheses as the standard says, or without as its tests and many programs write it. */
  #multiPointMember(dimensions: { count: number }): number[] {
    const parenthesis = this.#takeSymbol("(");
    const position = this.#position(dimensions);
    if (parenthesis) this.#expect(")", ")");
    return position;
  }

  #position(dimensions: { count: number }): number[] {
    const at = this.#peek().at;
    const numbers = [this.#signedNumber(), this.#signedNumber()];
    const token = this.#peek();
    if (token.type === "number" || this.#isSymbol("-") || this.#isSymbol("+")) numbers.push(this.#signedNumber());
    if (dimensions.count === 0) dimensions.count = numbers.length;
    if (dimensions.count !== numbers.length) {
      throw new Cql2SyntaxError(
        at,
        `a position of ${numbers.length} numbers`,
        `one of ${dimensions.count} like the others`,
      );
    }
    return numbers;
  }

  #signedNumber(): number {
    const minus = this.#takeSymbol("-");
    if (!minus) this.#takeSymbol("+");
    const token = this.#peek();
    if (token.type !== "number") throw this.#unexpected(token, "a number");
    this.#next += 1;
    return minus ? 0 - token.number : token.number;
  }

  #operation(op: string, args: Node[], at: number): Node {
    const operator = OPERATORS.get(op);
    if (!operator) throw new Error(`no operator ${op}`);
    args.forEach((arg, index) => {
      const wanted = operator.args[Math.min(index, operator.args.length - 1)];
      if (wanted) this.#check(arg, wanted);
    });
    const kind = resultKind(
      op,
      operator,
      args.map((arg) => arg.kind),
    );
    return this.#node({ op, args: args.map((arg) => arg.json) }, kind, args, at);
  }

  #node(json: unknown, kind: Kind, parts: Node[], at: number): Node {
    let deepest = 0;
    for (const part of parts) deepest = Math.max(deepest, part.depth);
    if (deepest >= MOST_LEVELS) throw tooDeep(at);
    return { json, kind, depth: deepest + 1, at, end: this.#lastEnd() };
  }

  #leaf(json: unknown, kind: Kind, at: number): Node {
    return { json, kind, depth: 0, at, end: this.#lastEnd() };
  }

  #enter(at: number): void {
    this.#levels += 1;
    if (this.#levels > MOST_LEVELS) throw tooDeep(at);
  }

  #check(node: Node, wanted: Want): void {
    if (wanted.kinds.has(node.kind)) return;
    const hint =
      wanted === CONDITION && node.kind === "property"
        ? "a condition; compare the property, for example = TRUE"
        : undefined;
    throw this.#wrongKind(node, hint ?? wanted.words);
  }

  #wrongKind(node: Node, expected: string): Cql2SyntaxError {
    return new Cql2SyntaxError(node.at, shorten(this.#text.slice(node.at, node.end)), expected);
  }

  #unexpected(token: Token, expected: string): Cql2SyntaxError {
    const found = token.type === "end" ? "the end of the text" : shorten(this.#text.slice(token.at, token.end));
    return new Cql2SyntaxError(token.at, found, expected);
  }

  #peek(): Token {
    return this.#at(this.#next);
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)];
    if (!token) throw new Error("a text without tokens");
    return token;
  }

  #lastEnd(): number {
    return this.#at(this.#next - 1).end;
  }

  #isKeyword(word: string): boolean {
    return this.#isName(word);
  }

  #isName(word: string): boolean {
    const token = this.#peek();
    return token.type === "name" && token.value === word;
  }

  #isSymbol(symbol: string): boolean {
    return this.#isSymbolAt(this.#next, symbol);
  }

  #isSymbolAt(index: number, symbol: string): boolean {
    const token = this.#at(index);
    return token.type === "symbol" && token.value === symbol;
  }

  #takeKeyword(word: string): boolean {
    if (!this.#isName(word)) return false;
    this.#next += 1;
    return true;
  }

  #takeSymbol(symbol: string): boolean {
    if (!this.#isSymbol(symbol)) return false;
    this.#next += 1;
    return true;
  }

  #expect(symbol: string, expected: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected(this.#peek(), expected);
  }
}

export function isDateText(text: string): boolean {
  return text.length === 10 && parseInstant(text, { dateOnly: true }) !== undefined;
}

function tooDeep(at: number): Cql2SyntaxError {
  return new Cql2SyntaxError(at, `more than ${MOST_LEVELS} levels`, "a flatter filter");
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 39)}…` : text);
}
