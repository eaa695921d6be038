/** Temporary S3 credentials of a workspace: kept, renewed before they die and once when refused, one renewal for all. */
import type { Account } from "../accounts/account.js";
import { EoError } from "../errors.js";
import { isRecord } from "../stac/item.js";
import { workspaceUrl } from "./workspace.js";

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  /** When they die; absent: never, or nobody knows. */
  expiration?: Date;
}

/** Where S3 requests get their keys from. */
export interface S3KeySource {
  get(signal?: AbortSignal): Promise<S3Keys>;
  /** `used` was refused: new ones, once for all who used the same. False when there is nothing to renew. */
  renew(used: S3Keys, signal?: AbortSignal): Promise<boolean>;
}

/** Renewed this long before they die, in ms; or after nine tenths of a shorter life. */
const BEFORE_END_MS = 5 * 60_000;

/** Keys a person has entered. */
export function fixedKeys(keys: S3Keys): S3KeySource {
  return { get: () => Promise.resolve(keys), renew: () => Promise.resolve(false) };
}

export class S3Sessions implements S3KeySource {
  readonly #account: Account;
  #keys: S3Keys | undefined;
  #renewAt = 0;
  #minting: Promise<S3Keys> | undefined;

  constructor(account: Account) {
    this.#account = account;
  }

  /** @throws EoError AUTH_FAILED, FORBIDDEN when the key gets none; as the request otherwise */
  async get(signal?: AbortSignal): Promise<S3Keys> {
    if (this.#keys && Date.now() < this.#renewAt) return this.#keys;
    return await this.#fresh(signal);
  }

  async renew(used: S3Keys, signal?: AbortSignal): Promise<boolean> {
    if (this.#keys === used) this.#keys = undefined;
    await this.#fresh(signal);
    return true;
  }

  /** Those being made, or new ones. Whoever gives up does not end it for the others. */
  async #fresh(signal?: AbortSignal): Promise<S3Keys> {
    if (this.#keys && Date.now() < this.#renewAt) return this.#keys;
    this.#minting ??= this.#mint().finally(() => {
      this.#minting = undefined;
    });
    if (!signal) return await this.#minting;
    signal.throwIfAborted();
    return await new Promise<S3Keys>((resolve, reject) => {
      const stop = (): void => reject(new EoError("CANCELLED", "Getting temporary S3 credentials was cancelled."));
      signal.addEventListener("abort", stop, { once: true });
      this.#minting?.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }

  async #mint(): Promise<S3Keys> {
    const asked = Date.now();
    const answer = await this.#account.door.json({
      method: "POST",
      url: workspaceUrl(this.#account, "/me/s3-tokens"),
      what: "getting temporary S3 credentials",
      headers: { accept: "application/json" },
    });
    const keys = keysIn(answer.value);
    if (!keys) {
      throw new EoError("BAD_RESPONSE", "Getting temporary S3 credentials failed: the answer holds none.", {
        status: answer.status,
      });
    }
    this.#account.hide(keys.secretAccessKey, ...(keys.sessionToken === undefined ? [] : [keys.sessionToken]));
    const life = (keys.expiration?.getTime() ?? asked + 3_600_000) - asked;
    this.#renewAt = asked + life - Math.min(BEFORE_END_MS, life / 10);
    this.#keys = keys;
    return keys;
  }
}

function keysIn(value: unknown): S3Keys | undefined {
  if (!isRecord(value)) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = value;
  if (typeof accessKeyId !== "string" || typeof secretAccessKey !== "string" || typeof sessionToken !== "string")
    return undefined;
  if (accessKeyId === "" || secretAccessKey === "" || sessionToken === "") return undefined;
  const end = typeof expiration === "string" ? new Date(expiration) : undefined;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    ...(end && !Number.isNaN(end.getTime()) ? { expiration: end } : {}),
  };
}
