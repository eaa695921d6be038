/** A real Keycloak: installed and filled with our realms once, then started from a copy of that state. */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cached, cacheFolder } from "../support/cache.js";
import { needProgram } from "../support/debian.js";
import { freePort } from "../support/free-port.js";
import { answers, runWell, Server } from "../support/processes.js";
import { REALMS } from "./realms.js";

const VERSION = "26.7.3";
/** Quick to start rather than quick in the long run. */
const ENV = { JAVA_OPTS_APPEND: "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC" };
const BUILD = ["build", "--db=dev-file", "--http-relative-path=/auth", "--health-enabled=true", "--cache=local"];

export interface Keycloak {
  /** `http://127.0.0.1:port`, without a final slash; it answers under `/auth`. */
  origin: string;
  /** Resolves when it is ready. Rejects when it is not within a minute. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** The folder of a Keycloak that knows our realms. */
function installed(): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify([REALMS, BUILD]))
    .digest("hex")
    .slice(0, 12);
  return cached(`keycloak-${VERSION}-${hash}`, async (folder) => {
    await needProgram("java", ["-version"], ["default-jre-headless"]);
    await needProgram("mvn", ["-version"], ["maven"]);
    await needProgram("unzip", ["-v"], ["unzip"]);
    const artifact = `-Dartifact=org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
    const copy = ["-q", "-B", "dependency:copy", artifact, `-DoutputDirectory=${folder}`];
    await runWell("mvn", copy, { cwd: folder, seconds: 300 });
    const zip = path.join(folder, `keycloak-quarkus-dist-${VERSION}.zip`);
    await runWell("unzip", ["-q", zip, "-d", folder], { seconds: 120 });
    rmSync(zip);
    const home = path.join(folder, `keycloak-${VERSION}`);
    const imported = path.join(home, "data", "import");
    mkdirSync(imported, { recursive: true });
    for (const realm of REALMS) writeFileSync(path.join(imported, `${realm.realm}-realm.json`), JSON.stringify(realm));
    await runWell(path.join(home, "bin", "kc.sh"), BUILD, { env: ENV, seconds: 300 });
    const first = await startIn(home, ["--import-realm"], () => undefined);
    try {
      await first.ready();
    } finally {
      await first.stop();
    }
    rmSync(imported, { recursive: true });
  });
}

/** Starts it and resolves at once: wait for `ready()`. */
export async function startKeycloak(): Promise<Keycloak> {
  await needProgram("java", ["-version"], ["default-jre-headless"]);
  const home = path.join(await installed(), `keycloak-${VERSION}`);
  removeDeadCopies();
  // A copy, since its database takes one server at a time; the libraries are linked, not copied.
  const copy = path.join(cacheFolder(), `keycloak-run-${process.pid}-${copies++}`);
  mkdirSync(copy, { recursive: true });
  for (const name of readdirSync(home)) {
    if (name === "data") continue;
    await runWell("cp", ["-al", path.join(home, name), copy], { seconds: 60 });
  }
  cpSync(path.join(home, "data"), path.join(copy, "data"), { recursive: true });
  const remove = (): void => rmSync(copy, { recursive: true, force: true });
  // Also when the run is told to end; the server has been killed by then.
  process.once("exit", remove);
  return startIn(copy, [], () => {
    process.off("exit", remove);
    remove();
  });
}

let copies = 0;

/** Copies of runs that were killed. */
function removeDeadCopies(): void {
  for (const name of readdirSync(cacheFolder())) {
    const pid = /^keycloak-run-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || Number(pid) === process.pid || existsSync(`/proc/${pid}`)) continue;
    rmSync(path.join(cacheFolder(), name), { recursive: true, force: true });
  }
}

async function startIn(home: string, more: string[], afterwards: () => void): Promise<Keycloak> {
  const [port, management] = [await freePort(), await freePort()];
  const options = ["--http-enabled=true", "--hostname-strict=false", "--http-host=127.0.0.1", `--http-port=${port}`];
  const managed = ["--http-management-host=127.0.0.1", `--http-management-port=${management}`];
  const args = ["start", "--optimized", ...options, ...managed, ...more];
  const server = new Server(path.join(home, "bin", "kc.sh"), args, { cwd: home, env: ENV });
  return {
    origin: `http://127.0.0.1:${port}`,
    ready: () => server.until(() => answers(`http://127.0.0.1:${management}/auth/health/ready`), 90),
    async stop() {
      await server.stop();
      afterwards();
    },
  };
}
