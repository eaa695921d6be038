/** JSON with numbers as they were written. */
import assert from "node:assert/strict";
import { isObject, LosslessNumber, parseLossless, printLossless } from "../../sandbox/core/lossless-json.js";

describe("sandbox: lossless JSON", () => {
  it("keeps the spelling of every number, also of huge ones, and leaves texts alone", () => {
    for (const text of [
      '{"a":45,"b":45.0,"c":-0.0,"d":4.50E+1,"e":12345678901234567890,"f":[1.10,"1.10","\\"2.0\\" 3"],"g":null,"h":true}',
      "1e-07",
      "[]",
      '"45.0"',
    ]) {
      assert.equal(printLossless(parseLossless(text)), text);
    }
  });

  it("tells whole numbers from others as Python does", () => {
    const parsed = parseLossless('{"a":45,"b":45.0,"c":1e3}');
    assert.ok(isObject(parsed));
    const whole = Object.values(parsed).map((one) => one instanceof LosslessNumber && one.whole);
    assert.deepEqual(whole, [true, false, false]);
  });

  it("throws for what is no JSON", () => {
    for (const text of ["{a:1}", "045", "NaN", "", '{"a":1.}']) assert.throws(() => parseLossless(text), SyntaxError);
  });
});
