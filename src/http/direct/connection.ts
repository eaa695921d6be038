/** One HTTP/1 connection whose bytes land in slabs: a request at a time, its answer piece by piece. */
import net from "node:net";
import tls from "node:tls";
import type { Piece, Source } from "../../thread/source.js";
import { UntilClose, framingOf, keptFor, type Framing } from "./framing.js";
import { HeadReader, type Head } from "./head.js";
import { takeSlab, type Slab } from "./slabs.js";

/** A slab with less room is full: TLS brings 16 KiB at once. */
const ROOM = 16 * 1024;
/** Where bytes land while no slab is at hand. */
const LANDING_BYTES = 4 * 1024;
const KEEP_ALIVE_PROBE_MS = 60_000;

interface Waiter {
  least: number;
  resolve: (piece: Piece | undefined) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

export interface ConnectOptions {
  url: URL;
  tls: tls.ConnectionOptions;
  session: Buffer | undefined;
  onSession: (session: Buffer) => void;
  /** The connection stands. */
  onReady: () => void;
  onClose: (error: Error) => void;
}

function broken(message: string): Error {
  return Object.assign(new Error(message), { code: "UND_ERR_SOCKET" });
}

export class Connection {
  readonly #socket: net.Socket;
  #error: Error | undefined;
  #method = "";
  #onHead: ((head: Head) => void) | undefined;
  #onBroken: ((error: Error) => void) | undefined;
  #reader: HeadReader | undefined;
  #framing: Framing | undefined;
  #slab: Slab | undefined;
  /** Where the next bytes land in the slab, which is where the body that has come ends. */
  #fill = 0;
  /** Where the body begins that was not handed out. */
  #start = 0;
  #waiting: Piece[] = [];
  #waiter: Waiter | undefined;
  #paused = false;
  #keptFor = 0;
  readonly #landing: Buffer;
  /** Of a connection that was ended before its answer was. */
  #abandoned: Slab | undefined;
  #onFree: ((keptFor: number) => void) | undefined;

