/** The files of a bucket, or of the part of it an account is confined to, by S3. */
import { EoError, badInput } from "../errors.js";
import type { PutSource, Condition, Standing, Store, StoredFile } from "./store.js";
import type { S3Door } from "./s3-door.js";
import { objectUrl, type S3Place } from "./s3-place.js";
import { storagePath } from "./path.js";
import { repeatedCall } from "./repeated-call.js";

const PAGE = 1_000;
/** Pages in a row that bring no file of the kind asked for. */
const MOST_EMPTY = 10_000;

export class BucketFiles implements Store {
  readonly door: S3Door;
  readonly place: S3Place;

  /** @throws EoError BAD_INPUT without a bucket */
  constructor(door: S3Door, place: S3Place) {
    if (place.bucket === "") throw badInput("The account has no bucket. Enter its name.");
    this.door = door;
    this.place = place;
  }

  url(path: string): string {
    return objectUrl(this.place, this.place.bucket, this.key(path));
  }

  /** The whole key of a path. @throws EoError BAD_INPUT for a path that leads out */
  key(path: string): string {
    storagePath(path);
    return this.place.prefix + path;
  }

  async *list(path: string, recursive: boolean, signal: AbortSignal): AsyncGenerator<StoredFile[], void, undefined> {
    const { bucket, prefix } = this.place;
    // Always with a slash at its end: a role may list nothing else.
    const below = path === "" ? prefix : `${this.key(path)}/`;
    let token: string | undefined;
    for (let pages = 0; pages < MOST_EMPTY; pages += 1) {
      const what = `listing ${path === "" ? bucket : path}`;
      const answer = await repeatedCall(what, signal, () =>
        this.door.call(what, signal, (client, sdk) =>
          client.send(
            new sdk.ListObjectsV2Command({
              Bucket: bucket,
              Prefix: below,
              MaxKeys: PAGE,
              EncodingType: "url",
              ...(recursive ? {} : { Delimiter: "/" }),
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            { abortSignal: signal },
          ),
        ),
      );
      // A page of something else reads like an empty list.
      if (answer.Name === undefined && answer.IsTruncated === undefined) {
        throw new EoError(
          "BAD_RESPONSE",
          `Listing ${bucket} failed: the answer is no list of files. Check the account's endpoint.`,
        );
      }
      const files = (answer.Contents ?? []).flatMap((object): StoredFile[] => {
        const key = decoded(object.Key ?? "");
        // An empty object with a slash at its end stands for a folder in some consoles.
        if (!key.startsWith(prefix) || key.endsWith("/")) return [];
        return [
          {
            path: key.slice(prefix.length),
            bytes: object.Size ?? 0,
            ...(object.LastModified ? { modified: object.LastModified.toISOString() } : {}),
            ...(object.ETag === undefined ? {} : { etag: object.ETag.replaceAll('"', "") }),
          },
        ];
      });
      if (files.length > 0) yield files;
      const next = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
      if (next === undefined) return;
      if (next === token) throw new EoError("BAD_RESPONSE", `Listing ${bucket} failed: the store repeats itself.`);
      token = next;
    }
  }

  /** A role that may list its prefix only is told 403 of a key that is not there: then the listing tells. */
  #headDenied = false;

  async head(path: string, signal: AbortSignal): Promise<Standing | undefined> {
    if (this.#headDenied) return await this.#listed(path, signal);
    const what = `looking at ${path}`;
    try {
      const found = await repeatedCall(what, signal, () =>
        this.door.call(what, signal, (client, sdk) =>
          client.send(new sdk.HeadObjectCommand({ Bucket: this.place.bucket, Key: this.key(path) }), {
            abortSignal: signal,
          }),
        ),
      );
      const sha256 = found.Metadata?.["sha256"];
      return {
        path,
        bytes: found.ContentLength ?? 0,
        ...(found.LastModified ? { modified: found.LastModified.toISOString() } : {}),
        ...(found.ETag === undefined ? {} : { etag: found.ETag.replaceAll('"', "") }),
        ...(sha256 === undefined ? {} : { sha256 }),
      };
    } catch (error) {
      if (!(error instanceof EoError)) throw error;
      if (error.cause.status === 404) return undefined;
      if (error.cause.status !== 403 || this.place.prefix === "") throw error;
      const listed = await this.#listed(path, signal).catch(() => {
        throw error;
      });
      this.#headDenied = true;
      return listed;
    }
  }

  async #listed(path: string, signal: AbortSignal): Promise<Standing | undefined> {
    const what = `looking at ${path}`;
    const answer = await repeatedCall(what, signal, () =>
      this.door.call(what, signal, (client, sdk) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket: this.place.bucket, Prefix: this.key(path), MaxKeys: 1 }), {
          abortSignal: signal,
        }),
      ),
    );
    const [first] = answer.Contents ?? [];
    if (first?.Key !== this.key(path)) return undefined;
    return {
      path,
      bytes: first.Size ?? 0,
      ...(first.LastModified ? { modified: first.LastModified.toISOString() } : {}),
      ...(first.ETag === undefined ? {} : { etag: first.ETag.replaceAll('"', "") }),
    };
  }

  async put(path: string, source: PutSource, condition: Condition, signal: AbortSignal): Promise<string | undefined> {
    const what = `putting ${path}`;
    const answer = await this.door.call(what, signal, (client, sdk) =>
      client.send(
        new sdk.PutObjectCommand({
          Bucket: this.place.bucket,
          Key: this.key(path),
          Body: Object.assign(source.open(), { size: source.length }),
          ContentLength: source.length,
          ContentType: source.type,
          ContentMD5: Buffer.from(source.md5, "hex").toString("base64"),
          Metadata: { sha256: source.sha256 },
          ...sdkCondition(condition),
        }),
        { abortSignal: signal },
      ),
    );
    return answer.ETag?.replaceAll('"', "");
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    const what = `deleting ${path}`;
    await repeatedCall(what, signal, () =>
      this.door.call(what, signal, (client, sdk) =>
        client.send(new sdk.DeleteObjectCommand({ Bucket: this.place.bucket, Key: this.key(path) }), {
          abortSignal: signal,
        }),
      ),
    );
  }
}

export function sdkCondition(condition: Condition): { IfNoneMatch?: string; IfMatch?: string } {
  if (!condition) return {};
  return "absent" in condition ? { IfNoneMatch: "*" } : { IfMatch: `"${condition.etag}"` };
}

/** Names come percent-encoded, with `+` for a blank, as asked. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", " "));
  } catch {
    return key;
  }
}
