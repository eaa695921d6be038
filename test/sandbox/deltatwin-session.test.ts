/** Login at the DeltaTwin service: passwords, refresh tokens, their ends, and addresses of other versions. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { useSandbox } from "../support/sandbox.js";
import { ask, type Answer } from "./ask.js";

interface Tokens {
  access_token: string;
  expires_in: number;
  refresh_expires_in: number;
  refresh_token: string;
}

describe("sandbox: DeltaTwin login", () => {
  const sandbox = useSandbox({ tokenTtl: 60 });
  const connect = (body: string | object, path = "/v2.0/connect"): Promise<Answer> =>
    ask(sandbox().ready.deltatwin.url + path, { body });
  const login = async (path?: string): Promise<Tokens> => {
    const { username, password } = sandbox().ready.deltatwin;
    return (await connect({ username, password }, path)).json<Tokens>();
  };
  const runs = async (token: string): Promise<number> =>
    (await ask(`${sandbox().ready.deltatwin.url}/v2.0/runs`, { headers: { authorization: `Bearer ${token}` } })).status;

  it("gives both tokens for a password, also behind two slashes", async () => {
    const tokens = await login("//v2.0/connect");
    assert.deepEqual([tokens.expires_in, tokens.refresh_expires_in], [60, 1800]);
    assert.equal(await runs(tokens.access_token), 200);
    assert.equal(await runs(tokens.refresh_token), 401);
    assert.equal(sandbox().requests()[0]?.url, "//v2.0/connect");
  });

  it("gives new ones for a refresh token, once where that is asked for", async () => {
    const { refresh_token } = await login();
    const next = (await connect({ refresh_token })).json<Tokens>();
    assert.equal(await runs(next.access_token), 200);
    sandbox().settings.patch({ deltatwin: { refreshOnce: true } });
    assert.equal((await connect({ refresh_token })).status, 200);
    const again = await connect({ refresh_token });
    assert.deepEqual([again.status, again.json()], [401, { detail: "Invalid refresh token" }]);
  });

  it("ends tokens: by time, and when they are revoked", async () => {
    sandbox().settings.patch({ token: { ttl: 0.05 }, deltatwin: { refreshTtl: 0.05 } });
    const short = await login();
    await sleep(80);
    assert.equal(await runs(short.access_token), 401);
    assert.equal((await connect({ refresh_token: short.refresh_token })).status, 401);
    sandbox().settings.reset();
    const long = await login();
    sandbox().tokens.revokeAll();
    assert.equal(await runs(long.access_token), 401);
    assert.equal((await connect({ refresh_token: long.refresh_token })).status, 401);
  });

  it("refuses a wrong, locked or second-factor login, a body that is none, and a token of another service", async () => {
    const { username, password } = sandbox().ready.deltatwin;
    assert.equal((await connect({ username, password: "wrong" })).status, 401);
    assert.equal((await connect({ username: "nobody", password })).status, 401);
    sandbox().identity.setUser(username, { otp: "123456" });
    assert.equal((await connect({ username, password })).status, 401);
    sandbox().identity.setUser(username, { otp: null, locked: true });
    assert.equal((await connect({ username, password })).status, 401);
    for (const body of ["", "[]", "{", { username }]) assert.equal((await connect(body)).status, 422);
    assert.equal(await runs(sandbox().tokens.issue()), 401);
  });

  it("says gone outside the current version, not found inside it, and names the methods it has", async () => {
    const { url } = sandbox().ready.deltatwin;
    for (const path of ["/connect", "/v1.0/connect", "/deltatwins/x/runs", "/", "/old/v2.0/connect"]) {
      assert.equal((await ask(url + path)).status, 410, path);
    }
    const unknown = await ask(`${url}/v2.0/nothing`);
    assert.deepEqual([unknown.status, unknown.json()], [404, { detail: "Not Found" }]);
    const wrong = await ask(`${url}/v2.0/connect`);
    assert.deepEqual([wrong.status, wrong.headers.allow], [405, "POST"]);
    const bare = await ask(`${url}/v2.0/runs`);
    assert.deepEqual([bare.status, bare.json()], [401, { detail: "Not authenticated" }]);
  });
});
