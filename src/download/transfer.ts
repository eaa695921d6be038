/** One file from its address to its final name, with everything that may go wrong between. */
import { lstat, open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EoError, asEoError, cancelled } from "../errors.js";
import type { Door } from "../http/door.js";
import { asFinal } from "../http/final.js";
import { safeUrl } from "../http/origins.js";
import { isCrash } from "../thread/crash.js";
import { NotReady, ask, type AskSetup, type Product } from "./ask.js";
import { claim, isOthers, release, stillThere, type Claimant, type IfExists, type Place } from "./claims.js";
import { deliveredTo, type DeliveredFile } from "./delivered.js";
import { diskError, putInPlace, removeQuietly, standing } from "./disk.js";
import { guards } from "./guards.js";
import { identityOf, lastingIdentityOf } from "./identity.js";
import type { Incoming } from "./incoming.js";
import { Lease, LeaseWatch, breakLease, heldLease } from "./lease.js";
import type { Meter } from "./meter.js";
import { bareType, folded, safeName, safePart, split } from "./names.js";
import { nameOf } from "./naming.js";
import { Ordering } from "./orders/ordering.js";
import { Patience } from "./orders/patience.js";
import { orderStatus } from "./orders/order-status.js";
import { Part, RECORD_END, recordIn, type FormerOwner, type PartOwner } from "./part.js";
import { findPart } from "./part-files.js";
import { algorithmsOf, declaredChecks, headerChecks, wrongSize, type DigestCheck } from "./proof.js";
import { tallyOf, beginsWith } from "./read-over.js";
import { mayPass, repeated } from "./repeats.js";
import { readyRequest, type FileRequest } from "./requests.js";
import { ChangedMeanwhile, receiveSegments, segmentsOf } from "./segments.js";
import type { Seat } from "./slots.js";
import { readSmall } from "./small-file.js";
import { SpaceNeed } from "./space.js";
import type { Digests } from "./tally.js";
import { timing } from "./timing.js";
import { proveWhole } from "./whole.js";

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
  order: boolean;
  /** Minutes. */
  orderTimeout: number;
  /** Requests at once for a large file. */
  segments: number;
}

export interface TransferSetup {
  door: Door;
  request: FileRequest;
  options: TransferOptions;
  /** The final name, where it does not depend on the server's answer. */
  fixedName?: string;
  meter: Meter;
  /** Taken while bytes move, given back while something else is waited for. */
  seat: Seat;
  signal: AbortSignal;
  /** @param kind what the note is about; each is told once */
  onNote: (text: string, kind?: string) => void;
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

/** A finished transfer. */
export interface Landed {
  outcome: Outcome;
  /** What was fetched in the end: for an ordered product, the asset of the item that became ready. */
  request: FileRequest;
}

/** Decoded bytes are handed on in batches. */
const BATCH_BYTES = 1024 * 1024;

/** A file that is replaced more often while it is fetched is not waited for. */
const MOST_CHANGES = 3;

/** Somebody else has taken the file over. */
class Lost extends Error {}

/**
 * Fetches one file. The outcome's path is whole and proved, or nothing stands under the final name.
 * @throws EoError with any code of the contract that a file can end in
 */
export async function transfer(setup: TransferSetup): Promise<Landed> {
  return await new Transfer(setup).run();
}

class Transfer {
  readonly #setup: TransferSetup;
  readonly #what: string;
  readonly #claimant: Claimant;
  readonly #owner: PartOwner;
  readonly #started = performance.now();
  #request: FileRequest;
  #url: string;
  #checks: DigestCheck[] = [];
  #ordering: Ordering | undefined;
  #patience: Patience | undefined;
  /** The address itself is asked until the product is there. */
  #polled = false;
  /** The item may not be looked at. */
  #selfRefused = false;
  #place: Place | undefined;
  #lease: Lease | undefined;
  #part: Part | undefined;
  #lost = new AbortController();
  #wasLost = false;
  /** The transfer thread was lost once; a second time is not survived. */
  #crashed = false;
  /** How often the file was replaced while it was fetched. */
  #changes = 0;
  #keep: "if-useful" | "bytes" | "nothing" = "if-useful";
  /** Names another process is filling with something else. */
  readonly #busy = new Set<string>();
  /** Furthest byte any attempt reached; passing it starts the count of repeats again. */
  #furthest = 0;
  #resumedFrom: number | undefined;
  /** SHA-256 of a complete body that was wrong; the same bytes again will not get better. */
  #refused: string | undefined;

