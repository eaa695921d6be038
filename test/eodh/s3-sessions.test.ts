/** Temporary S3 credentials: one minting for all, renewed before they die and once when refused, through the account's proxy. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Account } from "../../src/accounts/account.js";
import { S3Sessions } from "../../src/eodh/s3-sessions.js";
import { openStore } from "../../src/storage/storage.js";
import { useSandbox } from "../support/sandbox.js";
import { closeAccounts, eodhAccount } from "./support.js";

const never = new AbortController().signal;

describe("EO DataHub: temporary S3 credentials", () => {
  const sandbox = useSandbox();
  closeAccounts();
  const mints = (): number =>
    sandbox()
      .requests()
      .filter(({ route }) => route === "eodh-s3-tokens").length;
  const list = async (account: Account): Promise<number> => {
    let files = 0;
    const store = await openStore(account, "s3", never);
    for await (const page of store.list("", true, never)) files += page.length;
    return files;
  };

  it("are minted once for all who ask at the same time, and kept", async () => {
    const account = eodhAccount(sandbox());
    assert.deepEqual(await Promise.all(Array.from({ length: 6 }, () => list(account))), Array(6).fill(36));
    assert.equal(await list(account), 36);
    assert.equal(mints(), 1);
  });

  it("are renewed before they die", async () => {
    const sessions = new S3Sessions(eodhAccount(sandbox()));
    sandbox().settings.patch({ eodh: { s3Life: 1 } });
    const first = await sessions.get();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    sandbox().settings.patch({ eodh: { s3Life: 3600 } });
    const second = await sessions.get();
    assert.notEqual(first.sessionToken, second.sessionToken);
    assert.equal((await sessions.get()).sessionToken, second.sessionToken);
    assert.equal(mints(), 2);
  });

  it("are renewed once when the store says ExpiredToken, and then the error is told", async () => {
    const account = eodhAccount(sandbox());
    await list(account);
    const refuse = (times?: number): string =>
      sandbox().faults.add({
        match: { route: "eodh-listing" },
        ...(times === undefined ? {} : { times }),
        answer: {
          status: 400,
          headers: { "content-type": "application/xml" },
          body: "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>",
        },
      });
    refuse(1);
    assert.equal(await list(account), 36);
    assert.equal(mints(), 2);
    refuse();
    await assert.rejects(list(account), /ExpiredToken/);
    assert.equal(mints(), 3);
  });

  it("are still made for the others when one gives up", async () => {
    const sessions = new S3Sessions(eodhAccount(sandbox()));
    sandbox().faults.add({ match: { route: "eodh-s3-tokens" }, delay: 200 });
    const impatient = new AbortController();
    const gone = sessions.get(impatient.signal);
    const patient = sessions.get(never);
    impatient.abort();
    await assert.rejects(gone, { code: "CANCELLED" });
    assert.ok((await patient).sessionToken);
    assert.equal(mints(), 1);
  });

  it("go the way of the account's proxy, and so do the requests they sign", async () => {
    const tunnels: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, client, head) => {
      tunnels.push(request.url ?? "");
      const target = new URL(sandbox().ready.eodh.url);
      const upstream = connect(Number(target.port), target.hostname, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("error", () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { url, workspace, apiKey } = sandbox().ready.eodh;
    const account = Account.open(
      { provider: "eodh", url, workspace },
      { apiKey },
      { proxy: { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } },
    );
    try {
      assert.equal(await list(account), 36);
      assert.ok(tunnels.length > 0);
      assert.deepEqual([...new Set(tunnels)], [new URL(url).host]);
    } finally {
      await account.close();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it("sign nothing but the account's own store", async () => {
    const account = eodhAccount(sandbox());
    await list(account);
    const listing = sandbox()
      .requests()
      .filter(({ route }) => route === "eodh-listing");
    assert.ok(listing.every(({ authorization }) => authorization?.startsWith("AWS4-HMAC-SHA256")));
    assert.ok(listing.every(({ authorization }) => !authorization?.includes(sandbox().ready.eodh.apiKey)));
    const api = sandbox()
      .requests()
      .filter(({ url }) => url.startsWith("/api/"));
    assert.ok(api.every(({ headers }) => headers["x-amz-security-token"] === undefined));
  });
});
