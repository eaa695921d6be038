/** What a verified, synced download costs beside curl and others, in one interleaved run over TLS from nginx. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { require as requireTypeScript } from "tsx/cjs/api";
import { inRoot } from "../paths.mjs";
import { startServer } from "./download/server.mjs";
import { stockNodeRed } from "./download/stock.mjs";

/** MiB of the two files, and runs of each; EO_BENCH_MIB="64:5" measures one file of 64 MiB five times. */
const SIZES = (process.env["EO_BENCH_MIB"] ?? "512:5,2560:3").split(",").map((one) => one.split(":").map(Number));
/** At 20 Mbit/s per connection that many MiB take half a minute. */
const SLOW_MIB = 64;
const MIB = 1024 * 1024;

export const title = `files of ${SIZES.map(([mib]) => `${mib} MiB`).join(" and ")}`;

/**
 * @typedef {{ wall: number, cpu: number, rss: number, bytes: number, growth?: number, busy?: number, p99?: number }} Run
 * @typedef {{ name: string, run: (target: string) => Run | Promise<Run>, most?: number }} Client
 */

export async function run() {
  const { pythonWith } = requireTypeScript(inRoot("test", "real", "support", "python.ts"), import.meta.url);
  const { needProgram } = requireTypeScript(inRoot("test", "real", "support", "debian.ts"), import.meta.url);
  await needProgram("curl", ["--version"], ["curl"]);
  await needProgram("nginx", ["-v"], ["nginx-light"]);
  await needProgram("wget", ["--version"], ["wget"]);
  await needProgram("aria2c", ["--version"], ["aria2"]);
  const python = await pythonWith("download-bench");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "eo-bench-"));
  const wanted = SIZES.flatMap(([mib = 0]) => [mib, Math.ceil(mib / 4)]);
  const files = Object.fromEntries([...wanted, SLOW_MIB, 1].map((mib) => [`${mib}.bin`, mib]));
  const server = await startServer(folder, files);
  try {
    const load = os.loadavg().map((one) => one.toFixed(1));
    console.log(`  ${os.availableParallelism()} cores, Node.js ${process.versions.node}, load ${load.join(" ")}`);
    for (const [mib = 0, rounds = 3] of SIZES) {
      const clients = clientsFor(server, folder, path.join(python.bin, "python"), mib);
      const runs = await interleaved(clients, rounds, folder);
      report(`${mib} MiB over TLS`, runs);
      goals(runs);
    }
    const slow = [1, 4].map((segments) =>
      ours(`ours, segments ${segments}`, `${server.url}20mbit/${SLOW_MIB}.bin`, server.ca, 1, segments),
    );
    report(`${SLOW_MIB} MiB at 20 Mbit/s per connection`, await interleaved(slow, 1, folder));
    const [least = SLOW_MIB] = SIZES[0] ?? [];
    const large = Math.max(...SIZES.map(([mib]) => mib ?? 0));
    const small = ours("ours, one core and 512 MB", `${server.url}${large}.bin`, server.ca, 1, 1, true);
    report(`${large} MiB on one core with 512 MB`, await interleaved([small], 1, folder));
    await stock(`${server.url}${least}.bin`, server.ca, folder, least);
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} url @param {string} ca @param {string} folder @param {number} mib */
async function stock(url, ca, folder, mib) {
  try {
    const { wall, rss, longest } = await stockNodeRed(url, ca, folder);
    console.log(`\n  Node-RED's own http request → file, ${mib} MiB, once`);
    console.log(`    ${wall.toFixed(1)} s, most memory ${rss.toFixed(0)} MB, longest silence ${longest.toFixed(0)} ms`);
  } catch (error) {
    console.log(`\n  Node-RED's own http request → file, ${mib} MiB: failed: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * @param {{ url: string, ca: string }} server
 * @param {string} folder
 * @param {string} python
 * @param {number} mib
 * @returns {Client[]} the first one is what the others are held against, the second what a goal is held against
 */
function clientsFor({ url: base, ca }, folder, python, mib) {
  const url = `${base}${mib}.bin`;
  const bytes = mib * MIB;
  /** @param {string} name @param {(target: string) => string[]} argv */
  const command = (name, argv) => ({
    name,
    run: (/** @type {string} */ target) => ({ ...measured(python, argv(path.join(target, "file")), ca), bytes }),
  });
  const curl = (/** @type {string} */ file) => ["curl", "-sS", "--cacert", ca, "-o", file, url];
  const quoted = (/** @type {string[]} */ argv) => argv.map((one) => `'${one}'`).join(" ");
  const aria = (/** @type {number} */ n, /** @type {string} */ file) => [
    ...["aria2c", "-q", `-x${n}`, `-s${n}`, "--file-allocation=none", `--ca-certificate=${ca}`],
    ...["-d", path.dirname(file), "-o", path.basename(file), url],
  ];
  return [
    command("curl", curl),
    command("curl && sync && sha256sum", (file) => [
      ...["sh", "-c", `${quoted(curl(file))} && sync '${file}' && sha256sum '${file}'`],
    ]),
    command("curl && sync && openssl sha256", (file) => [
      ...["sh", "-c", `${quoted(curl(file))} && sync '${file}' && openssl dgst -sha256 '${file}'`],
    ]),
    command("wget", (file) => ["wget", "-q", `--ca-certificate=${ca}`, "-O", file, url]),
    command("aria2c -x1", (file) => aria(1, file)),
    command("aria2c -x4", (file) => aria(4, file)),
    command("notebook", (file) => [python, inRoot("scripts", "bench", "download", "notebook.py"), url, file]),
    ours("ours", url, ca, 1, 1),
    ...(mib <= 1024 ? [ours("ours, 4 at once", url, ca, 4, 1)] : []),
    ...(mib <= 1024 ? [ours("ours, 16 at once, a quarter each", `${base}${Math.ceil(mib / 4)}.bin`, ca, 16, 1)] : []),
    ours("ours, segments 4", url, ca, 1, 4),
    ours("ours, chunked", `${base}chunked/${mib}.bin`, ca, 1, 1),
  ];
}

/** @param {string} python @param {string[]} argv @param {string} ca */
function measured(python, argv, ca) {
  const { stdout, stderr } = spawnSync(python, [inRoot("scripts", "bench", "download", "measure.py"), ...argv], {
    encoding: "utf8",
    env: { ...process.env, REQUESTS_CA_BUNDLE: ca, SSL_CERT_FILE: ca },
  });
  const told = JSON.parse(stdout);
  if (told.code !== 0) throw new Error(`${argv[0]} failed: ${stderr}`);
  return told;
}

/**
 * @param {string} name
 * @param {string} url
 * @param {string} ca
 * @param {number} count files at once
 * @param {number} segments
 * @param {boolean} [confined] to one core and 512 MB of memory, as far as this machine can do that
 * @returns {Client}
 */
function ours(name, url, ca, count, segments, confined = false) {
  return {
    name,
    run: (folder) => {
      const warmUp = new URL("/1.bin", url).href;
      const order = JSON.stringify({ dist: inRoot("dist"), url, warmUp, ca, folder, count, segments });
      const node = [process.execPath, inRoot("scripts", "bench", "download", "ours.mjs"), order];
      // Address space cannot be held to 512 MB with V8; what data may take can.
      const argv = confined ? ["sh", "-c", 'ulimit -d 524288; exec taskset -c 0 "$@"', "sh", ...node] : node;
      const { stdout, stderr, status } = spawnSync(argv[0] ?? "", argv.slice(1), { encoding: "utf8" });
      if (status !== 0) throw new Error(`${name} failed: ${stderr}`);
      return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    },
  };
}

/**
 * Every client once in each round, each into an empty folder.
 * @param {Client[]} clients
 * @param {number} rounds
 * @param {string} folder
 */
async function interleaved(clients, rounds, folder) {
  /** @type {Map<string, Run[]>} */
  const runs = new Map(clients.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      const target = path.join(folder, "target");
      fs.mkdirSync(target);
      spawnSync("sync");
      runs.get(client.name)?.push(await client.run(target));
      fs.rmSync(target, { recursive: true, force: true });
    }
  }
  return runs;
}

/**
 * @param {string} what
 * @param {Map<string, Run[]>} runs
 */
function report(what, runs) {
  const [first, second] = [...runs.values()];
  console.log(`\n  ${what}, medians of ${first?.length} rounds`);
  console.log("    s a GB  × first [95 %]        × second [95 %]       CPU-s/GB  RSS MB  growth  busy %  p99 ms");
  for (const [name, all] of runs) {
    const of = (/** @type {(run: Run) => number | undefined} */ value) => median(all.map((run) => value(run) ?? NaN));
    const cell = (/** @type {number} */ value, /** @type {number} */ digits, /** @type {number} */ width) =>
      (Number.isNaN(value) ? "" : value.toFixed(digits)).padStart(width);
    console.log(
      [
        "   ",
        cell(of(perGb), 2, 6),
        `  ${beside(all, first ?? [])}`,
        `  ${beside(all, second ?? [])}`,
        cell(
          of((run) => (run.cpu / run.bytes) * 1e9),
          2,
          8,
        ),
        cell(
          of((run) => run.rss),
          0,
          8,
        ),
        cell(Math.max(...all.map((run) => run.growth ?? NaN)), 0, 8),
        cell(
          of((run) => run.busy),
          1,
          8,
        ),
        cell(
          of((run) => run.p99),
          1,
          8,
        ),
        `  ${name}`,
      ].join(""),
    );
  }
}

/**
 * What is to be reached, and what was.
 * @param {Map<string, Run[]>} runs
 */
function goals(runs) {
  const of = (/** @type {string} */ name) => [...runs].find(([found]) => found.startsWith(name))?.[1] ?? [];
  const ours = runs.get("ours") ?? [];
  const middle = (/** @type {(run: Run) => number | undefined} */ value) =>
    median(ours.map((run) => value(run) ?? NaN)).toFixed(1);
  const growth = (/** @type {Run[]} */ all) => Math.max(...all.map((run) => run.growth ?? NaN)).toFixed(0);
  console.log("\n    goal, and what came of it");
  console.log(`    wall <= 1.1 x curl && sync && sha256sum: ${beside(ours, of("curl && sync && sha256sum")).trim()}`);
  console.log(`                      with openssl's sha256: ${beside(ours, of("curl && sync && openssl")).trim()}`);
  console.log(`    notebook >= 3 x ours: ${beside(of("notebook"), ours).trim()}`);
  console.log(`    CPU-s/GB <= 2.4: ${middle((run) => (run.cpu / run.bytes) * 1e9)}`);
  console.log(`    main loop <= 2 % busy, p99 <= 5 ms: ${middle((run) => run.busy)} %, ${middle((run) => run.p99)} ms`);
  console.log(`    memory grows by <= 80 MB: ${growth(ours)} MB`);
  const sixteen = of("ours, 16");
  if (sixteen.length === 0) return;
  console.log(`    sixteen: memory grows by <= 150 MB: ${growth(sixteen)} MB`);
  console.log(`    sixteen: throughput >= 0.95 x one: ${beside(ours, sixteen).trim()}`);
}

/** Seconds a GB. @param {Run} run */
const perGb = (run) => (run.wall / run.bytes) * 1e9;

/**
 * The median of the ratios within each round, and how sure that is: the range in which the median of that many rounds
 * lies with 95 % when rounds are drawn again.
 * @param {Run[]} runs
 * @param {Run[]} others
 */
function beside(runs, others) {
  const ratios = runs.flatMap((run, n) => {
    const other = others[n];
    return other ? [perGb(run) / perGb(other)] : [];
  });
  if (ratios.length === 0) return "".padEnd(20);
  const drawn = Array.from({ length: 2000 }, () =>
    median(ratios.map(() => ratios[Math.floor(Math.random() * ratios.length)] ?? NaN)),
  ).sort((a, b) => a - b);
  return `${median(ratios).toFixed(2)} [${(drawn[50] ?? NaN).toFixed(2)}, ${(drawn[1949] ?? NaN).toFixed(2)}]`.padEnd(
    20,
  );
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
