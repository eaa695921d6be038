/** From a status and a body, or a broken connection, to the error a person can act on. */
import { EoError, type ErrorCode } from "../errors.js";
import { isLoopback, parseUrl, safeUrl } from "./origins.js";
import { capital } from "./pace.js";
import { serviceWords } from "./service-words.js";

export function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 400:
    case 413:
    case 414:
    case 422:
      return "BAD_INPUT";
    case 401:
    case 407:
      return "AUTH_FAILED";
    case 403:
      return "FORBIDDEN";
    case 404:
    case 410:
      return "NOT_FOUND";
    case 408:
      return "TIMEOUT";
    case 412:
      return "CHANGED";
    case 425:
      return "NOT_READY";
    case 429:
      return "RATE_LIMITED";
    default:
      return status >= 500 ? "SERVER_ERROR" : "BAD_RESPONSE";
  }
}

const ADVICE: Partial<Record<ErrorCode, string>> = {
  BAD_INPUT: "Correct the request; asking again unchanged will not help.",
  AUTH_FAILED: "Check the credentials in the account node.",
  FORBIDDEN: "The key is known but has no right to this. Ask for access at the service, or use another account.",
  NOT_FOUND: "Check the name or link; it may have been removed.",
  NOT_READY: "It is not ready yet. Try again later.",
  BAD_RESPONSE: "Check that the address is the right one.",
  RATE_LIMITED: "Too many requests. Lower the account's rate, or try again later.",
  TIMEOUT: "Try again later.",
  SERVER_ERROR: "The fault is on the service's side. Try again later; if it stays, tell the service's support.",
};

export interface AnswerFacts {
  status: number;
  url: string;
  body: Buffer;
  /** The account's credentials were withheld because it does not own the origin. */
  withheld: boolean;
  retryAt?: Date;
  /** What the account's provider says when its key was refused. */
  hint?: string;
}

function adviceForForeign(address: string): string {
  const url = parseUrl(address);
  if (url?.protocol === "http:" && !isLoopback(url.hostname)) {
    return `The account's key was not sent, because ${url.host} was asked over plain http. Keys travel over https only.`;
  }
  return `The account's key was not sent, because ${url?.host ?? "this host"} is not one of its hosts. If you trust it, add it to the account's hosts.`;
}

/** The error for an answer that is not what was wanted. */
export function errorOfAnswer(what: string, facts: AnswerFacts, redact: (text: string) => string): EoError {
  // Starred before it is cut to length, so that no half of a secret is left.
  const words = serviceWords(Buffer.from(redact(facts.body.toString("utf8"))));
  const text = redact(words.text);
  const url = safeUrl(facts.url);
  let code = codeOfStatus(facts.status);
  let advice = ADVICE[code] ?? "";
  if (facts.hint !== undefined && (code === "AUTH_FAILED" || code === "FORBIDDEN")) advice = facts.hint;
  if ((facts.status === 401 || facts.status === 403) && facts.withheld) {
    code = "FOREIGN_HOST";
    advice = adviceForForeign(facts.url);
  }
  if (facts.status === 407) advice = "Check the user name and password in the account's proxy node.";
  if (facts.retryAt) {
    code = "RATE_LIMITED";
    advice = `The service asks to wait until ${facts.retryAt.toISOString()}. Try again after that time.`;
  }
  const said = text === "" ? "" : `: ${text.replace(/[.\s]+$/, "")}`;
  const ticket = words.ticket ? ` (ticket ${redact(words.ticket)})` : "";
  return new EoError(
    code,
    `${capital(what)} failed: ${url} answered ${facts.status}${said}${ticket}. ${advice}`.trim(),
    {
      status: facts.status,
      url,
      ...(words.ticket ? { ticket: redact(words.ticket) } : {}),
      ...(words.code ? { code: redact(words.code) } : {}),
      ...(text ? { message: text } : {}),
    },
  );
}

interface Coded {
  name?: unknown;
  code?: unknown;
  message?: unknown;
  cause?: unknown;
}

const UNTRUSTED =
  /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|UND_ERR_PRX_TLS)/;
const TLS_TROUBLE = /^(ERR_SSL|EPROTO)/;
const CLIENT_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/;

/** A certificate that is not accepted now will not be accepted a second later. */
export function isCertificateTrouble(error: EoError): boolean {
  return error.code === "NETWORK" && UNTRUSTED.test(error.cause.code ?? "");
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  UND_ERR_CONNECT_TIMEOUT: "no connection within the time allowed",
  ECONNRESET: "the connection was broken",
  EPIPE: "the connection was broken",
  UND_ERR_SOCKET: "the connection was broken",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer was longer or shorter than it announced",
};

function whyNoConnection(code: string, message: string, host: string): string {
  const proxy = /Proxy response \((\d{3})\)/.exec(message)?.[1];
  if (proxy === "407") {
    return "the proxy refused the user name or password (407). Check the proxy node or HTTPS_PROXY.";
  }
  if (proxy) return `the proxy answered ${proxy}. Check the proxy and whether it may reach ${host}.`;
  if (UNTRUSTED.test(code)) {
    return `its certificate was not accepted (${code}). If the service uses its own authority, add a tls-config node with its CA to the account.`;
  }
  if (CLIENT_CERTIFICATE.test(code)) {
    return `it refused the TLS connection (${code}). It may want a client certificate: add a tls-config node to the account.`;
  }
  if (TLS_TROUBLE.test(code)) return `no TLS connection (${code}). Check that the port speaks https.`;
  const reason = REASONS[code] ?? (code || "the connection failed");
  return `${reason}. ${isLoopback(host) ? "Is the server running?" : "Check the address, the network and the proxy."}`;
}

/** The error for a connection that failed or broke before a whole answer came. */
export function errorOfConnection(
  what: string,
  url: string,
  thrown: unknown,
  redact: (text: string) => string = (text) => text,
): EoError {
  if (thrown instanceof EoError) return thrown;
  const error = thrown as Coded;
  const inner = error.cause as Coded | undefined;
  const code = [error.code, inner?.code].find((c): c is string => typeof c === "string") ?? "";
  const shown = safeUrl(url);
  const message = typeof error.message === "string" ? redact(error.message).slice(0, 300) : "";
  const cause = { url: shown, ...(code ? { code } : {}), ...(message ? { message } : {}) };
  const failed = `${capital(what)} failed: ${shown}`;
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
    return new EoError("TIMEOUT", `${failed} did not answer in time. Try again later.`, cause);
  }
  // undici does not always name the parser's own code.
  if (error.name === "HTTPParserError" || inner?.name === "HTTPParserError" || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new EoError(
      "BAD_RESPONSE",
      `${failed} did not answer with valid HTTP${code ? ` (${code})` : ""}. Check the address.`,
      cause,
    );
  }
  if (code === "UND_ERR_INVALID_ARG") {
    return new EoError("BAD_INPUT", `${failed} cannot be asked: ${message}. Check the account's settings.`, cause);
  }
  return new EoError("NETWORK", `${failed}: ${whyNoConnection(code, message, parseUrl(url)?.hostname ?? "")}`, cause);
}
