/** What `filter` of a search means: CQL2 text or JSON, checked before anything is sent, as the JSON STAC APIs take. */
import { badInput } from "../errors.js";
import { checkCql2Json, Cql2JsonError } from "./cql2-json.js";
import { Cql2SyntaxError, parseCql2Text } from "./cql2-text.js";

/**
 * A CQL2 filter (OGC 21-065r2) as cql2-json.
 *
 * @param filter CQL2 text (`eo:cloud_cover < 10 AND platform = 'sentinel-3b'`), cql2-json as an object, or as text
 * @returns `{op, args}`; undefined when blank
 * @throws EoError BAD_INPUT that says where, what was found there and what was expected; never anything else
 */
export function cql2Json(filter: unknown): object | undefined {
  if (filter === undefined || filter === null) {
    throw badInput(
      `filter is ${String(filter)}. Set it, or leave the field blank; a missing value is never "no filter".`,
    );
  }
  if (typeof filter !== "string") return checked(filter);
  const start = filter.trim();
  if (start === "") return undefined;
  return start.startsWith("{") ? checked(parsedJson(start)) : fromText(filter);
}

function fromText(text: string): object {
  try {
    return parseCql2Text(text);
  } catch (thrown) {
    if (!(thrown instanceof Cql2SyntaxError)) throw thrown;
    const before = text.slice(Math.max(0, thrown.at - 24), thrown.at);
    const after = before === "" ? "" : `, after ${JSON.stringify(thrown.at > 24 ? `…${before}` : before)}`;
    throw badInput(
      `filter is not CQL2: at character ${thrown.at + 1}${after}, found ${thrown.found}; expected ${thrown.expected}.`,
    );
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    // The engine's words may quote the text, line breaks included.
    const words = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, " ").slice(0, 160);
    throw badInput(`filter begins like cql2-json but is not JSON: ${words}.`);
  }
}

function checked(filter: unknown): object {
  try {
    checkCql2Json(filter);
  } catch (thrown) {
    if (!(thrown instanceof Cql2JsonError)) throw thrown;
    const path = thrown.path.length > 80 ? `…${thrown.path.slice(-80)}` : thrown.path.replace(/^\./, "");
    const where = path === "" ? "the top" : path;
    throw badInput(`filter is not cql2-json: at ${where}, found ${thrown.found}; expected ${thrown.expected}.`);
  }
  return filter as object;
}
