/** The node eo-storage in a real runtime: every action over HTTPS, hostile paths, progress, cancelling, errors to Catch. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorOf, useRuntime, type Message, type Runtime } from "../support/runtime.js";
import { useSandbox } from "../support/sandbox.js";
import { useDir } from "../support/temp.js";

const start = useRuntime();
const dir = useDir();

interface Entry {
  path: string;
  bytes: number;
  modified: string;
  etag: string;
}

describe("node eo-storage", () => {
  const sandbox = useSandbox();

  async function run(config: object, more: object[] = [], key = sandbox().ready.eodh.apiKey): Promise<Runtime> {
    const { url, workspace } = sandbox().ready.eodh;
    return await start({
      flow: [
        { id: "hub", type: "eo-account", provider: "eodh", url, workspace },
        { id: "st", type: "eo-storage", account: "hub", wires: [["out"], ["progress"]], ...config },
        { id: "out", type: "helper" },
        { id: "progress", type: "helper" },
        ...(more as never[]),
      ],
      credentials: { hub: { apiKey: key } },
      settings: { userDir: dir() },
    });
  }

  const stored = (path: string): string | undefined => {
    const object = sandbox().eodh.objects.get("my-ws", path);
    const bytes = object?.content.read(0, object.content.size);
    return Buffer.isBuffer(bytes) ? bytes.toString("utf8") : undefined;
  };
  const seed = (path: string, text: string): void =>
    void sandbox().eodh.objects.put("my-ws", path, Buffer.from(text), "text/plain");
  const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

  async function local(name: string, text: string): Promise<string> {
    const file = join(dir(), name);
    await writeFile(file, text);
    return file;
  }

  it("lists a folder, all of it, or one file", async () => {
    seed("a/1.txt", "one");
    seed("a/b/2.txt", "two");
    const runtime = await run({ action: "list", path: "folder", pathType: "msg" });
    runtime.send("st", { folder: "a", topic: "kept" });
    const { payload, topic, parts } = await runtime.next("out");
    assert.equal(topic, "kept");
    assert.equal(parts, undefined);
    const [entry, ...none] = payload as Entry[];
    assert.deepEqual([entry?.path, entry?.bytes, entry?.etag, none.length], ["a/1.txt", 3, md5("one"), 0]);
    assert.equal(new Date(entry?.modified ?? "").toISOString(), entry?.modified);
    runtime.send("st", { folder: "a/b/2.txt" });
    assert.deepEqual(
      ((await runtime.next("out")).payload as Entry[]).map(({ path }) => path),
      ["a/b/2.txt"],
    );
    runtime.send("st", { folder: "nothing/here" });
    const empty = await runtime.next("out");
    assert.deepEqual([empty.payload, empty["parts"]], [[], undefined]);
  });

  it("lists in sequences of a thousand, with parts", async () => {
    for (let n = 0; n < 2500; n++) seed(`many/${n % 3}/${String(n).padStart(4, "0")}`, "x");
    const runtime = await run({ action: "list", path: "many", recursive: "true" });
    runtime.send("st", { parts: { id: "outer", index: 0 } });
    const pages = [await runtime.next("out"), await runtime.next("out"), await runtime.next("out")];
    assert.deepEqual(
      pages.map(({ payload }) => (payload as Entry[]).length),
      [1000, 1000, 500],
    );
    const parts = pages.map(
      (page) => page["parts"] as unknown as { index: number; count?: number; parts: { id: string } },
    );
    assert.deepEqual(
      parts.map(({ index, count }) => [index, count]),
      [
        [0, undefined],
        [1, undefined],
        [2, 3],
      ],
    );
    assert.equal(parts[0]?.parts.id, "outer");
    assert.equal(new Set(pages.flatMap(({ payload }) => (payload as Entry[]).map(({ path }) => path))).size, 2500);
    assert.equal(
      sandbox()
        .requests()
        .filter(({ route }) => route === "eodh-s3-tokens").length,
      1,
    );
  });

  it("puts the file of a download node's message as it is, under its name in a folder", async () => {
    const file = await local("a b.nc", "netcdf");
    const runtime = await run({ action: "put", path: "results/2026/" });
    const payload = { path: file, bytes: 6, sha256: sha("netcdf"), verified: [] };
    runtime.send("st", { payload, filename: file, item: { id: "kept" } });
    const msg = await runtime.next("out");
    const url = `${sandbox().ready.eodh.url}/workspace-host/my-ws/files/workspaces-eodhp/results/2026/a%20b.nc`;
    const expected = {
      path: "results/2026/a b.nc",
      bytes: 6,
      sha256: sha("netcdf"),
      etag: md5("netcdf"),
      url,
      source: "disk",
    };
    assert.deepEqual(msg.payload, expected);
    assert.deepEqual(msg["item"], { id: "kept" });
    assert.equal(stored("results/2026/a b.nc"), "netcdf");
    const progress = runtime.messages("progress");
    const states = progress.map((one) => (one.payload as { state: string }).state);
    assert.deepEqual([states[0], states.at(-1)], ["queued", "done"]);
    assert.deepEqual(
      Object.keys(progress[0] ?? {}).filter((name) => !name.startsWith("_")),
      ["topic", "payload"],
    );
    const put = sandbox()
      .requests()
      .find(({ method }) => method === "PUT");
    assert.equal(put?.headers["content-md5"], Buffer.from(md5("netcdf"), "hex").toString("base64"));
    assert.equal(put.headers["if-none-match"], "*");
    runtime.send("st", { payload, filename: file });
    assert.equal(((await runtime.next("out")).payload as { source: string }).source, "store");
    assert.equal(
      sandbox()
        .requests()
        .filter(({ method }) => method === "PUT").length,
      1,
      "the same file stays",
    );
  });

  it("refuses a file that is not what the message says", async () => {
    const file = await local("x.nc", "changed");
    const runtime = await run({ action: "put", path: "x.nc" });
    for (const payload of [
      { path: file, bytes: 6 },
      { path: file, bytes: 7, sha256: sha("other") },
    ]) {
      runtime.send("st", { payload, filename: file });
      assert.equal(errorOf(await runtime.nextError()).code, "CHANGED");
    }
    assert.equal(stored("x.nc"), undefined);
  });

  it("puts over, beside, or not at all what stands there", async () => {
    seed("x.txt", "old");
    const filename = await local("x.txt", "new");
    const put = async (ifExists: string): Promise<Message> => {
      const runtime = await run({ action: "put", path: "x.txt", filename, ifExists });
      runtime.send("st", {});
      await runtime.until(() => runtime.completed.length + runtime.errors.length > 0, "an end");
      const end = runtime.errors[0] ?? (await runtime.next("out"));
      await runtime.stop();
      return end;
    };
    assert.equal(errorOf(await put("error")).code, "EXISTS");
    assert.equal(((await put("rename")).payload as { path: string }).path, "x-2.txt");
    assert.equal(stored("x.txt"), "old");
    assert.equal(((await put("verify")).payload as { path: string }).path, "x.txt");
    assert.equal(stored("x.txt"), "new");
    assert.equal(((await put("overwrite")).payload as { source: string }).source, "disk");
  });

  it("does not run over somebody who writes in between", async () => {
    const filename = await local("x.txt", "mine");
    const { eodh } = sandbox();
    const get = eodh.objects.get.bind(eodh.objects);
    let looks = 0;
    // Between our look and our write another one is there.
    eodh.objects.get = (workspace, path) => {
      const found = get(workspace, path);
      if (path === "x.txt" && (looks += 1) === 1)
        eodh.objects.put(workspace, path, Buffer.from("theirs"), "text/plain");
      return found;
    };
    try {
      const runtime = await run({ action: "put", path: "x.txt", filename });
      runtime.send("st", {});
      const error = errorOf(await runtime.nextError());
      assert.equal(error.code, "CHANGED");
      assert.match(error.message, /written by somebody else/);
      assert.equal(stored("x.txt"), "theirs");
    } finally {
      eodh.objects.get = get;
    }
  });

  it("tells a store that keeps something else", async () => {
    const filename = await local("x.txt", "right");
    const headers = { etag: `"${md5("wrong")}"` };
    sandbox().faults.add({ match: { route: "eodh-file", method: "HEAD" }, skip: 1, headers });
    sandbox().faults.add({ match: { route: "eodh-file", method: "PUT" }, headers });
    const runtime = await run({ action: "put", path: "x.txt", filename });
    runtime.send("st", {});
    assert.equal(errorOf(await runtime.nextError()).code, "CHECKSUM_MISMATCH");
  });

  it("repeats a put that broke, and cancels one on its way", async () => {
    const filename = await local("x.bin", "y".repeat(3_000_000));
    sandbox().faults.add({ match: { route: "eodh-file", method: "PUT" }, times: 1, answer: { status: 502, body: "" } });
    const runtime = await run({ action: "put", path: "x.bin", filename });
    runtime.send("st", {});
    assert.equal(((await runtime.next("out")).payload as { bytes: number }).bytes, 3_000_000);
    sandbox().faults.clear();
    sandbox().faults.add({ match: { route: "eodh-file", method: "PUT" }, delay: 60_000 });
    await writeFile(filename, "z".repeat(3_000_000));
    runtime.send("st", {});
    await runtime.until(
      () =>
        sandbox()
          .requests()
          .filter(({ method }) => method === "PUT").length === 3,
      "the put",
    );
    const topic = runtime.messages("progress").at(-1)?.["topic"];
    runtime.send("st", { cancel: topic });
    assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
    assert.equal((runtime.messages("progress").at(-1)?.payload as { state: string }).state, "cancelled");
  });

  it("gets a file, and a folder with all in it, as the download node", async () => {
    seed("a/1.txt", "one");
    seed("a/b/2.txt", "two!");
    const folder = join(dir(), "out");
    const runtime = await run({ action: "get", path: "path", pathType: "msg", folder, recursive: "true" });
    runtime.send("st", { path: "a/b/2.txt" });
    const one = await runtime.next("out");
    const payload = one.payload as { path: string; sha256: string; verified: string[]; source: string };
    assert.deepEqual([payload.path, payload.sha256, payload.source], [join(folder, "2.txt"), sha("two!"), "network"]);
    assert.equal(one["filename"], payload.path);
    runtime.send("st", { path: "a" });
    const both = [await runtime.next("out"), await runtime.next("out")];
    assert.deepEqual(
      both.map((msg) => (msg["parts"] as { count: number }).count),
      [2, 2],
    );
    assert.deepEqual((await readdir(folder)).sort(), ["1.txt", "2.txt"]);
    assert.equal(await readFile(join(folder, "1.txt"), "utf8"), "one");
    runtime.send("st", { path: "no/such.txt" });
    assert.equal(errorOf(await runtime.nextError()).code, "NOT_FOUND");
  });

  it("deletes one file, a folder only when told so, and never everything", async () => {
    seed("a/1.txt", "one");
    seed("a/b/2.txt", "two");
    const single = await run({ action: "delete", path: "path", pathType: "msg" });
    single.send("st", { path: "a/1.txt" });
    assert.deepEqual((await single.next("out")).payload, { deleted: ["a/1.txt"] });
    single.send("st", { path: "a" });
    const error = errorOf(await single.nextError());
    assert.equal(error.code, "NOT_FOUND");
    assert.match(error.message, /recursive/);
    assert.equal(stored("a/b/2.txt"), "two");
    await single.stop();
    seed("a/1.txt", "one");
    seed("ab.txt", "beside");
    const all = await run({ action: "delete", path: "path", pathType: "msg", recursive: true });
    all.send("st", { path: "a" });
    assert.deepEqual((await all.next("out")).payload, { deleted: ["a/1.txt", "a/b/2.txt"] });
    assert.equal(stored("ab.txt"), "beside");
    all.send("st", { path: "/" });
    assert.equal(errorOf(await all.nextError()).code, "BAD_INPUT");
  });

  it("gives temporary credentials into the message, and nowhere else", async () => {
    const runtime = await run({ action: "credentials" });
    runtime.send("st", {});
    const keys = (await runtime.next("out")).payload as Record<string, string>;
    assert.deepEqual(Object.keys(keys).sort(), [
      "accessKeyId",
      "bucket",
      "endpoint",
      "expiration",
      "prefix",
      "region",
      "secretAccessKey",
      "sessionToken",
    ]);
    assert.deepEqual([keys["bucket"], keys["prefix"], keys["region"]], ["workspaces-eodhp", "my-ws/", "eu-west-2"]);
    const seen = runtime.log() + JSON.stringify(runtime.statuses()) + JSON.stringify(runtime.messages("progress"));
    for (const secret of [keys["secretAccessKey"], keys["sessionToken"]])
      assert.equal(seen.includes(secret ?? "-"), false);
  });

  it("does the same by S3 with temporary credentials", async () => {
    const filename = await local("by s3.txt", "s3!");
    const putting = await run({ action: "put", via: "s3", path: "deep/er/by s3.txt", filename });
    putting.send("st", {});
    const put = (await putting.next("out")).payload as { path: string; etag: string; url: string };
    assert.deepEqual([put.path, put.etag], ["deep/er/by s3.txt", md5("s3!")]);
    assert.equal(put.url, `${sandbox().ready.eodh.url}/workspaces-eodhp/my-ws/deep/er/by%20s3.txt`);
    assert.equal(stored("deep/er/by s3.txt"), "s3!");
    await putting.stop();
    const getting = await run({ action: "get", via: "s3", path: "deep/er/by s3.txt", folder: join(dir(), "out") });
    getting.send("st", {});
    assert.equal(((await getting.next("out")).payload as { sha256: string }).sha256, sha("s3!"));
    await getting.stop();
    const deleting = await run({ action: "delete", via: "s3", path: "deep", recursive: true });
    deleting.send("st", {});
    assert.deepEqual((await deleting.next("out")).payload, { deleted: ["deep/er/by s3.txt"] });
    const asked = sandbox()
      .requests()
      .filter(({ route }) => route === "eodh-object" || route === "eodh-listing");
    assert.ok(asked.length > 5 && asked.every(({ authorization }) => authorization?.startsWith("AWS4-HMAC-SHA256")));
  });

  it("a download node reads s3: assets of the workspace", async () => {
    seed("results/x.nc", "from the bucket");
    const folder = join(dir(), "out");
    const download = { id: "dl", type: "eo-download", account: "hub", folder, wires: [["out"], []] };
    const runtime = await run({ action: "list" }, [download]);
    const assets = { data: { href: "s3://workspaces-eodhp/my-ws/results/x.nc", roles: ["data"] } };
    runtime.send("dl", { payload: { type: "Feature", id: "in-the-bucket", assets } });
    const file = (await runtime.next("out")).payload as { path: string; sha256: string; url: string };
    assert.equal(file.sha256, sha("from the bucket"));
    assert.equal(file.url, `${sandbox().ready.eodh.url}/workspaces-eodhp/my-ws/results/x.nc`);
    const foreign = { data: { href: "s3://workspaces-eodhp/other-ws/x.nc", roles: ["data"] } };
    runtime.send("dl", { payload: { type: "Feature", id: "else", assets: foreign } });
    assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
  });

  it("a download node reads a large s3: asset by several requests, each one signed", async () => {
    const text = "0123456789abcdef".repeat(9 * 65_536);
    seed("results/large.bin", text);
    const folder = join(dir(), "out");
    const download = { id: "dl", type: "eo-download", account: "hub", folder, segments: "4", wires: [["out"], []] };
    const runtime = await run({ action: "list" }, [download]);
    const assets = { data: { href: "s3://workspaces-eodhp/my-ws/results/large.bin", roles: ["data"] } };
    runtime.send("dl", { payload: { type: "Feature", id: "large", assets } });
    const file = (await runtime.next("out")).payload as { path: string; sha256: string };
    assert.equal(file.sha256, sha(text));
    assert.equal(await readFile(file.path, "utf8"), text);
    const asked = sandbox()
      .requests()
      .filter(({ route }) => route === "eodh-object");
    assert.ok(asked.length > 1, `${asked.length} requests`);
    assert.ok(asked.every(({ authorization }) => authorization?.startsWith("AWS4-HMAC-SHA256")));
  });

  it("says what is wrong with paths, keys and files before anything is sent", async () => {
    const runtime = await run({ action: "put", path: "path", pathType: "msg", filename: "file", filenameType: "msg" });
    const file = await local("f.txt", "f");
    for (const path of [
      "../x",
      "a/../../x",
      "/etc/passwd",
      "a\\b",
      "a//b",
      "a/%2e%2e/b",
      "..%2fx",
      "s3://b/x",
      "a\u0000b",
      "x".repeat(1100),
      7,
    ]) {
      runtime.send("st", { path, file });
      assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT", String(path));
    }
    runtime.send("st", { path: "x", file: join(dir(), "gone") });
    assert.equal(errorOf(await runtime.nextError()).code, "NOT_FOUND");
    runtime.send("st", { path: "x", file: dir() });
    assert.equal(errorOf(await runtime.nextError()).code, "BAD_INPUT");
    assert.equal(
      sandbox()
        .requests()
        .filter(({ method }) => method === "PUT").length,
      0,
    );
  });

  it("refuses other accounts, and says of a dead key what it is", async () => {
    const other = { id: "open", type: "eo-account", provider: "stac", url: sandbox().ready.eodh.url };
    const wrong = await run({ action: "list", account: "open" }, [other]);
    wrong.send("st", {});
    assert.equal(errorOf(await wrong.nextError()).code, "BAD_INPUT");
    await wrong.stop();
    const dead = sandbox().eodh.keys.issue("my-ws", "alice", -1).key;
    const runtime = await run({ action: "list" }, [], dead);
    runtime.send("st", {});
    const error = errorOf(await runtime.nextError());
    assert.equal(error.code, "AUTH_FAILED");
    assert.match(error.message, /30 days/);
    assert.equal((runtime.log() + JSON.stringify(runtime.errors)).includes(dead), false);
  });

  it("ends every transfer on reset", async () => {
    const filename = await local("x.bin", "y");
    sandbox().faults.add({ match: { route: "eodh-file", method: "PUT" }, delay: 60_000 });
    const runtime = await run({ action: "put", path: "a/", filename });
    runtime.send("st", {});
    await runtime.until(
      () =>
        sandbox()
          .requests()
          .some(({ method }) => method === "PUT"),
      "the put",
    );
    runtime.send("st", { reset: true });
    assert.equal(errorOf(await runtime.nextError()).code, "CANCELLED");
  });
});
