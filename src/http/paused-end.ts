/** Keeps undici 7 from ending the whole process when a server closes a connection whose body is not being read just now. */
import type { Socket } from "node:net";

/** The part of undici's parser that matters here. */
interface Parser {
  paused: boolean;
}

const LOOK_MS = 5;

function parserOf(socket: object): Parser | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((one) => one.description === "parser");
  const parser = symbol && ((socket as Record<symbol, unknown>)[symbol] as Parser | null | undefined);
  return parser && typeof parser.paused === "boolean" ? parser : undefined;
}

const guarded = new WeakSet<Socket>();

/**
 * undici up to 7.30 asserts, where nobody can catch it, that its parser is not paused when the connection ends
 * (nodejs/undici#5360, mended in version 8, which needs Node.js 22.19). The end is held back until the body is read on;
 * a broken connection is told as such.
 */
export function holdEndWhilePaused(socket: Socket): void {
  if (guarded.has(socket)) return;
  guarded.add(socket);
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...args: unknown[]) => boolean;
  socket.emit = ((event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== "end" && event !== "error" && event !== "close") return emit(event, ...args);
    const parser = parserOf(socket);
    if (parser?.paused !== true) return emit(event, ...args);
    if (event !== "end") {
      // Nothing more can come: the parser says itself whether the body was whole.
      parser.paused = false;
      return emit(event, ...args);
    }
    const timer = setInterval(() => {
      if (parserOf(socket)?.paused === true && !socket.destroyed) return;
      clearInterval(timer);
      if (!socket.destroyed) emit("end");
    }, LOOK_MS);
    timer.unref();
    return true;
  }) as Socket["emit"];
}
