/** The one thread that receives, hashes and writes files for the whole process: started when needed, ended when not. */
import path from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";
import { crashed } from "./crash.js";
import type { FromThread, Reached, ToThread } from "./messages.js";
import { fromPlain } from "./plain-error.js";

/** Modules loaded in the thread first, and how long it stays when nobody uses it. For tests. */
export const threadSetup = {
  preload: [] as string[],
  lingerMs: 250,
};

/** What the thread says of one request. */
export interface AnswerListener {
  sent: () => void;
  head: (status: number, headers: Record<string, string | string[] | undefined>) => void;
  failed: (error: Error) => void;
}

interface Job {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  progress: ((reached: Reached) => void) | undefined;
  placed: ((bytes: number) => void) | undefined;
}

export interface JobOptions {
  progress?: (reached: Reached) => void;
  placed?: (bytes: number) => void;
  signal?: AbortSignal | undefined;
}

let lastNumber = 0;

/** A number nobody else has. */
export function newNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** One life of the thread. Whoever holds it after its end gets the crash as an error. */
export class Thread {
  readonly #worker: Worker;
  readonly #answers = new Map<number, AnswerListener>();
  readonly #jobs = new Map<number, Job>();
  readonly #users = new Set<object>();
  #linger: NodeJS.Timeout | undefined;
  #lost: Error | undefined;
  #ending = false;

  private constructor() {
    const extension = path.extname(__filename);
    // Run from its source, the thread needs the loader the process has.
    const loader = extension === ".ts" ? [require.resolve("tsx/cjs")] : [];
    this.#worker = new Worker(path.join(__dirname, `transfer-worker${extension}`), {
      execArgv: [...loader, ...threadSetup.preload].flatMap((file) => ["--require", file]),
      env: SHARE_ENV,
      name: "eo-transfer",
    });
    this.#worker.on("message", (message: FromThread) => this.#take(message));
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.#why = error.code ?? error.name;
    });
    this.#worker.on("exit", () => this.#end());
    this.#worker.unref();
  }

  #why = "it ended by itself";

  /** The thread that runs now, or a new one. */
  static get(): Thread {
    if (!current || current.isOver) current = new Thread();
    return current;
  }

  /** It runs no more, or will not for long. */
  get isOver(): boolean {
    return this.#lost !== undefined || this.#ending;
  }

  /** Keeps the thread until `leave`. */
  use(user: object): void {
    clearTimeout(this.#linger);
    this.#users.add(user);
  }

  leave(user: object): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    this.#linger = setTimeout(() => {
      this.#ending = true;
      void this.#worker.terminate();
    }, threadSetup.lingerMs);
    this.#linger.unref();
  }

  /** @throws the crash, when the thread is gone */
  post(message: ToThread): void {
    if (this.#lost) throw this.#lost;
    this.#worker.postMessage(message);
  }

  /** Sends a request; what comes of it goes to `listener` until `forget`. */
  ask(message: Extract<ToThread, { type: "ask" }>, listener: AnswerListener): void {
    this.post(message);
    this.#answers.set(message.answer, listener);
    this.#worker.ref();
  }

  /** Nothing more is expected of the answer. */
  forget(answer: number): void {
    if (this.#answers.delete(answer)) this.#rest();
  }

  /** Has something done. @throws what went wrong there; the crash */
  async do<T>(message: ToThread & { job: number }, options: JobOptions = {}): Promise<T> {
    const { job } = message;
    const stop = (): void => {
      if (!this.#lost) this.post({ type: "stop", job });
    };
    this.post(message);
    this.#worker.ref();
    try {
      return await new Promise<T>((resolve, reject) => {
        const { progress, placed } = options;
        this.#jobs.set(job, { resolve: resolve as (value: unknown) => void, reject, progress, placed });
        if (options.signal?.aborted) stop();
        options.signal?.addEventListener("abort", stop, { once: true });
      });
    } finally {
      options.signal?.removeEventListener("abort", stop);
      this.#jobs.delete(job);
      this.#rest();
    }
  }

  /** An idle thread does not keep the process alive. */
  #rest(): void {
    if (this.#answers.size === 0 && this.#jobs.size === 0) this.#worker.unref();
  }

  #take(message: FromThread): void {
    switch (message.type) {
      case "ready":
        return;
      case "sent":
        return this.#answers.get(message.answer)?.sent();
      case "head":
        return this.#answers.get(message.answer)?.head(message.status, message.headers);
      case "failed":
        return this.#answers.get(message.answer)?.failed(fromPlain(message.error));
      case "progress":
        return this.#jobs.get(message.job)?.progress?.(message);
      case "placed":
        return this.#jobs.get(message.job)?.placed?.(message.bytes);
      case "done":
        return this.#jobs.get(message.job)?.resolve(message.value);
      case "broken":
        return this.#jobs.get(message.job)?.reject(fromPlain(message.error));
    }
  }

  #end(): void {
    clearTimeout(this.#linger);
    const lost = (this.#lost = crashed(this.#why));
    for (const answer of [...this.#answers.values()]) answer.failed(lost);
    for (const job of [...this.#jobs.values()]) job.reject(lost);
    this.#answers.clear();
    this.#jobs.clear();
  }
}

let current: Thread | undefined;
