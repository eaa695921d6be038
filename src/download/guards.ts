/** Switches for the guards of a transfer. Always on; only the mutation tests turn one off, to see a test fail. */
export const guards = {
  firstBytes: true,
  contentLength: true,
  declaredSize: true,
  ownership: true,
  symlink: true,
  insideFolder: true,
  fsync: true,
  stall: true,
  share: true,
};
