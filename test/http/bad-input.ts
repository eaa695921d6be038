/** The message of work that must refuse its input. */
import assert from "node:assert/strict";
import { EoError } from "../../src/errors.js";

export function badInputOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof EoError, String(error));
    assert.equal(error.code, "BAD_INPUT");
    return error.message;
  }
  return assert.fail("was accepted");
}
