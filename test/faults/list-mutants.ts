/** Prints the mutants and their cases as JSON, for the runner. */
import { MUTANTS } from "./mutants.js";

process.stdout.write(JSON.stringify(MUTANTS));
