/** One transfer for everyone in this process who wants the same product at the same time. */
import { EoError, cancelled } from "../errors.js";
import type { Door } from "../http/door.js";
import { guards } from "./guards.js";
import { Meter, type Reading } from "./meter.js";
import type { Landed } from "./transfer.js";

export interface Passenger {
  key: string;
  door: Door;
  /** What to call the file until its name is known. */
  file: string;
  /** This passenger's own; the flight goes on while others want it. */
  signal: AbortSignal;
  listen: (reading: Reading) => void;
  /** Does the transfer; called for the passenger who starts the flight. */
  fly: (meter: Meter, signal: AbortSignal) => Promise<Landed>;
}

/** Asked anew each time; the compiler would remember the first answer. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

const flights = new Map<string, Flight>();

export class Flight {
  readonly #door: Door;
  readonly #controller = new AbortController();
  readonly #meter: Meter;
  readonly #result: Promise<Landed>;
  #aboard = 0;

  private constructor(first: Passenger) {
    this.#door = first.door;
    this.#meter = new Meter(first.file);
    this.#result = first.fly(this.#meter, this.#controller.signal).finally(() => this.#meter.stop());
    // Passengers may all have left by then.
    this.#result.catch(() => undefined);
  }

  /** The outcome of the flight for this product, joined or started. @throws what the transfer throws; CANCELLED */
  static async share(passenger: Passenger): Promise<Landed> {
    for (;;) {
      if (passenger.signal.aborted) throw cancelled(`Download of ${passenger.file}`);
      const running = guards.share ? flights.get(passenger.key) : undefined;
      const flight = running ?? new Flight(passenger);
      if (!running) {
        flights.set(passenger.key, flight);
        const landed = (): void => {
          if (flights.get(passenger.key) === flight) flights.delete(passenger.key);
        };
        flight.#result.then(landed, landed);
      }
      try {
        return await flight.#carry(passenger);
      } catch (error) {
        if (isAborted(passenger.signal) || !running) throw error;
        // Somebody else's flight: it may have been ended for reasons of theirs, or with another account.
        const theirs = flight.#door !== passenger.door || (error instanceof EoError && error.code === "CANCELLED");
        if (!theirs) throw error;
        if (flights.get(passenger.key) === flight) flights.delete(passenger.key);
      }
    }
  }

  async #carry(passenger: Passenger): Promise<Landed> {
    const { signal } = passenger;
    this.#aboard += 1;
    passenger.listen(this.#meter.reading());
    const deafen = this.#meter.listen(passenger.listen);
    let leave: () => void = () => undefined;
    const here = { left: false };
    try {
      return await Promise.race([
        this.#result,
        new Promise<never>((_, reject) => {
          leave = () => {
            if (here.left) return;
            here.left = true;
            this.#aboard -= 1;
            // The last one out ends it, and waits until it has ended, so that nothing is left behind.
            if (this.#aboard > 0) reject(cancelled(`Download of ${passenger.file}`));
            else this.#controller.abort();
          };
          signal.addEventListener("abort", leave, { once: true });
          if (signal.aborted) leave();
        }),
      ]);
    } finally {
      signal.removeEventListener("abort", leave);
      deafen();
      if (!here.left) this.#aboard -= 1;
    }
  }
}
