/** The table of faults, by the groups of what the download promises. */
import { disks, existing, names, others } from "./disk.cases.js";
import { leaks, patience } from "./patience.cases.js";
import { orders, products, waiting } from "./products.cases.js";
import { proofs } from "./proofs.cases.js";
import { resume } from "./resume.cases.js";
import { honest, seen } from "./seen.cases.js";
import type { Case } from "./support/play.js";

export const GROUPS: [string, Case[]][] = [
  ["1 resume", resume],
  ["2 verify", proofs],
  ["3 a product, not an apology", products],
  ["3 not ready yet", waiting],
  ["3 orders", orders],
  ["4 patience with manners", patience],
  ["4 redirects and leaks", leaks],
  ["5 the disk", disks],
  ["5 names", names],
  ["5 what stands there already", existing],
  ["5 others want the same file", others],
  ["6 seen, and commands", seen],
  ["7 honest failure", honest],
];
