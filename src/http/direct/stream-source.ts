/** A body that undici hands out. */
import type { Dispatcher } from "undici";
import type { Piece, Source } from "../../thread/source.js";

const nothing = (): void => undefined;

/** Loaded when a proxy is met. @public */
export class StreamSource implements Source {
  readonly #body: Dispatcher.ResponseData["body"];
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(body: Dispatcher.ResponseData["body"]) {
    this.#body = body;
    this.#chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  async next(): Promise<Piece | undefined> {
    const next = await this.#chunks.next();
    return next.done === true ? undefined : { bytes: next.value, release: nothing };
  }

  destroy(error?: Error): void {
    this.#body.destroy(error);
  }

  dump(limit: number, ms: number): void {
    this.#body.dump({ limit, signal: AbortSignal.timeout(ms) }).catch(() => undefined);
  }
}
