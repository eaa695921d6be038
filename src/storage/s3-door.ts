/** Requests to an object store: signed by the SDK, sent through the account's own door, keys renewed once when refused. */
import { Readable } from "node:stream";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import type { Account } from "../accounts/account.js";
import type { S3Keys, S3KeySource } from "../eodh/s3-sessions.js";
import { EoError } from "../errors.js";
import { errorOfAnswer } from "../http/answer-errors.js";
import { errorBody } from "../http/body.js";
import type { AnswerHeaders, Door, DoorAnswer, DoorRequest } from "../http/door.js";
import { parseUrl } from "../http/origins.js";
import { bucketUrl, type S3Place } from "./s3-place.js";

type Sdk = typeof import("@aws-sdk/client-s3");

/** As the SDK hands a request to whoever sends it. */
interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

let loading: Promise<Sdk> | undefined;

/** The SDK, loaded when S3 is first used. @throws EoError BAD_INPUT when it is not installed */
export async function s3Sdk(): Promise<Sdk> {
  loading ??= import("@aws-sdk/client-s3");
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new EoError(
      "BAD_INPUT",
      "S3 needs the package @aws-sdk/client-s3, which is not installed. Install it in Node-RED's user folder: npm install @aws-sdk/client-s3",
      { ...(code === undefined ? {} : { code }), message },
    );
  }
}

/** Codes an object store refuses dead keys with; with a bare status where there is no body (Amazon; Ceph RGW 16.2). */
const DEAD_KEYS = new Set([
  ...["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"],
  ...["InvalidAccessKeyId", "AccessDenied", ""],
]);

/** Whether new keys may help. */
export function mayBeDeadKeys(status: number, code: string): boolean {
  return (status === 400 || status === 403) && (DEAD_KEYS.has(code) || (status === 400 && code === "BadRequest"));
}

const ADVICE: Record<string, string> = {
  RequestTimeTooSkewed: "This computer's clock is wrong by more than 15 minutes. Set it right.",
  SignatureDoesNotMatch: "Check the secret access key in the account.",
  InvalidAccessKeyId: "Check the access key id in the account; temporary keys may have expired.",
  NoSuchBucket: "Check the bucket in the account.",
  PermanentRedirect: "The bucket lies in another region. Check the account's region.",
  AuthorizationHeaderMalformed: "The bucket lies in another region. Check the account's region.",
  IllegalLocationConstraintException: "The bucket lies in another region. Check the account's region.",
  EntityTooLarge: "The file is larger than the store takes.",
};

/** The error for what an object store answered, from its XML or from a bare status. */
export function s3Error(
  what: string,
  answer: { status: number; url: string; body: Buffer; headers: AnswerHeaders },
  redact: (text: string) => string,
): EoError {
  const code = xmlValue(answer.body, "Code");
  const region = xmlValue(answer.body, "Region") ?? answer.headers.get("x-amz-bucket-region");
  const known = ADVICE[code ?? ""] ?? (answer.status === 301 ? ADVICE["PermanentRedirect"] : undefined);
  const where = region !== undefined && known?.includes("region") ? ` It says: ${redact(region).slice(0, 40)}.` : "";
  const hint = known === undefined ? undefined : `${known}${where}`;
  const facts = { ...answer, withheld: false, ...(hint === undefined ? {} : { hint }) };
  const error = errorOfAnswer(what, facts, redact);
  // The standard advice fits no status but the two the hint is for.
  if (hint === undefined || error.message.endsWith(hint)) return error;
  const kind = /region|clock|bucket/.test(hint) && error.code === "BAD_RESPONSE" ? "BAD_INPUT" : error.code;
  return new EoError(kind, `${error.message} ${hint}`, error.cause);
}