  constructor(setup: TransferSetup) {
    this.#setup = setup;
    this.#request = setup.request;
    this.#url = setup.request.url;
    this.#what = `Download of ${setup.meter.file}`;
    this.#claimant = { key: identityOf(setup.request), lasting: lastingIdentityOf(setup.request) };
    this.#owner = {
      key: this.#claimant.lasting,
      exact: this.#claimant.key,
      template: setup.options.filename,
    };
  }

  async run(): Promise<Landed> {
    const { seat, signal } = this.#setup;
    try {
      await seat.take(signal);
      this.#readDeclared();
      const outcome = (await this.#onDisk()) ?? (await this.#fetched());
      if (this.#setup.request.retrieve) await this.#orderingFor(this.#setup.request).delivered();
      return { outcome, request: this.#request };
    } catch (error) {
      const failure = asEoError(error);
      if (failure.code === "DISK_FULL" || failure.code === "UNPROVED") this.#keep = "bytes";
      if (failure.code === "EXISTS") this.#keep = "nothing";
      throw failure;
    } finally {
      await this.#part?.end(this.#keep);
      await this.#lease?.release();
      if (this.#place) release(this.#place);
      seat.leave();
    }
  }

  async #fetched(): Promise<Outcome> {
    const { options, signal } = this.#setup;
    if (this.#request.order === true) await this.#order();
    return await repeated({ what: this.#what, retries: options.retries, signal, furthest: () => this.#furthest }, () =>
      this.#attempt(),
    );
  }

  /** What the catalogue declares of the file. */
  #readDeclared(): void {
    const { checks, notes } = declaredChecks(this.#request);
    this.#checks = checks;
    for (const note of notes) this.#setup.onNote(note, note.replace(/^.*?because/, "").replace(/:[^:]*$/, ""));
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
    for (const entry of (await this.#memory().byKey(this.#claimant.key)).reverse()) {
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
    const own = this.#isOwn(place.delivered) ? place.delivered : undefined;
    // Nothing else could tell that it is this product; reading it would be in vain.
    if (!own && this.#checks.length === 0 && !(this.#isNamedByItem(place.name) && place.delivered === undefined))
      return undefined;
    const proved = await this.#proved(place);
    if (!proved) return undefined;
    const { digests, verified, identifies } = proved;
    const remembered = own !== undefined && own.sha256 === digests.sha256;
    const named = place.delivered === undefined && this.#isNamedByItem(place.name) && verified.length > 0;
    if (!remembered && !identifies && !named) return undefined;
    const all = remembered ? [...new Set([...own.verified, ...verified])] : verified;
    if (all.length === 0 && this.#setup.options.proof === "required") return undefined;
    await this.#tidy(place);
    const type = this.#request.type ?? own?.type;
    if (!own) await this.#remember(place, digests, all, type);
    return this.#outcome(place, digests, all, type, "disk");
  }

  /** Reads the file; undefined when something declared, or its own format, speaks against it. */
  async #proved(place: Place): Promise<{ digests: Digests; verified: string[]; identifies: boolean } | undefined> {
    const { meter, signal } = this.#setup;
    const { size } = this.#request;
    let file: FileHandle | undefined;
    try {
      file = await open(place.target, "r");
      const { size: bytes } = await file.stat();
      if (bytes === 0 || (size !== undefined && size !== bytes)) return undefined;
      meter.file = place.name;
      meter.begin(bytes, bytes);
      meter.state("verifying");
      const digests = await tallyOf(file, algorithmsOf(this.#checks), this.#what, signal);
      const checks = this.#checks;
      const proofs = await proveWhole({ what: this.#what, file, path: place.target, size, checks, digests, signal });
      return { digests, ...proofs };
    } catch (error) {
      if (error instanceof EoError && ["SIZE_MISMATCH", "CHECKSUM_MISMATCH", "TRUNCATED"].includes(error.code))
        return undefined;
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw diskError(error, `reading ${place.target}`);
    } finally {
      await file?.close();
    }
  }

  #isOwn(delivered: DeliveredFile | undefined): delivered is DeliveredFile {
    return (
      delivered !== undefined &&
      delivered.key === this.#claimant.key &&
      delivered.version === this.#setup.request.version
    );
  }

  /** The name says which item it is, so that a file nobody remembers is that item's all the same. */
  #isNamedByItem(name: string): boolean {
    const { itemId } = this.#request;
    const id = itemId === undefined ? undefined : safeName(safePart(itemId));
    // Very short ids are common names.
    if (id === undefined || id.length < 4) return false;
    const stem = split(name).stem;
    return stem === id || split(id).stem === stem || name.startsWith(`${id}_`) || name.startsWith(`${id}.`);
  }

  /** Removes what an owner left that ended between the final name and the end of its work. */
  async #tidy(place: Place): Promise<void> {
    const lease = `${place.target}.part.lease`;
    try {
      const held = await heldLease(lease);
      if (held && !held.dead) return;
      await this.#removeRecorded(place);
      await this.#removeSealed(place, held?.owner);
      await removeQuietly(lease);
    } catch {
      // It may be removed another time.
    }
  }

  /** Removes the part of this product beside a finished file. */
  async #removeRecorded(place: Place): Promise<void> {
    const record = `${place.target}${RECORD_END}`;
    const found = recordIn(place.name, await readSmall(record));
    if (found?.key !== this.#owner.key) return;
    await removeQuietly(path.join(this.#setup.options.folder, found.data));
    await removeQuietly(record);
  }

  /** Removes the name the bytes had just before the final one, where an owner ended between the two. */
  async #removeSealed(place: Place, word: string | undefined): Promise<void> {
    if (word !== undefined) await removeQuietly(`${place.target}.part.${word}`);
  }

  // ---- orders ----

  #patient(): Patience {
    return (this.#patience ??= new Patience(this.#what, this.#setup.options.orderTimeout, this.#setup.signal));
  }

  #orderingFor(request: FileRequest): Ordering {
    const { door, options, signal } = this.#setup;
    return (this.#ordering ??= new Ordering({
      door,
      request,
      folder: options.folder,
      ...(options.memoryFolder === undefined ? {} : { memoryFolder: options.memoryFolder }),
      retries: options.retries,
      orderTimeout: options.orderTimeout,
      patience: this.#patient(),
      signal,
    }));
  }

  /** Orders the product, or waits for one that was ordered. Takes no slot. */
  async #order(): Promise<void> {
    const { seat, meter, options, signal } = this.#setup;
    if (!options.order) {
      throw new EoError(
        "NOT_READY",
        `${this.#what}: the product must be ordered first, and ordering is switched off in this node.`,
      );
    }
    seat.leave();
    meter.state("ordering");
    const ready = await this.#orderingFor(this.#request).ready();
    await seat.take(signal);
    this.#goOnWith(ready);
  }

  #goOnWith(request: FileRequest): void {
    this.#request = request;
    this.#url = request.url;
    this.#readDeclared();
  }

  /** The server has the product not ready: waits, and looks at the item where that can be done. Takes no slot. */
  async #untilReady(notReady: NotReady): Promise<void> {
    const { seat, meter, signal } = this.#setup;
    const patience = this.#patient();
    this.#polled = true;
    seat.leave();
    meter.state("ordering");
    if (notReady.location !== undefined) this.#url = notReady.location;
    const self = this.#selfRefused ? undefined : this.#request.self;
    patience.heed(notReady.headers);
    for (;;) {
      await patience.wait();
      if (self === undefined || self === "") break;
      const item = await this.#orderingFor(this.#request)
        .look(self)
        .catch((error: unknown) => {
          // A catalogue that does not let us look; the product's own address may.
          this.#selfRefused =
            error instanceof EoError && ["AUTH_FAILED", "FORBIDDEN", "FOREIGN_HOST"].includes(error.code);
          if (!this.#selfRefused) throw error;
          return undefined;
        });
      if (this.#selfRefused) break;
      if (!item) continue;
      const status = orderStatus(item);
      if (status === "failed") {
        throw new EoError("ORDER_FAILED", `${this.#what}: the order failed at the service, says ${safeUrl(self)}.`, {
          url: safeUrl(self),
        });
      }
      if (status === "waiting") continue;
      const ready = notReady.location === undefined ? readyRequest(this.#request, item) : undefined;
      if (ready) this.#goOnWith(ready);
      break;
    }
    await seat.take(signal);
  }

  // ---- names and leases ----

  async #claim(wanted: string, ifExists = this.#setup.options.ifExists): Promise<Place> {
    const { folder, memoryFolder } = this.#setup.options;
    return await claim(folder, memoryFolder, wanted, this.#claimant, ifExists, this.#busy);
  }

  /** The name an earlier, unfinished transfer of this product had, when it is still free. */
  async #placeOfPart(): Promise<Place | undefined> {
    const { folder, ifExists } = this.#setup.options;
    const record = await findPart(folder, this.#owner);
    if (!record || this.#busy.has(folded(record.name))) return undefined;
    const place = await this.#claim(record.name, ifExists === "error" ? "rename" : ifExists);
    if (place.name === record.name) return place;
    release(place);
    return undefined;
  }

  /**
   * Makes sure that nobody else writes the file, in any process that shares the folder.
   * @param beforeWait called once when somebody else is at it
   * @returns the outcome where the other one has just delivered the product; "waited" when it has not
   */
  async #secure(beforeWait: () => void): Promise<Outcome | "waited" | undefined> {
    const { seat, meter, signal, options } = this.#setup;
    const watch = new LeaseWatch();
    // Who took the lease over may have finished meanwhile.
    let met = this.#wasLost;
    let waited = false;
    for (;;) {
      const place = this.#place;
      if (!place) return waited ? "waited" : undefined;
      if (!met) this.#before = await stamp(place.target);
      const held = await Lease.take(`${place.target}.part.lease`, this.#claimant.key, () => this.#lost.abort());
      if (held instanceof Lease) {
        this.#lease = held;
        break;
      }
      met = true;
      // Given back just now.
      if (held === undefined) continue;
      if (watch.isStale(held)) {
        await breakLease(`${place.target}.part.lease`, held);
        this.#former = { word: held.owner, mayLive: !held.dead };
        continue;
      }
      if (held.key !== undefined && held.key !== this.#claimant.key) {
        await this.#elsewhere(place);
        met = false;
        continue;
      }
      if (options.ifExists === "rename") {
        await this.#elsewhere(place);
        met = false;
        continue;
      }
      if (!waited) {
        waited = true;
        beforeWait();
        seat.leave();
        meter.file = place.name;
        meter.state("queued");
      }
      await pause(timing.leaseLook, signal, this.#what);
    }
    await seat.take(signal);
    const arrived = met ? await this.#arrived() : undefined;
    if (arrived) {
      beforeWait();
      return arrived;
    }
    await this.#takeUp();
    return waited ? "waited" : undefined;
  }

  /** What stood under the final name before this transfer waited. */
  #before: string | undefined;
  /** The earlier owner whose part is taken up. */
  #former: FormerOwner | undefined;

  /** Another product has this name: the next one. */
  async #elsewhere(place: Place): Promise<void> {
    this.#busy.add(folded(place.name));
    release(place);
    this.#place = undefined;
    this.#before = undefined;
    this.#place = await this.#claim(place.name);
    this.#setup.meter.file = this.#place.name;
  }

  async #takeUp(): Promise<void> {
    const { place, lease } = { place: this.#place, lease: this.#lease };
    if (!place || !lease) return;
    this.#part = new Part(place.target, this.#owner, lease.owner, algorithmsOf(this.#checks));
    await this.#part.takeUp(this.#former, this.#setup.signal);
    this.#former = undefined;
  }

  /** The file that another process has put there while this one waited for it. */
  async #arrived(): Promise<Outcome | undefined> {
    const place = this.#place;
    if (!place) return undefined;
    const now = await stamp(place.target);
    if (now === undefined || now === this.#before) return undefined;
    this.#before = now;
    if (this.#setup.options.ifExists === "error") {
      throw new EoError("EXISTS", `${place.target} exists now: another process has just fetched it.`);
    }
    const proved = await this.#proved(place);
    if (!proved) return undefined;
    if (proved.verified.length === 0 && this.#setup.options.proof === "required") return undefined;
    await this.#removeRecorded(place).catch(() => undefined);
    await this.#removeSealed(place, this.#former?.word).catch(() => undefined);
    await this.#remember(place, proved.digests, proved.verified, this.#request.type);
    return this.#outcome(place, proved.digests, proved.verified, this.#request.type, "disk");
  }

  // ---- one attempt ----

  async #attempt(): Promise<Outcome> {
    let failures = 0;
    for (;;) {
      try {
        return await this.#try();
      } catch (error) {
        if (error instanceof NotReady) {
          failures = 0;
          await this.#untilReady(error);
        } else if ((error instanceof Lost || this.#lost.signal.aborted) && !this.#setup.signal.aborted) {
          await this.#giveUpLease();
        } else if (error instanceof ChangedMeanwhile) {
          this.#part?.spoil();
          this.#changes += 1;
          if (this.#changes > MOST_CHANGES) throw error;
        } else if (isCrash(error) && !this.#crashed) {
          this.#crashed = true;
          await this.#part?.recover(this.#setup.signal);
        } else if (this.#polled && mayPass(error) && failures < this.#setup.options.retries) {
          // An order may take a day; a look that fails now and then does not end it.
          failures += 1;
          this.#setup.seat.leave();
          this.#setup.meter.state("ordering");
          await this.#patient().wait();
        } else throw error;
      }
    }
  }

  /** Somebody else has taken over: what they do not use any more is let go, and they are waited for. */
  async #giveUpLease(): Promise<void> {
    await this.#part?.abandon();
    await this.#lease?.release();
    this.#part = undefined;
    this.#lease = undefined;
    this.#wasLost = true;
    this.#lost = new AbortController();
  }

  async #try(): Promise<Outcome> {
    const { options, meter, seat } = this.#setup;
    await seat.take(this.#setup.signal);
    this.#place ??= await this.#placeOfPart();
    if (this.#place) meter.file = this.#place.name;
    if (this.#place && !this.#lease) {
      const outcome = await this.#secure(() => undefined);
      if (typeof outcome === "object") return outcome;
    }
    if (this.#part?.canContinue) meter.begin(this.#part.position, this.#part.facts?.total);
    meter.state("downloading");
    const product = await ask(this.#askSetup(), this.#request, this.#url, this.#part);
    const { incoming, answer } = product;
    try {
      if (!this.#place) {
        this.#place = await this.#claim(nameOf(this.#request, options.filename, answer, product.head));
        meter.file = this.#place.name;
        if (this.#place.existing && options.ifExists === "verify") {
          const kept = await this.#kept(this.#place);
          if (kept) return kept;
        }
        const outcome = await this.#secure(() => incoming.drop());
        if (typeof outcome === "object") return outcome;
        if (outcome === "waited") return await this.#try();
      }
      return await this.#write(product);
    } finally {
      incoming.drop();
    }
  }

  #askSetup(): AskSetup {
    const { door, options } = this.#setup;
    return {
      door,
      what: this.#what,
      stallMs: options.stallMs,
      signal: this.#signal(),
      filename: options.filename,
      order: options.order,
    };
  }

  /** Ends with the transfer, and when somebody else has taken over. */
  #signal(): AbortSignal {
    return AbortSignal.any([this.#setup.signal, this.#lost.signal]);
  }

  async #write(product: Product): Promise<Outcome> {
    const { meter, options, signal } = this.#setup;
    const { incoming, answer, facts } = product;
    const part = this.#part;
    if (!part) throw new EoError("INTERNAL", "A file was fetched without a place for it. Please report it.");
    const { size } = this.#request;
    if (guards.declaredSize && size !== undefined && facts.total !== undefined && facts.total !== size) {
      part.spoil();
      throw asFinal(wrongSize(this.#what, size, facts.total));
    }
    const headers = headerChecks([...facts.digests, ...(product.continued ? (part.facts?.digests ?? []) : [])]);
    const need = await SpaceNeed.in(options.folder);
    try {
      const total = facts.total ?? size;
      need.left = total === undefined ? 0 : total - part.position;
      await need.check(meter.file);
      if (product.continued) {
        this.#resumedFrom = part.position;
        part.learn(facts.total === undefined ? {} : { total: facts.total });
      } else {
        this.#resumedFrom = undefined;
        need.left = total ?? 0;
        await part.begin(facts, algorithmsOf(headers));
      }
      meter.begin(part.position, total);
      meter.state("downloading");
      this.#polled = false;
      await this.#pump(product, part, need);
    } finally {
      need.end();
    }
    if (guards.contentLength) {
      if (incoming.isShort) throw incoming.short();
      if (facts.total !== undefined && part.position < facts.total) throw incoming.short();
    }
    meter.state("verifying");
    const digests = await part.digests();
    const verified = await this.#verified(part, headers, digests, facts.total !== undefined);
    if ((incoming.announced !== undefined || facts.total !== undefined) && guards.contentLength)
      verified.unshift("content-length");
    if (verified.length === 0 && options.proof === "required") {
      throw new EoError(
        "UNPROVED",
        `${this.#what}: all bytes came, but nothing declared could prove that they are right. They stay in ${part.target}.part.`,
        { url: safeUrl(this.#request.url) },
      );
    }
    if (guards.fsync) await part.sync();
    if (signal.aborted) throw cancelled(this.#what);
    const type = this.#request.type ?? bareType(answer.headers.get("content-type"));
    const final = await this.#toFinalName(part, digests, verified, type);
    return this.#outcome(final, digests, verified, type, "network");
  }

  /** @param complete the server has no more of it than came */
  async #verified(part: Part, headers: DigestCheck[], digests: Digests, complete: boolean): Promise<string[]> {
    const { signal } = this.#setup;
    const { size } = this.#request;
    try {
      const { verified } = await proveWhole({
        what: this.#what,
        file: part.handle,
        path: part.path,
        size,
        checks: [...this.#checks, ...headers],
        digests,
        signal,
      });
      return verified;
    } catch (error) {
      if (!(error instanceof EoError) || !["SIZE_MISMATCH", "CHECKSUM_MISMATCH", "TRUNCATED"].includes(error.code))
        throw error;
      // A clean end proves nothing: where the server did not say how much there is, the rest may still be had.
      const short = error.code === "TRUNCATED" || (size !== undefined && digests.bytes < size);
      if (complete || !short) part.spoil();
      if (this.#refused === digests.sha256) throw asFinal(error);
      this.#refused = digests.sha256;
      throw new EoError(error.code, error.message, { ...error.cause, url: safeUrl(this.#request.url) });
    }
  }

  /** Body to disk, hashed on the way. What came before a break is written too. */
  async #pump(product: Product, part: Part, need: SpaceNeed): Promise<void> {
    const { meter } = this.#setup;
    const { incoming } = product;
    let looked = performance.now();
    const moved = async (bytes: number): Promise<void> => {
      meter.add(bytes);
      this.#furthest = Math.max(this.#furthest, part.position);
      if (need.left > 0) need.left = Math.max(0, need.left - bytes);
      if (performance.now() - looked < timing.spaceEvery) return;
      looked = performance.now();
      await need.check(meter.file);
    };
    try {
      if (incoming.encoded) await this.#decode(incoming, part, need, moved);
      else await this.#receive(product, part, need, moved);
    } catch (error) {
      if (this.#lost.signal.aborted) throw new Lost();
      throw error;
    }
    if (this.#lost.signal.aborted) throw new Lost();
  }

  /** Work that writes; a full disk is told with how much is missing. */
  async #stored<T>(need: SpaceNeed, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof EoError && error.code === "DISK_FULL") throw await need.error(this.#setup.meter.file);
      throw error;
    }
  }

  /** Bytes as they were sent go from the connection to the disk in the transfer thread. */
  async #receive(product: Product, part: Part, need: SpaceNeed, moved: Moved): Promise<void> {
    const { incoming } = product;
    const { head, rest } = incoming.handOver();
    this.#refuseTooLong(part, part.position + head.length);
    let before = part.position;
    if (head.length > 0) await this.#stored(need, () => part.write(head));
    const hasMoved = (): Promise<void> => {
      const bytes = part.position - before;
      before = part.position;
      return moved(bytes);
    };
    if (!rest) return void (await hasMoved());
    const setup = segmentsOf({ ...this.#askSetup(), part, moved }, product, this.#setup.options.segments);
    if (setup) {
      await hasMoved();
      if (await this.#stored(need, () => receiveSegments(setup, { incoming, body: rest })))
        return void incoming.complete();
      before = part.position;
    }
    let failure: unknown;
    const most = guards.declaredSize ? this.#request.size : undefined;
    const told = (): void => {
      hasMoved().catch((error: unknown) => {
        failure ??= error;
        rest.destroy();
      });
    };
    const result = await this.#stored(need, () => part.receive(rest, most, told));
    await hasMoved();
    if (failure instanceof Error) throw failure;
    if (result.tooLong !== undefined) this.#refuseTooLong(part, result.tooLong);
    incoming.handedBack(Math.max(incoming.wire, result.wire), result.error);
  }

  /** Decoded bytes come through this thread: they are rare. */
  async #decode(incoming: Incoming, part: Part, need: SpaceNeed, moved: Moved): Promise<void> {
    let batch: Buffer[] = [];
    let waiting = 0;
    const flush = async (): Promise<void> => {
      if (waiting === 0) return;
      const bytes = Buffer.concat(batch);
      batch = [];
      waiting = 0;
      await this.#stored(need, () => part.write(bytes));
      await moved(bytes.length);
    };
    let broken: unknown;
    try {
      for await (const chunk of incoming) {
        if (this.#lost.signal.aborted) throw new Lost();
        this.#refuseTooLong(part, part.position + waiting + chunk.length);
        batch.push(chunk);
        waiting += chunk.length;
        if (waiting >= BATCH_BYTES) await flush();
      }
    } catch (error) {
      if (error instanceof Lost || (error instanceof EoError && /^(DISK|INTERNAL)/.test(error.code))) throw error;
      broken = error;
    }
    await flush();
    if (broken instanceof Error) throw broken;
  }

  #refuseTooLong(part: Part, bytes: number): void {
    const { size } = this.#request;
    if (size === undefined || !guards.declaredSize || bytes <= size) return;
    part.spoil();
    throw asFinal(wrongSize(this.#what, size, bytes));
  }

  // ---- the final name ----

  async #toFinalName(part: Part, digests: Digests, verified: string[], type: string | undefined): Promise<Place> {
    const { options } = this.#setup;
    for (;;) {
      const { place, replace } = await this.#finalPlace(part);
      await this.#remember(place, digests, verified, type);
      const sealed = await part.seal();
      if (sealed === undefined || !(await this.#lease?.isMine())) throw new Lost();
      try {
        if (!(await putInPlace(sealed, place.target, options.folder, replace))) continue;
      } catch (error) {
        // Who took over in this very moment has removed what was in the way.
        if (!(await this.#lease?.isMine())) throw new Lost();
        throw error;
      }
      await part.finish();
      return place;
    }
  }

  /** The place as it is now: what is not this product's is not replaced. */
  async #finalPlace(part: Part): Promise<{ place: Place; replace: boolean }> {
    const { options, signal } = this.#setup;
    const place = this.#place;
    if (!place) throw new EoError("INTERNAL", "A file has lost its place. Please report it.");
    const there = await standing(place.target);
    if (there === "free") return { place, replace: false };
    if (there === "link" && options.ifExists !== "rename" && options.ifExists !== "error")
      return { place, replace: true };
    if (there === "file" && options.ifExists !== "error" && options.ifExists !== "rename") {
      const delivered = await this.#memory().byName(place.name);
      if (delivered?.key === this.#claimant.key) return { place, replace: true };
      // A file nobody knows may be anybody's. It gives way where nothing of it is lost, or where it was meant to.
      const mayGive =
        !guards.ownership ||
        (!isOthers(delivered, this.#claimant) &&
          ((place.existing && options.ifExists === "overwrite") ||
            this.#isNamedByItem(place.name) ||
            (await beginsWith(part.handle, place.target, this.#what, signal))));
      if (mayGive) return { place, replace: true };
    }
    const next = await this.#claim(place.name, options.ifExists === "error" ? "error" : "rename");
    this.#place = next;
    release(place);
    return { place: next, replace: false };
  }

  async #remember(place: Place, digests: Digests, verified: string[], type: string | undefined): Promise<void> {
    const { options, request, onNote } = this.#setup;
    try {
      await this.#memory().add(
        {
          name: place.name,
          key: this.#claimant.key,
          lasting: this.#claimant.lasting,
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
        "memory",
      );
    }
  }

  #memory(): ReturnType<typeof deliveredTo> {
    return deliveredTo(this.#setup.options.folder, this.#setup.options.memoryFolder);
  }

  #outcome(
    place: Place,
    digests: Digests,
    verified: string[],
    type: string | undefined,
    source: Outcome["source"],
  ): Outcome {
    return {
      path: place.target,
      bytes: digests.bytes,
      sha256: digests.sha256,
      verified,
      ...(type === undefined ? {} : { type }),
      url: safeUrl(this.#request.url),
      source,
      ...(source === "network" && this.#resumedFrom !== undefined ? { resumedFrom: this.#resumedFrom } : {}),
      seconds: Math.round(performance.now() - this.#started) / 1000,
    };
  }
}

/** More bytes are on disk. @throws EoError DISK_FULL */
type Moved = (bytes: number) => Promise<void>;

/** Which file stands under a path, and in which state; undefined for none. */
async function stamp(target: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await lstat(target, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}

async function pause(ms: number, signal: AbortSignal, what: string): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw cancelled(what);
  }
}
