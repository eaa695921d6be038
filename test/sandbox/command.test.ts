/** The sandbox as a command: one ready line, plain refusals, a quick and clean end. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { makeTls } from "../../sandbox/core/tls.js";
import { readArguments } from "../../sandbox/options.js";
import { ask, form, type PageLike } from "./ask.js";
import { runCommand, type Running } from "./command.js";

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

describe("sandbox: command", () => {
  const started: Running[] = [];
  const start = (...args: string[]): Running => {
    // Without Ceph, which has a test of its own: there is nothing on this path, but what makes certificates must be found.
    const one = runCommand(args, args.includes("--tls") ? {} : { PATH: "/nonexistent" });
    started.push(one);
    return one;
  };
  afterEach(async () => {
    for (const { child, end } of started.splice(0)) {
      child.kill("SIGKILL");
      await end;
    }
  });

  it("prints one line, serves, and ends with 0 on SIGTERM", async () => {
    const port = await freePort();
    const sandbox = start("--port", `${port}`, "--seed-week", "--items", "12", "--bytes=4096", "--token-ttl", "60");
    const ready = await sandbox.ready();
    assert.equal(new URL(ready.hda.stac).port, `${port}`);
    assert.deepEqual(Object.keys(ready.hda), ["stac", "tokenUrl", "hosts", "clientId", "clientSecret", "collection"]);
    assert.equal(ready.hda.collection, "EO.MO.DAT.OCEANCOLOUR_GLO_BGC_L3_NRT_009_101");
    assert.deepEqual(Object.keys(ready.deltatwin), ["url", "username", "password", "component", "inputs", "output"]);
    assert.deepEqual(Object.keys(ready.sesameo), ["url", "apiKey"]);
    assert.equal("s3" in ready, false);
    assert.equal(ready.pid, sandbox.child.pid);
    for (const url of [ready.hda.stac, ready.hda.tokenUrl, ready.deltatwin.url, ready.sesameo.url, ready.control])
      assert.equal(new URL(url).hostname, "127.0.0.1");
    const grant = { grant_type: "client_credentials", client_id: ready.hda.clientId };
    const token = await ask(ready.hda.tokenUrl, form({ ...grant, client_secret: ready.hda.clientSecret }));
    const { access_token: bearer, expires_in: life } = token.json<{ access_token: string; expires_in: number }>();
    assert.equal(life, 60);
    const headers = { authorization: `Bearer ${bearer}` };
    const body = { collections: [ready.hda.collection], limit: 100 };
    const page = (await ask(`${ready.hda.stac}/search`, { headers, body })).json<PageLike>();
    assert.equal(page.features.length, 12);
    const file = await ask(page.features[0]?.assets["downloadLink"]?.href ?? "", { headers });
    assert.equal(file.body.length, 4096);
    sandbox.child.kill("SIGTERM");
    assert.deepEqual(await sandbox.end, { code: 0, signal: null });
    assert.equal(sandbox.out().trim().split("\n").length, 1);
    assert.match(sandbox.err(), /^No s3 in the ready line: ceph-mon, [^\n]+ missing: apt-get install [^\n]+\n$/);
  });

  it("ends at once although a connection is open and a download is stuck", async () => {
    const sandbox = start("--bytes", "2000000");
    const ready = await sandbox.ready();
    const fault = { match: { route: "landing" }, transfer: { stallAfter: 10 } };
    await ask(`${ready.control}/faults`, { body: fault });
    const stuck = ask(ready.hda.stac).catch(() => undefined);
    const seen = async (): Promise<number> =>
      (await ask(`${ready.control}/requests?route=landing`)).json<unknown[]>().length;
    while ((await seen()) === 0);
    sandbox.child.kill("SIGINT");
    assert.equal((await sandbox.end).code, 0);
    await stuck;
  });

  it("says plainly what is wrong with an option, and ends with 2", async () => {
    const wrong: [string[], RegExp][] = [
      [["--colour", "blue"], /^There is no option --colour\. Usage: /],
      [["plain"], /^There is no option plain\./],
      [["--items"], /^--items needs a number after it\./],
      [["--items", "many"], /^--items must be a whole number from 0 to 1000000, not "many"\./],
      [["--bytes", "10"], /^--bytes must be a whole number from 512 /],
      [["--tls=yes"], /^--tls takes no value\./],
    ];
    for (const [args, words] of wrong) assert.throws(() => readArguments(args), { name: "TypeError", message: words });
    const sandbox = start("--colour", "blue");
    assert.equal((await sandbox.end).code, 2);
    assert.match(sandbox.err(), /^There is no option --colour\. Usage: [^\n]+\n$/);
    assert.equal(sandbox.out(), "");
  });

  it("says that a port is taken, and ends with 1", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    try {
      const sandbox = start("--port", String(port));
      assert.equal((await sandbox.end).code, 1);
      assert.equal(sandbox.err(), `Port ${port} is taken. Choose another one, or leave --port out.\n`);
      assert.equal(sandbox.out(), "");
    } finally {
      holder.close();
      await once(holder, "close");
    }
  });

  it("serves everything over TLS with a private authority, and removes its files", async function () {
    try {
      makeTls().dispose();
    } catch (error) {
      assert.match((error as Error).message, /needs the openssl program/);
      this.skip();
    }
    const sandbox = start("--tls");
    const ready = await sandbox.ready();
    const ca = readFileSync(ready.ca ?? "", "utf8");
    const grant = { grant_type: "client_credentials", client_id: ready.hda.clientId };
    const token = await ask(ready.hda.tokenUrl, { ...form({ ...grant, client_secret: ready.hda.clientSecret }), ca });
    const headers = { authorization: `Bearer ${token.json<{ access_token: string }>().access_token}` };
    const body = { collections: [ready.hda.collection] };
    const page = (await ask(`${ready.hda.stac}/search`, { headers, body, ca })).json<PageLike>();
    const href = page.features[0]?.assets["downloadLink"]?.href ?? "";
    assert.match(href, /^https:\/\/127\.0\.0\.1:/);
    assert.equal((await ask(href, { headers, ca })).body.length, 200_000);
    await assert.rejects(ask(href, { headers }), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    sandbox.child.kill("SIGTERM");
    assert.equal((await sandbox.end).code, 0);
    assert.equal(existsSync(ready.ca ?? ""), false);
  });
});
