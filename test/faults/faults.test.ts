/** The table of faults: what a server, a disk or a user does, and what has to come of it; one line each in the `*.cases.ts`. */
import { useDir } from "../support/temp.js";
import { GROUPS } from "./groups.js";
import { play } from "./support/play.js";

for (const [group, cases] of GROUPS) {
  describe(`faults: ${group}`, () => {
    const dir = useDir();
    for (const one of cases) it(one.name, () => play(one, dir()));
  });
}
