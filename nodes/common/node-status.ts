/** The one owner of a node's status: counted over everything in flight, at most two changes a second. */
import type { Node, NodeStatus as RedStatus } from "node-red";

const GAP_MS = 500;

export class NodeStatus {
  readonly #node: Node;
  #shown = "";
  #wanted: RedStatus = {};
  #lastAt = -GAP_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Shows `status`, at once or as soon as the gap allows; only the newest of several is shown. */
  show(status: RedStatus): void {
    this.#wanted = status;
    const wait = this.#lastAt + GAP_MS - performance.now();
    if (wait <= 0) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), wait);
  }

  working(text: string): void {
    this.show({ fill: "blue", shape: "dot", text });
  }

  done(text: string): void {
    this.show({ fill: "green", shape: "dot", text });
  }

  /** Worked, but look at it. */
  warning(text: string): void {
    this.show({ fill: "yellow", shape: "dot", text });
  }

  failed(text: string): void {
    this.show({ fill: "red", shape: "ring", text });
  }

  /** Clears the status and shows nothing more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#node.status({});
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const key = JSON.stringify(this.#wanted);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#lastAt = performance.now();
    this.#node.status(this.#wanted);
  }
}
