/** The chunks of a body, and a sign in between while none come. */

/** @param every ms; `undefined` is given about that often while nothing comes */
export async function* ticking(chunks: AsyncIterable<Buffer>, every: number): AsyncGenerator<Buffer | undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  let tick: () => void = () => undefined;
  let ticked = new Promise<undefined>((resolve) => (tick = () => resolve(undefined)));
  const timer = setInterval(() => {
    tick();
    ticked = new Promise<undefined>((resolve) => (tick = () => resolve(undefined)));
  }, every);
  try {
    for (let next = iterator.next(); ;) {
      const result = await Promise.race([next, ticked]);
      if (result === undefined) yield undefined;
      else if (result.done === true) return;
      else {
        yield result.value;
        next = iterator.next();
      }
    }
  } finally {
    clearInterval(timer);
    // Not waited for: it would wait for the chunk that does not come.
    iterator.return?.().catch(() => undefined);
  }
}
