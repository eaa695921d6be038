/** Two gibibytes to a real object store: flat memory, killed at random and repeated, whole or absent; beside rclone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import path from "node:path";
import { Account } from "../../../src/accounts/account.js";
import { openStore } from "../../../src/storage/storage.js";
import { Ceph } from "../../../sandbox/s3/ceph.js";
import { needProgram } from "../support/debian.js";
import { runWell } from "../support/processes.js";
import { pythonWith } from "../support/python.js";
import type { Part } from "../parts.js";

const MIB = 1024 * 1024;
const SIZE = 2048 * MIB;
const BUCKET = "large-files";
const MOST_GROWTH = 100e6;
const MOST_KILLS = 3;
const MOST_RATIO = 1.2;

interface Done {
  bytes: number;
  sha256: string;
  etag: string;
  seconds: number;
  growth: number;
}

export const s3Large: Part = async (report, world) => {
  await needProgram("radosgw", ["--version"], ["ceph-mon", "ceph-osd", "radosgw", "ceph-common"]);
  const ceph = await Ceph.start();
  const { endpoint, keys } = ceph;
  const account = Account.open({ provider: "s3", endpoint, bucket: BUCKET }, keys);
  try {
    await ceph.makeBucket(BUCKET);
    const folder = await world.folder();
    const filename = path.join(folder, "large.bin");
    const file = await open(filename, "w");
    const block = randomBytes(64 * MIB);
    for (let at = 0; at < SIZE; at += block.length) {
      block.writeBigUInt64BE(BigInt(at), 0);
      await file.write(block);
    }
    await file.close();
    const { signal } = new AbortController();
    const store = await openStore(account, "s3", signal);

    /** Puts it; with `killAt`, ends the process without warning when so many bytes are there. */
    const put = async (target: string, killAt = Infinity): Promise<Done | undefined> => {
      const order = {
        endpoint,
        bucket: BUCKET,
        keys,
        filename,
        path: target,
        memoryFolder: path.join(folder, "memory"),
      };
      const child = spawn(
        process.execPath,
        ["--import", "tsx", path.join(__dirname, "put-child.ts"), JSON.stringify(order)],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        if (Number(text.trimEnd().split("\n").at(-1)) >= killAt) child.kill("SIGKILL");
      });
      await once(child, "close");
      const last = text.trimEnd().split("\n").at(-1) ?? "";
      return last.startsWith("{") ? (JSON.parse(last) as Done) : undefined;
    };

    let ours: Done | undefined;
    await report.agree("2 GiB in flat memory", async () => {
      ours = await put("straight.bin");
      assert.equal(ours?.bytes, SIZE);
      assert.ok(ours.growth <= MOST_GROWTH, `the memory grew by ${Math.round(ours.growth / 1e6)} MB`);
      return `${ours.seconds.toFixed(1)} s, ${Math.round(ours.growth / 1e6)} MB more memory`;
    });
    await store.remove("straight.bin", signal);

    await report.agree("killed at random and repeated: absent until it is whole", async () => {
      const kills: number[] = [];
      let done: Done | undefined;
      for (let n = 0; n < MOST_KILLS; n += 1) {
        const at = Math.floor(((n + Math.random()) / MOST_KILLS) * SIZE * 0.9);
        done = await put("killed.bin", at);
        if (done) break;
        kills.push(Math.round(at / MIB));
        assert.equal(await store.head("killed.bin", signal), undefined, "nothing stands under its name");
      }
      done ??= await put("killed.bin");
      assert.equal(done?.sha256, ours?.sha256);
      assert.equal((await store.head("killed.bin", signal))?.etag, ours?.etag);
      return `killed at ${kills.join(", ")} MiB, the last run took ${done?.seconds.toFixed(1) ?? "?"} s`;
    });
    await store.remove("killed.bin", signal);

    await report.agree("beside rclone", async () => {
      const python = await pythonWith("rclone");
      const env = {
        RCLONE_CONFIG_C_TYPE: "s3",
        RCLONE_CONFIG_C_PROVIDER: "Ceph",
        RCLONE_CONFIG_C_ENDPOINT: endpoint,
        RCLONE_CONFIG_C_ACCESS_KEY_ID: keys.accessKeyId,
        RCLONE_CONFIG_C_SECRET_ACCESS_KEY: keys.secretAccessKey,
        RCLONE_S3_NO_CHECK_BUCKET: "true",
      };
      const started = performance.now();
      const args = ["--config", "/dev/null", "copyto", filename, `C:${BUCKET}/rclone.bin`];
      await runWell(path.join(python.bin, "rclone"), args, { env, seconds: 300 });
      const theirs = (performance.now() - started) / 1000;
      const ratio = (ours?.seconds ?? Infinity) / theirs;
      assert.ok(
        ratio <= MOST_RATIO,
        `ours ${ours?.seconds.toFixed(1)} s, rclone ${theirs.toFixed(1)} s: ${ratio.toFixed(2)} times`,
      );
      return `ours ${ours?.seconds.toFixed(1)} s, rclone ${theirs.toFixed(1)} s: ${ratio.toFixed(2)} times`;
    });
  } finally {
    await account.close();
    await ceph.close();
  }
};
