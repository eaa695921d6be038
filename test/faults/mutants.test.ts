/** Every guard has a line of the table that needs it; `npm run test:mutants` shows that it does. */
import assert from "node:assert/strict";
import { guards } from "../../src/download/guards.js";
import { GROUPS } from "./groups.js";
import { MUTANTS } from "./mutants.js";

describe("mutants", () => {
  it("name every guard there is", () => {
    assert.deepEqual(
      Object.keys(guards).filter((name) => !(name in MUTANTS)),
      [],
    );
  });
  it("name cases there are, each once", () => {
    const names = GROUPS.flatMap(([, cases]) => cases.map((one) => one.name));
    for (const name of Object.values(MUTANTS)) assert.equal(names.filter((one) => one === name).length, 1, name);
  });
  it("there are at least 150 cases, each of its own name", () => {
    const names = GROUPS.flatMap(([, cases]) => cases.map((one) => one.name));
    assert.ok(names.length >= 150);
    assert.deepEqual(
      names.filter((one, place) => names.indexOf(one) !== place),
      [],
    );
  });
  it("all guards are on", () => assert.ok(Object.values(guards).every(Boolean)));
});
