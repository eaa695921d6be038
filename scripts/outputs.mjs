/** What is built, from which files, and whether what lies there is up to date. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { inRoot, root } from "./paths.mjs";
import { PlainError } from "./plain-error.mjs";

/**
 * @typedef {object} Output
 * @property {string} words
 * @property {string} folder where the result lies
 * @property {string} project the TypeScript project
 * @property {string[]} inputs files and folders it is made from
 * @property {(folder: string) => Promise<void> | void} assets adds what is not compiled
 */

/** @type {Record<"dist" | "sandbox", Output>} */
const outputs = {
  dist: {
    words: "the nodes",
    folder: "dist",
    project: "tsconfig.json",
    inputs: ["nodes", "src", "icons"],
    assets: async (folder) => {
      await copyNodeAssets(folder);
      sealGuards(folder);
      await bundleLibraries(folder);
    },
  },
  sandbox: {
    words: "the sandbox",
    folder: "build/sandbox",
    project: "sandbox/tsconfig.json",
    inputs: ["sandbox"],
    assets: () => {},
  },
};

/** Inputs of every output. */
const common = ["tsconfig.json", "package.json", "package-lock.json", "scripts/outputs.mjs", "scripts/editor.mjs"];

/** @param {"dist" | "sandbox"} name */
export function isBuilt(name) {
  try {
    const stamp = JSON.parse(fs.readFileSync(stampFile(name), "utf8"));
    return stamp.inputs === inputsHash(name) && stamp.result === listing(inRoot(outputs[name].folder));
  } catch {
    return false;
  }
}

/**
 * Builds aside and swaps it in, so that a failed build changes nothing.
 * @param {"dist" | "sandbox"} name
 */
export async function build(name) {
  const output = outputs[name];
  process.stderr.write(`Building ${output.words} …\n`);
  const inputs = inputsHash(name);
  const fresh = inRoot("build", `${name}.new`);
  const old = inRoot("build", `${name}.old`);
  const place = inRoot(output.folder);
  for (const left of [fresh, old]) fs.rmSync(left, { recursive: true, force: true });

  const tsc = inRoot("node_modules", "typescript", "bin", "tsc");
  const args = [tsc, "-p", inRoot(output.project), "--outDir", fresh, "--noEmitOnError", "--pretty", "false"];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new PlainError(`Building ${output.words} failed; the compiler's words are above.`);
  await output.assets(fresh);

  if (fs.existsSync(place)) fs.renameSync(place, old);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.renameSync(fresh, place);
  fs.writeFileSync(stampFile(name), JSON.stringify({ inputs, result: listing(place) }));
  fs.rmSync(old, { recursive: true, force: true });
}

/** @param {string} dist */
async function copyNodeAssets(dist) {
  // Not at the top: it needs the packages, and the bootstrap runs before they are installed.
  const { editorHtml } = await import("./editor.mjs");
  for (const node of fs.readdirSync(inRoot("nodes"))) {
    const html = inRoot("nodes", node, `${node}.html`);
    if (!fs.existsSync(html)) continue;
    const target = path.join(dist, "nodes", node);
    fs.mkdirSync(target, { recursive: true });
    fs.writeFileSync(path.join(target, `${node}.html`), editorHtml(html));
    const locales = inRoot("nodes", node, "locales");
    if (fs.existsSync(locales)) fs.cpSync(locales, path.join(target, "locales"), { recursive: true });
    // Node-RED looks for a node's icons beside its file, and nowhere else.
    const icon = inRoot("icons", `${node}.svg`);
    if (!fs.existsSync(icon)) continue;
    fs.mkdirSync(path.join(target, "icons"));
    fs.copyFileSync(icon, path.join(target, "icons", `${node}.svg`));
  }
}

/**
 * The guards of a download are switches only for the tests, which run the sources: what is packed cannot be changed.
 * @param {string} dist
 */
function sealGuards(dist) {
  fs.appendFileSync(path.join(dist, "src", "download", "guards.js"), "Object.freeze(exports.guards);\n");
}

/**
 * Puts libraries that are no dependencies of the package into the compiled files that use them. Such a file imports
 * nothing else; THIRD_PARTY_NOTICES holds the licence.
 * @param {string} dist
 */
async function bundleLibraries(dist) {
  const { buildSync } = await import("esbuild");
  const { devDependencies } = JSON.parse(fs.readFileSync(inRoot("package.json"), "utf8"));
  const isBundled = (/** @type {string} */ name) =>
    Object.keys(devDependencies).some((dev) => name.startsWith(`${dev}/`) || name === dev);
  for (const file of filesIn(dist).filter((name) => name.endsWith(".js"))) {
    const required = [...fs.readFileSync(file, "utf8").matchAll(/\brequire\("([^"]+)"\)/g)];
    if (!required.some(([, name = ""]) => isBundled(name))) continue;
    buildSync({
      entryPoints: [file],
      outfile: file,
      allowOverwrite: true,
      bundle: true,
      format: "cjs",
      platform: "node",
      target: "node20",
      charset: "utf8",
      legalComments: "inline",
      // Paths in comments must not tell where the clone lies, nor where its packages really are.
      absWorkingDir: root,
      nodePaths: [inRoot("node_modules")],
      preserveSymlinks: true,
    });
  }
}

/** @param {"dist" | "sandbox"} name */
const stampFile = (name) => inRoot("build", `${name}.stamp.json`);

/** @param {"dist" | "sandbox"} name */
function inputsHash(name) {
  const hash = createHash("sha256");
  for (const input of [...common, outputs[name].project, ...outputs[name].inputs]) {
    for (const file of filesIn(inRoot(input))) {
      hash
        .update(`${path.relative(root, file)}\0`)
        .update(fs.readFileSync(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

/**
 * Names and sizes of everything in a folder.
 * @param {string} folder
 */
function listing(folder) {
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) hash.update(`${path.relative(folder, file)}\0${fs.statSync(file).size}\0`);
  return hash.digest("hex");
}

/**
 * The files under a folder in a fixed order, or the file itself.
 * @param {string} place
 * @returns {string[]}
 */
export function filesIn(place) {
  if (!fs.existsSync(place)) return [];
  if (!fs.statSync(place).isDirectory()) return [place];
  return fs
    .readdirSync(place)
    .sort()
    .flatMap((name) => filesIn(path.join(place, name)));
}
