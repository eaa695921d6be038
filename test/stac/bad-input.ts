/** Asserts that bad input is refused with a message a person can use. */
import assert from "node:assert/strict";
import { EoError } from "../../src/errors.js";

/** The error must be BAD_INPUT, one line, and hold each of `words`. */
export function assertBadInput(run: () => unknown, ...words: (string | RegExp)[]): string {
  let result: unknown;
  try {
    result = run();
  } catch (thrown) {
    checkBadInput(thrown, words);
    return (thrown as Error).message;
  }
  return assert.fail(`expected BAD_INPUT, got ${JSON.stringify(result)}`);
}

export async function assertRejectsBadInput(promise: Promise<unknown>, ...words: (string | RegExp)[]): Promise<void> {
  await assert.rejects(promise, (thrown) => {
    checkBadInput(thrown, words);
    return true;
  });
}

function checkBadInput(thrown: unknown, words: (string | RegExp)[]): void {
  assert.ok(thrown instanceof EoError, `expected an EoError, got ${String(thrown)}`);
  assert.equal(thrown.code, "BAD_INPUT", thrown.message);
  assert.doesNotMatch(thrown.message, /[\n\r]/);
  assert.ok(thrown.message.length < 700, thrown.message);
  for (const word of words) {
    if (typeof word === "string") assert.ok(thrown.message.includes(word), `${thrown.message}\nlacks: ${word}`);
    else assert.match(thrown.message, word);
  }
}
