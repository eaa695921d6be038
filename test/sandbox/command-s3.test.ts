/** The sandbox as a command with a real object store behind it, where Ceph is installed; else without. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ready } from "../../sandbox/index.js";
import { CEPH_REGION, missingPrograms, type Session } from "../../sandbox/s3/ceph.js";
import { useDir } from "../support/temp.js";
import { ask, type Answer, type Ask } from "./ask.js";
import { runCommand, type Running } from "./command.js";

type S3 = NonNullable<Ready["s3"]>;

/** Pids of the processes that were started with `text` in their environment. */
function processesOf(text: string): string[] {
  if (!existsSync("/proc")) return [];
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(text);
    } catch {
      return false;
    }
  });
}

describe("sandbox: command with an object store", () => {
  let running: Running | undefined;
  const start = async (): Promise<Ready> => {
    running = runCommand(["--bytes", "4096"], { TMPDIR: dir() });
    return await running.ready();
  };
  afterEach(async () => {
    running?.child.kill("SIGKILL");
    await running?.end;
    await gone();
  });
  // After ours, so that the folder goes last.
  const dir = useDir();
  const daemons = (): string[] => processesOf(`${dir()}/eo-ceph-`);
  const gone = async (): Promise<void> => {
    const left = (): boolean => daemons().length > 0 || readdirSync(dir()).some((name) => name.startsWith("eo-ceph-"));
    while (left()) await sleep(50);
  };

  if (missingPrograms().length > 0) {
    it("has no s3 in its ready line without Ceph, and says so", async () => {
      assert.equal("s3" in (await start()), false);
      assert.match(running?.err() ?? "", /^No s3 in the ready line: [^\n]+ missing: apt-get install [^\n]+\n$/);
    });
    return;
  }

  it("shows the same files by HTTPS and by S3, and stops with it", async () => {
    const { eodh, s3, control } = await start();
    assert.ok(s3, running?.err());
    assert.deepEqual(s3, { endpoint: s3.endpoint, region: CEPH_REGION, bucket: "workspaces-eodhp" });
    const headers = { authorization: `Bearer ${eodh.apiKey}` };
    const file = (path: string, more: Ask = {}): Promise<Answer> =>
      ask(`${eodh.url}/workspace-host/${eodh.workspace}/files/${s3.bucket}/${path}`, {
        ...more,
        headers: { ...headers, ...more.headers },
      });
    const own = await sessionClient(eodh, s3);
    const at = (path: string): { Bucket: string; Key: string } => ({
      Bucket: s3.bucket,
      Key: `${eodh.workspace}/${path}`,
    });

    // By HTTPS, seen by S3.
    const name = "deep/a b'é+&.txt";
    const put = await file(inUrl(name), { method: "PUT", body: "hello", headers: { "content-type": "text/plain" } });
    assert.equal(put.status, 200);
    const got = await own.client.send(new own.sdk.GetObjectCommand(at(name)));
    assert.equal(await got.Body?.transformToString(), "hello");
    assert.deepEqual([got.ETag, got.ContentType], [put.headers.etag, "text/plain"]);
    const fresh = { method: "PUT", body: "other", headers: { "if-none-match": "*" } };
    assert.equal((await file(inUrl(name), fresh)).status, 412);

    // By S3, seen by HTTPS.
    const bytes = randomBytes(3_000_000);
    await own.client.send(new own.sdk.PutObjectCommand({ ...at("big.bin"), Body: bytes }));
    assert.ok((await file("big.bin")).body.equals(bytes));
    const range = await file("big.bin", { headers: { range: "bytes=1000000-2500000" } });
    assert.ok(range.body.equals(bytes.subarray(1_000_000, 2_500_001)));
    assert.equal((await file("big.bin", { method: "HEAD" })).headers["content-length"], "3000000");
    const list = async (): Promise<string[]> => {
      const page = await own.client.send(
        new own.sdk.ListObjectsV2Command({ Bucket: s3.bucket, Prefix: `${eodh.workspace}/` }),
      );
      return (page.Contents ?? []).map(({ Key = "" }) => Key.slice(eodh.workspace.length + 1));
    };
    const stock = (await list()).filter((path) => path !== name && path !== "big.bin");
    assert.equal(stock.length, 36);
    assert.equal((await file(stock[0] ?? "")).status, 200);
    const flat = async (): Promise<unknown> =>
      (await ask(`${eodh.url}/api/workspaces/${eodh.workspace}/files`, { headers }))
        .json<{ items: { fileName: string; size: number }[] }>()
        .items.map(({ fileName, size }) => [fileName, size]);
    assert.deepEqual(await flat(), [["big.bin", 3_000_000]]);

    // Gone there is gone here.
    await own.client.send(new own.sdk.DeleteObjectCommand(at("big.bin")));
    assert.equal((await file("big.bin")).status, 404);
    assert.equal((await file(inUrl(name), { method: "DELETE" })).status, 204);
    assert.deepEqual(await list(), stock);
    const other = { Bucket: s3.bucket, Key: "other-ws/x" };
    await assert.rejects(own.client.send(new own.sdk.PutObjectCommand({ ...other, Body: "x" })), {
      name: "AccessDenied",
    });
    await file("left.txt", { method: "PUT", body: "x" });
    assert.equal((await ask(`${control}/reset`, { method: "POST" })).status, 200);
    assert.deepEqual(await list(), stock);
    own.client.destroy();

    assert.ok(daemons().length >= 3);
    running?.child.kill("SIGTERM");
    assert.deepEqual(await running?.end, { code: 0, signal: null });
    assert.equal(running?.err(), "");
    await gone();
  });

  it("leaves no Ceph behind when it is killed, while it starts or later", async () => {
    const { s3 } = await start();
    assert.ok(s3, running?.err());
    running?.child.kill("SIGKILL");
    await running?.end;
    await gone();
    running = runCommand([], { TMPDIR: dir() });
    while (daemons().length === 0) await sleep(5);
    assert.equal(running.out(), "");
    running.child.kill("SIGTERM");
    assert.equal((await running.end).code, 0);
    await gone();
  });
});

function inUrl(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** The SDK with a session that the service gave for the key. */
async function sessionClient(
  { url, workspace, apiKey }: Ready["eodh"],
  { endpoint, region }: S3,
): Promise<{ sdk: typeof import("@aws-sdk/client-s3"); client: import("@aws-sdk/client-s3").S3Client }> {
  const headers = { authorization: `Bearer ${apiKey}` };
  const answer = await ask(`${url}/api/workspaces/${workspace}/me/s3-tokens`, { method: "POST", headers });
  assert.equal(answer.status, 200, answer.text());
  const { expiration, ...keys } = answer.json<Session>();
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    credentials: { ...keys, expiration: new Date(expiration) },
  });
  return { sdk, client };
}
