/** Is node_modules what package-lock.json asks for, and if not: npm ci. */
import fs from "node:fs";
import { inRoot } from "./paths.mjs";
import { runNpm } from "./npm.mjs";
import { PlainError } from "./plain-error.mjs";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, extraneous?: boolean }} Entry */

/**
 * True when every package of package-lock.json lies in node_modules in its version. npm writes what it installed
 * into `node_modules/.package-lock.json`, at the very end: an interrupted installation does not count.
 */
export function isInstalled() {
  const wanted = readPackages(inRoot("package-lock.json"));
  const present = readPackages(inRoot("node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === "") return true;
    const found = present[place];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.extraneous === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

export function install() {
  // npm ci empties the folder first: through a link it would empty somebody else's.
  if (fs.lstatSync(inRoot("node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new PlainError("node_modules is a link, and what it leads to is not what package-lock.json asks for.");
  }
  process.stderr.write("Installing the packages of package-lock.json (npm ci) …\n");
  // Installation scripts are not needed; development packages are, whatever NODE_ENV says.
  runNpm(["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/**
 * @param {string} file
 * @returns {Record<string, Entry> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}
