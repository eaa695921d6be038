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
  stall: "a drip after the head, for ever, 1 repeats → STALLED after 2 requests",
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

/** The guards outside the download engine have no switch in it: their work is undone from here. */
const ELSEWHERE: Record<string, () => void> = {
  origin: () => {
    OwnedOrigins.prototype.owns = () => true;
  },
  redirect: () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
    const { owns } = OwnedOrigins.prototype;
    let once = false;
    OwnedOrigins.prototype.owns = function (this: OwnedOrigins, url: URL) {
      once ||= owns.call(this, url);
      return once;
    };
  },
  retryAfter: () => {
    HostHolds.prototype.hold = () => undefined;
  },
  oneRefresh: () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
    const { renew } = TokenSource.prototype;
    TokenSource.prototype.renew = async function (this: TokenSource, used, signal) {
      await renew.call(this, used, signal);
      return await renew.call(this, await this.headers(signal), signal);
    };
  },
};

/** Switches one guard off for the whole process. */
export function switchOffGuard(name: string | undefined): void {
  if (name === undefined) return;
  const elsewhere = ELSEWHERE[name];
  if (elsewhere) elsewhere();
  else if (name in guards) guards[name as keyof typeof guards] = false;
  else throw new Error(`There is no guard called ${name}.`);
}
