/** The part of CQL2 text that the service takes in GET searches, read into CQL2 JSON. */
import { GrammarError } from "./conditions.js";
import { notEvaluated } from "./cql2-json.js";

type Token = { type: "word" | "string" | "number" | "sign"; text: string };

const TOKEN =
  /\s*(?:'((?:[^']|'')*)'|"([^"]+)"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_][\w:.-]*)|(<=|>=|<>|[=<>(),]))/y;

/** The expression as CQL2 JSON. Throws a GrammarError where it does not parse. */
export function parseCql2Text(text: string): unknown {
  const tokens = tokenize(text);
  let at = 0;
  const peek = (): Token | undefined => tokens[at];
  const isWord = (word: string): boolean => peek()?.type === "word" && peek()?.text.toLowerCase() === word;
  const fail = (): never => {
    throw new GrammarError(`Unexpected token ${JSON.stringify(peek()?.text ?? "$END")} in the filter`);
  };
  const sign = (text: string): void => {
    if (peek()?.type !== "sign" || peek()?.text !== text) fail();
    at += 1;
  };

  const value = (): unknown => {
    const token = peek() ?? fail();
    at += 1;
    if (token.type === "string") return token.text;
    if (token.type === "number") return Number(token.text);
    if (token.type !== "word") return fail();
    const word = token.text.toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    if (word === "timestamp" || word === "date") {
      sign("(");
      const inner = value();
      sign(")");
      return { [word]: inner };
    }
    if (word === "interval") {
      sign("(");
      const from = value();
      sign(",");
      const to = value();
      sign(")");
      return { interval: [from, to] };
    }
    if (GEOMETRIES.has(word)) return geometry(word);
    return { property: token.text };
  };
  const geometry = (kind: string): unknown => {
    const name = GEOMETRIES.get(kind);
    const nested = (): unknown => {
      sign("(");
      const parts: unknown[] = [];
      do {
        if (peek()?.text === ",") at += 1;
        parts.push(peek()?.text === "(" ? nested() : position());
      } while (peek()?.text === ",");
      sign(")");
      return parts;
    };
    const position = (): number[] => {
      const numbers: number[] = [];
      while (peek()?.type === "number") {
        numbers.push(Number(peek()?.text));
        at += 1;
      }
      return numbers.length >= 2 ? numbers : fail();
    };
    const read = nested();
    return { type: name, coordinates: name === "Point" ? (read as unknown[])[0] : read };
  };
  const comparison = (): unknown => {
    const token = peek();
    const next = tokens[at + 1];
    if (token?.type === "word" && next?.text === "(" && /^[st]_/.test(token.text.toLowerCase())) {
      at += 1;
      sign("(");
      const left = value();
      sign(",");
      const right = value();
      sign(")");
      return { op: token.text.toLowerCase(), args: [left, right] };
    }
    if (isWord("not")) throw notEvaluated("not");
    const left = value();
    if (isWord("in")) {
      at += 1;
      sign("(");
      const list = [value()];
      while (peek()?.text === ",") {
        at += 1;
        list.push(value());
      }
      sign(")");
      return { op: "in", args: [left, list] };
    }
    const operator = peek() ?? fail();
    if (operator.type === "word") throw notEvaluated(operator.text.toLowerCase());
    if (!["=", "<", ">", "<=", ">=", "<>"].includes(operator.text)) fail();
    at += 1;
    return { op: operator.text, args: [left, value()] };
  };
  const parts = [comparison()];
  while (isWord("and")) {
    at += 1;
    parts.push(comparison());
  }
  if (isWord("or")) throw notEvaluated("or");
  if (peek()) fail();
  return parts.length === 1 ? parts[0] : { op: "and", args: parts };
}

const GEOMETRIES = new Map([
  ["point", "Point"],
  ["linestring", "LineString"],
  ["polygon", "Polygon"],
  ["multipolygon", "MultiPolygon"],
]);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    end = TOKEN.lastIndex;
    const [, quoted, name, number, word, sign] = match;
    if (quoted !== undefined) tokens.push({ type: "string", text: quoted.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ type: "number", text: number });
    else if (sign !== undefined) tokens.push({ type: "sign", text: sign });
    else tokens.push({ type: "word", text: name ?? word ?? "" });
  }
  if (text.slice(end).trim() !== "")
    throw new GrammarError(`No terminal matches ${JSON.stringify(text.slice(end).trim()[0])} in the filter`);
  return tokens;
}
