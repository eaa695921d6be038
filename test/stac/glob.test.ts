/** Globs match as a person expects, and no glob takes long. */
import assert from "node:assert/strict";
import { compileGlob, globMatches } from "../../src/stac/glob.js";
import { SeededRandom } from "./seeded-random.js";

const CASES: [glob: string, yes: string[], no: string[]][] = [
  ["", [""], ["a"]],
  ["*", ["", "a", "a/b", "\n"], []],
  ["a", ["a"], ["A", "", "aa", "ba"]],
  ["a*", ["a", "ab"], ["ba"]],
  ["*a", ["a", "ba"], ["ab"]],
  ["*plankton*300m*", ["20260425_cmems_obs-oc_glo_bgc-plankton_nrt_l3-olci-300m_P1D"], ["plankton", "300m-plankton"]],
  ["a**b", ["ab", "axb"], ["a"]],
  ["?", ["a", "é", "😀"], ["", "ab"]],
  ["S3[AB]_*", ["S3A_x", "S3B_"], ["S3C_", "S3_"]],
  ["S3[!AB]_", ["S3C_"], ["S3A_", "S3_"]],
  ["S3[^AB]_", ["S3C_"], ["S3A_"]],
  ["[a-c]", ["a", "b", "c"], ["d", "-"]],
  ["[!a-c]", ["d", "-"], ["b", ""]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[-a]", ["a", "-"], ["b"]],
  ["[]a]", ["]", "a"], ["b"]],
  ["[!]a]", ["b"], ["]", "a"]],
  ["[a", ["[a"], ["a"]],
  ["[", ["["], [""]],
  ["[!", ["[!"], ["!"]],
  ["[]", ["[]"], ["]"]],
  ["[\\]]", ["]"], ["\\"]],
  ["[\\a-\\c]", ["b"], ["\\"]],
  ["[z-a]", [], ["m", "z"]],
  ["[α-ω]", ["β"], ["b"]],
  ["\\*", ["*"], ["a"]],
  ["\\?\\[\\\\", ["?[\\"], ["a[\\"]],
  ["a\\", ["a\\"], ["a"]],
  ["(a|b)+.^$", ["(a|b)+.^$"], ["a"]],
];

describe("glob", () => {
  for (const [glob, yes, no] of CASES) {
    it(JSON.stringify(glob), () => {
      for (const text of yes) assert.ok(globMatches(glob, text), `${glob} must match ${text}`);
      for (const text of no) assert.ok(!globMatches(glob, text), `${glob} must not match ${text}`);
    });
  }

  it("agrees with a plain recursive matcher", () => {
    const slow = (glob: string, text: string): boolean => {
      if (glob === "") return text === "";
      if (glob[0] === "*") return slow(glob.slice(1), text) || (text !== "" && slow(glob, text.slice(1)));
      return text !== "" && (glob[0] === "?" || glob[0] === text[0]) && slow(glob.slice(1), text.slice(1));
    };
    const random = new SeededRandom(3);
    const word = (letters: string, most: number): string =>
      Array.from({ length: random.below(most) }, () => random.pick(Array.from(letters))).join("");
    let matched = 0;
    for (let count = 0; count < 20_000; count += 1) {
      const glob = word("ab*?*", 7);
      const text = word("ab", 8);
      const expected = slow(glob, text);
      matched += expected ? 1 : 0;
      assert.equal(globMatches(glob, text), expected, `${glob} on ${text}`);
    }
    assert.ok(matched > 2000 && matched < 18_000, String(matched));
  });

  it("takes few steps on a glob made to take many", () => {
    // A matcher that goes back to every star would need more than 10^20 steps.
    assert.ok(!compileGlob(`${"*a".repeat(30)}b`)("a".repeat(2000)));
  });
});
