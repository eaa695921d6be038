/** Keeps undici 7 from ending the whole process when a server closes a connection whose body is not being read just now. */
import type { Socket } from "node:net";

/** The part of undici's parser that matters here. */
interface Parser {
  paused: boolean;
  /** Null once it is done. */
  ptr: number | null;
  llhttp: { llhttp_resume(ptr: number): void };
  execute(chunk: Buffer): void;
}

const NOTHING = Buffer.alloc(0);
/** A pause may follow each piece that is left; there cannot be more of them than this. */
const MOST_PIECES = 10_000;

function parserOf(socket: object): Parser | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((one) => one.description === "parser");
  const parser = symbol && ((socket as Record<symbol, unknown>)[symbol] as Parser | null | undefined);
  return parser && typeof parser.paused === "boolean" && typeof parser.execute === "function" ? parser : undefined;
}

/** Lets the parser go through what has arrived; whoever reads the body finds it there. */
function goOn(socket: Socket, parser: Parser): void {
  for (let n = 0; n < MOST_PIECES && parser.paused && parser.ptr !== null; n += 1) {
    parser.llhttp.llhttp_resume(parser.ptr);
    parser.paused = false;
    const piece = socket.read() as Buffer | null;
    parser.execute(piece ?? NOTHING);
    if (piece === null) break;
  }
  if (!parser.paused || parser.ptr === null) return;
  parser.llhttp.llhttp_resume(parser.ptr);
  parser.paused = false;
}

const guarded = new WeakSet<Socket>();

/**
 * undici up to 7.30 asserts, where nobody can catch it, that its parser is not paused when the connection ends
 * (nodejs/undici#5360, mended in version 8, which needs Node.js 22.19). The parser is moved on first, as version 8 does:
 * a body that has arrived whole is whole, and one that is short is an error.
 */
export function finishWhenPaused(socket: Socket): void {
  if (guarded.has(socket)) return;
  guarded.add(socket);
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  socket.emit = ((event: string | symbol, ...args: unknown[]): boolean => {
    if (event === "end" || event === "error" || event === "close") {
      const parser = parserOf(socket);
      if (parser?.paused === true) goOn(socket, parser);
    }
    return emit(event, ...args);
  }) as Socket["emit"];
}
