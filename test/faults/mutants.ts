/** The guards that can be switched off, and for each a line of the table of faults that then turns red. */
import { TokenSource } from "../../src/accounts/token-source.js";
import { guards } from "../../src/download/guards.js";
import { OwnedOrigins } from "../../src/http/origins.js";
import { HostHolds } from "../../src/http/pace.js";

/** By the guard's name. */
export const MUTANTS: Record<string, string> = {
  strong: "weak ETag → starts over without Range",
  validator: "changed meanwhile behind what is compared, only the ETag tells → starts over",
  contentRange: "206 of an unknown total → starts over",
  overlap: "changed under the same ETag, the overlap differs → starts over",
  partDigest: "a byte changed in the middle of the part → starts over",
  schema: "a record of an unknown schema → starts over",
  rangeMemory: "Range ignored once → the host is not asked with Range again",
  contentLength: "206 chunked that ends cleanly too early → goes on",
  declaredSize: "a clean end before file:size → SIZE_MISMATCH",
  fileChecksum: "file:checksum: wrong SHA2-256 → CHECKSUM_MISMATCH",
  odataChecksum: "OData Checksum wrong → CHECKSUM_MISMATCH",
  digestHeader: "Repr-Digest wrong → CHECKSUM_MISMATCH",
  hdf5End: "superblock-3.h5 ended cleanly too early → TRUNCATED",
  netcdf3End: "cdf-2-records.netcdf ended cleanly too early → TRUNCATED",
  zipEnd: "two.zip ended cleanly too early → TRUNCATED",
  gribEnd: "edition-2.grib ended cleanly too early → TRUNCATED",
  tiffEnd: "strips.tif ended cleanly too early → TRUNCATED",
  jp2End: "image.jp2 ended cleanly too early → TRUNCATED",
  gzipEnd: "one.gz ended cleanly too early → TRUNCATED",
  firstBytes: "an HTML page → NOT_A_PRODUCT, once",
  orderOnce: "Node-RED restarted while an order waits → the same order is polled",
  price: "a price in the item → BAD_INPUT, nothing sent",
  retryCount: "reset connections, for ever, 3 repeats → NETWORK after 4 requests",
  stall: "a drip after the head, for ever, 0 repeats → STALLED after 1 requests",
  freeSpace: "not enough space → DISK_FULL before a byte is written, saying how much is missing",
  fsync: "the bytes are on disk before they have their name, and the name too",
  lease: "another process is at it and finishes → waited for, verified, not fetched",
  share: "asked for twice at once → fetched once, delivered twice",
  ownership: "another item of the same name → the next name, the first stays",
  symlink: "a part that is a link → what it points to is not touched",
  insideFolder: "the folder becomes a link while bytes come → DISK, nothing outside",
  safeNames: 'Content-Disposition "attachment; filename=\\"../../etc/passwd\\"" → passwd',
  origin: "an asset at another host → fetched without the key",
  redirect: "302 to another host → fetched there without the key",
  retryAfter: "Retry-After in seconds → not asked earlier",
  oneRefresh: "401 with a token that has run out → one refresh, then the file",
};

/** The guards outside the download engine have no switch: their work is undone from here. Each returns how to mend it. */
const ELSEWHERE: Record<string, () => () => void> = {
  origin: () =>
    patched(
      OwnedOrigins.prototype,
      "owns",
      () =>
        function () {
          return true;
        },
    ),
  redirect: () => {
    let once = false;
    return patched(
      OwnedOrigins.prototype,
      "owns",
      (original) =>
        function (this: OwnedOrigins, url: URL) {
          once ||= original.call(this, url);
          return once;
        },
    );
  },
  retryAfter: () => patched(HostHolds.prototype, "hold", () => () => undefined),
  oneRefresh: () =>
    patched(
      TokenSource.prototype,
      "renew",
      (original) =>
        async function (this: TokenSource, used, signal) {
          await original.call(this, used, signal);
          return await original.call(this, await this.headers(signal), signal);
        },
    ),
};

function patched<T extends object, K extends keyof T>(object: T, name: K, make: (original: T[K]) => T[K]): () => void {
  const original = object[name];
  object[name] = make(original);
  return () => (object[name] = original);
}

/** Switches one guard off for the whole process. @returns what switches it on again */
export function switchOff(name: string): () => void {
  const elsewhere = ELSEWHERE[name];
  if (elsewhere) return elsewhere();
  if (name in guards) return patched(guards, name as keyof typeof guards, () => false);
  throw new Error(`There is no guard called ${name}.`);
}