  constructor(options: ConnectOptions) {
    const { url } = options;
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const onread = {
      buffer: (): Buffer => this.#space(),
      callback: (length: number, bytes: Uint8Array): boolean => this.#take(length, bytes),
    };
    const landing = Buffer.allocUnsafeSlow(LANDING_BYTES);
    this.#landing = landing;
    if (url.protocol === "https:") {
      const socket = tls.connect({
        ...options.tls,
        servername: options.tls.servername ?? (net.isIP(host) === 0 ? host : ""),
        ALPNProtocols: ["http/1.1"],
        ...(options.session ? { session: options.session } : {}),
        host,
        port: Number(url.port || 443),
        onread,
      } as tls.ConnectionOptions);
      socket.on("session", options.onSession);
      this.#socket = socket;
    } else this.#socket = net.connect({ host, port: Number(url.port || 80), onread } as net.NetConnectOpts);
    this.#socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    this.#socket.setNoDelay(true);
    this.#socket.once(url.protocol === "https:" ? "secureConnect" : "connect", options.onReady);
    this.#socket.on("error", (error) => (this.#error ??= error));
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("close", () => {
      this.#error ??= broken("closed");
      this.#fail(this.#error);
      // Until now bytes could still land in it.
      if (this.#abandoned) this.#abandoned.release();
      options.onClose(this.#error);
    });
  }

  /** Sends a request and waits for the answer's head. @param onFree the body was read and the connection may serve again */
  request(method: string, text: string, onFree: (keptFor: number) => void): Promise<Head> {
    return new Promise((resolve, reject) => {
      if (this.#error) return void reject(this.#error);
      this.#method = method;
      this.#onFree = onFree;
      this.#onHead = resolve;
      this.#onBroken = reject;
      this.#reader = new HeadReader();
      this.#socket.write(text, "latin1");
      this.#resume();
    });
  }

  // ---- bytes from the socket ----

  /** Asked after each read for where the next one goes: never into a slab that may be another's by then. */
  #space(): Buffer {
    return this.#slab && this.#framing?.done !== true ? this.#slab.bytes.subarray(this.#fill) : this.#landing;
  }

  #take(length: number, bytes: Uint8Array): boolean {
    try {
      if (!this.#reader && !this.#framing) throw broken("The server sent something nobody asked for.");
      const slab = (this.#slab ??= takeSlab());
      const from = this.#fill;
      if (bytes.buffer !== slab.bytes.buffer) slab.bytes.set(bytes.subarray(0, length), from);
      this.#parse(slab.bytes, from, from + length);
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
      return false;
    }
    return !this.#paused;
  }

  #parse(bytes: Buffer, from: number, to: number): void {
    let at = from;
    while (this.#reader) {
      const behind = this.#reader.push(bytes, at, to);
      if (behind === undefined) {
        // What was read of the head is in the reader.
        this.#fill = this.#start = 0;
        return;
      }
      at = behind;
      const head = this.#reader.head();
      this.#reader = undefined;
      if (head.status === 100 || head.status === 101) throw broken("bad response");
      if (head.status < 200) this.#reader = new HeadReader();
      else {
        const framing = framingOf(this.#method, head);
        this.#framing = framing;
        this.#keptFor = keptFor(head, framing);
        this.#start = this.#fill = at;
        this.#onHead?.(head);
        this.#onHead = this.#onBroken = undefined;
      }
    }
    const framing = this.#framing;
    if (!framing || framing.done) {
      if (framing && at < to) this.#keptFor = 0;
      this.#settle();
      return;
    }
    const { end, rest, error } = framing.take(bytes, at, to);
    this.#fill = end;
    if (error) throw error;
    if (rest > 0) this.#keptFor = 0;
    if (bytes.length - end < ROOM) this.#rotate();
    this.#settle();
  }

  /** The slab is full: its body waits, and the next bytes land in another one. */
  #rotate(): void {
    const piece = this.#piece();
    if (piece) this.#waiting.push(piece);
    this.#slab?.release();
    this.#slab = undefined;
    this.#start = this.#fill = 0;
    if (this.#framing?.done !== true) this.#slab = takeSlab();
    // A full one waits to be read while the next is filled by what is on its way; then the server has to wait.
    if (this.#waiting.length > 0 && !this.#waiter) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  /** What came and was not handed out, of the slab in use. */
  #piece(): Piece | undefined {
    const slab = this.#slab;
    if (!slab || this.#fill === this.#start) return undefined;
    const bytes = slab.bytes.subarray(this.#start, this.#fill);
    this.#start = this.#fill;
    slab.hold();
    return { bytes, release: () => slab.release() };
  }

  #ended(): void {
    if (this.#framing instanceof UntilClose && !this.#error) {
      this.#framing.done = true;
      this.#settle();
    } else this.#error ??= broken("other side closed");
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#onBroken?.(this.#error);
    this.#onHead = this.#onBroken = undefined;
    this.#settle();
  }

  // ---- pieces for the reader ----

  /**
   * The next bytes: `least` of them, or all that are left, or what there is after `ms`.
   * @throws what broke the connection, when everything before it was handed out
   */
  next(least = 1, ms = Infinity): Promise<Piece | undefined> {
    return new Promise((resolve, reject) => {
      const timer =
        ms === Infinity
          ? undefined
          : setTimeout(() => {
              if (!this.#waiter) return;
              this.#waiter.least = 1;
              this.#settle();
            }, ms);
      this.#waiter = { least, resolve, reject, timer };
      this.#settle();
    });
  }

  #settle(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    const done = this.#framing?.done === true;
    const waits = this.#waiting.shift();
    if (waits) this.#resume();
    const enough = this.#fill - this.#start >= waiter.least || done || this.#error !== undefined;
    const piece = waits ?? (enough ? this.#piece() : undefined);
    if (!piece && !done && !this.#error) return;
    this.#waiter = undefined;
    clearTimeout(waiter.timer);
    if (piece) waiter.resolve(piece);
    else if (done) {
      this.#finish();
      waiter.resolve(undefined);
    } else waiter.reject(this.#error ?? broken("closed"));
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  /** The answer was read to its end. */
  #finish(): void {
    this.#slab?.release();
    this.#slab = undefined;
    this.#start = this.#fill = 0;
    this.#framing = undefined;
    const free = this.#onFree;
    this.#onFree = undefined;
    if (this.#keptFor > 0 && !this.#error) free?.(this.#keptFor);
    else this.#socket.destroy();
  }

  destroy(error: Error = broken("The answer was given up.")): void {
    this.#onFree = undefined;
    for (const piece of this.#waiting) piece.release();
    this.#waiting = [];
    this.#start = this.#fill;
    this.#abandoned = this.#slab;
    this.#slab = undefined;
    this.#framing = this.#reader = undefined;
    this.#fail(error);
    this.#socket.destroy();
  }

  /** Ends the connection, whatever it does. */
  end(): void {
    this.#fail(broken("The connection was ended."));
    this.#socket.destroy();
  }
}

/** The body of one answer. Once it is read, nothing done to it reaches the connection, which may serve another one. */
export class ConnectionBody implements Source {
  #connection: Connection | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async next(least?: number, ms?: number): Promise<Piece | undefined> {
    const piece = await this.#connection?.next(least, ms);
    if (!piece) this.#connection = undefined;
    return piece;
  }

  destroy(error?: Error): void {
    this.#connection?.destroy(error);
  }

  dump(limit: number, ms: number): void {
    const timer = setTimeout(() => this.destroy(), ms);
    this.#drain(limit)
      .catch(() => undefined)
      .finally(() => clearTimeout(timer));
  }

  async #drain(limit: number): Promise<void> {
    for (let left = limit; left > 0;) {
      const piece = await this.next();
      if (!piece) return;
      left -= piece.bytes.length;
      piece.release();
    }
    this.destroy();
  }
}
