/** Switches for the guards of a transfer. Always on, and frozen in what is packed; only the mutation tests, which run the
 * sources, turn one off to see a test fail. */
export const guards = {
  /** What is no product is refused by its first bytes. */
  firstBytes: true,
  /** Proofs, by the name they have in `payload.verified`. */
  contentLength: true,
  declaredSize: true,
  fileChecksum: true,
  odataChecksum: true,
  digestHeader: true,
  hdf5End: true,
  netcdf3End: true,
  zipEnd: true,
  gribEnd: true,
  tiffEnd: true,
  jp2End: true,
  gzipEnd: true,
  /** A file that belongs to another item is not replaced. */
  ownership: true,
  symlink: true,
  /** Names from servers are made safe. */
  safeNames: true,
  insideFolder: true,
  fsync: true,
  stall: true,
  share: true,
  /** Only a strong validator allows a resume, and the part must be of the same version. */
  strong: true,
  validator: true,
  contentRange: true,
  overlap: true,
  /** What lies on disk is what was once received. */
  partDigest: true,
  schema: true,
  lease: true,
  /** Hosts that ignore Range are asked with it once. */
  rangeMemory: true,
  freeSpace: true,
  /** An order is placed once. */
  orderOnce: true,
  price: true,
  /** A file is retried a bounded number of times. */
  retryCount: true,
};
