/** Which operators CQL2 has (OGC 21-065r2) and what each takes: the one table behind its text and its JSON form. */

/**
 * What an expression is. `truth` is TRUE or FALSE, `text` a literal (also inside CASEI or ACCENTI), `character` CASEI or
 * ACCENTI of something else.
 */
export type Kind =
  | "condition"
  | "truth"
  | "number"
  | "text"
  | "character"
  | "instant"
  | "interval"
  | "geometry"
  | "array"
  | "property"
  | "function";

/** What stands at one place: the kinds allowed there, and how to say so. */
export interface Want {
  readonly kinds: ReadonlySet<Kind>;
  readonly words: string;
}

export interface Operator {
  /** One entry an argument. */
  readonly args: readonly Want[];
  /** The last argument may come again. */
  readonly repeats?: true;
  readonly result: Kind;
}

/** Nesting of operators, functions, arrays and parentheses. Real filters have fewer than ten levels. */
export const MOST_LEVELS = 200;

function want(words: string, ...kinds: Kind[]): Want {
  return { words, kinds: new Set(kinds) };
}

export const CONDITION = want("a condition", "condition", "truth", "function");
export const SCALAR = want(
  "a text, number, date, TRUE, FALSE, property or function",
  "text",
  "character",
  "number",
  "instant",
  "truth",
  "property",
  "function",
);
const NUMBER = want("a number, calculation, property or function", "number", "property", "function");
/** The standard allows numbers only; services that know BETWEEN also take dates, and say so when they do not. */
const RANGE = want(
  "a number, date, text, property or function",
  "number",
  "instant",
  "text",
  "character",
  "property",
  "function",
);
const CHARACTERS = want("a text, property or function", "text", "character", "property", "function");
const PATTERN = want("a text with % or _ as wildcards", "text");
const GEOMETRY = want("a geometry, property or function", "geometry", "property", "function");
const TEMPORAL = want("a date, interval, property or function", "instant", "interval", "property", "function");
const ARRAY = want("an array, property or function", "array", "property", "function");
const LIST = want("a list of values", "array");
const NULLABLE = want(
  "a value other than an array",
  "condition",
  "truth",
  "number",
  "text",
  "character",
  "instant",
  "interval",
  "geometry",
  "property",
  "function",
);

/** Operators by their name in JSON. `casei` and `accenti` give `character` when their argument is no text literal. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["and", { args: [CONDITION, CONDITION], repeats: true, result: "condition" }],
  ["or", { args: [CONDITION, CONDITION], repeats: true, result: "condition" }],
  ["not", { args: [CONDITION], result: "condition" }],
  ...entries(["=", "<>", "<", ">", "<=", ">="], { args: [SCALAR, SCALAR], result: "condition" }),
  ["like", { args: [CHARACTERS, PATTERN], result: "condition" }],
  ["between", { args: [RANGE, RANGE, RANGE], result: "condition" }],
  ["in", { args: [SCALAR, LIST], result: "condition" }],
  ["isNull", { args: [NULLABLE], result: "condition" }],
  ["casei", { args: [CHARACTERS], result: "text" }],
  ["accenti", { args: [CHARACTERS], result: "text" }],
  ...entries(["+", "-", "*", "/", "^", "%", "div"], { args: [NUMBER, NUMBER], result: "number" }),
  ...family("s_", "contains crosses disjoint equals intersects overlaps touches within", GEOMETRY),
  ...family(
    "t_",
    "after before contains disjoint during equals finishedBy finishes intersects meets metBy overlappedBy overlaps startedBy starts",
    TEMPORAL,
  ),
  ...family("a_", "containedBy contains equals overlaps", ARRAY),
]);

/** The operators that are written as functions in text, by their name in small letters: `t_finishedby` → `t_finishedBy`. */
export const CALLED_OPERATORS: ReadonlyMap<string, string> = new Map(
  [...OPERATORS.keys()]
    .filter((name) => /^[sta]_|^casei$|^accenti$/.test(name))
    .map((name) => [name.toLowerCase(), name]),
);

function entries(names: string[], operator: Operator): [string, Operator][] {
  return names.map((name) => [name, operator]);
}

function family(prefix: string, names: string, argument: Want): [string, Operator][] {
  return entries(
    names.split(" ").map((name) => prefix + name),
    { args: [argument, argument], result: "condition" },
  );
}

/** What an operator gives, from the kinds of its arguments. */
export function resultKind(name: string, operator: Operator, args: readonly Kind[]): Kind {
  return (name === "casei" || name === "accenti") && args[0] !== "text" ? "character" : operator.result;
}

/**
 * Why a name cannot be the name of a service's own function; undefined when it can. A misspelled operator would be sent
 * as a function, and some services then filter nothing at all.
 */
export function functionNameProblem(name: string): string | undefined {
  const small = name.toLowerCase();
  for (const known of OPERATORS.keys()) {
    if (known.toLowerCase() === small) return `the operator ${known} is not written like this`;
  }
  if (/^[sta]_/.test(small)) {
    const family = [...OPERATORS.keys()].filter((known) => known.startsWith(small.slice(0, 2)));
    return `there is no operator of this name; there are ${family.join(", ")}`;
  }
  return undefined;
}

const NAME_START =
  ":_A-Za-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFE}\\u{200C}-\\u{200D}" +
  "\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}";
// The combining marks stand first: after another character they would look like a part of it.
const NAME_PART = `\u{300}-\u{36F}${NAME_START}.0-9\u{203F}-\u{2040}`;

/** One character that may begin a name (production identifierStart). */
export const NAME_START_CHAR = new RegExp(`^[${NAME_START}]$`, "u");
/** One character that may go on in a name (production identifierPart). */
export const NAME_PART_CHAR = new RegExp(`^[${NAME_PART}]$`, "u");
/** A whole name (production identifier). */
export const NAME = new RegExp(`^[${NAME_START}][${NAME_PART}]*$`, "u");
