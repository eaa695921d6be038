/** The item with the hrefs of fetched files pointing to the disk, each source kept in `alternate.remote`. */
import { safeUrl } from "../http/origins.js";
import { isObject, own, type JsonObject } from "./json.js";

export interface LocalFile {
  path: string;
  /** Where it came from. */
  url: string;
}

/** A copy of the item; `files` by asset key. */
export function localItem(item: JsonObject, files: ReadonlyMap<string, LocalFile>): JsonObject {
  const copy = structuredClone(item);
  const assets = own(copy, "assets");
  if (!isObject(assets)) return copy;
  for (const [key, file] of files) {
    const asset = own(assets, key);
    if (!isObject(asset)) continue;
    const alternate = own(asset, "alternate");
    asset["href"] = file.path;
    asset["alternate"] = { ...(isObject(alternate) ? alternate : {}), remote: { href: safeUrl(file.url) } };
  }
  return copy;
}
