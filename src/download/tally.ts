/** Counts and hashes the bytes of one file as they pass. */
import { createHash } from "node:crypto";
import { digesterFor, type Digester } from "./digests/algorithms.js";

const SHA256 = "sha2-256";

export class Tally {
  bytes = 0;
  readonly #sha256 = createHash("sha256");
  readonly #others = new Map<string, Digester>();

  /** @param algorithms besides SHA-256 */
  constructor(algorithms: Iterable<string> = []) {
    for (const algorithm of algorithms) {
      const digester = algorithm === SHA256 ? undefined : digesterFor(algorithm);
      if (digester) this.#others.set(algorithm, digester);
    }
  }

  add(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#sha256.update(chunk);
    for (const digester of this.#others.values()) digester.update(chunk);
  }

  /** SHA-256 of what passed so far; the count goes on. */
  soFar(): string {
    return this.#sha256.copy().digest("hex");
  }

  /** The digests of what passed so far; the count goes on. */
  digests(): Digests {
    const sha256 = this.#sha256.copy().digest();
    const all = new Map<string, Buffer>([[SHA256, sha256]]);
    for (const [algorithm, digester] of this.#others) all.set(algorithm, digester.soFar());
    return { bytes: this.bytes, sha256: sha256.toString("hex"), all };
  }
}

export interface Digests {
  bytes: number;
  sha256: string;
  /** By algorithm. */
  all: Map<string, Buffer>;
}
