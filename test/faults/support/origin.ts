/** A server on bare sockets that answers as a script says and keeps every request it saw. */
import { hostHolds } from "../../../src/http/pace.js";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface Request {
  /** From 1, among the requests of its path. */
  n: number;
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** Head and body as they came. */
  raw: string;
  /** Where the server is, `http://127.0.0.1:port`. */
  base: string;
  /** performance.now() */
  at: number;
}

/** One answer. */
export type Step = (request: Request, socket: Socket) => void;
/** Answers to the requests of one path in turn, the last again and again; by path, `*` for every other. */
export type Script = Step | Step[] | { [path: string]: Step | Step[] };

export class Origin {
  readonly seen: Request[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();
  #script: Script;
  base = "";

  constructor(script: Script) {
    this.#script = script;
    this.#server = createServer((socket) => this.#talk(socket));
  }

  set script(script: Script) {
    this.#script = script;
    this.#counts.clear();
  }

  async listen(): Promise<this> {
    for (;;) {
      await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
      const host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
      this.base = `http://${host}`;
      // A port that an earlier test's server had, which asked for a long pause.
      if (!hostHolds.held(host)) return this;
      await new Promise((resolve) => this.#server.close(resolve));
    }
  }

  #talk(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined);
    let pending = "";
    socket.on("data", (data) => {
      pending += data.toString("latin1");
      for (;;) {
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        const [line = "", ...lines] = pending.slice(0, end).split("\r\n");
        const headers = Object.fromEntries(
          lines.map((one) => [one.slice(0, one.indexOf(":")).toLowerCase(), one.slice(one.indexOf(":") + 1).trim()]),
        );
        const length = Number(headers["content-length"] ?? 0);
        if (pending.length < end + 4 + length) return;
        const raw = pending.slice(0, end + 4 + length);
        pending = pending.slice(end + 4 + length);
        const [method = "", path = ""] = line.split(" ");
        const script = typeof this.#script === "object" && !Array.isArray(this.#script) ? this.#script : undefined;
        const bare = path.split("?")[0] ?? "";
        const key = script ? (path in script ? path : bare in script ? bare : "*") : "";
        const n = (this.#counts.get(key) ?? 0) + 1;
        this.#counts.set(key, n);
        const request = {
          n,
          method,
          path,
          headers,
          body: raw.slice(end + 4),
          raw,
          base: this.base,
          at: performance.now(),
        };
        this.seen.push(request);
        const steps = script ? script[key] : (this.#script as Step | Step[]);
        const step = Array.isArray(steps) ? (steps[n - 1] ?? steps.at(-1)) : steps;
        if (step) step(request, socket);
        else socket.end("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
