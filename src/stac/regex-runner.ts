/** How a person's regular expression is run: in a worker thread that is stopped when a text takes too long. */
import { Worker } from "node:worker_threads";
import { badInput, cancelled, EoError } from "../errors.js";
import { REGEX_WORKER_CODE, type RegexJob, type RegexReply } from "./regex-worker.js";

/** What the pattern found in one text: `0` is the whole match, other keys are named groups; null without a match. */
export type RegexMatch = Record<string, string> | null;

/** For one job, from its start in the worker; starting the worker does not count. */
const LIMIT_MS = 100;
/** A job is this many texts at most, so that a long list of harmless texts stays far below the limit. */
const TEXTS_A_JOB = 500;
/** A slow machine can make a harmless pattern miss the limit, and a worker can crash: each is tried once more. */
const TRIES = 2;

const FLAGS = /^[dgimsuvy]*$/;

/** A pattern as source and flags: `/source/flags`, or the source alone. */
export function parsePattern(pattern: string): { source: string; flags: string } {
  const end = pattern.lastIndexOf("/");
  if (pattern.startsWith("/") && end > 0 && FLAGS.test(pattern.slice(end + 1))) {
    return { source: pattern.slice(1, end), flags: pattern.slice(end + 1) };
  }
  return { source: pattern, flags: "" };
}

/** Thrown inside this file: try again, or fail with `error`. */
class Lost extends Error {
  constructor(readonly error: EoError) {
    super(error.message);
  }
}

/**
 * Runs regular expressions off the main loop. The one worker is started at the first use, does not keep the process
 * alive while idle, and is stopped and started anew when a job takes longer than 100 ms.
 */
export class RegexRunner {
  readonly #code: string;
  #worker: Worker | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  #lastJob = 0;
  /** Ends the wait for the worker's next reply. */
  #abandon: ((why: EoError) => void) | undefined;

  /** @param code the worker's own code, for tests of a worker that fails */
  constructor(code: string = REGEX_WORKER_CODE) {
    this.#code = code;
  }

  /**
   * @param pattern `/source/flags` or the source alone
   * @returns for each text what was found
   * @throws EoError BAD_INPUT when the pattern is no regular expression (with the engine's words) or takes longer than
   * 100 ms, CANCELLED when the runner was closed, INTERNAL when the worker crashed twice
   */
  run(pattern: string, texts: string[]): Promise<RegexMatch[]> {
    const result = this.#queue.then(() => this.#runAll(pattern, texts));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Ends the worker; what still runs is rejected with CANCELLED. Nothing can be run afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    this.#abandon?.(cancelled("The regular expression"));
    this.#worker = undefined;
    await worker?.terminate();
    await this.#queue;
  }

  async #runAll(pattern: string, texts: string[]): Promise<RegexMatch[]> {
    const { source, flags } = parsePattern(pattern);
    const found: RegexMatch[] = [];
    // At least one job, so that a wrong pattern is found without texts too.
    for (let at = 0; at === 0 || at < texts.length; at += TEXTS_A_JOB) {
      this.#lastJob += 1;
      const job: RegexJob = { id: this.#lastJob, source, flags, texts: texts.slice(at, at + TEXTS_A_JOB) };
      const reply = await this.#tryJob(job, pattern);
      if (reply.type === "failed") {
        throw badInput(
          `${shown(pattern)} is not a regular expression: ${reply.message}. Write "/S3A.*OL_1/i" or "S3A.*OL_1".`,
        );
      }
      // Object.fromEntries defines own keys, whatever a group is called.
      for (const match of reply.matches) found.push(match && Object.fromEntries(match));
    }
    return found;
  }

  async #tryJob(job: RegexJob, pattern: string): Promise<Extract<RegexReply, { type: "done" | "failed" }>> {
    for (let left = TRIES; ; left -= 1) {
      this.#refuseWhenClosed();
      try {
        return await this.#oneTry(job, pattern);
      } catch (thrown) {
        if (!(thrown instanceof Lost)) throw thrown;
        await this.#stopWorker();
        this.#refuseWhenClosed();
        if (left === 1) throw thrown.error;
      }
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw cancelled("The regular expression");
  }

  async #stopWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #startWorker(): Promise<Worker> {
    // Without the process's own options: a loader given there has no business in the worker.
    const worker = new Worker(this.#code, {
      eval: true,
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    // A worker may fail while nobody waits for it; that must not end the process.
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    this.#worker = worker;
    await this.#reply(worker, (reply) => (reply.type === "ready" ? reply : undefined));
    return worker;
  }

  async #oneTry(job: RegexJob, pattern: string): Promise<Extract<RegexReply, { type: "done" | "failed" }>> {
    const worker = this.#worker ?? (await this.#startWorker());
    worker.ref();
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    try {
      const answer = this.#reply(worker, (reply) => {
        if (reply.type === "ready" || reply.id !== job.id) return undefined;
        if (reply.type !== "started") return reply;
        timer = setTimeout(() => {
          // A busy main loop may run this before it has taken the answer that lies there already.
          setImmediate(() => {
            if (!over) this.#abandon?.(tooSlow(pattern));
          });
        }, LIMIT_MS);
        return undefined;
      });
      worker.postMessage(job);
      return await answer;
    } finally {
      over = true;
      clearTimeout(timer);
      worker.unref();
    }
  }

  /** Waits for the reply that `pick` takes. Only one wait is under way at a time. */
  #reply<T>(worker: Worker, pick: (reply: RegexReply) => T | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        this.#abandon = undefined;
      };
      const fail = (why: EoError): void => {
        end();
        reject(new Lost(why));
      };
      const onMessage = (reply: RegexReply): void => {
        const picked = pick(reply);
        if (picked === undefined) return;
        end();
        resolve(picked);
      };
      const onError = (error: Error): void => fail(crashed(error.message));
      const onExit = (): void => fail(crashed("it ended without an answer"));
      this.#abandon = fail;
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    });
  }
}

function tooSlow(pattern: string): EoError {
  return badInput(
    `The regular expression ${shown(pattern)} took longer than ${LIMIT_MS} ms. ` +
      "Make it simpler: repeats inside repeats, such as (a+)+, are the usual cause. A glob is always fast.",
  );
}

function crashed(why: string): EoError {
  return new EoError("INTERNAL", `The worker that runs regular expressions crashed: ${why}. Please report it.`, {
    message: why,
  });
}

function shown(pattern: string): string {
  return JSON.stringify(pattern.length > 80 ? `${pattern.slice(0, 79)}…` : pattern);
}
