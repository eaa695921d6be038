/** What proves that a file is whole and right: its sizes and digests, held against everything that was declared. */
import { EoError } from "../errors.js";
import { readMultihash, readNamed, type Candidate } from "./digests/declared-digest.js";
import { guards } from "./guards.js";
import type { DeclaredChecksum, FileRequest } from "./requests.js";
import type { Digests } from "./tally.js";

/** A digest the file must have, with every reading of it. */
export interface DigestCheck {
  proof: DeclaredChecksum["proof"] | "digest-header";
  /** As declared, for a message. */
  shown: string;
  candidates: [Candidate, ...Candidate[]];
}

/** The digests declared for a file, and a sentence for each that cannot be used. */
export function declaredChecks(request: FileRequest): { checks: DigestCheck[]; notes: string[] } {
  const checks: DigestCheck[] = [];
  const notes: string[] = [];
  for (const declared of request.checksums) {
    const { value, algorithm, proof } = declared;
    const reading = algorithm === undefined ? readMultihash(value) : readNamed(algorithm, value);
    if ("unknown" in reading) {
      const where = request.itemId === undefined ? "" : ` of ${request.itemId}`;
      notes.push(`The declared checksum${where} was not used, because ${reading.unknown}: ${value.slice(0, 80)}`);
    } else checks.push({ proof, shown: value.slice(0, 160), candidates: reading.candidates });
  }
  return { checks, notes };
}

export function headerChecks(digests: Candidate[]): DigestCheck[] {
  return digests.map((candidate) => ({
    proof: "digest-header",
    shown: `${candidate.algorithm} ${candidate.digest.toString("hex")}`,
    candidates: [candidate],
  }));
}

/** The algorithms to compute while the bytes pass: what each check says of itself. */
export function algorithmsOf(checks: DigestCheck[]): string[] {
  return [...new Set(checks.map((check) => check.candidates[0].algorithm))];
}

const SWITCH = {
  "file:checksum": "fileChecksum",
  "odata-checksum": "odataChecksum",
  "digest-header": "digestHeader",
} as const;

/** Names of proofs as in `payload.verified`. */
export interface Proofs {
  verified: string[];
  /** A declared checksum ties the content to this product, so that a file found on disk is known to be it. */
  identifies: boolean;
}

/**
 * Holds size and digests against everything declared.
 * @param compute the digests of the same bytes by further algorithms
 * @throws EoError SIZE_MISMATCH, CHECKSUM_MISMATCH
 */
export async function prove(
  what: string,
  size: number | undefined,
  checks: DigestCheck[],
  digests: Digests,
  compute: (algorithms: string[]) => Promise<Map<string, Buffer>>,
): Promise<Proofs> {
  const verified = new Set<string>();
  let identifies = false;
  if (size !== undefined && guards.declaredSize) {
    if (size !== digests.bytes) throw wrongSize(what, size, digests.bytes);
    verified.add("file:size");
  }
  for (const check of checks) {
    if (!guards[SWITCH[check.proof]]) continue;
    if (!(await agrees(check, digests.all, compute))) throw wrongDigest(what, check, digests);
    verified.add(check.proof);
    if (check.proof !== "digest-header") identifies = true;
  }
  return { verified: [...verified], identifies };
}

/** Whether the bytes have the digest, under its label or, where that fails, under another of its length. */
async function agrees(
  check: DigestCheck,
  known: Map<string, Buffer>,
  compute: (algorithms: string[]) => Promise<Map<string, Buffer>>,
): Promise<boolean> {
  const fits = ({ algorithm, digest }: Candidate): boolean => {
    const found = known.get(algorithm);
    // A multihash may hold the beginning of a digest; the content itself must be there whole.
    if (found === undefined || (algorithm === "identity" && found.length !== digest.length)) return false;
    return found.subarray(0, digest.length).equals(digest);
  };
  const [first, ...others] = check.candidates;
  const learn = async (candidates: Candidate[]): Promise<void> => {
    const missing = [...new Set(candidates.map((one) => one.algorithm))].filter((one) => !known.has(one));
    if (missing.length === 0) return;
    for (const [algorithm, digest] of await compute(missing)) known.set(algorithm, digest);
  };
  await learn([first]);
  if (fits(first)) return true;
  if (others.some(fits)) return true;
  await learn(others);
  return others.some(fits);
}

function wrongDigest(what: string, check: DigestCheck, digests: Digests): EoError {
  const { algorithm } = check.candidates[0];
  const found = digests.all.get(algorithm)?.toString("hex") ?? "another one";
  const who = check.proof === "digest-header" ? "the server names" : "the catalogue declares";
  return new EoError(
    "CHECKSUM_MISMATCH",
    `${what} failed: ${who} the checksum ${check.shown}, and what came has ${algorithm} ${found}. ` +
      "Try again; if it stays so, the service's copy or its catalogue is wrong: tell its support.",
    { message: `${check.proof}: declared ${check.shown}, computed ${algorithm} ${found}` },
  );
}

export function wrongSize(what: string, declared: number, bytes: number): EoError {
  return new EoError(
    "SIZE_MISMATCH",
    `${what} failed: ${bytes} bytes came, and the catalogue declares ${declared}. The product may have been replaced; search again for a newer item.`,
    { message: `declared ${declared}, received ${bytes}` },
  );
}
