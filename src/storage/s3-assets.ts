/** Assets with `s3:` addresses: which an account can read, and the door at which they are read like any other file. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import type { Door, DoorAnswer, DoorRequest, JsonAnswer, JsonOptions } from "../http/door.js";
import type { S3Door } from "./s3-door.js";
import { checkBucket, objectUrl, type S3Place } from "./s3-place.js";
import { s3DoorOf } from "./storage.js";

/** Whether the account may hold keys for an object store. */
export function hasObjects(account: Account): boolean {
  return account.provider.id === "eodh" || account.provider.id === "s3";
}

/** Whether a payload holds an `s3:` address at all; asking a service for keys in vain costs time. */
export function mentionsS3(payload: unknown): boolean {
  try {
    return (JSON.stringify(payload) as string | undefined)?.includes("s3://") === true;
  } catch {
    return false;
  }
}

/** The account's own door, and for objects of its store the one that signs. */
export class ObjectsDoor implements Door {
  readonly redact: (text: string) => string;
  readonly #account: Account;
  #s3: { door: S3Door; place: S3Place } | undefined;

  constructor(account: Account) {
    this.#account = account;
    this.redact = account.door.redact;
  }

  /**
   * Makes ready for `s3:` addresses.
   * @returns the address at which this door reads one; undefined where the account has no right to it
   * @throws EoError as asking for the workspace
   */
  async objects(): Promise<(url: URL) => string | undefined> {
    const { door, place } = (this.#s3 ??= await s3DoorOf(this.#account));
    return (url) => {
      try {
        const bucket = checkBucket(decodeURIComponent(url.hostname));
        const key = decodeURIComponent(url.pathname.replace(/^\//, ""));
        // What a server would take for a way out is no key; it would be signed as another.
        if (key === "" || key.split("/").some((name) => name === "." || name === "..")) return undefined;
        const address = objectUrl(place, bucket, key);
        return door.signs(address) ? address : undefined;
      } catch (error) {
        if (error instanceof EoError || error instanceof URIError) return undefined;
        throw error;
      }
    };
  }

  open(request: DoorRequest): Promise<DoorAnswer> {
    return this.#doorFor(request.url).open(request);
  }

  json(request: DoorRequest, options?: JsonOptions): Promise<JsonAnswer> {
    return this.#account.door.json(request, options);
  }

  errorOf(answer: DoorAnswer, what: string): Promise<EoError> {
    return this.#doorFor(answer.url).errorOf(answer, what);
  }

  owns(url: string): boolean {
    return this.#doorFor(url).owns(url);
  }

  #doorFor(url: string): Door {
    return this.#s3?.door.signs(url) === true ? this.#s3.door : this.#account.door;
  }
}
