/** The recorded answers of real services, read from where they lie beside the clone; never copied. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

export interface Exchange {
  request: { method: string; url: string; body?: string };
  response: { status: number; headers: Record<string, string | string[]>; body?: string };
}

const FOLDER = path.join(__dirname, "..", "..", "..", "shared", "recorded");

/** Why the recorded answers cannot be used; undefined when they can. */
export function missingRecords(): string | undefined {
  return existsSync(FOLDER) ? undefined : "the recorded answers are not beside the clone (../shared/recorded)";
}

/** `name` without its ending, such as "paging/pc-two-pages". */
export function recorded(name: string): unknown {
  return JSON.parse(readFileSync(path.join(FOLDER, `${name}.json`), "utf8"));
}

export function exchangesOf(name: string): Exchange[] {
  return (recorded(name) as { exchanges: Exchange[] }).exchanges;
}

/** The parsed body of a recorded answer. */
export function bodyOf(exchange: Exchange): Record<string, unknown> {
  return JSON.parse(exchange.response.body ?? "null") as Record<string, unknown>;
}
