/** One file from its address to its final name, with everything that may go wrong between. */
import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { EoError, cancelled } from "../errors.js";
import type { Door, DoorAnswer } from "../http/door.js";
import { isRepeatable } from "../http/door.js";
import { asFinal, isFinal } from "../http/final.js";
import { safeUrl } from "../http/origins.js";
import { claim, release, stillThere, type IfExists, type Place } from "./claims.js";
import { deliveredTo, type DeliveredFile } from "./delivered.js";
import { append, createPart, diskError, putInPlace, removeQuietly, standing } from "./disk.js";
import { firstWords, kindOf, mayBe, pointerOf } from "./first-bytes.js";
import { guards } from "./guards.js";
import { identityOf } from "./identity.js";
import { Incoming } from "./incoming.js";
import type { Meter } from "./meter.js";
import { bareType, split } from "./names.js";
import { nameOf, nameSent } from "./naming.js";
import { prove, Tally, wrongSize, type Digests, type Proofs } from "./proof.js";
import type { FileRequest } from "./requests.js";

export interface TransferOptions {
  /** Real path. */
  folder: string;
  memoryFolder?: string;
  /** Template; "" = the server's name. */
  filename: string;
  ifExists: IfExists;
  proof: "best" | "required";
  stallMs: number;
  retries: number;
}

export interface TransferSetup {
  door: Door;
  request: FileRequest;
  options: TransferOptions;
  /** The final name, where it does not depend on the server's answer. */
  fixedName?: string;
  meter: Meter;
  signal: AbortSignal;
  onNote: (text: string) => void;
}

export interface Outcome {
  path: string;
  bytes: number;
  sha256: string;
  verified: string[];
  type?: string;
  url: string;
  source: "network" | "disk";
  resumedFrom?: number;
  seconds: number;
}

const BATCH_BYTES = 1024 * 1024;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Fetches one file. The outcome's path is whole and proved, or nothing stands under the final name.
 * @throws EoError with any code of the contract that a file can end in
 */
export async function transfer(setup: TransferSetup): Promise<Outcome> {
  return await new Transfer(setup).run();
}

/** A product's body with what is known of it before it is written. */
interface Product {
  answer: DoorAnswer;
  incoming: Incoming;
  head: Buffer;
}

class Transfer {
  readonly #setup: TransferSetup;
  readonly #what: string;
  readonly #key: string;
  readonly #started = performance.now();
  #place: Place | undefined;
  /** Most bytes any attempt got; passing it starts the count of repeats again. */
  #furthest = 0;
  /** SHA-256 of a complete body that was wrong; the same bytes again will not get better. */
  #refused: string | undefined;

  constructor(setup: TransferSetup) {
    this.#setup = setup;
    this.#what = `Download of ${setup.meter.file}`;
    this.#key = identityOf(setup.request);
  }

