/** Every clock of the engine that a test has to turn faster. Times in ms. */
export const timing = {
  /** Pause before the first repeat; doubled for each further one, with jitter. */
  firstPause: 400,
  longestPause: 30_000,
  /** How often an owner shows that it lives. */
  leaseBeat: 5_000,
  /** A lease unchanged for this long on the waiter's own clock is taken over. */
  leaseStale: 30_000,
  /** How often a waiter looks at a lease. */
  leaseLook: 500,
  /** How often bytes go to disk and are noted there, at least, while any come. */
  recordEvery: 100,
  /** How often the free space is looked at while bytes come. */
  spaceEvery: 2_000,
  /** First pause between two looks at an order, what it grows by, and the longest. */
  pollFirst: 1_000,
  pollGrowth: 1.5,
  pollLongest: 30_000,
  /** How long an order may take to be answered. */
  orderAnswer: 120_000,
  /** How long a process waits for another one that is placing the same order. */
  orderPlacing: 150_000,
  /** How long it is remembered that a host ignores Range. */
  rangeMemory: 24 * 3_600_000,
};
