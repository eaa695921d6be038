/** Everything that is commonly wrong with workspaces, keys, paths and buckets: each has a code and words that help. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Account } from "../../src/accounts/account.js";
import type { AccountSecrets, AccountSettings } from "../../src/accounts/settings.js";
import { transfersOf } from "../../src/download/index.js";
import { EoError } from "../../src/errors.js";
import { ObjectsDoor } from "../../src/storage/s3-assets.js";
import { deleteFiles, listFiles, openStore, temporaryCredentials, type Via } from "../../src/storage/storage.js";
import { upload } from "../../src/storage/upload.js";
import { found } from "../eodh/support.js";
import { jsonServer, type Answer, type JsonServer } from "../support/json-server.js";
import { useSandbox } from "../support/sandbox.js";
import { useDir } from "../support/temp.js";

const signal = new AbortController().signal;
const KEYS = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a-very-secret-access-key" };

const xml = (status: number, code: string, more = ""): Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  text: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>words of the store</Message>${more}</Error>`,
});

describe("storage and EO DataHub: bad input", () => {
  const sandbox = useSandbox();
  const dir = useDir();
  const servers: JsonServer[] = [];
  const accounts: Account[] = [];
  afterEach(async () => {
    await Promise.all(accounts.splice(0).map((account) => account.close()));
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  function open(settings: Partial<AccountSettings>, secrets: AccountSecrets): Account {
    const account = Account.open({ provider: "eodh", ...settings }, secrets);
    accounts.push(account);
    return account;
  }
  function hub(settings: Partial<AccountSettings> = {}, apiKey = sandbox().ready.eodh.apiKey): Account {
    const { url, workspace } = sandbox().ready.eodh;
    return open({ url, workspace, ...settings }, { apiKey });
  }
  async function bucket(answer: Answer, settings: Partial<AccountSettings> = {}): Promise<Account> {
    const server = await jsonServer(() => answer);
    servers.push(server);
    return open({ provider: "s3", endpoint: server.url, bucket: "a-bucket", ...settings }, KEYS);
  }
  const list = async (account: Account, path: unknown = "", via: Via = "https"): Promise<unknown> => {
    const store = await openStore(account, via, signal);
    const files = [];
    for await (const page of listFiles(store, path, true, signal)) files.push(...page);
    return files;
  };
  const search = (account: Account, catalogue = "user/my-ws"): Promise<unknown> => found(account, { catalogue });
  const dead = (): string => sandbox().eodh.keys.issue("my-ws", "alice", -1).key;
  const put = async (filename: string, path = "x"): Promise<unknown> =>
    await upload(
      await openStore(hub(), "https", signal),
      { filename, path, ifExists: "verify", retries: 0, stallMs: 5_000, memoryFolder: dir() },
      { signal, onState: () => undefined, onBytes: () => undefined, onNote: () => undefined },
    );
  const s3Keys = (change: object): void =>
    void sandbox().faults.add({ match: { route: "eodh-s3-tokens" }, answer: change });

  /** What is wrong, what is done, the code, and words of the message. */
  const ROWS: [what: string, run: () => unknown, code: string, words: RegExp][] = [
    ["no workspace", () => search(hub({ workspace: "" })), "BAD_INPUT", /has no workspace/],
    ["a workspace in capitals", () => search(hub({ workspace: "My-WS" })), "BAD_INPUT", /no name of a workspace/],
    ["a workspace that leads out", () => search(hub({ workspace: "../other" })), "BAD_INPUT", /no name of a workspace/],
    ["no key", () => search(hub({}, "")), "BAD_INPUT", /has no API key/],
    ["a key on two lines", () => search(hub({}, "454f\n4448")), "BAD_INPUT", /line break/],
    ["an expired key, private catalogue", () => search(hub({}, dead())), "AUTH_FAILED", /not opened.*30 days/],
    ["an expired key, workspace files", () => list(hub({}, dead())), "AUTH_FAILED", /30 days/],
    ["a Token ID as key", () => search(hub({}, sandbox().eodh.own.id)), "AUTH_FAILED", /looks like a Token ID/],
    ["a key for another workspace, search", () => search(hub({}, sandbox().eodh.other.key)), "FORBIDDEN", /"other-ws"/],
    ["a key for another workspace, files", () => list(hub({}, sandbox().eodh.other.key)), "AUTH_FAILED", /"my-ws"/],
    [
      "a workspace that is not there",
      () => list(hub({ workspace: "no-such" })),
      "NOT_FOUND",
      /Workspace does not exist/,
    ],
    ["a catalogue that is not there", () => search(hub(), "public/nope"), "NOT_FOUND", /Catalog nope not found/],
    ["a catalogue that leads out", () => search(hub(), "public/../user"), "BAD_INPUT", /not a path of catalogue ids/],
    [
      "another workspace's catalogue",
      () => search(hub(), "user/other-ws"),
      "FORBIDDEN",
      /private catalogue was not opened/,
    ],
    [
      "files on a foreign host",
      () => {
        const object = [{ bucket: "b-b", prefix: "my-ws/", access_url: "https://files.example.org/x/" }];
        const answer = { json: { stores: [{ object }] } };
        sandbox().faults.add({ match: { route: "eodh-workspace" }, answer });
        return list(hub());
      },
      "FOREIGN_HOST",
      /files\.example\.org/,
    ],
    ["a path with ..", () => list(hub(), "a/../../b"), "BAD_INPUT", /"\.\." in it/],
    ["a path from the root", () => list(hub(), "/etc"), "BAD_INPUT", /begins with a slash/],
    ["a path with a backslash", () => list(hub(), "a\\..\\b"), "BAD_INPUT", /backslash/],
    ["a path with an empty name", () => list(hub(), "a//b"), "BAD_INPUT", /empty name/],
    ["a path with a line break", () => list(hub(), "a\nb"), "BAD_INPUT", /no file name can have/],
    ["a path that turns its direction", () => list(hub(), "a\u202etxt"), "BAD_INPUT", /no file name can have/],
    ["a path with encoded dots", () => list(hub(), "%2e%2E/b"), "BAD_INPUT", /way out/],
    ["a path with an encoded slash", () => list(hub(), "..%2fb"), "BAD_INPUT", /way out/],
    ["a path that is an address", () => list(hub(), "s3://workspaces-eodhp/my-ws/x"), "BAD_INPUT", /is an address/],
    ["a path too long", () => list(hub(), "ä".repeat(600)), "BAD_INPUT", /longer than 1024 bytes/],
    ["a path that is a number", () => list(hub(), 7), "BAD_INPUT", /not a text/],
    [
      "a folder to delete",
      async () => deleteFiles(await openStore(hub(), "https", signal), "a/", false, signal),
      "BAD_INPUT",
      /names no file/,
    ],
    [
      "everything to delete",
      async () => deleteFiles(await openStore(hub(), "https", signal), "", true, signal),
      "BAD_INPUT",
      /Everything at once/,
    ],
    ["a local file that is not there", () => put(join(dir(), "gone")), "NOT_FOUND", /There is no file/],
    ["a folder as local file", () => put(dir()), "BAD_INPUT", /is not a file/],
    [
      "a put that leads out",
      async () => {
        await writeFile(join(dir(), "f"), "f");
        return await put(join(dir(), "f"), "../f");
      },
      "BAD_INPUT",
      /"\.\." in it/,
    ],
    [
      "temporary credentials refused",
      () => {
        s3Keys({ status: 403, body: "not a member" });
        return list(hub(), "", "s3");
      },
      "FORBIDDEN",
      /not a member/,
    ],
    [
      "temporary credentials that are none",
      () => {
        s3Keys({ json: { accessKeyId: 7 } });
        return list(hub(), "", "s3");
      },
      "BAD_RESPONSE",
      /holds none/,
    ],
    [
      "temporary credentials of another account",
      async () => temporaryCredentials(await bucket({}), signal),
      "BAD_INPUT",
      /UK EO DataHub/,
    ],
    [
      "half a pair of keys",
      () => open({ provider: "s3" }, { accessKeyId: "AK" }).check(),
      "BAD_INPUT",
      /Both are needed/,
    ],
    [
      "an endpoint over plain http",
      () => list(open({ provider: "s3", endpoint: "http://s3.example.org", bucket: "abc" }, KEYS)),
      "BAD_INPUT",
      /plain http/,
    ],
    [
      "an endpoint that is none",
      () => list(open({ provider: "s3", endpoint: "s3.example.org", bucket: "abc" }, KEYS)),
      "BAD_INPUT",
      /no address of an object store/,
    ],
    ["no bucket", () => list(open({ provider: "s3" }, KEYS)), "BAD_INPUT", /has no bucket/],
    [
      "a bucket that cannot be",
      () => list(open({ provider: "s3", bucket: "a/../b" }, KEYS)),
      "BAD_INPUT",
      /cannot be the name of a bucket/,
    ],
    [
      "a prefix that leads out",
      () => list(open({ provider: "s3", bucket: "abc", prefix: "a/../.." }, KEYS)),
      "BAD_INPUT",
      /"\.\." in it/,
    ],
    [
      "a bucket that is not there",
      async () => list(await bucket(xml(404, "NoSuchBucket"))),
      "NOT_FOUND",
      /Check the bucket/,
    ],
    [
      "a prefix outside the role",
      async () => list(await bucket(xml(403, "AccessDenied"))),
      "FORBIDDEN",
      /AccessDenied/,
    ],
    [
      "a wrong secret",
      async () => list(await bucket(xml(403, "SignatureDoesNotMatch"))),
      "FORBIDDEN",
      /secret access key/,
    ],
    [
      "a wrong region, redirected",
      async () => list(await bucket(xml(301, "PermanentRedirect", "<Region>eu-west-1</Region>"))),
      "BAD_INPUT",
      /another region.*eu-west-1/,
    ],
    [
      "a wrong region, refused",
      async () => list(await bucket(xml(400, "AuthorizationHeaderMalformed", "<Region>eu-west-2</Region>"))),
      "BAD_INPUT",
      /another region.*eu-west-2/,
    ],
    [
      "a clock wrong by 20 minutes",
      async () => list(await bucket(xml(403, "RequestTimeTooSkewed"))),
      "FORBIDDEN",
      /clock is wrong/,
    ],
    [
      "a web page instead of a store",
      async () => list(await bucket({ text: "<html><body>Sign in</body></html>" })),
      "BAD_RESPONSE",
      /failed/,
    ],
    ["a search in a bucket", async () => search(await bucket({})), "BAD_INPUT", /no STAC catalogue/],
  ];

  for (const [what, run, code, words] of ROWS) {
    it(`${what}: ${code}`, async () => {
      const error = await Promise.resolve()
        .then(run)
        .then(
          () => assert.fail("It was accepted."),
          (thrown: unknown) => thrown,
        );
      assert.ok(error instanceof EoError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      const text = error.message + JSON.stringify(error.cause);
      const secrets = [KEYS.secretAccessKey, sandbox().ready.eodh.apiKey, sandbox().eodh.other.key];
      for (const secret of secrets) assert.equal(text.includes(secret), false);
    });
  }

  it("an asset in somebody else's bucket is taken from its alternate, or refused", async () => {
    const addressOf = await new ObjectsDoor(hub()).objects();
    const asset = (href: string, alternate?: object): object => ({
      type: "Feature",
      id: "i",
      assets: { data: { href, roles: ["data"], ...(alternate ? { alternate } : {}) } },
    });
    const [own] = transfersOf(asset("s3://workspaces-eodhp/my-ws/a b/x.nc"), { objectAddress: addressOf });
    assert.equal(own?.url, `${sandbox().ready.eodh.url}/workspaces-eodhp/my-ws/a%20b/x.nc`);
    for (const href of [
      "s3://workspaces-eodhp/other-ws/x",
      "s3://else/my-ws/x",
      "s3://workspaces-eodhp/my-ws/../other-ws/x",
    ]) {
      const [refused] = transfersOf(asset(href), { objectAddress: addressOf });
      assert.equal(refused?.problem?.code, "BAD_INPUT", href);
      const other = { https: { href: "https://example.org/x" } };
      const [taken] = transfersOf(asset(href, other), { objectAddress: addressOf });
      assert.equal(taken?.url, "https://example.org/x");
    }
  });
});
