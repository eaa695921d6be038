/** Answers that a fault gives instead of the route: canned errors, redirects, pointers, silence. */
import { signedPath } from "./signed-path.js";
import { cannedError } from "./canned-errors.js";
import type { Exchange, Headers } from "./exchange.js";
import type { FaultAnswer, FaultRedirect } from "./faults.js";

const NEIGHBOUR: Record<string, string> = { lumi: "central", central: "leonardo", leonardo: "lumi" };

/** Gives the answer. Returns false when the route should answer after all (the last hop of a chain). */
export async function answerFault(
  exchange: Exchange,
  answer: FaultAnswer,
  origin: (name: string) => string,
): Promise<boolean> {
  if (answer.close) {
    exchange.seen.end = "cut";
    exchange.response.socket?.destroy();
    return true;
  }
  if (answer.redirect) {
    const location = redirectTarget(exchange, answer.redirect, origin);
    if (location === undefined) return false;
    const status = answer.redirect.status ?? 302;
    await exchange.send({ status, headers: { ...lower(answer.headers), location }, body: "" });
    return true;
  }
  if (answer.pointer !== undefined) {
    const href = elsewhere(exchange, answer.pointer, origin);
    await exchange.json(answer.status ?? 200, { href }, lower(answer.headers));
    return true;
  }
  if (answer.error !== undefined) {
    const canned = cannedError(answer.error);
    const headers = { ...canned.headers, ...lower(answer.headers) };
    await exchange.send({ status: answer.status ?? canned.status, headers, body: canned.body });
    return true;
  }
  const headers: Headers = answer.json === undefined ? {} : { "content-type": "application/json" };
  await exchange.send({
    status: answer.status ?? 200,
    headers: { ...headers, ...lower(answer.headers) },
    body:
      answer.bodyBase64 !== undefined
        ? Buffer.from(answer.bodyBase64, "base64")
        : (answer.body ?? (answer.json === undefined ? "" : JSON.stringify(answer.json))),
  });
  return true;
}

function redirectTarget(
  exchange: Exchange,
  redirect: FaultRedirect,
  origin: (name: string) => string,
): string | undefined {
  const { url } = exchange;
  const hop = Number(url.searchParams.get("hop") ?? "0");
  if (redirect.hops !== undefined && hop < redirect.hops) {
    const next = new URL(url);
    next.searchParams.set("hop", String(hop + 1));
    return next.href;
  }
  if (redirect.to === "self") return redirect.hops === undefined ? url.href : undefined;
  if (redirect.to === "ping-pong") {
    const other = NEIGHBOUR[exchange.seen.origin] ?? "lumi";
    return origin(other) + url.pathname + url.search;
  }
  return elsewhere(exchange, redirect.to, origin);
}

/** The address of the same thing at the store or the foreign origin, or the given URL; `origin:name/path` names one of ours. */
function elsewhere(exchange: Exchange, target: string, origin: (name: string) => string): string {
  const { url, params } = exchange;
  if (target === "store") {
    const { collection, item, asset } = params;
    if (collection === undefined || item === undefined) return `${origin("store")}${url.pathname}`;
    return origin("store") + signedPath(collection, item, asset ?? "downloadLink", exchange.modes.download.version);
  }
  if (target === "foreign") return origin("foreign") + url.pathname + url.search;
  const named = /^origin:(\w+)(.*)$/.exec(target);
  return named ? origin(named[1] ?? "hda") + (named[2] ?? "") : target;
}

function lower(headers: Record<string, string | string[]> | undefined): Headers {
  const result: Headers = {};
  for (const [name, value] of Object.entries(headers ?? {})) result[name.toLowerCase()] = value;
  return result;
}
