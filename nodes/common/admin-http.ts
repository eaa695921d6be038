/** How an endpoint speaks HTTP: POST and JSON only, bounded in size and time, ended when the dialog hangs up. */
import type { NodeAPI } from "node-red";
import { EoError } from "../../src/errors.js";
import { failureOf, mapTexts, type Answer } from "./admin-answer.js";
import { BadRequest, Fields, Refusal } from "./admin-body.js";

/** What the work of one request is given. */
export interface AdminJob {
  /** Fires when the dialog hangs up or the time is up; then its reason is an EoError. */
  signal: AbortSignal;
  /** Notes how the secrets of an account are starred in a text. */
  hide(redact: (text: string) => string): void;
}

export interface Endpoint {
  path: string;
  permission: "eo.read" | "eo.write";
  /** ms */
  time: number;
  /** It sends requests to servers. */
  outbound: boolean;
  /**
   * Reads the body and gives the work to do; nothing may happen before all of it is read.
   * @throws BadRequest for a wrong shape
   */
  read(body: Fields): (job: AdminJob) => Promise<Record<string, unknown>>;
}

interface Request {
  headers: Record<string, string | string[] | undefined>;
  body?: unknown;
}

interface Response {
  writableEnded: boolean;
  destroyed: boolean;
  set(headers: Record<string, string>): Response;
  status(code: number): Response;
  json(body: unknown): unknown;
  on(event: "close", listener: () => void): unknown;
}

interface AdminApp {
  post(path: string, ...handlers: unknown[]): unknown;
}

const MOST_BYTES = 256 * 1024;
const MOST_AT_ONCE = 8;

/** Makes Node-RED's admin interface answer on the endpoint's path. */
export function serve(RED: NodeAPI, endpoint: Endpoint, running: Set<AbortController>): void {
  const app = RED.httpAdmin as unknown as AdminApp;
  app.post(
    `/${endpoint.path}`,
    RED.auth.needsPermission(endpoint.permission),
    (request: Request, response: Response) => void answer(endpoint, request, response, running),
  );
}

async function answer(
  endpoint: Endpoint,
  request: Request,
  response: Response,
  running: Set<AbortController>,
): Promise<void> {
  const send = (status: number, body: unknown): void => {
    if (response.writableEnded || response.destroyed) return;
    response.set({ "cache-control": "no-store", "x-content-type-options": "nosniff" }).status(status).json(body);
  };
  const refuse = (status: number, message: string): void => send(status, { error: { code: "BAD_REQUEST", message } });

  if (!/^application\/json\s*(;|$)/i.test(String(request.headers["content-type"] ?? ""))) {
    refuse(415, "The body must be application/json.");
    return;
  }
  if (isTooLarge(request)) {
    refuse(413, `The body is larger than ${MOST_BYTES} bytes.`);
    return;
  }
  let work;
  try {
    work = endpoint.read(new Fields(request.body, "The body"));
  } catch (error) {
    if (error instanceof BadRequest) refuse(400, error.message);
    else send(200, { ok: false, error: failureOf(error) });
    return;
  }
  if (endpoint.outbound && running.size >= MOST_AT_ONCE) {
    send(200, {
      ok: false,
      error: failureOf(new Refusal("BUSY", "Too many looks are under way. Wait for one to end.")),
    });
    return;
  }

  if (response.destroyed) return;
  const controller = new AbortController();
  if (endpoint.outbound) running.add(controller);
  const seconds = Math.round(endpoint.time / 1000);
  const timer = setTimeout(() => {
    controller.abort(new EoError("TIMEOUT", `This took longer than ${seconds} s and was ended. Try again later.`));
  }, endpoint.time);
  response.on("close", () => {
    if (!response.writableEnded) controller.abort(new EoError("CANCELLED", "The dialog does not wait any more."));
  });
  const redactors: ((text: string) => string)[] = [];
  const { signal } = controller;
  let result: Answer;
  try {
    const job: AdminJob = { signal, hide: (redact) => redactors.push(redact) };
    result = { ok: true, ...(await Promise.race([work(job), ended(signal)])) };
  } catch (error) {
    const why: unknown = signal.aborted ? signal.reason : error;
    result = { ok: false, error: failureOf(why) };
  } finally {
    clearTimeout(timer);
    running.delete(controller);
  }
  send(
    200,
    mapTexts(result, (text) => redactors.reduce((shown, redact) => redact(shown), text)),
  );
}

function isTooLarge(request: Request): boolean {
  if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES) return true;
  try {
    // A chunked or compressed body tells no length.
    return Buffer.byteLength(JSON.stringify(request.body) || "") > MOST_BYTES;
  } catch {
    return true;
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as EoError), { once: true });
  });
}
