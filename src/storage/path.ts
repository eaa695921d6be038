/** Paths in a workspace or under a prefix, from people and messages: proved to lie inside before anything is sent. */
import { badInput } from "../errors.js";

/** An object store's limit for a whole key (S3 user guide, "Object key names"). */
const MOST_BYTES = 1024;
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/;

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 80));
}

/**
 * A path as it may be used: names joined by `/`, none of them empty, `.` or `..`.
 * @param value a text; a final `/` says that a folder is meant
 * @returns without a slash at either end; "" for the root
 * @throws EoError BAD_INPUT
 */
export function storagePath(value: unknown): { path: string; folder: boolean } {
  if (value === undefined || value === "") return { path: "", folder: true };
  if (typeof value !== "string") throw badInput("The path is not a text. Give one such as results/2026/a.nc.");
  const inside = "It must lie inside the workspace or prefix";
  if (CONTROL.test(value) || !value.isWellFormed())
    throw badInput(`The path ${shown(value)} holds a character that no file name can have.`);
  if (value.includes("\\")) throw badInput(`The path ${shown(value)} has a backslash. Use / between names.`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value))
    throw badInput(
      `The path ${shown(value)} is an address. ${inside}: give only the names in it, such as results/a.nc.`,
    );
  if (value.startsWith("/"))
    throw badInput(`The path ${shown(value)} begins with a slash. ${inside}; leave the slash out.`);
  const folder = value.endsWith("/");
  const names = (folder ? value.slice(0, -1) : value).split("/");
  for (const name of names) {
    if (name === "") throw badInput(`The path ${shown(value)} has an empty name between two slashes.`);
    if (name === "." || name === "..") throw badInput(`The path ${shown(value)} has "${name}" in it. ${inside}.`);
    // Some servers decode twice.
    if (/^(\.|%2e)+$/i.test(name) || /%(2f|5c|00)/i.test(name))
      throw badInput(
        `The path ${shown(value)} has "${name.slice(0, 40)}" in it, which some servers take for a way out. ${inside}.`,
      );
  }
  const path = names.join("/");
  if (Buffer.byteLength(path) > MOST_BYTES)
    throw badInput(`The path ${shown(value)}… is longer than ${MOST_BYTES} bytes, which no store takes.`);
  return { path, folder };
}

/** A path of one file. @throws EoError BAD_INPUT also for a folder */
export function filePath(value: unknown): string {
  const { path, folder } = storagePath(value);
  if (path === "" || folder) throw badInput("The path names no file. Give one such as results/2026/a.nc.");
  return path;
}

/**
 * The prefix an `s3` account is confined to, with a slash at its end; "" for the whole bucket.
 * @throws EoError BAD_INPUT
 */
export function accountPrefix(value: string): string {
  const plain = value.replace(/^\/+|\/+$/g, "");
  if (plain === "") return "";
  const { path } = storagePath(plain);
  return `${path}/`;
}

/** A path as it stands in a URL. */
export function inUrl(path: string): string {
  return path.split("/").map(encodedName).join("/");
}

/** As S3 signs it: everything but letters, digits and -._~ is encoded (Signature Version 4). */
function encodedName(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `name-2.ext` for `name.ext`. */
export function numberedPath(path: string, n: number): string {
  if (n === 1) return path;
  const name = lastName(path);
  const dot = name.lastIndexOf(".");
  const at = path.length - name.length + (dot > 0 ? dot : name.length);
  return `${path.slice(0, at)}-${n}${path.slice(at)}`;
}
