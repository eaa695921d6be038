/** Which final name a file gets: one that is free, its own, or may be replaced; reserved in this process until it is done. */
import { access } from "node:fs/promises";
import path from "node:path";
import { EoError } from "../errors.js";
import { deliveredTo, type DeliveredFile } from "./delivered.js";
import { standing } from "./disk.js";
import { guards } from "./guards.js";
import { folded, numbered } from "./names.js";

export type IfExists = "verify" | "overwrite" | "rename" | "error";

export interface Place {
  /** Final path. */
  target: string;
  name: string;
  /** A file stands there that may be this product's; with `delivered` when it is known to be its own. */
  existing: boolean;
  delivered?: DeliveredFile;
}

/** Which product asks. */
export interface Claimant {
  /** Identity of the product. */
  key: string;
  /** What of it lasts between runs. */
  lasting: string;
}

/** Paths some transfer of this process is about to fill, without regard to case. */
const reserved = new Set<string>();
const MOST_NUMBERS = 10_000;

export function release(place: Place): void {
  reserved.delete(folded(place.target));
}

/** Whether a remembered file is certainly another product's. One of a like address may be either. */
export function isOthers(delivered: DeliveredFile | undefined, { key, lasting }: Claimant): boolean {
  return guards.ownership && delivered !== undefined && delivered.key !== key && delivered.lasting !== lasting;
}

/**
 * Reserves a name in `folder`, `wanted` or `wanted-2` and so on.
 * @param busy names, folded, that another process is about to fill
 * @throws EoError EXISTS with `error` and a name that is taken; DISK
 */
export async function claim(
  folder: string,
  memoryFolder: string | undefined,
  wanted: string,
  claimant: Claimant,
  ifExists: IfExists,
  busy: ReadonlySet<string> = new Set(),
): Promise<Place> {
  const memory = deliveredTo(folder, memoryFolder);
  for (let n = 1; n <= MOST_NUMBERS; n += 1) {
    const name = numbered(wanted, n);
    const target = path.join(folder, name);
    if (reserved.has(folded(target)) || busy.has(folded(name))) continue;
    reserved.add(folded(target));
    const place: Place = { target, name, existing: false };
    let keep = false;
    try {
      const found = await standing(target);
      if (found === "free") {
        keep = true;
        return place;
      }
      if (ifExists === "error") {
        throw new EoError(
          "EXISTS",
          `${target} exists already, and this node is set to stop then. Remove it or choose another name.`,
        );
      }
      if (ifExists === "rename" || found === "other") continue;
      if (found === "link") {
        // The link itself gives way to the file; what it points to is not touched.
        keep = true;
        return place;
      }
      const delivered = await memory.byName(name);
      if (isOthers(delivered, claimant)) continue;
      keep = true;
      return { ...place, existing: true, ...(delivered?.key === claimant.key ? { delivered } : {}) };
    } finally {
      if (!keep) release(place);
    }
  }
  throw new EoError(
    "EXISTS",
    `There are too many files called ${wanted} in ${folder}. Clear the folder or choose another name.`,
  );
}

/** Whether a remembered file is still there, for tidying the memory. */
export function stillThere(folder: string): (name: string) => Promise<boolean> {
  return (name) =>
    access(path.join(folder, name)).then(
      () => true,
      () => false,
    );
}
