/** The sandbox's EO DataHub: keys, workspace services, files by HTTPS, temporary credentials and the bucket's listing. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { useSandbox } from "../support/sandbox.js";
import { ask, type Answer, type Ask } from "./ask.js";

describe("sandbox: EO DataHub workspace", () => {
  const sandbox = useSandbox();
  const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });
  const api = (path: string, more: Ask = {}): Promise<Answer> => {
    const { url, apiKey } = sandbox().ready.eodh;
    return ask(`${url}/api/workspaces${path}`, { ...more, headers: { ...bearer(apiKey), ...more.headers } });
  };
  interface About {
    stores: { object: { bucket: string; prefix: string; access_url: string }[] }[];
  }
  const filesUrl = async (): Promise<string> =>
    (await api("/my-ws")).json<About>().stores[0]?.object[0]?.access_url ?? "";

  it("shows a workspace to its own key only", async () => {
    const { bucket, prefix } = (await api("/my-ws")).json<About>().stores[0]?.object[0] ?? {};
    assert.deepEqual([bucket, prefix], ["workspaces-eodhp", "my-ws/"]);
    assert.equal((await api("/other-ws")).status, 401);
    const absent = await api("/no-such");
    assert.deepEqual([absent.status, absent.json()], [404, "Workspace does not exist."]);
    assert.equal((await api("")).json<unknown[]>().length, 1);
  });

  it("refuses without a key in the forms that were seen", async () => {
    const url = `${sandbox().ready.eodh.url}/api/workspaces/my-ws`;
    const forms = [
      ["html", 401, /Authorization Required/],
      ["text", 401, /^authorization header missing$/],
      ["json", 401, /User is not authenticated/],
      ["redirect", 302, /^$/],
    ] as const;
    for (const [unauthorized, status, body] of forms) {
      sandbox().settings.patch({ eodh: { unauthorized } });
      const answer = await ask(url);
      assert.equal(answer.status, status);
      assert.match(answer.text(), body);
    }
  });

  it("tells when its key dies, makes new ones of thirty days at most, and shows them once", async () => {
    const [own] = (await api("/my-ws/me/tokens")).json<{ id: string; expiry: string; token?: string }[]>();
    assert.equal(own?.token, undefined);
    assert.ok(Date.parse(own?.expiry ?? "") > Date.now() + 29 * 86_400_000);
    const made = (await api("/my-ws/me/tokens", { body: { name: "n", expires: 1 } })).json<{
      id: string;
      token: string;
    }>();
    assert.match(made.token, /^454f4448[0-9a-f]{24}$/);
    assert.equal((await api("/my-ws", { headers: bearer(made.token) })).status, 200);
    assert.equal((await api("/my-ws/me/tokens", { body: { name: "n", expires: 31 } })).status, 400);
    assert.equal((await api(`/my-ws/me/tokens/${made.id}`, { method: "DELETE" })).status, 204);
    assert.equal((await api("/my-ws", { headers: bearer(made.token) })).status, 401);
  });

  it("keeps files: put, get with ranges and conditions, head, delete", async () => {
    const url = `${await filesUrl()}deep/a%20b.txt`;
    const headers = bearer(sandbox().ready.eodh.apiKey);
    const put = await ask(url, { method: "PUT", headers, body: "hello" });
    assert.equal(put.status, 200);
    assert.equal(put.headers.etag, `"${createHash("md5").update("hello").digest("hex")}"`);
    assert.equal(put.body.length, 0);
    assert.equal((await ask(url, { headers })).text(), "hello");
    assert.equal((await ask(url, { headers: { ...headers, range: "bytes=1-2" } })).text(), "el");
    assert.equal((await ask(url, { method: "HEAD", headers })).headers["content-length"], "5");
    assert.equal(
      (await ask(url, { method: "PUT", headers: { ...headers, "if-none-match": "*" }, body: "x" })).status,
      412,
    );
    assert.equal((await ask(url, { method: "DELETE", headers })).status, 204);
    assert.equal((await ask(url, { headers })).status, 404);
  });

  it("guards files by workspace, but for public/", async () => {
    const files = await filesUrl();
    const headers = bearer(sandbox().ready.eodh.apiKey);
    await ask(`${files}secret.txt`, { method: "PUT", headers, body: "s" });
    await ask(`${files}public/open.txt`, { method: "PUT", headers, body: "o" });
    assert.equal((await ask(`${files}secret.txt`)).status, 401);
    const other = await ask(`${files}secret.txt`, {
      method: "PUT",
      headers: bearer(sandbox().eodh.other.key),
      body: "x",
    });
    assert.equal(other.status, 403);
    assert.equal(other.text(), "User not authorized for workspace 'my-ws'");
    assert.equal((await ask(`${files}public/open.txt`)).text(), "o");
  });

  it("lists flat files by the workspace service, everything by the bucket with temporary credentials", async () => {
    const headers = bearer(sandbox().ready.eodh.apiKey);
    await ask(`${await filesUrl()}flat.txt`, { method: "PUT", headers, body: "f" });
    const flat = (await api("/my-ws/files")).json<{ items: { fileName: string }[] }>();
    assert.deepEqual(
      flat.items.map(({ fileName }) => fileName),
      ["flat.txt"],
    );
    const tokens = await api("/my-ws/me/s3-tokens", { method: "POST" });
    const session = tokens.json<Record<string, string>>();
    assert.deepEqual(Object.keys(session), ["accessKeyId", "secretAccessKey", "sessionToken", "expiration"]);
    assert.match(session["expiration"] ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const list = (prefix: string, more = ""): Promise<Answer> =>
      ask(`${sandbox().ready.eodh.url}/workspaces-eodhp?list-type=2&prefix=${prefix}${more}`, {
        headers: {
          authorization: `AWS4-HMAC-SHA256 Credential=${session["accessKeyId"]}/20260101/eu-west-2/s3/aws4_request`,
          "x-amz-security-token": session["sessionToken"] ?? "",
        },
      });
    assert.equal((await list("my-ws/")).text().match(/<Key>/g)?.length, 37);
    assert.equal((await list("my-ws/", "&delimiter=/")).text().match(/<CommonPrefixes>/g)?.length, 2);
    assert.equal((await list("")).status, 403);
    assert.equal((await list("other-ws/")).status, 403);
    sandbox().settings.patch({ eodh: { s3Life: -1 } });
    Object.assign(session, (await api("/my-ws/me/s3-tokens", { method: "POST" })).json());
    assert.match((await list("my-ws/")).text(), /ExpiredToken/);
  });
});
