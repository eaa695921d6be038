/** The bytes of an unfinished file and the record beside them that says of which version they are, and how many are sure. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { rename } from "node:fs/promises";
import path from "node:path";
import { EoError, cancelled } from "../errors.js";
import type { FarBody } from "../thread/far-body.js";
import { FarFile, type ReceiveResult } from "../thread/far-file.js";
import type { Reached } from "../thread/messages.js";
import { createPart, diskError, fileId, openPart, removeQuietly, standing } from "./disk.js";
import type { Candidate } from "./digests/declared-digest.js";
import { guards } from "./guards.js";
import { isObject, own, text } from "./json.js";
import { SmallFile, objectIn, readSmall } from "./small-file.js";
import type { Digests } from "./tally.js";
import { timing } from "./timing.js";
import type { Validator } from "./validator.js";

/** How much before the end of a part is fetched again and compared. */
export const OVERLAP = 64 * 1024;
const NOTHING = createHash("sha256").digest("hex");

/** What the bytes of a part are. */
export interface PartFacts {
  /** The version they are of; without one they cannot be continued. */
  validator?: Validator;
  /** Length of the whole file. */
  total?: number;
  /** Scheme, host and port they came from. */
  origin: string;
  /** They came from the address another answer pointed to. */
  pointer: boolean;
  /** Digests of the whole file the server named. */
  digests: Candidate[];
}

/** Which product a part belongs to. */
export interface PartOwner {
  /** Identity without what changes between runs, as the query of a signed address. */
  key: string;
  /** Identity with it. */
  exact: string;
  template: string;
}

/** Whoever had the lease before. */
export interface FormerOwner {
  /** In the names of its files, when known. */
  word: string | undefined;
  /** It may still write to them. */
  mayLive: boolean;
}

/** A record found in a folder. */
export interface PartRecord extends PartOwner {
  /** Final name of the file. */
  name: string;
  /** Name of the file with the bytes. */
  data: string;
  facts: PartFacts;
  hashed: number;
  sha256: string;
}

export const RECORD_END = ".part.record";

/** The record in a helper file; undefined for another schema or form. @param name final name of the file */
export function recordIn(name: string, content: string | undefined): PartRecord | undefined {
  const value = objectIn(content, !guards.schema);
  if (!value) return undefined;
  const { key, exact, template, data, total, origin, pointer, hashed, sha256 } = value;
  const strings = [key, exact, template, data, origin, sha256];
  if (!strings.every((one) => typeof one === "string")) return undefined;
  if (typeof hashed !== "number" || !Number.isSafeInteger(hashed) || hashed < 0) return undefined;
  const validator = validatorIn(value["validator"]);
  const word = (data as string).slice(`${name}.part`.length);
  // The bytes are in a helper file of this very name, and nowhere else.
  if (!(data as string).startsWith(`${name}.part`) || !/^(\.[0-9a-f]{8})?$/.test(word)) return undefined;
  return {
    name,
    key: key as string,
    exact: exact as string,
    template: template as string,
    data: data as string,
    hashed,
    sha256: sha256 as string,
    facts: {
      ...(validator ? { validator } : {}),
      ...(typeof total === "number" && Number.isSafeInteger(total) ? { total } : {}),
      origin: origin as string,
      pointer: pointer === true,
      digests: digestsIn(value["digests"]),
    },
  };
}

function validatorIn(value: unknown): Validator | undefined {
  if (!isObject(value)) return undefined;
  const etag = text(own(value, "etag"));
  const lastModified = text(own(value, "lastModified"));
  const weakTag = text(own(value, "weakTag"));
  if (etag === undefined && lastModified === undefined) return undefined;
  return {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(weakTag === undefined ? {} : { weakTag }),
  };
}

function digestsIn(value: unknown): Candidate[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown): Candidate[] => {
    const [algorithm, hex] = Array.isArray(one) ? (one as unknown[]) : [];
    return typeof algorithm === "string" && typeof hex === "string" && /^([0-9a-f]{2})+$/.test(hex)
      ? [{ algorithm, digest: Buffer.from(hex, "hex") }]
      : [];
  });
}

