/** Questions to the admin endpoints, and their answers as lines a person understands. */
import { onClosed, shared } from "./dialog.js";
import type { EditorNode } from "./red.js";

/** Why there is no good answer; `code` is one of the contract's, or one of the endpoints' own. */
export interface Failure {
  code: string;
  message: string;
  status?: number;
  url?: string;
  ticket?: string;
  /** The service's own words. */
  words?: string;
}

export type Answer<T> = ({ ok: true } & T) | { ok: false; error: Failure };

export interface Question<T> {
  answer: Promise<Answer<T>>;
  stop(): void;
}

/** Seconds the endpoint itself takes at most, and a little for the way. */
const GIVE_UP: Record<string, number> = {
  "eo/account/test": 50,
  "eo/search/preview": 50,
  "eo/search/collections": 35,
  "eo/deltatwin/components": 35,
  "eo/deltatwin/component": 35,
  "eo/search/catalogues": 35,
};
const GIVE_UP_ELSE = 10;

/**
 * Asks an endpoint; never throws. The question ends with the dialog of `node`.
 * @param path relative, such as `eo/account/test`
 */
export function ask<T>(node: EditorNode, path: string, body: object): Question<T> {
  const request = $.ajax({
    url: path,
    method: "POST",
    contentType: "application/json",
    data: JSON.stringify(body),
    dataType: "json",
    timeout: (GIVE_UP[path] ?? GIVE_UP_ELSE) * 1000,
  });
  const stop = (): void => request.abort();
  const forget = onClosed(node, stop);
  const answer = new Promise<Answer<T>>((resolve) => {
    request.done((data: unknown) => resolve(isAnswer<T>(data) ? data : failure("BAD_ANSWER")));
    request.fail((xhr: JQuery.jqXHR, reason: string) => resolve(failed(xhr, reason)));
  });
  void answer.then(forget);
  return { answer, stop };
}

function isAnswer<T>(data: unknown): data is Answer<T> {
  if (typeof data !== "object" || data === null) return false;
  const { ok, error } = data as { ok?: unknown; error?: { code?: unknown; message?: unknown } };
  return ok === true || (ok === false && typeof error?.code === "string" && typeof error.message === "string");
}

function failure(code: string): { ok: false; error: Failure } {
  return { ok: false, error: { code, message: shared(`ask.${code}`) } };
}

function failed(xhr: JQuery.jqXHR, reason: string): { ok: false; error: Failure } {
  if (reason === "abort") return failure("STOPPED");
  if (reason === "timeout") return failure("NO_ANSWER");
  if (reason === "parsererror") return failure("BAD_ANSWER");
  if (xhr.status === 0) return failure("OFFLINE");
  if (xhr.status === 401 || xhr.status === 403) return failure("NO_PERMISSION");
  if (xhr.status === 404) return failure("NO_ENDPOINT");
  return { ok: false, error: { code: "RUNTIME", message: shared("ask.RUNTIME", { status: xhr.status }) } };
}

/** A headline in the reader's language for codes that have one; what the runtime says stays as it is. */
export function headline(error: Failure): string {
  const key = `code.${error.code}`;
  const text = shared(key);
  return text.endsWith(key) ? error.code : text;
}

/** The lines under a headline: what the runtime says, and the service's words where they are not in it. */
export function details(error: Failure): string[] {
  const lines = [error.message];
  if (error.words !== undefined && error.words !== "" && !error.message.includes(error.words)) {
    lines.push(shared("report.words", { words: error.words }));
  }
  if (error.ticket !== undefined && !error.message.includes(error.ticket)) {
    lines.push(shared("report.ticket", { ticket: error.ticket }));
  }
  return lines.filter((line) => line !== "");
}

/** Endpoints that send requests need more than the right to read. */
export function mayAsk(): boolean {
  return RED.user.hasPermission("eo.write");
}
