/** One account's connections in the transfer thread: requests whose answers are files. */
import type { ProxyOptions, TlsOptions } from "../http/dispatcher.js";
import type { Ask } from "./messages.js";
import { FarBody } from "./far-body.js";
import { Thread, newNumber } from "./thread.js";

export interface LineOrder extends Ask {
  /** Ends the wait for the head. */
  head: AbortSignal;
  /** Ends the body, as long as it is read. */
  life: AbortSignal | undefined;
  /** The connection stands and the request leaves now. */
  onSent: () => void;
}

export interface LineAnswer {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: FarBody;
}

export class Line {
  readonly #tls: TlsOptions;
  readonly #proxy: ProxyOptions | undefined;
  /** Where it is known already. */
  #known: { thread: Thread; number: number } | undefined;

  constructor(tls: TlsOptions, proxy: ProxyOptions | undefined) {
    this.#tls = tls;
    this.#proxy = proxy;
  }

  /** The answer's head with its body still to come. Rejects at once when `head` fires. @throws the connection's error; the crash */
  send(order: LineOrder): Promise<LineAnswer> {
    const { head, life, onSent, ...ask } = order;
    return new Promise((resolve, reject) => {
      if (head.aborted) return void reject(aborted());
      const { thread, line } = this.#connect();
      const answer = newNumber();
      const body = new FarBody(thread, answer);
      const end = (): void => head.removeEventListener("abort", onAbort);
      const onAbort = (): void => {
        end();
        body.destroy();
        reject(aborted());
      };
      head.addEventListener("abort", onAbort, { once: true });
      thread.ask(
        { type: "ask", answer, line, ...ask },
        {
          sent: onSent,
          head: (statusCode, headers) => {
            end();
            if (life) body.endWith(life);
            resolve({ statusCode, headers, body });
          },
          failed: (error) => {
            end();
            body.fail(error);
            reject(error);
          },
        },
      );
    });
  }

  #connect(): { thread: Thread; line: number } {
    if (!this.#known || this.#known.thread.isOver) {
      const thread = Thread.get();
      this.#known = { thread, number: newNumber() };
      thread.use(this);
      thread.post({ type: "line", line: this.#known.number, tls: this.#tls, proxy: this.#proxy });
    }
    return { thread: this.#known.thread, line: this.#known.number };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const known = this.#known;
    this.#known = undefined;
    if (!known || known.thread.isOver) return;
    await known.thread.do({ type: "endLine", line: known.number, job: newNumber() }).catch(() => undefined);
    known.thread.leave(this);
  }
}

function aborted(): Error {
  return Object.assign(new Error("The request was cancelled."), { code: "ABORT_ERR" });
}
