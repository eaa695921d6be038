/** All uploads of one node: a few at once, progress, cancelling, and one end for each. */
import { randomUUID } from "node:crypto";
import { Slots } from "../download/slots.js";
import { asEoError, cancelled } from "../errors.js";
import type { Store } from "./store.js";
import { upload, type UploadOptions, type Uploaded } from "./upload.js";

export type UploadState = "queued" | "uploading" | "verifying" | "done" | "failed" | "cancelled";

export interface UploadProgress {
  /** The transfer's id, for `cancel`. */
  topic: string;
  payload: {
    state: UploadState;
    file: string;
    bytes: number;
    total?: number;
    percent?: number;
    /** Bytes a second. */
    rate: number;
    /** Seconds left. */
    eta?: number;
  };
}

export interface UploadsHooks {
  signal: AbortSignal;
  onProgress: (progress: UploadProgress) => void;
  onNote: (text: string) => void;
}

export interface UploadsSnapshot {
  active: number;
  bytes: number;
  total: number;
}

const AT_ONCE = 2;
const EVERY_MS = 1_000;

interface Running {
  controller: AbortController;
  bytes: number;
  total: number;
}

export class Uploads {
  readonly #slots = new Slots(AT_ONCE);
  readonly #running = new Map<string, Running>();

  /** @throws EoError of the upload */
  async run(
    open: (signal: AbortSignal) => Promise<Store>,
    options: UploadOptions,
    hooks: UploadsHooks,
  ): Promise<Uploaded> {
    const id = randomUUID();
    const controller = new AbortController();
    const running: Running = { controller, bytes: 0, total: 0 };
    const what = `Putting ${options.path}`;
    const started = performance.now();
    let told = 0;
    const tell = (state: UploadState): void => {
      const { bytes, total } = running;
      told = performance.now();
      const seconds = (told - started) / 1000;
      const rate = state === "uploading" || state === "done" ? Math.round(seconds > 0 ? bytes / seconds : 0) : 0;
      hooks.onProgress({
        topic: id,
        payload: {
          state,
          file: options.path,
          bytes,
          ...(total > 0 ? { total, percent: Math.floor((1000 * bytes) / total) / 10 } : {}),
          rate,
          ...(state === "uploading" && rate > 0 ? { eta: Math.ceil((total - bytes) / rate) } : {}),
        },
      });
    };
    const stop = (): void => controller.abort();
    if (hooks.signal.aborted) stop();
    hooks.signal.addEventListener("abort", stop, { once: true });
    this.#running.set(id, running);
    let leave: (() => void) | undefined;
    try {
      tell("queued");
      leave = await this.#slots.take(controller.signal, what);
      const store = await open(controller.signal);
      const result = await upload(store, options, {
        signal: controller.signal,
        onNote: hooks.onNote,
        onState: tell,
        onBytes: (bytes, total) => {
          Object.assign(running, { bytes, total });
          if (performance.now() - told >= EVERY_MS) tell("uploading");
        },
      });
      Object.assign(running, { bytes: result.bytes, total: result.bytes });
      tell("done");
      return result;
    } catch (error) {
      const failure = controller.signal.aborted ? cancelled(what) : asEoError(error);
      tell(failure.code === "CANCELLED" ? "cancelled" : "failed");
      throw failure;
    } finally {
      hooks.signal.removeEventListener("abort", stop);
      this.#running.delete(id);
      leave?.();
    }
  }

  /** False when no upload of this node has the id. */
  cancel(id: string): boolean {
    const running = this.#running.get(id);
    running?.controller.abort();
    return running !== undefined;
  }

  cancelAll(): void {
    for (const { controller } of [...this.#running.values()]) controller.abort();
  }

  snapshot(): UploadsSnapshot {
    const sum = { active: 0, bytes: 0, total: 0 };
    for (const { bytes, total } of this.#running.values()) {
      sum.active += 1;
      sum.bytes += bytes;
      sum.total += total;
    }
    return sum;
  }
}
