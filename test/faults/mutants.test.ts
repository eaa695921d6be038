/** Every guard has a line of the table that is green with it and red without it. */
import assert, { AssertionError } from "node:assert/strict";
import { join } from "node:path";
import { guards } from "../../src/download/guards.js";
import { useDir } from "../support/temp.js";
import { GROUPS } from "./groups.js";
import { MUTANTS, switchOff } from "./mutants.js";
import { play } from "./support/play.js";

const cases = GROUPS.flatMap(([, some]) => some);
/** Without its guard a case may wait for what never comes. */
const PATIENCE = 4_000;

describe("mutants", () => {
  const dir = useDir();
  let needed = 0;
  let tried = 0;

  it("name every guard there is, and cases there are, each once", () => {
    assert.deepEqual(
      Object.keys(guards).filter((name) => !(name in MUTANTS)),
      [],
    );
    const names = cases.map((one) => one.name);
    for (const name of Object.values(MUTANTS)) assert.equal(names.filter((one) => one === name).length, 1, name);
    assert.deepEqual(
      names.filter((one, place) => names.indexOf(one) !== place),
      [],
    );
  });

  it("all guards are on", () => assert.ok(Object.values(guards).every(Boolean)));

  for (const [guard, name] of Object.entries(MUTANTS)) {
    const one = cases.find((found) => found.name === name);
    if (!one) continue;
    it(`without ${guard}: ${name}`, async () => {
      tried += 1;
      await play(one, join(dir(), "with"));
      const switchOn = switchOff(guard);
      try {
        await play(one, join(dir(), "without"), PATIENCE);
      } catch (error) {
        // Only what the case itself looks for counts.
        if (!(error instanceof AssertionError) && !/^Waited /.test((error as Error).message)) throw error;
        needed += 1;
        return;
      } finally {
        switchOn();
      }
      assert.fail(`The case is green without ${guard}.`);
    });
  }

  after(() => {
    process.stdout.write(`${needed} of ${tried} guards needed\n`);
  });
});
