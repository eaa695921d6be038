/** What the client scripts are given and what they tell, and the comparison with ours. */
import assert from "node:assert/strict";
import path from "node:path";
import type { OurResult } from "./our-flow.js";
import { lastSevenDays, WANTED, type Lake } from "./world.js";

export interface ClientResult {
  ids: string[];
  newest: string;
  file: { name: string; bytes: number; sha256: string };
}

export const clientScript = (name: string): string => path.join(__dirname, "..", "clients", name);

/** The words every script gets. */
export function question({ sandbox }: Lake) {
  const { stac, tokenUrl, clientId, clientSecret, collection } = sandbox.ready.hda;
  const datetime = lastSevenDays();
  return { stac, tokenUrl, clientId, clientSecret, collection, datetime, wanted: WANTED };
}

const sorted = (ids: readonly string[]): string[] => [...ids].sort();

/** The same items (each once), the same newest, the same bytes; tells so in a few words. */
export function sameAsOurs(client: ClientResult, ours: OurResult): string {
  assert.deepEqual(sorted(client.ids), sorted(ours.items.map((item) => item.id)), "the items differ from ours");
  assert.equal(client.newest, ours.newest?.id, "the newest item differs from ours");
  return `${client.ids.length} items, the newest is ${client.newest}, ${sameFile(client.file, ours)}`;
}

export function sameFile(file: ClientResult["file"], ours: OurResult): string {
  assert.ok(ours.file, "our flow wrote no file");
  assert.equal(file.sha256, ours.file.sha256, "the bytes differ from ours");
  return `${file.bytes} equal bytes`;
}
