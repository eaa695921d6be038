/** What a test run prints: a line a suite, each failure in full, what was skipped and why, and the closing line. */
"use strict";

const { inspect } = require("node:util");

/** How long after the last test the process may still be busy before that counts as a failure, in ms. */
const GRACE = 5_000;

module.exports = class Reporter {
  /**
   * @param {any} runner mocha's Runner
   * @param {any} options `--reporter-option lines`: a line for each test, too
   */
  constructor(runner, options) {
    const lines = "lines" in (options?.reporterOptions ?? {});
    let passed = 0;
    let failed = 0;
    /** @type {Map<string, { tests: number, ms: number, failed: number }>} */
    const suites = new Map();
    /** @type {Set<string>} */
    const skipped = new Set();

    /** @param {any} test */
    const count = (test) => {
      const title = topSuite(test).title || "tests";
      let entry = suites.get(title);
      if (entry === undefined) suites.set(title, (entry = { tests: 0, ms: 0, failed: 0 }));
      entry.tests += 1;
      entry.ms += test.duration ?? 0;
      return entry;
    };

    runner.on("pass", (/** @type {any} */ test) => {
      passed += 1;
      count(test);
      if (lines) print(`ok        ${test.title}`);
    });
    runner.on("fail", (/** @type {any} */ test, /** @type {unknown} */ error) => {
      failed += 1;
      count(test).failed += 1;
      print(`FAILED  ${test.fullTitle()}\n${indent(describeError(error))}\n`);
    });
    runner.on("pending", (/** @type {any} */ test) => {
      skipped.add(skipLine(test));
    });
    runner.on("suite end", (/** @type {any} */ suite) => {
      const entry = suites.get(suite.title);
      if (entry === undefined || suite.parent?.root !== true) return;
      const words = entry.failed === 0 ? "ok" : `${entry.failed} failed`;
      print(`${words.padEnd(10)}${suite.title} (${entry.tests} tests, ${(entry.ms / 1000).toFixed(1)} s)`);
      suites.delete(suite.title);
    });
    // mocha reads `runner.failures` for its exit code after this listener has run.
    runner.on("end", () => {
      for (const line of skipped) print(`skipped ${line}`);
      if (passed + failed === 0) {
        failed += 1;
        print("FAILED  No test ran.");
      }
      if (process.env["EO_NO_SKIPS"] === "1" && skipped.size > 0) {
        failed += skipped.size;
        print("FAILED  Nothing may be skipped in this run.");
      }
      runner.failures = failed;
      process.on("exit", () => {
        print(`${passed} passed, ${failed} failed`);
      });
      setTimeout(() => {
        failed += 1;
        print(`FAILED  Still running after the last test: ${process.getActiveResourcesInfo().join(", ")}`);
        process.on("exit", () => {
          process.exitCode = 1;
        });
        process.exit(1);
      }, GRACE).unref();
    });
  }
};

/** @param {string} text */
function print(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {any} test */
function topSuite(test) {
  let suite = test.parent ?? test;
  while (suite.parent !== undefined && suite.parent.root !== true) suite = suite.parent;
  return suite;
}

/** @param {any} test */
function skipLine(test) {
  for (let suite = test.parent; suite !== undefined; suite = suite.parent) {
    if (suite.skipReason !== undefined) return `${suite.fullTitle()}: ${suite.skipReason}`;
  }
  return `${test.fullTitle()}: marked as skipped`;
}

/** @param {unknown} error */
function describeError(error) {
  if (!(error instanceof Error)) return inspect(error);
  const cause = error.cause === undefined ? "" : `\ncause: ${inspect(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** @param {string} text */
const indent = (text) => text.replace(/^/gm, "        ");
