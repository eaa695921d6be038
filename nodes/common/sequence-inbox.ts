/** Collects what comes as a `msg.parts` sequence, message by message, until its count is reached or it falls silent. */
import type { Message, Parts } from "./sequences.js";

const SILENCE_MS = 3_600_000;

interface Open<State> {
  state: State;
  received: number;
  count: number | undefined;
  last: Message;
  lastIndex: number;
  timer: NodeJS.Timeout;
}

export class SequenceInbox<State> {
  readonly #open = new Map<string, Open<State>>();
  readonly #begin: () => State;
  readonly #dropped: (received: number) => void;

  /** `begin` makes the state of a new sequence; `dropped` is told when one was given up after an hour of silence. */
  constructor(begin: () => State, dropped: (received: number) => void) {
    this.#begin = begin;
    this.#dropped = dropped;
  }

  /** The state the message belongs to. */
  enter(msg: Message, parts: Parts): State {
    const open = this.#open.get(parts.id) ?? this.#new(parts.id, msg);
    open.received += 1;
    if (typeof parts.count === "number") open.count = parts.count;
    if (parts.index >= open.lastIndex) {
      open.last = msg;
      open.lastIndex = parts.index;
    }
    open.timer.refresh();
    return open.state;
  }

  /** The last message of the sequence with this state, once it is complete; the sequence is then forgotten. */
  complete(parts: Parts, state: State): Message | undefined {
    const open = this.#open.get(parts.id);
    // After a reset another sequence may have come under the same id.
    if (open?.state !== state || open.count === undefined || open.received < open.count) return undefined;
    this.#forget(parts.id, open);
    return open.last;
  }

  clear(): void {
    for (const [id, open] of this.#open) this.#forget(id, open);
  }

  #new(id: string, msg: Message): Open<State> {
    const timer = setTimeout(() => {
      const open = this.#open.get(id);
      this.#open.delete(id);
      if (open) this.#dropped(open.received);
    }, SILENCE_MS);
    timer.unref();
    const open = { state: this.#begin(), received: 0, count: undefined, last: msg, lastIndex: -1, timer };
    this.#open.set(id, open);
    return open;
  }

  #forget(id: string, open: Open<State>): void {
    clearTimeout(open.timer);
    this.#open.delete(id);
  }
}
