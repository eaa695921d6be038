/** One local file to a place in a store: what stands there is looked at first, nobody's write is run over, the result is proved. */
import { createHash } from "node:crypto";
import { repeated } from "../download/repeats.js";
import { EoError, cancelled } from "../errors.js";
import { BucketFiles } from "./bucket-files.js";
import { LocalFile, type FileDigests } from "./local-file.js";
import { MULTIPART_FROM, compositeTag, multipart, partSizeOf } from "./multipart.js";
import { numberedPath } from "./path.js";
import type { Condition, Standing, Store } from "./store.js";

export type IfExists = "verify" | "overwrite" | "rename" | "error";

export interface UploadOptions {
  /** Absolute. */
  filename: string;
  /** In the workspace or under the prefix. */
  path: string;
  ifExists: IfExists;
  /** What the file must be, where the message tells. */
  expected?: { bytes?: number; sha256?: string };
  retries: number;
  /** ms without a byte going out, or without the answer after the last. */
  stallMs: number;
  memoryFolder: string;
}

export interface UploadHooks {
  signal: AbortSignal;
  onState: (state: "uploading" | "verifying") => void;
  /** Bytes at the store so far. */
  onBytes: (bytes: number, total: number) => void;
  onNote: (text: string) => void;
}

export interface Uploaded {
  path: string;
  bytes: number;
  sha256: string;
  etag?: string;
  url: string;
  /** `store`: it was there already, the same. */
  source: "disk" | "store";
}

const MOST_NUMBERS = 1_000;

/** @throws EoError with any code of the contract that a file can end in */
export async function upload(store: Store, options: UploadOptions, hooks: UploadHooks): Promise<Uploaded> {
  const file = await LocalFile.open(options.filename);
  try {
    return await new Upload(store, file, options, hooks).run();
  } finally {
    await file.close();
  }
}

class Upload {
  readonly #store: Store;
  readonly #file: LocalFile;
  readonly #options: UploadOptions;
  readonly #hooks: UploadHooks;
  #digests: FileDigests | undefined;
  /** The condition was refused although it held: this store does not know it. */
  #unconditional = false;

  constructor(store: Store, file: LocalFile, options: UploadOptions, hooks: UploadHooks) {
    this.#store = store;
    this.#file = file;
    this.#options = options;
    this.#hooks = hooks;
  }

  async run(): Promise<Uploaded> {
    const { expected, ifExists, path } = this.#options;
    if (expected?.bytes !== undefined && expected.bytes !== this.#file.bytes) {
      throw new EoError(
        "CHANGED",
        `${this.#file.path} has ${this.#file.bytes} bytes, and the message says ${expected.bytes}. It was changed since it was written.`,
      );
    }
    for (let n = 1; n <= MOST_NUMBERS; n += 1) {
      const target = numberedPath(path, n);
      const there = await this.#store.head(target, this.#hooks.signal);
      if (there && ifExists === "error") throw this.#exists(target);
      if (there && ifExists === "rename") continue;
      if (there && ifExists === "verify" && (await this.#isSame(there))) {
        const { sha256 } = await this.#read();
        return this.#outcome(target, sha256, there.etag, "store");
      }
      try {
        return await this.#put(target, there);
      } catch (error) {
        if (!(error instanceof EoError) || error.code !== "CHANGED" || there || ifExists !== "rename") throw error;
        // Somebody took the name in between; the next one.
      }
    }
    throw new EoError("EXISTS", `There are too many files called ${path}. Choose another name.`);
  }

  #exists(target: string): EoError {
    return new EoError(
      "EXISTS",
      `${target} exists already in the store, and this node is set to stop then. Remove it or choose another name.`,
    );
  }