function xmlValue(body: Buffer, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,200})</${name}>`).exec(body.toString("utf8"))?.[1];
}

/** Only what passes through here ever holds S3 keys. */
export class S3Door implements Door {
  readonly redact: (text: string) => string;
  readonly #account: Account;
  readonly #place: S3Place;
  readonly #keys: S3KeySource;
  #client: { keys: S3Keys; client: S3Client } | undefined;

  constructor(account: Account, place: S3Place, keys: S3KeySource) {
    this.#account = account;
    this.#place = place;
    this.#keys = keys;
    this.redact = account.door.redact;
  }

  owns(url: string): boolean {
    return this.#objectAt(url) !== undefined || this.#account.door.owns(url);
  }

  /** The address is one of the store's objects, read with its keys. */
  signs(url: string): boolean {
    return this.#objectAt(url) !== undefined;
  }

  /** A GET or HEAD of an object of the store is signed; anything else is the account's own door's. */
  async open(request: DoorRequest): Promise<DoorAnswer> {
    const object = this.#objectAt(request.url);
    const method = request.method ?? "GET";
    if (!object || (method !== "GET" && method !== "HEAD") || request.credentials === false)
      return await this.#account.door.open(request);
    for (let round = 1; ; round += 1) {
      const keys = await this.#keys.get(request.signal);
      const signed = await this.#signed(object, method, keys);
      const headers = { ...request.headers, ...signed };
      const answer = await this.#account.door.open({ ...request, headers, credentials: false, redirects: 0 });
      if (answer.status !== 400 && answer.status !== 403) return { ...answer, owned: true, authorized: true };
      const body = await errorBody(answer.body, answer.headers);
      const whole = { ...answer, owned: true, authorized: true, body: Readable.from([body], { objectMode: false }) };
      if (round > 1 || !mayBeDeadKeys(answer.status, xmlValue(body, "Code") ?? "")) return whole;
      if (!(await this.#keys.renew(keys, request.signal))) return whole;
    }
  }

  async json(...args: Parameters<Door["json"]>): ReturnType<Door["json"]> {
    return await this.#account.door.json(...args);
  }

  async errorOf(answer: DoorAnswer, what: string): Promise<EoError> {
    if (!this.#objectAt(answer.url)) return await this.#account.door.errorOf(answer, what);
    const body = await errorBody(answer.body, answer.headers);
    return s3Error(what, { ...answer, body }, this.redact);
  }

  /**
   * One call of the SDK, with its keys renewed once when they are refused.
   * @throws EoError
   */
  async call<T>(what: string, signal: AbortSignal, work: (client: S3Client, sdk: Sdk) => Promise<T>): Promise<T> {
    const sdk = await s3Sdk();
    for (let round = 1; ; round += 1) {
      const keys = await this.#keys.get(signal);
      try {
        return await work(this.#clientWith(sdk, keys), sdk);
      } catch (thrown) {
        const failure = this.#failure(what, thrown);
        const { status, code = "" } = failure.cause;
        if (
          round > 1 ||
          status === undefined ||
          !mayBeDeadKeys(status, code === "403" || code === "Unknown" ? "" : code)
        )
          throw failure;
        if (!(await this.#keys.renew(keys, signal))) throw failure;
      }
    }
  }

  #failure(what: string, thrown: unknown): EoError {
    if (thrown instanceof SentError) return s3Error(what, thrown.answer, this.redact);
    if (thrown instanceof EoError) return thrown;
    const error = thrown as Error & { $metadata?: { httpStatusCode?: number } };
    const status = error.$metadata?.httpStatusCode;
    return new EoError(
      "BAD_RESPONSE",
      `${what.charAt(0).toUpperCase()}${what.slice(1)} failed: ${this.redact(error.message).slice(0, 300)}`,
      { ...(status === undefined ? {} : { status }), message: this.redact(error.message).slice(0, 300) },
    );
  }

  #clientWith(sdk: Sdk, keys: S3Keys): S3Client {
    if (this.#client?.keys !== keys) {
      const client = new sdk.S3Client(this.#config(keys, (request, signal) => this.#send(request, signal)));
      // The body is proved by its MD5; hashing it once more for the signature would only cost time.
      client.middlewareStack.add(
        (next) => (args) => {
          const { headers, method } = args.request as SdkRequest;
          // Ceph RGW takes it for nothing but a PUT.
          if (method === "PUT") headers["x-amz-content-sha256"] ??= "UNSIGNED-PAYLOAD";
          return next(args);
        },
        { step: "build", name: "unsignedPayload" },
      );
      this.#client = { keys, client };
    }
    return this.#client.client;
  }

  #config(
    keys: S3Keys,
    handle: (request: SdkRequest, signal: AbortSignal | undefined) => Promise<object>,
  ): S3ClientConfig {
    const { endpoint, region } = this.#place;
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    return {
      region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      // Others than Amazon refuse or garble the checksums it adds by itself.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      // Repeats are ours: they know of the account's rate and of what a server asks to wait.
      maxAttempts: 1,
      // It would write to the console.
      logger: SILENT,
      requestHandler: {
        handle: async (request: SdkRequest, options?: { abortSignal?: AbortSignal }) => ({
          response: await handle(request, options?.abortSignal),
        }),
      },
    };
  }

  async #send(request: SdkRequest, signal: AbortSignal | undefined): Promise<object> {
    const url = urlOf(request);
    const headers = ours(request.headers);
    const answer = await this.#account.door.open({
      method: request.method as NonNullable<DoorRequest["method"]>,
      url,
      headers,
      what: "a request to the object store",
      credentials: false,
      redirects: 0,
      headTimeout: SEND_MS,
      ...(signal ? { signal } : {}),
      // Signed as it is: without a body the type would be left out.
      ...(request.body === undefined && headers["content-type"] !== undefined ? { body: "" } : bodyOf(request.body)),
    });
    if (answer.status >= 300) {
      const body = await errorBody(answer.body, answer.headers);
      throw new SentError({ status: answer.status, url, body, headers: answer.headers });
    }
    const found: Record<string, string> = {};
    for (const name of SDK_HEADERS) {
      const value = answer.headers.get(name);
      if (value !== undefined) found[name] = value;
    }
    return { statusCode: answer.status, headers: found, body: answer.body };
  }

  /** The headers that sign a request for an object; the SDK makes them, nothing is sent. */
  async #signed(object: Located, method: "GET" | "HEAD", keys: S3Keys): Promise<Record<string, string>> {
    const sdk = await s3Sdk();
    let made: SdkRequest | undefined;
    const signer = new sdk.S3Client(
      this.#config(keys, (request) => {
        made = request;
        return Promise.reject(new Error("signed"));
      }),
    );
    // The address stays what it is: the SDK would add the name of its own call.
    signer.middlewareStack.add(
      (next) => (args) => {
        delete (args.request as SdkRequest).query?.["x-id"];
        return next(args);
      },
      { step: "build", name: "plainAddress" },
    );
    const input = { Bucket: object.bucket, Key: object.key };
    const sent =
      method === "GET" ? signer.send(new sdk.GetObjectCommand(input)) : signer.send(new sdk.HeadObjectCommand(input));
    await sent.catch((error: unknown) => {
      if (!made) throw error;
    });
    return ours(made?.headers ?? {});
  }

  /** Which object of the account's store an address is. */
  #objectAt(address: string): Located | undefined {
    const url = parseUrl(address);
    if (!url || url.search !== "") return undefined;
    const { endpoint, bucket, prefix } = this.#place;
    let found: Located | undefined;
    if (endpoint === undefined) {
      const base = bucket === "" ? undefined : bucketUrl(this.#place, bucket);
      if (base !== undefined && address.startsWith(`${base}/`)) found = located(bucket, address.slice(base.length + 1));
      else {
        const host = /^([a-z0-9-]+)\.s3\.[a-z0-9-]+\.amazonaws\.com$/.exec(url.hostname);
        if (host?.[1] !== undefined && url.protocol === "https:") found = located(host[1], url.pathname.slice(1));
      }
    } else if (address.startsWith(`${endpoint}/`)) {
      const [first = "", ...rest] = address.slice(endpoint.length + 1).split("/");
      found = located(first, rest.join("/"));
    }
    // A workspace's keys open nothing but the workspace.
    const isEodh = this.#account.provider.id === "eodh";
    return found && isEodh && (found.bucket !== bucket || !found.key.startsWith(prefix)) ? undefined : found;
  }
}

/** The SDK's headers without those that the door sets itself; the rest is signed and has to stay. */
function ours(headers: Record<string, string>): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    lower.filter(([name]) => !["host", "content-length", "user-agent", "expect"].includes(name)),
  );
}

interface Located {
  bucket: string;
  key: string;
}

function located(bucket: string, path: string): Located | undefined {
  try {
    const key = path.split("/").map(decodeURIComponent).join("/");
    return bucket === "" || key === "" ? undefined : { bucket, key };
  } catch {
    return undefined;
  }
}

/** An answer that is not 2xx, on its way through the SDK. */
class SentError extends Error {
  constructor(readonly answer: { status: number; url: string; body: Buffer; headers: AnswerHeaders }) {
    super(`answered ${answer.status}`);
  }
}

const silent = (): void => undefined;
const SILENT = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

const SEND_MS = 10 * 60_000;
const SDK_HEADERS = [
  ...["etag", "last-modified", "content-length", "content-type", "content-range", "x-amz-version-id"],
  ...["x-amz-meta-sha256", "x-amz-request-id", "x-amz-bucket-region"],
];

function urlOf({ protocol, hostname, port, path, query }: SdkRequest): string {
  const origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
  const encode = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null || one === "" ? `${encode(name)}=` : `${encode(name)}=${encode(one)}`,
    ),
  );
  return `${origin}${path}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
}

function bodyOf(body: unknown): Pick<DoorRequest, "body"> {
  if (body === undefined || body === null) return {};
  if (typeof body === "string" || Buffer.isBuffer(body)) return { body };
  if (body instanceof Uint8Array) return { body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  if (body instanceof Readable) {
    const { size } = body as Readable & { size?: number };
    if (size !== undefined) return { body: { length: size, open: () => body } };
  }
  throw new EoError("INTERNAL", "A body of an unknown kind was to be sent to the object store. Please report it.");
}
