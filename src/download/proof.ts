/** What proves that a file is whole and right: its sizes and digests, and which of them were declared. */
import { createHash, type Hash } from "node:crypto";
import { EoError } from "../errors.js";
import { guards } from "./guards.js";
import type { FileRequest } from "./requests.js";

/** Counts and hashes the bytes of one file as they pass. */
export class Tally {
  bytes = 0;
  readonly #sha256: Hash = createHash("sha256");

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#sha256.update(chunk);
  }

  /** Ends the count; call once. */
  end(): Digests {
    return { bytes: this.bytes, sha256: this.#sha256.digest("hex") };
  }
}

export interface Digests {
  bytes: number;
  sha256: string;
}

/** Names of proofs as in `payload.verified`. */
export interface Proofs {
  verified: string[];
  /** At least one of them ties the content to this product, so that a file found on disk is known to be it. */
  identifies: boolean;
}

/**
 * Holds the digests against everything declared.
 * @throws EoError SIZE_MISMATCH
 */
export function prove(what: string, request: FileRequest, digests: Digests): Proofs {
  const verified: string[] = [];
  if (request.size !== undefined && guards.declaredSize) {
    if (request.size !== digests.bytes) throw wrongSize(what, request.size, digests.bytes);
    verified.push("file:size");
  }
  return { verified, identifies: false };
}

export function wrongSize(what: string, declared: number, bytes: number): EoError {
  return new EoError(
    "SIZE_MISMATCH",
    `${what} failed: ${bytes} bytes came, and the catalogue declares ${declared}. The product may have been replaced; search again for a newer item.`,
    { message: `declared ${declared}, received ${bytes}` },
  );
}
