/** The download against the sandbox's Data Lake: orders as the real server has them, cuts that end cleanly, resumes. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { Account } from "../../src/accounts/account.js";
import { Downloads, transfersOf, type FileDone } from "../../src/download/index.js";
import { forgetRanges } from "../../src/download/range-memory.js";
import { timing } from "../../src/download/timing.js";
import { EoError } from "../../src/errors.js";
import { useSandbox } from "../support/sandbox.js";
import { useDir } from "../support/temp.js";

const EMISSIONS = "EO.ECMWF.DAT.CAMS_GLOBAL_EMISSION_INVENTORIES";
const BYTES = 400_000;

interface Page {
  features: Record<string, unknown>[];
}

describe("downloads from the sandbox", () => {
  const sandbox = useSandbox({ bytes: BYTES });
  const dir = useDir();
  const usual = { ...timing };
  beforeEach(() => {
    Object.assign(timing, { pollFirst: 20, pollLongest: 40, firstPause: 5 });
    forgetRanges();
  });
  afterEach(() => Object.assign(timing, usual));

  let account: Account;
  beforeEach(() => {
    const { stac, tokenUrl, hosts, clientId, clientSecret } = sandbox().ready.hda;
    account = Account.open({ provider: "dedl", url: stac, tokenUrl, hosts, rate: "0" }, { clientId, clientSecret });
  });
  afterEach(() => account.close());

  async function search(body: object): Promise<Page> {
    const url = `${sandbox().ready.hda.stac}/search`;
    const headers = { "content-type": "application/json" };
    const answer = await account.door.json({
      method: "POST",
      url,
      what: "search",
      headers,
      body: JSON.stringify(body),
    });
    return answer.value as Page;
  }

  async function run(payload: unknown, retries = 2): Promise<{ files: FileDone[]; error: EoError | undefined }> {
    const files: FileDone[] = [];
    const downloads = new Downloads({ door: account.door, memoryFolder: path.join(dir(), "memory") });
    try {
      await downloads.run(
        transfersOf(payload),
        { folder: path.join(dir(), "data"), retries, stallTimeout: 5 },
        { onFile: (file) => files.push(file) },
      );
      return { files, error: undefined };
    } catch (error) {
      if (!(error instanceof EoError)) throw error;
      return { files, error };
    }
  }
  const orders = (): number =>
    sandbox()
      .requests()
      .filter((one) => one.method === "POST" && one.url.includes("/order")).length;

  const placeholder = async (): Promise<Record<string, unknown>> => {
    const query = { variable: ["carbon_dioxide"], source: ["anthropogenic"], version: "v4.2", year: ["2020"] };
    const page = await search({
      collections: [EMISSIONS],
      query: Object.fromEntries(Object.entries(query).map(([key, eq]) => [`ecmwf:${key}`, { eq }])),
    });
    const [item] = page.features;
    assert.ok(item);
    return item;
  };

  it("orders a product once, waits for it and fetches it; asked again, it is on disk", async () => {
    const item = await placeholder();
    const { files, error } = await run(item);
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.bytes, BYTES);
    assert.ok(files[0].payload.verified.includes("zip-end"));
    assert.equal((await run(await placeholder())).files[0]?.payload.source, "disk");
    assert.equal(orders(), 1);
    assert.equal(readdirSync(path.join(dir(), "data")).length, 1);
  });
  for (const outcome of ["failed", "failed-status"] as const) {
    it(`says when an order fails (${outcome}), and orders anew the next time`, async () => {
      sandbox().settings.patch({ order: { outcome } });
      const failed = await run(await placeholder());
      assert.equal(failed.error?.code, "ORDER_FAILED");
      assert.deepEqual(readdirSync(path.join(dir(), "data")), []);
      sandbox().settings.patch({ order: { outcome: "succeeded" } });
      assert.equal((await run(await placeholder())).error, undefined);
      assert.equal(orders(), 2);
    });
  }
  it("waits for the old interface's 202 and its moving location", async () => {
    const base = sandbox().ready.hda.stac.replace(/\/v2$/, "");
    const { files, error } = await run({ href: `${base}/collections/${EMISSIONS}/items/any/download` });
    assert.equal(error, undefined);
    assert.equal(files[0]?.payload.bytes, BYTES);
  });

  async function product(): Promise<{ item: Record<string, unknown>; bytes: Buffer }> {
    const { collection } = sandbox().ready.hda;
    const [item] = (await search({ collections: [collection], limit: 1 })).features;
    assert.ok(item);
    return { item, bytes: sandbox().product(collection, String(item["id"])).bytes() };
  }
  it("finds a body that ends cleanly too early, and fetches it whole the next time", async () => {
    const { item, bytes } = await product();
    sandbox().settings.patch({ download: { length: "never" } });
    sandbox().faults.add({ match: { route: "download" }, times: 1, transfer: { endAfter: 150_000 } });
    const cut = await run(item, 0);
    assert.ok(["SIZE_MISMATCH", "TRUNCATED"].includes(cut.error?.code ?? ""), cut.error?.message);
    assert.deepEqual(readdirSync(path.join(dir(), "data")), []);
    const { files } = await run(item);
    assert.ok(readFileSync(files[0]?.payload.path ?? "").equals(bytes));
  });
  it("goes on where the server allows it", async () => {
    const { item, bytes } = await product();
    sandbox().settings.patch({ download: { range: "honour", etag: "strong", length: "always" } });
    sandbox().faults.add({ match: { route: "download" }, times: 1, transfer: { cutAfter: 200_000 } });
    const { files } = await run(item);
    assert.ok(readFileSync(files[0]?.payload.path ?? "").equals(bytes));
    assert.ok((files[0]?.payload.resumedFrom ?? 0) > 65_536);
  });
  it("does not ask this server for ranges twice", async () => {
    sandbox().settings.patch({ download: { etag: "strong" } });
    sandbox().faults.add({ match: { route: "download" }, transfer: { cutAfter: 200_000 }, times: 2 });
    const { item } = await product();
    const { error } = await run(item, 4);
    assert.equal(error, undefined);
    const asked = sandbox()
      .requests()
      .filter((one) => one.headerNames.includes("range"));
    assert.equal(asked.length, 1);
  });
});