export class Part {
  readonly target: string;
  readonly #owner: PartOwner;
  readonly #word: string;
  readonly #algorithms: string[];
  #data: string;
  #handle: FileHandle | undefined;
  #record: SmallFile | undefined;
  #recorded = 0;
  #noted = true;
  #facts: PartFacts | undefined;
  /** Where the bytes are written and hashed. */
  #far: FarFile | undefined;
  /** Of the bytes on disk. */
  #sha256 = NOTHING;
  /** Bytes on disk. */
  position = 0;

  /**
   * @param target final path
   * @param word of this owner, for the names of its files
   * @param algorithms digests to compute besides SHA-256
   */
  constructor(target: string, owner: PartOwner, word: string, algorithms: string[]) {
    this.target = target;
    this.#owner = owner;
    this.#word = word;
    this.#algorithms = algorithms;
    this.#data = `${target}.part`;
  }

  /** Path of the bytes. */
  get path(): string {
    return this.#data;
  }

  get facts(): PartFacts | undefined {
    return this.#facts;
  }

  get #recordPath(): string {
    return `${this.target}${RECORD_END}`;
  }

  /** There is enough of it that is of a known version to be worth asking for the rest only. */
  get canContinue(): boolean {
    return this.#facts?.validator !== undefined && this.position > OVERLAP;
  }

  /**
   * Takes up what an earlier owner left, after comparing it with what that one once received. Leaves nothing of it
   * where it cannot be used.
   * @param former whose lease was broken
   */
  async takeUp(former: FormerOwner | undefined, signal: AbortSignal): Promise<void> {
    try {
      const found = recordIn(path.basename(this.target), await readSmall(this.#recordPath));
      // An owner that was about to finish has its bytes under its own name.
      const left = former?.word === undefined ? undefined : `${this.target}.part.${former.word}`;
      if (found && found.key === this.#owner.key && found.facts.validator) {
        const recorded = path.join(path.dirname(this.target), found.data);
        const mayWrite = former?.mayLive === true;
        for (const from of left === undefined ? [recorded] : [recorded, left]) {
          if (!this.#handle) await this.#load(found, from, mayWrite, signal);
        }
      }
      if (this.#handle) {
        if (left !== undefined && left !== this.#data) await removeQuietly(left);
        return;
      }
      await removeQuietly(this.#recordPath);
      for (const file of [`${this.target}.part`, left, found && path.join(path.dirname(this.target), found.data)]) {
        if (file !== undefined && (await standing(file)) !== "other") await removeQuietly(file);
      }
    } catch (error) {
      throw diskError(error, `taking up ${this.target}.part`);
    }
  }

  /** @param mayWrite somebody may still write to it: its bytes are copied */
  async #load(found: PartRecord, from: string, mayWrite: boolean, signal: AbortSignal): Promise<void> {
    const handle = await openPart(from);
    if (!handle) return;
    let keep = false;
    let copy: FileHandle | undefined;
    try {
      if ((await handle.stat()).size < found.hashed) return;
      const own = mayWrite ? `${this.target}.part.${this.#word}` : from;
      if (mayWrite) copy = await createPart(own);
      const { bytes, sha256 } = await this.#readOver(copy ?? handle, found.hashed, signal, copy && handle);
      if (bytes < found.hashed || (guards.partDigest && sha256 !== found.sha256)) return;
      if (mayWrite) await removeQuietly(from);
      await removeQuietly(this.#recordPath);
      this.#handle = copy ?? handle;
      this.#data = own;
      this.#sha256 = sha256;
      this.#facts = found.facts;
      this.position = bytes;
      await this.#handle.truncate(this.position);
      this.#record = await SmallFile.create(this.#recordPath, this.#content());
      keep = true;
    } finally {
      if (!keep) this.#letGo();
      if (!keep || copy) await handle.close();
      if (!keep) {
        this.#handle = undefined;
        await copy?.close();
        if (copy) await removeQuietly(`${this.target}.part.${this.#word}`);
      }
    }
  }

  /** Hashes the first `upto` bytes of a file, copied from another one where that is given. */
  async #readOver(file: FileHandle, upto: number, signal: AbortSignal, from?: FileHandle): Promise<Reached> {
    this.#letGo();
    this.#far = new FarFile(file.fd, this.#algorithms);
    try {
      return await this.#far.read(upto, signal, from?.fd);
    } catch (error) {
      throw signal.aborted ? cancelled(`Download of ${path.basename(this.target)}`) : error;
    }
  }

  #letGo(): void {
    this.#far?.close();
    this.#far = undefined;
  }

  /**
   * The transfer thread is gone with what it knew of this file. What is sure to be on disk is hashed anew; where it
   * could not be continued the next answer starts over anyway.
   */
  async recover(signal: AbortSignal): Promise<void> {
    this.#letGo();
    const handle = this.#handle;
    if (!handle || !this.canContinue) return void this.spoil();
    try {
      const { bytes, sha256 } = await this.#readOver(handle, this.position, signal);
      if (bytes < this.position || (guards.partDigest && sha256 !== this.#sha256)) return void this.spoil();
      await handle.truncate(this.position);
    } catch (error) {
      throw diskError(error, `reading ${this.#data}`);
    }
  }

  /** Starts over with nothing on disk. */
  async begin(facts: PartFacts, algorithms: string[]): Promise<void> {
    try {
      await this.#dropRecord();
      if (this.#handle) await this.#handle.truncate(0);
      else this.#handle = await createPart(this.#data);
      this.#letGo();
      this.#far = new FarFile(this.#handle.fd, [...this.#algorithms, ...algorithms]);
      this.position = 0;
      this.#sha256 = NOTHING;
      this.#facts = facts;
      // What is not longer than what is fetched again is not worth continuing.
      if (facts.validator && !(facts.total !== undefined && facts.total <= OVERLAP)) {
        await removeQuietly(this.#recordPath);
        this.#record = await SmallFile.create(this.#recordPath, this.#content());
        this.#recorded = performance.now();
      }
    } catch (error) {
      throw diskError(error, `creating ${this.#data}`);
    }
  }

  /** The server has told more of the same version. */
  learn(more: Partial<PartFacts>): void {
    if (this.#facts) this.#facts = { ...this.#facts, ...more };
  }

  /** What is there is wrong: it is of no use, and the next attempt starts over. */
  spoil(): void {
    if (this.#facts) {
      const { validator: _validator, ...rest } = this.#facts;
      this.#facts = rest;
    }
  }

  #content() {
    const { validator, total, origin, pointer, digests } = this.#facts ?? {
      validator: undefined,
      total: undefined,
      origin: "",
      pointer: false,
      digests: [],
    };
    return {
      ...this.#owner,
      data: path.basename(this.#data),
      origin,
      pointer,
      hashed: this.position,
      sha256: this.#sha256,
      ...(validator ? { validator } : {}),
      ...(total === undefined ? {} : { total }),
      ...(digests.length === 0
        ? {}
        : { digests: digests.map(({ algorithm, digest }) => [algorithm, digest.toString("hex")]) }),
    };
  }

  /** The last bytes on disk, to be compared with what the server has there. */
  async tail(): Promise<Buffer> {
    const length = Math.min(OVERLAP, this.position);
    const buffer = Buffer.alloc(length);
    try {
      const { bytesRead } = (await this.#handle?.read(buffer, 0, length, this.position - length)) ?? { bytesRead: 0 };
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw diskError(error, `reading ${this.#data}`);
    }
  }

  get #open(): FarFile {
    if (!this.#far) throw new EoError("INTERNAL", "A part was written before it was begun. Please report it.");
    return this.#far;
  }

  /** Hashes and writes bytes after those before. */
  async write(bytes: Buffer): Promise<void> {
    try {
      this.#reached(await this.#open.write(bytes));
    } catch (error) {
      throw diskError(error, `writing ${this.#data}`);
    }
    if (performance.now() - this.#recorded >= timing.recordEvery) await this.note();
  }

  /**
   * Hashes and writes the rest of a body. What came before it broke is written too.
   * @param most bytes the file may have
   * @param progress told about every `timing.recordEvery` ms while bytes come, when they are written
   */
  async receive(body: FarBody, most: number | undefined, progress: (wire: number) => void): Promise<ReceiveResult> {
    let noting = Promise.resolve();
    try {
      const result = await this.#open.receive(body, {
        every: timing.recordEvery,
        most,
        progress: (reached) => {
          this.#reached(reached);
          noting = noting.then(() => this.note());
          progress(reached.wire);
        },
      });
      this.#reached(result);
      return result;
    } catch (error) {
      throw diskError(error, `writing ${this.#data}`);
    } finally {
      await noting;
    }
  }

  /**
   * Writes the next bytes of a body to their place, ahead of what is hashed; `advance` goes over them later.
   * @param placed told about every `timing.recordEvery` ms how many are written
   */
  async place(
    body: FarBody,
    where: { at: number; length: number; ends: boolean },
    placed: (bytes: number) => void,
  ): Promise<{ bytes: number; error?: Error }> {
    try {
      return await this.#open.place(body, where, timing.recordEvery, placed);
    } catch (error) {
      throw diskError(error, `writing ${this.#data}`);
    }
  }

  /** Hashes what was placed, up to `upto`. @throws EoError DISK, CANCELLED */
  async advance(upto: number, signal: AbortSignal): Promise<void> {
    if (upto <= this.position) return;
    try {
      this.#reached(await this.#open.read(upto, signal));
    } catch (error) {
      if (signal.aborted) throw cancelled(`Download of ${path.basename(this.target)}`);
      throw diskError(error, `reading ${this.#data}`);
    }
    if (performance.now() - this.#recorded >= timing.recordEvery) await this.note();
  }

  #reached({ bytes, sha256 }: Reached): void {
    if (bytes !== this.position) this.#noted = false;
    this.position = bytes;
    this.#sha256 = sha256;
  }

  /** Digests of the bytes on disk. */
  async digests(): Promise<Digests> {
    return await this.#open.digests();
  }

  /** Notes how far it is. */
  async note(): Promise<void> {
    if (this.#noted) return;
    this.#noted = true;
    this.#recorded = performance.now();
    // The record is a help, not a need: a file that came whole is not given up for it.
    await this.#record?.write(this.#content()).catch(() => undefined);
  }

  async sync(): Promise<void> {
    try {
      await this.#handle?.sync();
    } catch (error) {
      throw diskError(error, `syncing ${this.#data}`);
    }
  }

  /** The open file, for reading it over. */
  get handle(): FileHandle {
    if (!this.#handle) throw new EoError("INTERNAL", "A part was read before it was begun. Please report it.");
    return this.#handle;
  }

  /**
   * Gives the whole, synced file a name nobody else uses, so that the last step moves these bytes and no others.
   * @returns its path; undefined: somebody else has taken the part over
   */
  async seal(): Promise<string | undefined> {
    const sealed = `${this.target}.part.${this.#word}`;
    try {
      const id = await fileId(this.handle);
      if (this.#data !== sealed) {
        await rename(this.#data, sealed);
        this.#data = sealed;
      }
      return (await fileId(sealed)) === id ? sealed : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw diskError(error, `renaming ${this.#data}`);
    }
  }

  /** The bytes have their final name: nothing of the part is left. */
  async finish(): Promise<void> {
    await this.#dropRecord().catch(() => undefined);
    this.#letGo();
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
  }

  async #dropRecord(): Promise<void> {
    if (!this.#record) return;
    await this.#record.close().catch(() => undefined);
    this.#record = undefined;
    await removeQuietly(this.#recordPath);
  }

  /** Ends without a file. @param keep the bytes stay for a later run; "bytes": also when that cannot continue them */
  async end(keep: "if-useful" | "bytes" | "nothing"): Promise<void> {
    const handle = this.#handle;
    if (!handle) return;
    this.#handle = undefined;
    this.#letGo();
    const useful = keep !== "nothing" && this.#record !== undefined && this.canContinue;
    try {
      if (useful || keep === "bytes") {
        const plain = `${this.target}.part`;
        if (this.#data !== plain && (await standing(plain)) === "free") {
          await rename(this.#data, plain);
          this.#data = plain;
          this.#noted = false;
        }
      }
      if (useful) {
        await this.note();
        await this.#record?.close();
        this.#record = undefined;
      } else await this.#dropRecord();
      await handle.close();
      if (!useful && keep !== "bytes") await removeQuietly(this.#data);
    } catch {
      await handle.close().catch(() => undefined);
    }
  }

  /** Lets go of everything: it is somebody else's now. Only what bears this owner's word is removed. */
  async abandon(): Promise<void> {
    const sealed = `${this.target}.part.${this.#word}`;
    if (this.#data === sealed) await removeQuietly(sealed).catch(() => undefined);
    this.#letGo();
    await this.#record?.close().catch(() => undefined);
    await this.#handle?.close().catch(() => undefined);
    this.#record = undefined;
    this.#handle = undefined;
    this.#facts = undefined;
    this.position = 0;
  }
}
