/** Whether the bytes on disk are the whole product: sizes, digests, and what the format says of its own end. */
import type { FileHandle } from "node:fs/promises";
import { EoError } from "../errors.js";
import { diskError } from "./disk.js";
import { formatEnd, type FormatProof } from "./formats/format-end.js";
import { guards } from "./guards.js";
import { prove, type DigestCheck, type Proofs } from "./proof.js";
import type { Digests } from "./tally.js";
import { digestsBy } from "./read-over.js";

const SWITCH: Record<FormatProof, keyof typeof guards> = {
  "hdf5-end": "hdf5End",
  "netcdf3-end": "netcdf3End",
  "zip-end": "zipEnd",
  "grib-end": "gribEnd",
  "tiff-end": "tiffEnd",
  "jp2-end": "jp2End",
  "gzip-end": "gzipEnd",
};

export interface WholeSetup {
  what: string;
  /** The file, open for reading, and where it is. */
  file: FileHandle;
  path: string;
  /** Declared size in bytes. */
  size: number | undefined;
  checks: DigestCheck[];
  digests: Digests;
  signal: AbortSignal;
}

/** @throws EoError SIZE_MISMATCH, CHECKSUM_MISMATCH, TRUNCATED; DISK */
export async function proveWhole(setup: WholeSetup): Promise<Proofs> {
  const { what, file, path, size, checks, digests, signal } = setup;
  try {
    const proofs = await prove(what, size, checks, digests, (algorithms) => digestsBy(file, algorithms, what, signal));
    const end = await formatEnd(file, path, digests.bytes, signal);
    if (!end || !guards[SWITCH[end.proof]]) return proofs;
    if (end.verdict.state === "cut") {
      throw new EoError(
        "TRUNCATED",
        `${what} failed: ${digests.bytes} bytes came, and the file is not whole by its own format: ${end.verdict.why}. ` +
          "Try again; if it stays so, the service's copy is damaged: tell its support.",
        { message: end.verdict.why },
      );
    }
    if (end.verdict.state === "whole") proofs.verified.push(end.proof);
    return proofs;
  } catch (error) {
    throw diskError(error, `reading ${path}`);
  }
}
