/** Our storage code against a real object store, Ceph's RADOS gateway, with sessions of the EO DataHub's shape. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Account } from "../../../src/accounts/account.js";
import { Downloads, transfersOf } from "../../../src/download/index.js";
import { EoError } from "../../../src/errors.js";
import { S3Sessions } from "../../../src/eodh/s3-sessions.js";
import { BucketFiles } from "../../../src/storage/bucket-files.js";
import { S3Door } from "../../../src/storage/s3-door.js";
import { ObjectsDoor } from "../../../src/storage/s3-assets.js";
import { s3Place } from "../../../src/storage/s3-place.js";
import { deleteFiles, listFiles, openStore } from "../../../src/storage/storage.js";
import { upload, type UploadHooks, type Uploaded } from "../../../src/storage/upload.js";
import { Ceph, CEPH_REGION } from "../../../sandbox/s3/ceph.js";
import { startSandbox } from "../../../sandbox/index.js";
import { needProgram } from "../support/debian.js";
import type { Part } from "../parts.js";

const BUCKET = "workspaces-eodhp";
const MIB = 1024 * 1024;

export const s3: Part = async (report, world) => {
  await needProgram("radosgw", ["--version"], ["ceph-mon", "ceph-osd", "radosgw", "ceph-common"]);
  const ceph = await Ceph.start();
  const sandbox = await startSandbox({ port: 0 });
  const accounts: Account[] = [];
  try {
    await ceph.makeBucket(BUCKET);
    let life = 3600;
    sandbox.eodh.issueS3 = (workspace) => ceph.session(BUCKET, workspace, life);
    const { url, workspace, apiKey } = sandbox.ready.eodh;
    const folder = await world.folder();
    const signal = new AbortController().signal;

    const hub = (): Account => {
      const settings = { provider: "eodh", url, workspace, endpoint: ceph.endpoint, region: CEPH_REGION };
      const account = Account.open(settings, { apiKey });
      accounts.push(account);
      return account;
    };
    const plain = (more: object = {}, keys: object = ceph.keys): Account => {
      const settings = { provider: "s3", endpoint: ceph.endpoint, bucket: BUCKET, ...more };
      const account = Account.open(settings, keys);
      accounts.push(account);
      return account;
    };
    const hooks = (more: Partial<UploadHooks> = {}): UploadHooks => ({
      signal,
      onState: () => undefined,
      onBytes: () => undefined,
      onNote: () => undefined,
      ...more,
    });
    const put = async (
      account: Account,
      filename: string,
      target: string,
      more: Partial<UploadHooks> = {},
      options: object = {},
    ): Promise<Uploaded> =>
      await upload(
        await openStore(account, "s3", signal),
        {
          filename,
          path: target,
          ifExists: "verify",
          retries: 3,
          stallMs: 30_000,
          memoryFolder: path.join(folder, "memory"),
          ...options,
        },
        hooks(more),
      );
    const local = async (name: string, size: number): Promise<string> => {
      const file = path.join(folder, name);
      const handle = await open(file, "w");
      for (let left = size; left > 0; left -= MIB) await handle.write(randomBytes(Math.min(MIB, left)));
      await handle.close();
      return file;
    };
    const sha = async (file: string): Promise<string> =>
      createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
    const mints = (): number => sandbox.requests().filter(({ route }) => route === "eodh-s3-tokens").length;
    const refused = async (work: Promise<unknown>): Promise<EoError> => {
      try {
        await work;
      } catch (error) {
        assert.ok(error instanceof EoError, String(error));
        return error;
      }
      throw new Error("It was not refused.");
    };

    await report.agree("a small file: put, seen, listed, deleted; a second put leaves it", async () => {
      const account = hub();
      const file = await local("small é+ &.bin", 100_000);
      const first = await put(account, file, "deep/small é+ &.bin");
      assert.equal(first.sha256, await sha(file));
      assert.equal(first.source, "disk");
      assert.equal((await put(account, file, "deep/small é+ &.bin")).source, "store");
      const store = await openStore(account, "s3", signal);
      const listed: string[] = [];
      for await (const page of listFiles(store, "deep", false, signal)) listed.push(...page.map((one) => one.path));
      assert.deepEqual(listed, ["deep/small é+ &.bin"]);
      assert.deepEqual(await deleteFiles(store, "deep", true, signal), listed);
      assert.equal(await store.head("deep/small é+ &.bin", signal), undefined);
      return `${mints()} session`;
    });

    const large = await local("large.bin", 40 * MIB + 12_345);

    await report.agree("a large file in parts, proved by the ETag of its parts; a second put leaves it", async () => {
      const account = hub();
      const seen: number[] = [];
      const done = await put(account, large, "large.bin", { onBytes: (bytes) => seen.push(bytes) });
      assert.equal(done.sha256, await sha(large));
      assert.match(done.etag ?? "", /-6$/);
      assert.equal(seen.at(-1), done.bytes);
      assert.equal((await put(account, large, "large.bin")).source, "store");
      return `${done.bytes} bytes, ETag ${done.etag ?? ""}`;
    });

    await report.agree(
      "an upload cut by cancelling goes on where it was, without the parts that are there",
      async () => {
        const account = hub();
        const stop = new AbortController();
        const cut = put(account, large, "cut.bin", {
          signal: stop.signal,
          onBytes: (bytes) => {
            if (bytes > 10 * MIB) stop.abort();
          },
        });
        assert.equal((await refused(cut)).code, "CANCELLED");
        const store = await openStore(account, "s3", signal);
        assert.equal(await store.head("cut.bin", signal), undefined, "nothing stands under its name");
        let sent = 0;
        const open = account.door.open.bind(account.door);
        account.door.open = (request) => {
          if (request.method === "PUT") sent += 1;
          return open(request);
        };
        const again = await put(account, large, "cut.bin");
        assert.equal(again.sha256, await sha(large));
        assert.ok(sent > 0 && sent < 6, `${sent} of 6 parts were sent again`);
        return `${sent} of 6 parts sent`;
      },
    );

    await report.agree(
      "a session that dies in the middle of an upload and of a listing is renewed, once for all",
      async () => {
        life = 2;
        const account = hub();
        const store = await openStore(account, "s3", signal);
        const before = mints();
        // The session is kept as if it lived: only the store's refusal tells.
        const slow = await put(account, large, "slow.bin", {}, { ifExists: "overwrite" });
        assert.equal(slow.sha256, await sha(large));
        for (let n = 0; n < 12; n += 1) {
          await sleep(500);
          const files: string[] = [];
          for await (const page of listFiles(store, "", true, signal)) files.push(...page.map((one) => one.path));
          assert.ok(files.includes("slow.bin"));
        }
        await sleep(2_500);
        const parallel = mints();
        await Promise.all(Array.from({ length: 8 }, () => store.head("slow.bin", signal)));
        assert.equal(mints(), parallel + 1, "eight who found it dead made one new one");
        life = 3600;
        return `${mints() - before} sessions`;
      },
    );

    await report.agree("what the store says of a dead session renews it: InvalidAccessKeyId", async () => {
      // Its end is said to be far away, so that nothing but the refusal tells.
      life = 1;
      sandbox.eodh.issueS3 = async (name) => ({
        ...(await ceph.session(BUCKET, name, life)),
        expiration: new Date(Date.now() + 3_600_000).toISOString(),
      });
      const account = hub();
      const store = await openStore(account, "s3", signal);
      await store.head("slow.bin", signal);
      const before = mints();
      await sleep(1_500);
      life = 3600;
      assert.equal((await store.head("slow.bin", signal))?.bytes, 40 * MIB + 12_345);
      assert.equal(mints(), before + 1);
      const list = store.list("", true, signal);
      assert.equal((await list.next()).done, false);
      sandbox.eodh.issueS3 = (name) => ceph.session(BUCKET, name, life);
      return "one renewal";
    });

    await report.agree("a role may not end an upload: the orphan is named, and the new file arrives", async () => {
      const account = hub();
      const file = await local("changing.bin", 20 * MIB);
      const stop = new AbortController();
      const cut = put(account, file, "changing.bin", { signal: stop.signal, onBytes: () => stop.abort() });
      assert.equal((await refused(cut)).code, "CANCELLED");
      await writeFile(file, await readFile(await local("other.bin", 20 * MIB)));
      const notes: string[] = [];
      const done = await put(account, file, "changing.bin", { onNote: (text) => notes.push(text) });
      assert.equal(done.sha256, await sha(file));
      assert.equal(notes.length, 1);
      assert.match(notes[0] ?? "", /unfinished upload of an older changing\.bin .*upload id \S+\)/);
      return "one warning";
    });

    await report.agree("somebody else's write is not run over", async () => {
      const account = hub();
      const file = await local("mine.bin", 1000);
      const store = await openStore(account, "s3", signal);
      const source = { length: 3, md5: createHash("md5").update("abc").digest("hex"), sha256: "", type: "text/plain" };
      const theirs = async (target: string): Promise<void> => {
        const { Readable } = await import("node:stream");
        await store.put(target, { ...source, open: () => Readable.from([Buffer.from("abc")]) }, undefined, signal);
      };
      for (const size of [1000, 20 * MIB]) {
        const mine = size === 1000 ? file : await local("mine-large.bin", size);
        const target = `race-${size}.bin`;
        let wrote = false;
        const error = await refused(
          put(
            account,
            mine,
            target,
            {
              onState: () => undefined,
              onBytes: () => {
                if (!wrote) void theirs(target);
                wrote = true;
              },
            },
            { retries: 0 },
          ).then(async (done) => {
            // The other one may have been the later; then nothing was run over.
            const now = await store.head(target, signal);
            assert.equal(now?.bytes === size || now?.bytes === 3, true);
            throw new EoError("CHANGED", done.path);
          }),
        );
        assert.equal(error.code, "CHANGED");
      }
      const racers = await Promise.allSettled(
        Array.from({ length: 6 }, () => put(account, file, "first.bin", {}, { ifExists: "error" })),
      );
      assert.equal(racers.filter(({ status }) => status === "fulfilled").length, 1, "one of six is first");
      return "one of six racers won";
    });

    await report.agree("replaces what it saw, although this store refuses a right If-Match", async () => {
      const account = hub();
      const [one, two] = [await local("one.bin", 5000), await local("two.bin", 6000)];
      await put(account, one, "replace.bin");
      const done = await put(account, two, "replace.bin");
      assert.equal(done.bytes, 6000);
      return "replaced";
    });

    await report.agree("downloads s3: assets by ranges with If-Match, and goes on after a break", async () => {
      const account = hub();
      const door = new ObjectsDoor(account);
      const objectAddress = await door.objects();
      const item = {
        type: "Feature",
        id: "in-the-bucket",
        collection: "c",
        assets: { data: { href: `s3://${BUCKET}/${workspace}/large.bin`, roles: ["data"] } },
      };
      const into = path.join(folder, "downloads");
      await mkdir(into, { recursive: true });
      const run = async (cutAt?: number): Promise<{ path: string; sha256: string; resumedFrom?: number }> => {
        const stop = new AbortController();
        const downloads = new Downloads({ door, memoryFolder: path.join(folder, "memory") });
        const files = transfersOf(item, { objectAddress });
        let result: { path: string; sha256: string; resumedFrom?: number } | undefined;
        // Cut when so much is on disk.
        const watch = setInterval(() => {
          const parts = readdirSync(into).filter((name) => name.endsWith(".part"));
          const bytes = Math.max(0, ...parts.map((name) => statSync(path.join(into, name)).size));
          if (cutAt !== undefined && bytes > cutAt) stop.abort();
        }, 2);
        const ended = downloads.run(
          files,
          { folder: into },
          {
            signal: stop.signal,
            onFile: ({ payload }) => (result = payload),
          },
        );
        await ended.finally(() => clearInterval(watch));
        assert.ok(result);
        return result;
      };
      await refused(run(2 * MIB));
      const file = await run();
      assert.equal(file.sha256, await sha(large));
      const foreign = transfersOf(
        { ...item, assets: { data: { href: `s3://${BUCKET}/other-ws/x`, roles: ["data"] } } },
        { objectAddress },
      );
      assert.equal(foreign[0]?.problem?.code, "BAD_INPUT", "another workspace's objects are not asked for");
      assert.ok(file.resumedFrom !== undefined && file.resumedFrom > 0, "it went on where it was");
      return `resumed from ${file.resumedFrom}`;
    });

    await report.agree("an account with lasting keys works on its prefix, and on nothing outside", async () => {
      const account = plain({ prefix: "team/a/" });
      const file = await local("team.bin", 1234);
      await put(account, file, "x.bin");
      const store = await openStore(account, "s3", signal);
      const seen: string[] = [];
      for await (const page of store.list("", true, signal)) seen.push(...page.map((one) => one.path));
      assert.deepEqual(seen, ["x.bin"]);
      assert.equal((await refused(put(account, file, "../b/x.bin").then(() => undefined))).code, "BAD_INPUT");
      return "x.bin";
    });

    await report.agree("says what is wrong: key, secret, bucket, region, clock, workspace", async () => {
      const codes: string[] = [];
      const look = async (account: Account): Promise<EoError> =>
        await refused(openStore(account, "s3", signal).then((store) => store.list("", true, signal).next()));
      const tell = async (what: string, account: Account, code: string, words: RegExp): Promise<void> => {
        const error = await look(account);
        assert.equal(error.code, code, `${what}: ${error.message}`);
        assert.match(error.message, words, what);
        codes.push(`${what} ${code}`);
      };
      await tell(
        "secret",
        plain({}, { ...ceph.keys, secretAccessKey: "wrong-secret" }),
        "FORBIDDEN",
        /secret access key/,
      );
      await tell("key", plain({}, { ...ceph.keys, accessKeyId: "AKNOBODY" }), "FORBIDDEN", /access key id/);
      await tell("bucket", plain({ bucket: "no-such-bucket" }), "NOT_FOUND", /bucket/i);
      await tell("endpoint", plain({ endpoint: "http://127.0.0.1:9" }), "NETWORK", /127\.0\.0\.1:9/);
      const account = hub();
      const place = { ...(await s3Place(account, signal)), prefix: "other-ws/" };
      const foreign = new BucketFiles(new S3Door(account, place, new S3Sessions(account)), place);
      const error = await refused(foreign.list("", true, signal).next());
      assert.equal(error.code, "FORBIDDEN");
      codes.push("other workspace FORBIDDEN");
      return codes.join(", ");
    });

    await report.agree("no secret in any message", () => {
      const text = JSON.stringify(sandbox.requests().map(({ url: asked }) => asked));
      assert.equal(text.includes(apiKey), false);
      return "none";
    });
  } finally {
    await Promise.all(accounts.map((account) => account.close()));
    await sandbox.close();
    await ceph.close();
  }
};
