/** How a suite says that something it needs is absent: named in the run's closing lines, never silent. */

/**
 * Skips the suite of the running hook or test. `reason` says in a few words what is absent.
 * Call it in `before(function () { … })`.
 */
export function skipSuite(context: Mocha.Context, reason: string): never {
  const suite = context.test?.parent;
  if (suite !== undefined) Object.assign(suite, { skipReason: reason });
  return context.skip();
}
