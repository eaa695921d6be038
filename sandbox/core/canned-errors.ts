/** Error answers by name, in all the forms that the real services and the gateways before them were seen to use. */
import { randomBytes } from "node:crypto";

export interface CannedError {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Make = (now: Date) => CannedError;

/** A support ticket as the Data Lake writes them: eight hex digits. */
export function newTicket(): string {
  return randomBytes(4).toString("hex");
}

const json = (status: number, value: unknown, headers: Record<string, string> = {}): CannedError => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});
const text = (status: number, body: string, headers: Record<string, string> = {}): CannedError => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8", ...headers },
  body,
});
const html = (status: number, title: string, headers: Record<string, string> = {}): CannedError => ({
  status,
  headers: { "content-type": "text/html", ...headers },
  body: htmlPage(title),
});

/** The page a gateway shows. */
export function htmlPage(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}

const hda = (status: number, description: string, code: unknown = String(status), more: object = {}): CannedError =>
  json(status, { code, ticket: newTicket(), description, ...more });

const providerError = (status: number, provider: string, error: string, message: string): CannedError =>
  hda(status, "Something went wrong", String(status), {
    errors: [{ provider, error, status_code: status, message }],
  });

const FAULTY_ORDER = "Requested data is not available on dedt_lumi (8ed6c1e5-ac1e-4c8b-b576-5768950be67e).";

const MAKERS = {
  "hda-400-string": () => hda(400, "1 error(s). page: Extra inputs are not permitted"),
  "hda-400-integer": () => hda(400, "1 error(s). page: Extra inputs are not permitted", 400),
  "hda-400-detail": () =>
    json(400, {
      detail: [
        {
          type: "greater_than",
          loc: ["body", "limit"],
          msg: "Input should be greater than 0",
          input: 0,
          ctx: { gt: 0 },
        },
      ],
      body: { limit: 0 },
    }),
  "hda-400-errors": () => providerError(400, "cop_cds", "ValidationError", "1 error(s). ecmwf:version: Field required"),
  "hda-400-order-failed": () => providerError(400, "dedt_lumi", "ValidationError", FAULTY_ORDER),
  "hda-404-string": () => hda(404, "NoMatchingCollection: Collection NOPE does not exist."),
  "hda-404-integer": () => hda(404, "Collection NOPE does not exist.", 404),
  "hda-404-word": () =>
    json(404, { code: "NotFoundError", description: "Item NOPE in Collection services does not exist." }),
  "hda-404-not-available": () =>
    hda(404, "NotAvailableError: product (initially ordered) requested, returned: Request is still queued"),
  "hda-404-not-ordered": () => hda(404, "Item NOPE does not exist. Please order it first"),
  "hda-404-tuple": () => hda(404, "('Could not find NOPE item in C collection', ' for backend B.')", 404),
  "hda-429-quota": () =>
    hda(429, "QuotaExceededError: Too many requests on provider cop_marine, please check your quota."),
  "hda-500-admin": () => hda(500, "Internal server error: please contact the administrator"),
  "hda-500-eodag": () => hda(500, "'eodag'", 500),
  "hda-500-download": () => hda(500, "DownloadError: download of product is empty"),
  "hda-504": () => hda(504, "TimeOutError: upstream did not answer in time"),
  "html-401": () => html(401, "401 Authorization Required"),
  "html-403": () => html(403, "403 Forbidden"),
  "html-404": () => html(404, "404 Not Found"),
  "html-502": () => html(502, "502 Bad Gateway"),
  "html-503": () => html(503, "503 Service Temporarily Unavailable"),
  "html-200": () => ({ ...html(200, "Sign in to continue") }),
  "xhtml-200": () => ({
    status: 200,
    headers: { "content-type": "application/octet-stream" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html><html><head><title>Sign in</title></head><body/></html>`,
  }),
  "json-200": () => json(200, { code: "500", ticket: newTicket(), description: "Something went wrong" }),
  "json-octet-200": () => ({
    status: 200,
    headers: { "content-type": "application/octet-stream" },
    body: JSON.stringify({ description: "Product is not available yet", status: "queued" }),
  }),
  "xml-403": () => xml(403, "AccessDenied", "Access Denied"),
  "xml-404": () => xml(404, "NoSuchKey", "The specified key does not exist."),
  "xml-200": () => ({ ...xml(403, "AccessDenied", "Access Denied"), status: 200 }),
  "text-503": () => text(503, "upstream connect error or disconnect/reset before headers"),
  "text-500": () => text(500, "Internal Server Error"),
  "plain-401": () => text(401, "Unauthorized"),
  "plain-403": () => text(403, "Forbidden"),
  "problem-429": () =>
    json(429, {
      type: "rate limit exceeded",
      title: "rate limit exceeded",
      status: 429,
      detail: "Rate limit exceeded. Please wait 11 seconds.",
      trace_id: newTicket(),
    }),
  "bootstrap-503": () => text(503, "Bootstrap in progress. Retry in 3 seconds.", { "retry-after": "3" }),
  "empty-200": () => ({ status: 200, headers: {}, body: "" }),
  "empty-204": () => ({ status: 204, headers: {}, body: "" }),
  "429-seconds": () => json(429, { message: "API rate limit exceeded" }, { "retry-after": "1" }),
  "429-date": (now: Date) =>
    json(
      429,
      { message: "API rate limit exceeded" },
      { "retry-after": new Date(now.getTime() + 2000).toUTCString(), date: now.toUTCString() },
    ),
  "429-bare": () => json(429, { message: "API rate limit exceeded" }),
  "429-long": () => json(429, { message: "API rate limit exceeded" }, { "retry-after": "86400" }),
  "503-seconds": () => html(503, "503 Service Temporarily Unavailable", { "retry-after": "1" }),
  "503-bare": () => html(503, "503 Service Temporarily Unavailable"),
} satisfies Record<string, Make>;

export type ErrorName = keyof typeof MAKERS;

function xml(status: number, code: string, message: string): CannedError {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${newTicket()}</RequestId></Error>`,
  };
}

/** The error document of that name. Throws a TypeError for an unknown one. */
export function cannedError(name: string, now: Date = new Date()): CannedError {
  if (!Object.hasOwn(MAKERS, name)) throw new TypeError(`no error document called ${name}`);
  return MAKERS[name as ErrorName](now);
}

export const ERROR_NAMES = Object.keys(MAKERS) as ErrorName[];