  async run(): Promise<Outcome> {
    try {
      return (await this.#onDisk()) ?? (await this.#repeated(() => this.#attempt()));
    } finally {
      if (this.#place) release(this.#place);
    }
  }

  // ---- what is there already ----

  /** The file of an earlier run, when it can be found without asking the server. */
  async #onDisk(): Promise<Outcome | undefined> {
    const { options, fixedName } = this.#setup;
    if (fixedName !== undefined) {
      this.#place = await this.#claim(fixedName);
      return this.#place.existing && options.ifExists === "verify" ? await this.#kept(this.#place) : undefined;
    }
    if (options.ifExists !== "verify") return undefined;
    for (const entry of (await this.#memory().byKey(this.#key)).reverse()) {
      if (entry.template !== options.filename) continue;
      const target = path.join(options.folder, entry.name);
      if ((await standing(target)) !== "file") continue;
      const kept = await this.#kept({ target, name: entry.name, existing: true, delivered: entry });
      if (kept) return kept;
    }
    return undefined;
  }

  /** The outcome for a file that stands there, when it is proved to be this product and whole. */
  async #kept(place: Place): Promise<Outcome | undefined> {
    const { request, meter } = this.#setup;
    const own = this.#isOwn(place.delivered) ? place.delivered : undefined;
    // Without a checksum or a memory of it there is nothing that could prove it; hashing would be in vain.
    if (!own && request.checksums.length === 0) return undefined;
    const { size } = await stat(place.target).catch((error: unknown) => {
      throw diskError(error, `reading ${place.target}`);
    });
    if (request.size !== undefined && request.size !== size) return undefined;
    meter.file = place.name;
    meter.begin(size, size);
    meter.state("verifying");
    const digests = await this.#digestsOf(place.target);
    let proofs: Proofs;
    try {
      proofs = prove(this.#what, request, digests);
    } catch (error) {
      if (error instanceof EoError) return undefined;
      throw error;
    }
    const remembered = own !== undefined && own.sha256 === digests.sha256;
    if (!remembered && !proofs.identifies) return undefined;
    const verified = remembered ? [...new Set([...own.verified, ...proofs.verified])] : proofs.verified;
    if (verified.length === 0 && this.#setup.options.proof === "required") return undefined;
    const type = request.type ?? own?.type;
    return {
      path: place.target,
      bytes: digests.bytes,
      sha256: digests.sha256,
      verified,
      ...(type === undefined ? {} : { type }),
      url: safeUrl(request.url),
      source: "disk",
      seconds: this.#seconds(),
    };
  }

  #isOwn(delivered: DeliveredFile | undefined): delivered is DeliveredFile {
    return delivered !== undefined && delivered.key === this.#key && delivered.version === this.#setup.request.version;
  }

  async #digestsOf(file: string): Promise<Digests> {
    const tally = new Tally();
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, "r");
      const buffer = Buffer.allocUnsafe(BATCH_BYTES);
      for (;;) {
        if (this.#setup.signal.aborted) throw cancelled(this.#what);
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, tally.bytes);
        if (bytesRead === 0) return tally.end();
        tally.add(buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      throw diskError(error, `reading ${file}`);
    } finally {
      await handle?.close();
    }
  }

  // ---- repeats ----

  /**
   * Repeats what may pass: `retries` times, counted again whenever bytes passed the furthest point so far
   * (contract, "Repeats").
   */
  async #repeated(attempt: () => Promise<Outcome>): Promise<Outcome> {
    const { default: pRetry, AbortError } = await import("p-retry");
    const { signal, options } = this.#setup;
    let left = options.retries;
    for (;;) {
      const mark = this.#furthest;
      try {
        return await pRetry(
          async () => {
            try {
              return await attempt();
            } catch (error) {
              if (this.#furthest > mark && error instanceof Error) throw new AbortError(error);
              throw error;
            }
          },
          {
            retries: left,
            minTimeout: FIRST_PAUSE_MS,
            maxTimeout: LONGEST_PAUSE_MS,
            factor: 2,
            randomize: true,
            signal,
            shouldRetry: ({ error }) => mayPass(error),
          },
        );
      } catch (error) {
        if (signal.aborted) throw cancelled(this.#what);
        // A new count: the next request is already its first repeat.
        if (!(this.#furthest > mark) || !mayPass(error) || options.retries === 0) throw error;
        left = options.retries - 1;
        await sleep(FIRST_PAUSE_MS * (1 + Math.random()), undefined, { signal }).catch(() => {
          throw cancelled(this.#what);
        });
      }
    }
  }

  // ---- one attempt ----

  async #attempt(): Promise<Outcome> {
    const { options, request, meter } = this.#setup;
    const product = await this.#product();
    const { incoming, answer } = product;
    try {
      if (!this.#place) {
        const wanted = nameOf(request, options.filename, answer, product.head);
        this.#place = await this.#claim(wanted);
        meter.file = this.#place.name;
        if (this.#place.existing && options.ifExists === "verify") {
          const kept = await this.#kept(this.#place);
          if (kept) return kept;
        }
      }
      return await this.#write(product, this.#place);
    } finally {
      incoming.drop();
    }
  }

  /** Asks for the file until a product answers, not an apology; a pointer is followed once. */
  async #product(): Promise<Product> {
    const { request, meter } = this.#setup;
    meter.state("downloading");
    const first = await this.#open(request.url, true);
    const found = await this.#look(first, [request.url]);
    if (!("pointer" in found)) return found;
    // Pointers lead to addresses that carry their own right; a key beside it is refused there. Where the account owns
    // the place and is asked for its key, it may give it.
    let second = await this.#open(found.pointer, false);
    if ((second.status === 401 || second.status === 403) && this.#setup.door.owns(found.pointer)) {
      second.body.destroy();
      second = await this.#open(found.pointer, true);
    }
    const target = await this.#look(second, [request.url, found.pointer]);
    if (!("pointer" in target)) return target;
    throw this.#notAProduct("json", second, Buffer.from(""), "points to yet another address");
  }

  #since = 0;

  async #open(url: string, credentials: boolean): Promise<DoorAnswer> {
    const { door, options, signal } = this.#setup;
    let answer: DoorAnswer;
    try {
      answer = await door.open({
        url,
        what: this.#what,
        headers: { accept: "*/*", "accept-encoding": "identity" },
        credentials,
        signal,
        headTimeout: options.stallMs,
        bodyTimeout: 0,
      });
    } catch (error) {
      if (error instanceof EoError && error.code === "TIMEOUT" && error.cause.code !== "UND_ERR_CONNECT_TIMEOUT") {
        const where = safeUrl(url);
        throw new EoError(
          "STALLED",
          `${this.#what} stalled: ${where} sent nothing in ${options.stallMs / 1000} s. Try again later, or allow more time.`,
          { ...error.cause, url: where },
        );
      }
      throw error;
    }
    this.#since = answer.sentAt;
    return answer;
  }

  /** Sorts out errors, apologies and pointers by status and first bytes. */
  async #look(answer: DoorAnswer, urls: string[]): Promise<Product | { pointer: string }> {
    const { door, options, signal, request } = this.#setup;
    const url = safeUrl(answer.url);
    if (answer.status !== 200 && answer.status !== 203) {
      if (answer.status > 203 && answer.status < 300) {
        answer.body.destroy();
        const why = answer.status === 206 ? "a part of the file although the whole was asked for" : "no content";
        throw new EoError("BAD_RESPONSE", `${this.#what} failed: ${url} answered ${answer.status}, ${why}.`, {
          status: answer.status,
          url,
        });
      }
      throw await door.errorOf(answer, this.#what);
    }
    const incoming = new Incoming(answer, {
      what: this.#what,
      stallMs: options.stallMs,
      since: this.#since,
      signal,
      keepEncoded: isGzipFile(request, answer),
    });
    let keep = false;
    try {
      const head = await incoming.look();
      if (head.length === 0) {
        if (incoming.isShort) throw incoming.short();
        throw new EoError(
          "BAD_RESPONSE",
          `${this.#what} failed: ${url} answered ${answer.status} with an empty body.`,
          {
            status: answer.status,
            url,
          },
        );
      }
      const kind = kindOf(head, answer.headers.get("content-type"));
      const names = [...urls, nameSent(answer), options.filename];
      if (guards.firstBytes && kind !== undefined && !mayBe(kind, request.type, names)) {
        const whole = kind === "json" ? await incoming.whole() : undefined;
        const pointer = whole === undefined ? undefined : pointerOf(whole, answer.url);
        if (pointer !== undefined) return { pointer };
        throw this.#notAProduct(kind, answer, head);
      }
      keep = true;
      return { answer, incoming, head };
    } finally {
      if (!keep) incoming.drop();
    }
  }

  #notAProduct(kind: string, answer: DoorAnswer, head: Buffer, why?: string): EoError {
    const url = safeUrl(answer.url);
    const words = this.#setup.door.redact(firstWords(head));
    const said = why ?? (words === "" ? "" : `and begins "${words}"`);
    return new EoError(
      "NOT_A_PRODUCT",
      `${this.#what} failed: what ${url} sent is ${kind === "html" ? "an HTML page" : `${kind.toUpperCase()} text`}, not the product, ${said}. ` +
        `Open the address in a browser to see what the service says.`,
      { status: answer.status, url, ...(words === "" ? {} : { message: words }) },
    );
  }

  async #write(product: Product, place: Place): Promise<Outcome> {
    const { request, options, meter, signal } = this.#setup;
    const { incoming, answer } = product;
    meter.begin(0, incoming.announced !== undefined && !incoming.encoded ? incoming.announced : request.size);
    meter.state("downloading");
    const part = `${place.target}.part`;
    const file = await createPart(part);
    let keepPart = false;
    try {
      const tally = new Tally();
      await this.#pump(incoming, file, tally, part);
      const proofs: string[] = [];
      if (incoming.isShort && guards.contentLength) throw incoming.short();
      if (incoming.announced !== undefined && guards.contentLength) proofs.push("content-length");
      meter.state("verifying");
      const digests = tally.end();
      try {
        proofs.push(...prove(this.#what, request, digests).verified);
      } catch (error) {
        if (error instanceof EoError && this.#refused === digests.sha256) throw asFinal(error);
        this.#refused = digests.sha256;
        throw error;
      }
      if (proofs.length === 0 && options.proof === "required") {
        keepPart = true;
        throw new EoError(
          "UNPROVED",
          `${this.#what}: all bytes came, but nothing declared could prove that they are right. They stay in ${part}.`,
          { url: safeUrl(request.url) },
        );
      }
      if (guards.fsync) {
        await file.sync().catch((error: unknown) => {
          throw diskError(error, `syncing ${part}`);
        });
      }
      await file.close();
      if (signal.aborted) throw cancelled(this.#what);
      const final = await this.#finalPlace(place);
      const type = request.type ?? bareType(answer.headers.get("content-type"));
      await this.#remember(final, digests, proofs, type);
      await putInPlace(part, final.target, options.folder);
      keepPart = true;
      return {
        path: final.target,
        bytes: digests.bytes,
        sha256: digests.sha256,
        verified: proofs,
        ...(type === undefined ? {} : { type }),
        url: safeUrl(request.url),
        source: "network",
        seconds: this.#seconds(),
      };
    } catch (error) {
      if (error instanceof EoError && error.code === "DISK_FULL") keepPart = true;
      throw error;
    } finally {
      await file.close().catch(() => undefined);
      if (!keepPart) await removeQuietly(part).catch(() => undefined);
    }
  }

  /** Body to disk, hashed on the way. */
  async #pump(incoming: Incoming, file: FileHandle, tally: Tally, part: string): Promise<void> {
    const { meter, request } = this.#setup;
    let batch: Buffer[] = [];
    let size = 0;
    let position = 0;
    const flush = async (): Promise<void> => {
      if (size === 0) return;
      try {
        await append(file, batch, position);
      } catch (error) {
        throw diskError(error, `writing ${part}`);
      }
      position += size;
      batch = [];
      size = 0;
    };
    for await (const chunk of incoming) {
      tally.add(chunk);
      meter.add(chunk.length);
      this.#furthest = Math.max(this.#furthest, tally.bytes);
      if (request.size !== undefined && guards.declaredSize && tally.bytes > request.size) {
        throw asFinal(wrongSize(this.#what, request.size, tally.bytes));
      }
      batch.push(chunk);
      size += chunk.length;
      if (size >= BATCH_BYTES) await flush();
    }
    await flush();
  }

  /** The place as it is now: a file that appeared there meanwhile is not ours to replace. */
  async #finalPlace(place: Place): Promise<Place> {
    if (place.existing || (await standing(place.target)) !== "file") return place;
    const { options } = this.#setup;
    const next = await claim(
      options.folder,
      options.memoryFolder,
      place.name,
      this.#key,
      options.ifExists === "error" ? "error" : "rename",
    );
    this.#place = next;
    release(place);
    return next;
  }

  async #remember(place: Place, digests: Digests, verified: string[], type: string | undefined): Promise<void> {
    const { options, request, onNote } = this.#setup;
    try {
      await this.#memory().add(
        {
          name: place.name,
          key: this.#key,
          bytes: digests.bytes,
          sha256: digests.sha256,
          verified,
          template: options.filename,
          ...(type === undefined ? {} : { type }),
          ...(request.version === undefined ? {} : { version: request.version }),
        },
        stillThere(options.folder),
      );
    } catch (error) {
      onNote(
        `Which item ${place.name} belongs to could not be remembered: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #memory(): ReturnType<typeof deliveredTo> {
    return deliveredTo(this.#setup.options.folder, this.#setup.options.memoryFolder);
  }

  async #claim(wanted: string): Promise<Place> {
    const { folder, memoryFolder, ifExists } = this.#setup.options;
    return await claim(folder, memoryFolder, wanted, this.#key, ifExists);
  }

  #seconds(): number {
    return Math.round(performance.now() - this.#started) / 1000;
  }
}

/** Whether the same request may succeed when it is sent again (contract, "Repeats"). */
function mayPass(error: unknown): boolean {
  if (!(error instanceof EoError) || isFinal(error)) return false;
  switch (error.code) {
    case "NETWORK":
    case "STALLED":
    case "TIMEOUT":
    case "TRUNCATED":
    case "SIZE_MISMATCH":
    case "CHECKSUM_MISMATCH":
      return true;
    default:
      // A host that asks for more than 15 minutes is refused by the door, without an address: that is for the user.
      return error.cause.url !== undefined && error.cause.status !== undefined && isRepeatable(error.cause.status);
  }
}

/** A .gz product labelled `Content-Encoding: gzip`: the label describes the file, it was not packed on the way. */
function isGzipFile(request: FileRequest, answer: DoorAnswer): boolean {
  if (!/^(x-)?gzip$/i.test((answer.headers.get("content-encoding") ?? "").trim())) return false;
  const types = [request.type, answer.headers.get("content-type")].map(bareType);
  if (types.some((type) => type === "application/gzip" || type === "application/x-gzip")) return true;
  const sent = nameSent(answer);
  return /(^|\.)t?gz$/i.test(split(sent ?? new URL(request.url).pathname).ext);
}