  #outcome(path: string, sha256: string, etag: string | undefined, source: Uploaded["source"]): Uploaded {
    return {
      path,
      bytes: this.#file.bytes,
      sha256,
      ...(etag === undefined ? {} : { etag }),
      url: this.#store.url(path),
      source,
    };
  }

  /** MD5 and SHA-256 of the file, checked against what the message says of it. */
  async #read(): Promise<FileDigests> {
    this.#digests ??= await this.#file.digests(this.#hooks.signal);
    this.#checkSha(this.#digests.sha256);
    return this.#digests;
  }

  #checkSha(sha256: string): void {
    const wanted = this.#options.expected?.sha256;
    if (wanted === undefined || wanted.toLowerCase() === sha256) return;
    throw new EoError(
      "CHANGED",
      `${this.#file.path} is not what the message says: its SHA-256 is ${sha256}, not ${wanted.slice(0, 64)}. It was changed since it was written.`,
    );
  }

  /** What stands there is proved to be this file. */
  async #isSame(there: Standing): Promise<boolean> {
    if (there.bytes !== this.#file.bytes) return false;
    this.#hooks.onState("verifying");
    if (there.sha256 !== undefined) return (await this.#read()).sha256 === there.sha256;
    const count = Number(/^[0-9a-f]{32}-(\d+)$/.exec(there.etag ?? "")?.[1] ?? 0);
    if (count === 0) return (await this.#read()).md5 === there.etag;
    const partSize = partSizeOf(this.#file.bytes);
    if (Math.ceil(this.#file.bytes / partSize) !== count) return false;
    const md5s: Buffer[] = [];
    for (let at = 0; at < this.#file.bytes; at += partSize) {
      if (this.#hooks.signal.aborted) throw cancelled(`Putting ${there.path}`);
      const bytes = await this.#file.part(at, Math.min(partSize, this.#file.bytes - at));
      md5s.push(createHash("md5").update(bytes).digest());
    }
    return compositeTag(md5s) === there.etag;
  }

  async #put(target: string, there: Standing | undefined): Promise<Uploaded> {
    const inParts = this.#store instanceof BucketFiles && this.#file.bytes >= MULTIPART_FROM;
    const { expected, etag, sha256 } = inParts
      ? await this.#inParts(this.#store, target, there)
      : await this.#whole(target, there);
    this.#hooks.onState("verifying");
    this.#checkSha(sha256);
    const after = await this.#store.head(target, this.#hooks.signal);
    if (!after) throw new EoError("BAD_RESPONSE", `Putting ${target} failed: it was accepted, and is not there.`);
    // A store that encrypts has names of its own for objects; then the one it gave has to be there.
    const named = etag === undefined || isDigest(etag) ? expected : etag;
    if (after.bytes !== this.#file.bytes || (after.etag !== undefined && after.etag !== named)) {
      if (after.etag !== undefined && after.etag !== etag && etag === named) {
        throw new EoError(
          "CHANGED",
          `${target} was put, but somebody else has written it in the same moment: what is there now is not this file.`,
        );
      }
      throw new EoError(
        "CHECKSUM_MISMATCH",
        `Putting ${target} failed: what is in the store is not what was sent (${after.bytes} of ${this.#file.bytes} bytes, ETag ${after.etag ?? "none"}). Send the message again.`,
        { url: this.#store.url(target) },
      );
    }
    return this.#outcome(target, sha256, after.etag ?? etag, "disk");
  }

  async #whole(
    target: string,
    there: Standing | undefined,
  ): Promise<{ expected: string; etag?: string; sha256: string }> {
    const { signal, onBytes, onState } = this.#hooks;
    const { retries } = this.#options;
    const what = `Putting ${target}`;
    const { md5, sha256 } = await this.#read();
    let furthest = 0;
    const etag = await repeated({ what, retries, signal, furthest: () => furthest }, async () => {
      onState("uploading");
      const watch = new Watch(what, this.#options.stallMs, signal);
      let sent = 0;
      const source = {
        length: this.#file.bytes,
        md5,
        sha256,
        type: this.#file.type,
        open: () => {
          sent = 0;
          return this.#file.stream((count) => {
            sent += count;
            furthest = Math.max(furthest, sent);
            watch.moved();
            onBytes(sent, this.#file.bytes);
          });
        },
      };
      try {
        return await this.#conditionally(target, there, (condition) =>
          this.#store.put(target, source, condition, watch.signal),
        );
      } catch (error) {
        throw watch.failure(error);
      } finally {
        watch.end();
      }
    });
    await this.#file.check();
    return { expected: md5, ...(etag === undefined ? {} : { etag }), sha256 };
  }

  /** Only over what was seen; a store that refuses a condition that holds is asked without one. */
  async #conditionally<T>(
    target: string,
    there: Standing | undefined,
    put: (condition: Condition) => Promise<T>,
  ): Promise<T> {
    const condition: Condition = !there
      ? { absent: true }
      : there.etag === undefined
        ? undefined
        : { etag: there.etag };
    try {
      return await put(this.#unconditional ? undefined : condition);
    } catch (error) {
      if (!(error instanceof EoError) || (error.cause.status !== 412 && error.cause.status !== 409)) throw error;
      const now = await this.#store.head(target, this.#hooks.signal);
      if (!isSameState(there, now)) throw this.#taken(target, now);
      // Ceph RGW 16.2 refuses a right If-Match.
      this.#unconditional = true;
      return await put(undefined);
    }
  }

  #taken(target: string, now: Standing | undefined): EoError {
    const what = now ? "written" : "removed";
    return new EoError(
      "CHANGED",
      `${target} was ${what} by somebody else in the meantime, so it was left as it is. Send the message again to replace it.`,
      { url: this.#store.url(target) },
    );
  }

  async #inParts(
    store: BucketFiles,
    target: string,
    there: Standing | undefined,
  ): Promise<{ expected: string; etag?: string; sha256: string }> {
    const { signal, onBytes, onNote, onState } = this.#hooks;
    onState("uploading");
    let sent = 0;
    return await multipart({
      store,
      file: this.#file,
      path: target,
      sha256: this.#options.expected?.sha256?.toLowerCase() ?? this.#digests?.sha256,
      memoryFolder: this.#options.memoryFolder,
      retries: this.#options.retries,
      signal,
      onNote,
      onBytes: (count) => {
        sent += count;
        onBytes(sent, this.#file.bytes);
      },
      beforeEnd: async () => {
        const now = await store.head(target, signal);
        if (!isSameState(there, now)) throw this.#taken(target, now);
        return there ? undefined : { absent: true };
      },
    });
  }
}

function isDigest(etag: string): boolean {
  return /^[0-9a-f]{32}(-\d+)?$/.test(etag);
}

function isSameState(a: Standing | undefined, b: Standing | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.etag === b.etag && a.bytes === b.bytes;
}

/** Ends an upload that has stopped moving. */
class Watch {
  readonly #what: string;
  readonly #ms: number;
  readonly #controller = new AbortController();
  readonly #stop = (): void => this.#controller.abort();
  readonly #caller: AbortSignal;
  #timer: NodeJS.Timeout;
  #stalled = false;

  constructor(what: string, ms: number, caller: AbortSignal) {
    this.#what = what;
    this.#ms = ms;
    this.#caller = caller;
    if (caller.aborted) this.#stop();
    caller.addEventListener("abort", this.#stop, { once: true });
    this.#timer = this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  moved(): void {
    this.#timer.refresh();
  }

  failure(error: unknown): unknown {
    if (this.#caller.aborted) return cancelled(this.#what);
    if (!this.#stalled) return error;
    return new EoError(
      "STALLED",
      `${this.#what} stalled: nothing moved for ${this.#ms / 1000} s. Try again later, or allow more time.`,
    );
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener("abort", this.#stop);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#stalled = true;
      this.#stop();
    }, this.#ms);
  }
}
