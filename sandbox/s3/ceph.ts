/**
 * A real object store, Ceph's RADOS gateway, on loopback and in memory: one monitor, one disk daemon, one gateway, with a
 * role whose sessions have the rights that sessions of the EO DataHub have.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signedRequest, type Keys } from "./signed-request.js";

const PROGRAMS = ["ceph-mon", "ceph-osd", "radosgw", "ceph", "radosgw-admin", "monmaptool"];
export const CEPH_REGION = "eu-west-2";

/**
 * A shell that hears which processes run, and when its input ends, as it does when we are killed, ends them and removes the
 * folder that is its name.
 */
const GUARD = `while read -r line; do pids=$line; done
kill -9 $pids 2>/dev/null
for n in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$0" && break; sleep 0.2; done`;

export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** RFC 3339, whole seconds. */
  expiration: string;
}

/** The programs that are needed and not there. */
export function missingPrograms(): string[] {
  return PROGRAMS.filter((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).error !== undefined);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export class Ceph {
  readonly endpoint: string;
  /** Of the owner of everything. */
  readonly keys: Keys = {
    accessKeyId: `AK${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  private readonly daemons: ChildProcess[] = [];
  /** Everything that runs for it now. */
  private readonly running = new Set<ChildProcess>();
  private readonly guard: ChildProcess;

  private constructor(
    private readonly folder: string,
    port: number,
  ) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.guard = spawn("sh", ["-c", GUARD, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    this.guard.on("error", () => undefined);
    this.guard.stdin?.on("error", () => undefined);
  }

  /** Starts it; some two seconds. Rejects when a program is missing, does not come up, or `signal` says to give up. */
  static async start(signal?: AbortSignal): Promise<Ceph> {
    const missing = missingPrograms();
    if (missing.length > 0) {
      throw new Error(`${missing.join(", ")} missing: apt-get install ceph-mon ceph-osd radosgw ceph-common`);
    }
    const [monitor, gateway] = [await freePort(), await freePort()];
    const ceph = new Ceph(mkdtempSync(join(tmpdir(), "eo-ceph-")), gateway);
    const giveUp = (): void => ceph.kill();
    signal?.addEventListener("abort", giveUp);
    try {
      await ceph.up(monitor, gateway);
      signal?.throwIfAborted();
      return ceph;
    } catch (error) {
      await ceph.close();
      throw signal?.aborted === true ? new Error("Ceph was not ready in time.", { cause: error }) : error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  /** A session that may read, write, delete and list under `<workspace>/` of the bucket, and nothing else. */
  async session(bucket: string, workspace: string, seconds: number): Promise<Session> {
    const role = await this.role(bucket, workspace);
    const until = new Date(Date.now() + seconds * 1000);
    const form = new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: `arn:aws:iam:::role/${role}`,
      RoleSessionName: `${workspace}-user`,
      DurationSeconds: String(Math.max(1, Math.round(seconds))),
    });
    const type = "application/x-www-form-urlencoded";
    const sent = { headers: { "content-type": type }, body: Buffer.from(form.toString()) };
    const answer = await signedRequest(this.keys, "sts", "POST", this.endpoint, "/", sent);
    const text = answer.body.toString();
    const value = (name: string): string => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? "";
    if (answer.status !== 200) throw new Error(`AssumeRole answered ${answer.status}: ${text.slice(0, 300)}`);
    return {
      accessKeyId: value("AccessKeyId"),
      secretAccessKey: value("SecretAccessKey"),
      sessionToken: value("SessionToken"),
      expiration: until.toISOString().replace(/\.\d+Z$/, "Z"),
    };
  }

  /** Rejects unless the bucket is there afterwards. */
  async makeBucket(bucket: string): Promise<void> {
    const answer = await signedRequest(this.keys, "s3", "PUT", this.endpoint, `/${bucket}`);
    if (answer.status !== 200 && answer.status !== 409)
      throw new Error(`No bucket ${bucket}: ${answer.body.toString().slice(0, 300)}`);
  }

  async close(): Promise<void> {
    const all = [...this.running].map((child) => once(child, "exit"));
    this.kill();
    await Promise.race([Promise.all(all), sleep(5_000)]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    this.guard.stdin?.end();
  }

  /** All is in memory, so nothing is lost that would be kept. */
  private kill(): void {
    for (const child of this.running) child.kill("SIGKILL");
  }

  private readonly roles = new Set<string>();

  private async role(bucket: string, workspace: string): Promise<string> {
    const name = `${bucket}.${workspace}`.replace(/[^\w.-]/g, "-");
    if (this.roles.has(name)) return name;
    const arn = `arn:aws:s3:::${bucket}`;
    const allow = { Effect: "Allow" };
    const trust = { ...allow, Principal: { AWS: ["arn:aws:iam:::user/eo"] }, Action: ["sts:AssumeRole"] };
    const files = {
      ...allow,
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      Resource: `${arn}/${workspace}/*`,
    };
    const list = {
      ...allow,
      Action: ["s3:ListBucket"],
      Resource: arn,
      Condition: { StringLike: { "s3:prefix": [`${workspace}/*`] } },
    };
    const policy = (...Statement: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
    const admin = async (...args: string[]): Promise<void> => {
      await this.run("radosgw-admin", ["role", ...args]);
    };
    await admin("create", `--role-name=${name}`, `--assume-role-policy-doc=${policy(trust)}`);
    await admin("policy", "put", `--role-name=${name}`, "--policy-name=p", `--policy-doc=${policy(files, list)}`);
    this.roles.add(name);
    return name;
  }

  private async up(monitor: number, gateway: number): Promise<void> {
    const { folder } = this;
    const [fsid, disk] = [randomUUID(), randomUUID()];
    for (const name of ["mon", "osd", "run"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "keyring"), "");
    writeFileSync(join(folder, "ceph.conf"), configuration(folder, fsid, monitor, gateway));
    const map = join(folder, "map");
    await this.run("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", `[v1:127.0.0.1:${monitor}]`, map]);
    await this.run("ceph-mon", ["-i", "a", "--mkfs", "--monmap", map]);
    this.serve("ceph-mon", ["-i", "a", "-f"]);
    await this.run("ceph", ["--connect-timeout", "20", "osd", "new", disk]);
    await this.run("ceph", ["osd", "crush", "add", "osd.0", "1.0", "root=default", "host=h"]);
    await this.run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", disk]);
    this.serve("ceph-osd", ["-i", "0", "-f"]);
    this.serve("radosgw", ["-n", "client.rgw", "-f"]);
    await this.ready();
    const { accessKeyId, secretAccessKey } = this.keys;
    const named = ["--uid=eo", "--display-name=eo", "--caps=roles=*"];
    const keys = [`--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`];
    await this.run("radosgw-admin", ["user", "create", ...named, ...keys]);
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const dead = this.daemons.find((child) => child.exitCode !== null || child.signalCode !== null);
      if (dead) throw new Error(`${dead.spawnfile} ended while starting; see its log in ${this.folder}`);
      try {
        const answer = await fetch(this.endpoint, { signal: AbortSignal.timeout(1_000) });
        await answer.body?.cancel();
        if (answer.status === 200) return;
      } catch {
        // Not yet.
      }
      if (Date.now() > deadline) throw new Error("The gateway did not answer within 30 s.");
      await sleep(100);
    }
  }

  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, CEPH_ARGS: `-c ${join(this.folder, "ceph.conf")}` };
  }

  private serve(program: string, args: string[]): void {
    const child = spawn(program, args, { env: this.environment, stdio: "ignore" });
    child.on("error", () => undefined);
    this.daemons.push(child);
    this.watch(child);
  }

  /** It ends when we do, however we end. */
  private watch(child: ChildProcess): void {
    if (child.pid === undefined) return;
    const tell = (): void =>
      void this.guard.stdin?.write(`${[...this.running].map(({ pid }) => String(pid)).join(" ")}\n`);
    this.running.add(child);
    tell();
    child.once("exit", () => {
      this.running.delete(child);
      tell();
    });
  }

  private async run(program: string, args: string[]): Promise<void> {
    const child = spawn(program, args, { env: this.environment, stdio: ["ignore", "ignore", "pipe"] });
    this.watch(child);
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    const [code] = (await once(child, "close")) as [number | null];
    clearTimeout(timer);
    if (code !== 0) throw new Error(`${program} ${args[0] ?? ""} ended with ${code}: ${words.trim().slice(-400)}`);
  }
}

/** One replica, no authentication between its own parts, quick to agree, sessions of a second and more. */
function configuration(folder: string, fsid: string, monitor: number, gateway: number): string {
  return `[global]
fsid = ${fsid}
mon initial members = a
mon host = v1:127.0.0.1:${monitor}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 500
paxos propose interval = 0.02
paxos min wait = 0.01
run dir = ${folder}/run
pid file = ${folder}/run/$name.pid
admin socket = ${folder}/run/$name.asok
log file = ${folder}/$name.log
mon cluster log file = ${folder}/cluster.log
keyring = ${folder}/keyring
[mon]
mon data = ${folder}/mon
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd crush update on start = false
osd class update on start = false
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw thread pool size = 32
rgw relaxed region enforcement = true
rgw s3 auth use sts = true
rgw s3 auth order = local, sts
rgw sts key = ${randomBytes(8).toString("hex")}
rgw sts min session duration = 1
`;
}
