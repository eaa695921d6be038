/** The unfinished files in a folder: found again by product, listed by age, and removed when somebody asks for it. */
import { lstat, readdir } from "node:fs/promises";
import path from "node:path";
import { diskError, removeQuietly } from "./disk.js";
import { isLeased } from "./lease.js";
import { RECORD_END, recordIn, type PartOwner, type PartRecord } from "./part.js";
import { readSmall } from "./small-file.js";

const HELPER = /^(.+?)\.part(\.[a-z0-9]+)?$/i;

/** The record of an earlier, unfinished transfer of this product; the exact address before a like one, then the longest. */
export async function findPart(folder: string, owner: PartOwner): Promise<PartRecord | undefined> {
  let best: PartRecord | undefined;
  for (const file of await readdir(folder).catch(() => [])) {
    if (!file.endsWith(RECORD_END)) continue;
    const name = file.slice(0, -RECORD_END.length);
    const record = recordIn(name, await readSmall(path.join(folder, file)).catch(() => undefined));
    if (!record || record.key !== owner.key || record.template !== owner.template) continue;
    if (!best || rank(record, owner) > rank(best, owner)) best = record;
  }
  return best;
}

function rank(record: PartRecord, owner: PartOwner): number {
  return (record.exact === owner.exact ? 2 ** 52 : 0) + record.hashed;
}

export interface OldPart {
  /** Name the finished file would have had. */
  name: string;
  /** Paths of its helper files. */
  files: string[];
  /** Bytes of all of them. */
  bytes: number;
  /** Last change of any of them. */
  changed: Date;
}

/**
 * Unfinished files nobody has touched for a while, oldest first.
 * @param olderThan age in ms
 * @throws EoError DISK
 */
export async function oldParts(folder: string, olderThan: number): Promise<OldPart[]> {
  try {
    const byName = new Map<string, OldPart>();
    for (const file of await readdir(folder)) {
      const name = HELPER.exec(file)?.[1];
      if (name === undefined) continue;
      const full = path.join(folder, file);
      const found = await lstat(full).catch(() => undefined);
      if (!found || found.isDirectory()) continue;
      const part = byName.get(name) ?? { name, files: [], bytes: 0, changed: new Date(0) };
      part.files.push(full);
      part.bytes += found.size;
      if (found.mtime > part.changed) part.changed = found.mtime;
      byName.set(name, part);
    }
    const before = Date.now() - olderThan;
    return [...byName.values()]
      .filter((part) => part.changed.getTime() <= before)
      .sort((a, b) => a.changed.getTime() - b.changed.getTime());
  } catch (error) {
    throw diskError(error, `looking for unfinished files in ${folder}`);
  }
}

/**
 * Removes what `oldParts` lists, except what somebody is at work on.
 * @param olderThan age in ms
 * @returns what was removed
 * @throws EoError DISK
 */
export async function removeParts(folder: string, olderThan: number): Promise<OldPart[]> {
  const removed: OldPart[] = [];
  for (const part of await oldParts(folder, olderThan)) {
    if (await isLeased(path.join(folder, `${part.name}.part.lease`))) continue;
    try {
      for (const file of part.files) await removeQuietly(file);
    } catch (error) {
      throw diskError(error, `removing ${part.name}.part`);
    }
    removed.push(part);
  }
  return removed;
}
