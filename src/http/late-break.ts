/** What came before a connection broke is handed out before the break is told: undici throws it away. */
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";

const LOOK_MS = 2;

export interface Watched {
  /** The connection stands and the request leaves now. */
  onStart: (controller: Dispatcher.DispatchController) => void;
  /** Nobody wants what is left. */
  isOver: () => boolean;
}

export class LateBreak {
  readonly #watched: Watched;
  #begun = false;
  /** The body that is being read, once it is known. */
  body: Readable | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  readonly interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        handler.onRequestStart?.(controller, context);
        this.#watched.onStart(controller);
      },
      onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
      onResponseStart: (...args) => {
        this.#begun = true;
        return handler.onResponseStart?.(...args);
      },
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
      onResponseError: (...args) => {
        if (!this.#begun || this.#isRead()) return handler.onResponseError?.(...args);
        const timer = setInterval(() => {
          if (!this.#isRead()) return;
          clearInterval(timer);
          handler.onResponseError?.(...args);
        }, LOOK_MS);
        timer.unref();
      },
    });

  #isRead(): boolean {
    const { body } = this;
    return this.#watched.isOver() || (body !== undefined && (body.destroyed || body.readableLength === 0));
  }
}
