/** All transfers of one node: slots, progress, cancelling, and one end for each message. */
import { createHash, randomUUID } from "node:crypto";
import { basename } from "node:path";
import { EoError, asEoError, badInput, cancelled, type FailedFile } from "../errors.js";
import type { Door } from "../http/door.js";
import type { IfExists } from "./claims.js";
import { prepareFolder } from "./disk.js";
import { Flight } from "./flights.js";
import { identityOf } from "./identity.js";
import { localItem, type LocalFile } from "./local-item.js";
import type { Reading } from "./meter.js";
import { checkTemplate, folded, numbered } from "./names.js";
import { fixedNameOf, provisionalName } from "./naming.js";
import type { JsonObject } from "./json.js";
import type { FileRequest } from "./requests.js";
import { Seat, Slots } from "./slots.js";
import { transfer, type Landed, type Outcome, type TransferOptions } from "./transfer.js";

export interface DownloadOptions {
  /** Absolute; created when it is not there. */
  folder: string;
  /** Template of the file name; blank: the server's name. */
  filename?: string;
  /** [verify] */
  ifExists?: IfExists;
  /** 1–8 [1] */
  segments?: number;
  /** [best] */
  proof?: "best" | "required";
  /** Seconds for 1 KiB. [120] */
  stallTimeout?: number;
  /** [5] */
  retries?: number;
  /** [true] */
  order?: boolean;
  /** Minutes. [1440] */
  orderTimeout?: number;
}

export interface FileDone {
  /** Place in the message, and how many files it asks for. */
  index: number;
  count: number;
  /** The item with local hrefs of the files finished so far; a copy of its own. */
  item?: JsonObject;
  payload: Outcome;
}

export type TransferState = Reading["state"] | "done" | "failed" | "cancelled";

export interface Progress {
  /** The transfer's id, for `cancel`. */
  topic: string;
  payload: {
    state: TransferState;
    file: string;
    item?: string;
    asset?: string;
    bytes: number;
    total?: number;
    percent?: number;
    /** Bytes a second. */
    rate: number;
    /** Seconds left. */
    eta?: number;
  };
}

export interface RunHooks {
  signal?: AbortSignal;
  onFile?: (file: FileDone) => void;
  onProgress?: (progress: Progress) => void;
  /** Something a person should read once. */
  onNote?: (text: string) => void;
}

export interface Snapshot {
  /** Downloading or verifying. */
  active: number;
  waiting: number;
  ordering: number;
  bytes: number;
  /** Known when every active file's is. */
  total?: number;
  percent?: number;
  rate: number;
}

interface Running {
  controller: AbortController;
  reading: Reading;
}

export interface DownloadsSetup {
  door: Door;
  /** Files at once. [2] */
  parallel?: number;
  /** Where it is remembered which item a finished file belongs to; absent: in memory only. */
  memoryFolder?: string;
}

export class Downloads {
  readonly #door: Door;
  readonly #memoryFolder: string | undefined;
  readonly #slots: Slots;
  readonly #running = new Map<string, Running>();

  constructor(setup: DownloadsSetup) {
    this.#door = setup.door;
    this.#memoryFolder = setup.memoryFolder;
    this.#slots = new Slots(wholeNumber(setup.parallel ?? 2, "The number of files at once", 1, 64));
  }

  /** Files at once, for everything in flight in this node. */
  set parallel(parallel: number) {
    this.#slots.limit = wholeNumber(parallel, "The number of files at once", 1, 64);
  }

