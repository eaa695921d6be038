/** The table of faults, by the groups of what the download promises. */
import { disks } from "./disk.cases.js";
import { patience } from "./patience.cases.js";
import { products } from "./products.cases.js";
import { proofs } from "./proofs.cases.js";
import { resume } from "./resume.cases.js";
import { seen } from "./seen.cases.js";
import type { Case } from "./support/play.js";

export const GROUPS: [string, Case[]][] = [
  ["1 resume", resume],
  ["2 proofs", proofs],
  ["3 products and orders", products],
  ["4 patience and redirects", patience],
  ["5 disk, names and others", disks],
  ["6 and 7 seen, commands, honest failure", seen],
];
