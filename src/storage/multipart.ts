/** A large file to a bucket in parts: several at once, resumed by its recorded id, proved by the MD5 of every part. */
import { createHash } from "node:crypto";
import { repeated } from "../download/repeats.js";
import { EoError, asEoError, cancelled } from "../errors.js";
import { sdkCondition, type BucketFiles } from "./bucket-files.js";
import type { LocalFile } from "./local-file.js";
import type { Condition } from "./store.js";
import { UploadMemory, type BegunUpload, type DonePart } from "./upload-memory.js";

/** Smaller files go in one request. */
export const MULTIPART_FROM = 16 * 1024 * 1024;
const PART = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;
const AT_ONCE = 4;

/** The size of the parts of a file: whole MiB, as few parts as a store allows. */
export function partSizeOf(bytes: number): number {
  const MIB = 1024 * 1024;
  return Math.max(PART, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
}

/** What a store calls an object of these parts: the MD5 of their MD5s, and how many (Amazon S3, Ceph). */
export function compositeTag(md5s: readonly Buffer[]): string {
  return `${createHash("md5").update(Buffer.concat(md5s)).digest("hex")}-${md5s.length}`;
}

export interface MultipartSetup {
  store: BucketFiles;
  file: LocalFile;
  path: string;
  /** SHA-256, where it is known beforehand. */
  sha256: string | undefined;
  memoryFolder: string;
  retries: number;
  signal: AbortSignal;
  /** Bytes that are at the store, counted once. */
  onBytes: (count: number) => void;
  onNote: (text: string) => void;
  /** What has to hold when the object gets its name. @throws EoError CHANGED */
  beforeEnd: () => Promise<Condition>;
}

/** @returns the ETag that our parts make, the store's own, and the SHA-256 of the file */
export async function multipart(setup: MultipartSetup): Promise<{ expected: string; etag?: string; sha256: string }> {
  return await new Multipart(setup).run();
}

class Multipart {
  readonly #setup: MultipartSetup;
  readonly #memory: UploadMemory;
  readonly #what: string;
  readonly #key: { Bucket: string; Key: string };

  constructor(setup: MultipartSetup) {
    this.#setup = setup;
    const { store, path } = setup;
    this.#what = `Putting ${path}`;
    this.#key = { Bucket: store.place.bucket, Key: store.key(path) };
    this.#memory = new UploadMemory(setup.memoryFolder, store.url(path));
  }

  async run(): Promise<{ expected: string; etag?: string; sha256: string }> {
    const known = await this.#known();
    try {
      return await this.#sent(known ?? (await this.#begun()));
    } catch (error) {
      // The store has forgotten the upload, or a part of it: from the start, once.
      if (!known || !(error instanceof EoError) || !isGone(error)) throw error;
      await this.#memory.forget();
      return await this.#sent(await this.#begun());
    }
  }

  /** The recorded upload, when it is of this very file; another one is ended where that is allowed. */
  async #known(): Promise<BegunUpload | undefined> {
    const { file, onNote } = this.#setup;
    const found = await this.#memory.read();
    if (!found) return undefined;
    if (found.bytes === file.bytes && found.changed === file.changed) return found;
    try {
      await this.#call("ending an old upload", (client, sdk, abortSignal) =>
        client.send(new sdk.AbortMultipartUploadCommand({ ...this.#key, UploadId: found.id }), { abortSignal }),
      );
    } catch (error) {
      const { code, cause } = asEoError(error);
      if (code === "CANCELLED") throw error;
      if (cause.status !== 404) {
        onNote(
          `An unfinished upload of an older ${this.#setup.path} is left in the bucket ${this.#key.Bucket} (upload id ${found.id}), and may not be removed with this key: ${code}. Its parts are stored until the bucket's owner removes them.`,
        );
      }
    }
    await this.#memory.forget();
    return undefined;
  }

  async #begun(): Promise<BegunUpload> {
    const { file, sha256 } = this.#setup;
    const answer = await this.#call("beginning an upload", (client, sdk, abortSignal) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          ...this.#key,
          ContentType: file.type,
          ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
        }),
        { abortSignal },
      ),
    );
    if (answer.UploadId === undefined)
      throw new EoError("BAD_RESPONSE", `${this.#what} failed: the store gave no upload id.`);
    const upload = {
      id: answer.UploadId,
      partSize: partSizeOf(file.bytes),
      bytes: file.bytes,
      changed: file.changed,
      parts: [],
    };
    await this.#memory.write(upload);
    return upload;
  }

  /** Sends what is not there yet. Every byte is read, in order, for the digest; parts leave several at once. */
  async #sent(upload: BegunUpload): Promise<{ expected: string; etag?: string; sha256: string }> {
    const { file, signal, onBytes } = this.#setup;
    const count = Math.ceil(file.bytes / upload.partSize);
    const there = new Map(upload.parts.map((part) => [part.number, part.etag]));
    const done: DonePart[] = [];
    const md5s: Buffer[] = [];
    const whole = createHash("sha256");
    const flying = new Set<Promise<void>>();
    // Used again and again: what is thrown away is given back late.
    const spare: Buffer[] = [];
    const trouble: { error?: EoError } = {};
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (let number = 1; number <= count && trouble.error === undefined; number += 1) {
        if (signal.aborted) throw cancelled(this.#what);
        const start = (number - 1) * upload.partSize;
        const slab = spare.pop() ?? Buffer.allocUnsafeSlow(upload.partSize);
        const bytes = await file.part(start, Math.min(upload.partSize, file.bytes - start), slab);
        whole.update(bytes);
        const md5 = createHash("md5").update(bytes).digest();
        md5s.push(md5);
        const hex = md5.toString("hex");
        if (there.get(number) === hex) {
          done.push({ number, etag: hex });
          onBytes(bytes.length);
          spare.push(slab);
          continue;
        }
        const sending = this.#part(upload, number, bytes, md5, stop.signal)
          .then(async (etag) => {
            done.push({ number, etag });
            onBytes(bytes.length);
            await this.#note(upload, done);
          })
          .catch((error: unknown) => {
            trouble.error ??= asEoError(error);
            stop.abort();
          })
          .finally(() => {
            spare.push(slab);
            flying.delete(sending);
          });
        flying.add(sending);
        if (flying.size >= AT_ONCE) await Promise.race(flying);
      }
      await Promise.all(flying);
    } finally {
      signal.removeEventListener("abort", abort);
      stop.abort();
      await Promise.all(flying);
    }
    if (signal.aborted) throw cancelled(this.#what);
    if (trouble.error !== undefined) throw trouble.error;
    await file.check();
    const condition = await this.#setup.beforeEnd();
    const etag = await this.#complete(upload, done, condition);
    await this.#memory.forget();
    return { expected: compositeTag(md5s), ...(etag === undefined ? {} : { etag }), sha256: whole.digest("hex") };
  }

  #writing: Promise<void> = Promise.resolve();

  /** One after the other, so that a record never goes back. */
  async #note(upload: BegunUpload, done: readonly DonePart[]): Promise<void> {
    this.#writing = this.#writing.then(() => this.#memory.write({ ...upload, parts: [...done] }));
    await this.#writing;
  }

  async #part(upload: BegunUpload, number: number, bytes: Buffer, md5: Buffer, signal: AbortSignal): Promise<string> {
    const what = `part ${number} of ${this.#setup.path}`;
    const hex = md5.toString("hex");
    return await repeated({ what, retries: this.#setup.retries, signal, furthest: () => 0 }, async () => {
      const answer = await this.#setup.store.door.call(`putting ${what}`, signal, (client, sdk) =>
        client.send(
          new sdk.UploadPartCommand({
            ...this.#key,
            UploadId: upload.id,
            PartNumber: number,
            Body: bytes,
            ContentLength: bytes.length,
            ContentMD5: md5.toString("base64"),
          }),
          { abortSignal: signal },
        ),
      );
      const etag = answer.ETag?.replaceAll('"', "") ?? hex;
      // A store that encrypts names parts otherwise; it has checked the MD5 that went with the part.
      return etag;
    });
  }

  async #complete(upload: BegunUpload, done: DonePart[], condition: Condition): Promise<string | undefined> {
    const Parts = done
      .sort((a, b) => a.number - b.number)
      .map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` }));
    const answer = await this.#call(`completing ${this.#setup.path}`, (client, sdk, abortSignal) =>
      client.send(
        new sdk.CompleteMultipartUploadCommand({
          ...this.#key,
          UploadId: upload.id,
          MultipartUpload: { Parts },
          ...sdkCondition(condition),
        }),
        { abortSignal },
      ),
    );
    // Ceph RGW 16.2 sends an empty one.
    return answer.ETag?.replaceAll('"', "") || undefined;
  }

  async #call<T>(
    what: string,
    work: (
      client: import("@aws-sdk/client-s3").S3Client,
      sdk: typeof import("@aws-sdk/client-s3"),
      abortSignal: AbortSignal,
    ) => Promise<T>,
  ): Promise<T> {
    const { store, signal, retries } = this.#setup;
    return await repeated({ what, retries, signal, furthest: () => 0 }, () =>
      store.door.call(what, signal, (client, sdk) => work(client, sdk, signal)),
    );
  }
}

/** The upload, or a part that was recorded, is not there any more. */
function isGone({ cause }: EoError): boolean {
  return cause.code === "NoSuchUpload" || cause.code === "InvalidPart" || cause.status === 404;
}