  /**
   * Fetches all files; each ends in exactly one of done, failed, cancelled.
   * @throws EoError of the first failed file in input order, `cause.failed` naming all of them
   */
  async run(files: FileRequest[], options: DownloadOptions, hooks: RunHooks = {}): Promise<void> {
    if (files.length === 0) return;
    const settled = settle(options);
    const failedFolder = await prepareFolder(settled.folder).then(
      (folder) => {
        settled.folder = folder;
        return undefined;
      },
      (error: unknown) => asEoError(error),
    );
    if (failedFolder) throw summary(files, new Map(files.map((file, place) => [place, file.problem ?? failedFolder])));
    if (this.#memoryFolder !== undefined) settled.memoryFolder = this.#memoryFolder;
    const names = fixedNames(files, settled.filename);
    const done = new Map<JsonObject, Map<string, LocalFile>>();
    const errors = new Map<number, EoError>();

    const told = new Set<string>();
    const note = (text: string, kind = text): void => {
      if (told.has(kind)) return;
      told.add(kind);
      hooks.onNote?.(text);
    };
    await Promise.all(
      files.map(async (request, place) => {
        try {
          const landed = await this.#one(request, settled, names[place], hooks, note);
          const item = itemAfter(request, landed, done);
          hooks.onFile?.({
            index: request.index,
            count: files.length,
            ...(item ? { item } : {}),
            payload: { ...landed.outcome },
          });
        } catch (error) {
          errors.set(place, asEoError(error));
        }
      }),
    );
    if (errors.size > 0) throw summary(files, errors);
  }

  /** False when no transfer of this node has the id. */
  cancel(id: string): boolean {
    const running = this.#running.get(id);
    running?.controller.abort();
    return running !== undefined;
  }

  /** Every file of every run in this node ends in CANCELLED. */
  cancelAll(): void {
    for (const { controller } of [...this.#running.values()]) controller.abort();
  }

  /** Everything in flight, for the status. */
  snapshot(): Snapshot {
    const sum: Snapshot = { active: 0, waiting: 0, ordering: 0, bytes: 0, rate: 0 };
    let total: number | undefined = 0;
    for (const { reading } of this.#running.values()) {
      if (reading.state === "queued") sum.waiting += 1;
      else if (reading.state === "ordering") sum.ordering += 1;
      else {
        sum.active += 1;
        sum.bytes += reading.bytes;
        if (reading.state === "downloading") sum.rate += reading.rate;
        total = total === undefined || reading.total === undefined ? undefined : total + reading.total;
      }
    }
    if (total !== undefined && total > 0) {
      sum.total = total;
      sum.percent = percentOf(sum.bytes, total);
    }
    return sum;
  }

  /** One file of one message: joins the flight for its product, or starts it. */
  async #one(
    request: FileRequest,
    options: TransferOptions,
    fixedName: string | undefined,
    hooks: RunHooks,
    note: (text: string, kind?: string) => void,
  ): Promise<Landed> {
    const id = randomUUID();
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    const running: Running = {
      controller,
      reading: { state: "queued", file: fixedName ?? provisionalName(request), bytes: 0, rate: 0 },
    };
    const started = performance.now();
    let last: TransferState | undefined;
    const tell = (state: TransferState): void => {
      last = state;
      hooks.onProgress?.({ topic: id, payload: payloadOf(request, state, running.reading, started) });
    };
    if (hooks.signal?.aborted) stop();
    hooks.signal?.addEventListener("abort", stop, { once: true });
    this.#running.set(id, running);
    try {
      tell("queued");
      if (request.problem) throw request.problem;
      const landed = await Flight.share({
        key: flightKey(request, options),
        door: this.#door,
        file: running.reading.file,
        signal: controller.signal,
        listen: (reading) => {
          running.reading = reading;
          if (reading.state !== "queued" || last !== "queued") tell(reading.state);
        },
        fly: (meter, signal) =>
          transfer({
            door: this.#door,
            request,
            options,
            ...(fixedName === undefined ? {} : { fixedName }),
            meter,
            seat: new Seat(this.#slots, `Download of ${meter.file}`),
            signal,
            onNote: note,
          }),
      });
      const { outcome } = landed;
      if (options.proof === "required" && outcome.verified.length === 0) {
        throw new EoError("UNPROVED", `Nothing declared could prove that ${outcome.path} is right.`);
      }
      const { bytes } = outcome;
      running.reading = { ...running.reading, file: basename(outcome.path), bytes, total: bytes };
      tell("done");
      return landed;
    } catch (error) {
      const failure = controller.signal.aborted ? cancelled(`Download of ${running.reading.file}`) : asEoError(error);
      tell(failure.code === "CANCELLED" ? "cancelled" : "failed");
      throw failure;
    } finally {
      hooks.signal?.removeEventListener("abort", stop);
      this.#running.delete(id);
    }
  }
}

function payloadOf(request: FileRequest, state: TransferState, reading: Reading, started: number): Progress["payload"] {
  const { file, bytes, total } = reading;
  const seconds = (performance.now() - started) / 1000;
  const rate =
    state === "done" ? Math.round(seconds > 0 ? bytes / seconds : 0) : state === "downloading" ? reading.rate : 0;
  return {
    state,
    file,
    ...(request.itemId === undefined ? {} : { item: request.itemId }),
    ...(request.asset === undefined ? {} : { asset: request.asset }),
    bytes,
    ...(total === undefined ? {} : { total, percent: percentOf(bytes, total) }),
    rate,
    ...(state === "downloading" && total !== undefined && rate > 0
      ? { eta: Math.ceil(Math.max(0, total - bytes) / rate) }
      : {}),
  };
}

function percentOf(bytes: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((1000 * bytes) / total) / 10);
}

/** Options with their defaults. @throws EoError BAD_INPUT */
function settle(options: DownloadOptions): TransferOptions {
  const filename = (options.filename ?? "").trim();
  checkTemplate(filename);
  if (options.folder === "") throw badInput("The folder is empty. Name one, or leave the field blank for the default.");
  const stallTimeout = options.stallTimeout ?? 120;
  if (!(Number.isFinite(stallTimeout) && stallTimeout > 0))
    throw badInput("The stall timeout must be a number of seconds above 0.");
  const orderTimeout = options.orderTimeout ?? 1440;
  if (!(Number.isFinite(orderTimeout) && orderTimeout > 0))
    throw badInput("The order timeout must be a number of minutes above 0.");
  return {
    folder: options.folder,
    filename,
    ifExists: oneOf(
      options.ifExists ?? "verify",
      ["verify", "overwrite", "rename", "error"],
      "What to do with an existing file",
    ),
    proof: oneOf(options.proof ?? "best", ["best", "required"], "The proof"),
    stallMs: Math.min(stallTimeout * 1000, 2 ** 31 - 1),
    retries: wholeNumber(options.retries ?? 5, "The number of repeats", 0, 1000),
    order: options.order ?? true,
    orderTimeout,
    segments: wholeNumber(options.segments ?? 1, "The number of segments", 1, 8),
  };
}

function wholeNumber(value: number, what: string, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw badInput(`${what} must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

function oneOf<T extends string>(value: T, allowed: readonly T[], what: string): T {
  if (!allowed.includes(value)) throw badInput(`${what} must be one of ${allowed.join(", ")}.`);
  return value;
}

/** Names that do not depend on the server, numbered in input order where several files would get the same. */
export function fixedNames(files: FileRequest[], template: string): (string | undefined)[] {
  const used = new Map<string, { n: number; key: string }[]>();
  return files.map((request) => {
    if (request.problem || request.order === true) return undefined;
    const name = fixedNameOf(request, template);
    if (name === undefined) return undefined;
    const key = identityOf(request);
    const same = used.get(folded(name)) ?? [];
    used.set(folded(name), same);
    const known = same.find((one) => one.key === key);
    if (known) return numbered(name, known.n);
    same.push({ n: same.length + 1, key });
    return numbered(name, same.length);
  });
}

/** Requests with the same key are one transfer while they overlap. */
function flightKey(request: FileRequest, options: TransferOptions): string {
  return createHash("sha256")
    .update([identityOf(request), options.folder, options.filename].join("\0"))
    .digest("hex");
}

/** The item with its local files; for an ordered product, the item that became ready. */
function itemAfter(
  request: FileRequest,
  { outcome, request: fetched }: Landed,
  done: Map<JsonObject, Map<string, LocalFile>>,
): JsonObject | undefined {
  if (!request.item) return undefined;
  const files = done.get(request.item) ?? new Map<string, LocalFile>();
  done.set(request.item, files);
  if (fetched.asset !== undefined) files.set(fetched.asset, { path: outcome.path, url: fetched.url });
  return localItem(request.order === true ? (fetched.item ?? request.item) : request.item, files);
}

function summary(files: FileRequest[], errors: ReadonlyMap<number, EoError>): EoError {
  const places = [...errors.keys()].sort((a, b) => a - b);
  const failed: FailedFile[] = places.map((place) => {
    const request = files[place];
    return {
      ...(request?.itemId === undefined ? {} : { item: request.itemId }),
      ...(request?.asset === undefined ? {} : { asset: request.asset }),
      code: errors.get(place)?.code ?? "INTERNAL",
    };
  });
  const first =
    errors.get(places[0] ?? 0) ?? new EoError("INTERNAL", "A download failed without a reason. Please report it.");
  const count = files.length > 1 ? ` (${failed.length} of ${files.length} files failed.)` : "";
  return new EoError(first.code, `${first.message}${count}`, { ...first.cause, failed });
}
